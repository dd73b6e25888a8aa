"""Feeds, sitemap and the head of pages: what machines read of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from kb.case import Case
from kb.lifecycle import Lifecycle
from kb.store import CaseStore
from kb.text import LANGUAGES, Text
from tests.proposals import CURATOR, by_hand
from tests.strategies import PROPERTY, complete_record
from web import feed, sitemap
from web.app import create_app
from web.settings import InvalidSetting, Settings
from web.wiring import Services
from web.xml_document import child, document

ATOM = "{http://www.w3.org/2005/Atom}"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Services]:
    """Three cases, a day apart, the first one changed a day later still; the index stands."""
    small = Services(Settings(home=tmp_path, base_url="https://cases.example.org/kb"))
    day = datetime(2026, 1, 1, tzinfo=UTC)
    for number, name in enumerate(["a", "b", "c", "a"]):
        moment = day + timedelta(days=number)
        record = complete_record(id=f"case-{name}", organisation=f"Works {name} {number}")
        with CaseStore(small.settings.database, small.taxonomy, lambda moment=moment: moment) as store:
            store.publish(by_hand(Case.from_record(record, small.taxonomy)))
    small.build_index()
    return small


def entries(data: bytes) -> list[ElementTree.Element]:
    return ElementTree.fromstring(data).findall(f"{ATOM}entry")


def links(element: ElementTree.Element, rel: str) -> list[str]:
    return [link.attrib["href"] for link in element.findall(f"{ATOM}link") if link.attrib["rel"] == rel]


@pytest.mark.parametrize("query", ["", "q=Abw%C3%A4rme&pathway=cooperation&page=1", "q=Rezept+Apfelkuchen+Zimt"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_feed_has_what_the_standard_demands(client: FlaskClient, query: str, lang: str) -> None:
    response = client.get(f"/feed.atom?{query}&lang={lang}")
    assert response.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(response.data)
    assert root.tag == f"{ATOM}feed"
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == lang
    for element in [root, *root.findall(f"{ATOM}entry")]:
        for name in ("title", "id", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo is not None
        UUID((element.findtext(f"{ATOM}id") or "").removeprefix("urn:uuid:"))
        assert all(link.startswith("http://localhost/") for link in links(element, "alternate"))
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Pfadfinder"
    (itself,) = links(root, "self")
    assert client.get(itself).data == response.data
    ids = [element.findtext(f"{ATOM}id") for element in entries(response.data)]
    assert len(set(ids)) == len(ids) <= feed.LONGEST


def test_the_newest_change_comes_first_and_a_retired_case_is_gone(home: Services) -> None:
    client = create_app(home).test_client()
    first = client.get("/feed.atom?lang=en").data
    found = [(links(one, "alternate"), one.findtext(f"{ATOM}updated")) for one in entries(first)]
    assert found == [
        ([f"https://cases.example.org/kb/cases/case-{name}?lang=en"], f"2026-01-0{day}T00:00:00+00:00")
        for name, day in (("a", 4), ("c", 3), ("b", 2))
    ]
    assert entries(first)[0].findtext(f"{ATOM}published") == "2026-01-01T00:00:00+00:00"
    assert ElementTree.fromstring(first).findtext(f"{ATOM}updated") == "2026-01-04T00:00:00+00:00"
    with home.store() as store:
        Lifecycle(store).retire("case-a", Text(de="Grund", en="Reason"), CURATOR)
    assert len(entries(client.get("/feed.atom").data)) == 2
    assert b"case-a" not in client.get("/sitemap.xml").data
    assert b"case-a" not in client.get("/export/jsonl").data
    assert b"case-a" not in client.get("/export/bibtex").data
    assert client.get("/cases/case-a/cite.bib").status_code == 410


def test_an_identifier_stays_when_the_site_moves(home: Services) -> None:
    moved = Services(Settings(home=home.settings.home, base_url="https://elsewhere.example.org"))
    before, after = (create_app(one).test_client().get("/feed.atom?lang=de").data for one in (home, moved))
    assert before != after
    ids = [[one.findtext(f"{ATOM}id") for one in ElementTree.fromstring(data).iter()] for data in (before, after)]
    assert ids[0] == ids[1]


def test_a_feed_reader_that_knows_the_state_gets_no_body(home: Services) -> None:
    client = create_app(home).test_client()
    tag = client.get("/feed.atom?lang=de").headers["ETag"]
    again = client.get("/feed.atom?lang=de", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/feed.atom?lang=en", headers={"If-None-Match": tag}).status_code == 200


def test_a_query_of_any_characters_makes_a_feed_that_parses(client: FlaskClient) -> None:
    response = client.get("/feed.atom", query_string={"q": "a<b & \x01\x0b\ufffe \ud7ff \U0001f525 ]]> \"c'"})
    assert response.status_code == 200
    title = ElementTree.fromstring(response.data).findtext(f"{ATOM}title") or ""
    assert "a<b & " in title
    assert "\U0001f525" in title


@PROPERTY
@given(text=st.text())
def test_any_text_is_written_as_xml_that_parses(text: str) -> None:
    root = ElementTree.Element("a")
    child(root, "b", text, c=text)
    ElementTree.fromstring(document(root))


def test_the_sitemap_names_every_page_in_both_languages(client: FlaskClient, collection: list[Case]) -> None:
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    root = ElementTree.fromstring(response.data)
    found = [element.text for element in root.iter(LOC)]
    for lang in LANGUAGES:
        for path in (*sitemap.PAGES, *(f"/cases/{case.id}" for case in collection)):
            assert f"http://localhost{path}?lang={lang}" in found
    assert len(found) == len(set(found)) == 2 * (len(sitemap.PAGES) + len(collection))
    alternates = root[0].findall("{http://www.w3.org/1999/xhtml}link")
    assert [one.attrib["hreflang"] for one in alternates] == [*LANGUAGES, "x-default"]


@pytest.mark.parametrize("path", sitemap.PAGES)
def test_a_page_of_the_sitemap_is_there_and_calls_itself_the_same(client: FlaskClient, path: str) -> None:
    page = client.get(f"{path}?lang=en").get_data(as_text=True)
    assert f'<link rel="canonical" href="http://localhost{path}?lang=en">' in page
    assert f'hreflang="x-default" href="http://localhost{path}">' in page
    for name in ("og:title", "og:description", "og:url", "og:image", "og:type", "og:locale"):
        assert re.search(f'<meta property="{name}" content="[^"]+">', page)


def test_a_large_collection_has_several_sitemaps(home: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "CASES", 2)
    client = create_app(home).test_client()
    parts = [element.text or "" for element in ElementTree.fromstring(client.get("/sitemap.xml").data).iter(LOC)]
    assert parts == [f"https://cases.example.org/kb/sitemap-{part}.xml" for part in (1, 2)]
    pages = [client.get(f"/sitemap-{part}.xml").get_data(as_text=True) for part in (1, 2)]
    assert [page.count("/cases/case-c?lang=de</") for page in pages] == [0, 1]
    assert client.get("/sitemap-3.xml").status_code == client.get("/sitemap-0.xml").status_code == 404


def test_crawlers_are_told_what_to_leave_alone_and_no_page_of_the_sitemap_is(client: FlaskClient) -> None:
    text = client.get("/robots.txt").get_data(as_text=True)
    assert "Sitemap: http://localhost/sitemap.xml" in text
    refused = re.findall(r"Disallow: (\S+)", text)
    assert refused
    assert not [path for path in sitemap.PAGES for rule in refused if f"{path}?lang=de".startswith(rule)]


def test_the_share_picture_is_a_png_of_the_size_that_pages_name(client: FlaskClient) -> None:
    page = client.get("/?lang=de").get_data(as_text=True)
    (address,) = re.findall(r'<meta property="og:image" content="([^"]+)"', page)
    with client.get(address) as response:
        picture = response.data
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == (1200, 630)
    assert len(picture) < 100_000


def test_addresses_follow_the_request_or_the_setting(services: Services, home: Services) -> None:
    canonical = re.compile(r'<link rel="canonical" href="([^"]+)"')

    def of(app: Services, **request: object) -> str:
        return canonical.findall(create_app(app).test_client().get("/?lang=de", **request).get_data(as_text=True))[0]

    assert of(services, base_url="http://pfad.example:8080/") == "http://pfad.example:8080/?lang=de"
    assert of(home, base_url="http://evil.example/") == "https://cases.example.org/kb/?lang=de"
    behind = Services(Settings(home=services.settings.home, https=True))
    assert of(behind) == "https://localhost/?lang=de"
    # A host that is none is not repeated to anybody.
    assert of(services, headers={"Host": 'x"><script>'}) == "http://127.0.0.1:8000/?lang=de"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", None),
        ("https://cases.example.org", "https://cases.example.org"),
        ("http://127.0.0.1:8080/kb/", "http://127.0.0.1:8080/kb"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_base_address_is_read_without_its_last_slash(value: str, read: str | None) -> None:
    assert Settings.from_environment({"PFADFINDER_BASE_URL": value}).base_url == read


@pytest.mark.parametrize(
    "value",
    [
        *(
            "cases.example.org",
            "ftp://example.org",
            "https://",
            "https:///kb",
            "https://a b",
            "https://a?b",
            "https://a#b",
        ),
        *(
            "https://user:word@example.org",
            "https://example.org:99999",
            "https://example.org:x",
            'https://a"b',
            "javascript:x",
        ),
    ],
)
def test_a_base_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InvalidSetting, match="PFADFINDER_BASE_URL"):
        Settings.from_environment({"PFADFINDER_BASE_URL": value})
