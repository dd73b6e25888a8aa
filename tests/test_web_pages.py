"""The pages, over the real collection, in both languages."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from kb.case import Case
from kb.filters import FACETS
from tests.strategies import complete_record
from web.app import create_app
from web.settings import Settings
from web.wiring import Services

PAGES = [
    "/",
    "/about/search",
    "/search",
    "/search?q=Abw%C3%A4rme",
    "/explore",
    "/explore?q=Abw%C3%A4rme&pathway=cooperation",
    "/search?q=zzz&sector=C11&size=micro",
    "/cases/eta-fabrik-darmstadt",
    "/search?metric=co2e&sort=effect&compare=eta-fabrik-darmstadt",
    "/search?metric=reach&at_least=999999999",
    "/compare",
    "/compare?ids=eta-fabrik-darmstadt,henkel-digital-backbone,holcim-plants-of-tomorrow",
]


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def text_of(client: FlaskClient, address: str, status: int = 200, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == status
    return response.get_data(as_text=True)


def total(page: str) -> int:
    found = re.search(r'role="status">([\d.,]+) ', page)
    assert found
    return int(re.sub(r"\D", "", found.group(1)))


def counts(page: str, facet: str) -> dict[str, int]:
    part = page.split(f'id="facet-{facet}"')[1].split("</fieldset>")[0]
    options = re.findall(r'value="([^"]+)".*?class="count">([\d.,]+)', part, re.DOTALL)
    return {term: int(re.sub(r"\D", "", number)) for term, number in options}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_page_says_its_language_and_holds_no_key_and_no_foreign_host(
    client: FlaskClient, address: str, lang: str
) -> None:
    page = text_of(client, address + ("&" if "?" in address else "?") + f"lang={lang}")
    assert f'<html lang="{lang}">' in page
    # Other addresses of the page are named in links too, and nothing is loaded from them.
    loading = re.sub(r'<link rel="(?:canonical|alternate)"[^>]*>', "", page)
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', loading)
    assert loaded
    assert not [url for url in loaded if urlsplit(url).netloc]
    assert "<script>" not in page
    assert " style=" not in page
    assert not re.search(r"\bon[a-z]+=\"", page)


def test_german_is_the_default_and_the_browser_may_ask_for_english(client: FlaskClient) -> None:
    assert '<html lang="de">' in text_of(client, "/")
    assert '<html lang="de">' in text_of(client, "/", **{"Accept-Language": "fr"})
    assert '<html lang="en">' in text_of(client, "/", **{"Accept-Language": "en-GB,en;q=0.9,de;q=0.5"})
    assert '<html lang="de">' in text_of(client, "/?lang=de", **{"Accept-Language": "en"})
    assert "Accept-Language" in client.get("/").headers["Vary"]


def test_a_chosen_language_is_kept_by_every_link_inside(client: FlaskClient) -> None:
    page = text_of(client, "/search?q=heat&lang=en")
    links = [html.unescape(url) for url in re.findall(r'<a [^>]*href="(/[^"]*)"', page)]
    assert links
    assert all("lang=en" in url or "lang=de" in url for url in links)
    assert 'name="lang" value="en"' in page


def test_the_home_page_offers_the_pathways_with_counts_that_add_up(client: FlaskClient, collection: list[Case]) -> None:
    page = text_of(client, "/")
    numbers = [int(n) for n in re.findall(r'class="count">(\d+) Fälle', page)]
    assert len(numbers) == 3
    assert sum(numbers) == len(collection)


@pytest.mark.parametrize(
    "address",
    [
        "/search?",
        "/search?q=Abwärme",
        "/search?q=heat&pathway=cooperation&pathway=services",
        "/search?technology=sorting",
    ],
)
def test_main_pathway_counts_add_up_to_the_total_on_every_page(client: FlaskClient, address: str) -> None:
    first = text_of(client, address)
    found = total(first)
    assert sum(counts(first, "pathway").values()) == found
    ids: list[str] = []
    for page in range(1, -(-found // 10) + 1):
        text = text_of(client, f"{address}&page={page}")
        assert total(text) == found
        assert counts(text, "pathway") == counts(first, "pathway")
        ids += re.findall(r'<h2><a href="/cases/([^"?]+)', text)
    assert len(ids) == len(set(ids)) == found


# No shipped record states whether its case is at work still, so that there is nothing to count under `status`.
@pytest.mark.parametrize("facet", [facet for facet in FACETS if facet != "status"])
def test_a_facet_count_is_what_one_finds_behind_it(client: FlaskClient, facet: str) -> None:
    page = text_of(client, "/search")
    term, count = next(iter(counts(page, facet).items()))
    assert total(text_of(client, f"/search?{facet}={term}")) == count


def test_a_filter_changes_who_is_listed_and_not_who_is_ahead(client: FlaskClient, services: Services) -> None:
    everything = [hit["id"] for hit in all_hits(client, "q=Abwärme")]
    filtered = [hit["id"] for hit in all_hits(client, "q=Abwärme&pathway=cooperation")]
    kept = [case_id for case_id in everything if case_id in filtered]
    assert kept == [case_id for case_id in filtered if case_id in everything]


def all_hits(client: FlaskClient, parameters: str) -> list[dict[str, str]]:
    first = client.get(f"/api/v1/search?{parameters}").get_json()
    hits = list(first["results"])
    for page in range(2, first["pages"] + 1):
        hits += client.get(f"/api/v1/search?{parameters}&page={page}").get_json()["results"]
    return hits


@pytest.mark.parametrize(
    ("lang", "moved", "names", "joint"),
    [
        ("de", "nach vorn gerückt durch", {"technology": "Technik", "sector": "Branche", "pathway": "Pfad"}, " und "),
        ("en", "moved up by", {"technology": "technology", "sector": "sector", "pathway": "pathway"}, " and "),
    ],
)
def test_a_result_says_which_facts_brought_it_up_and_no_other_does(
    client: FlaskClient, lang: str, moved: str, names: dict[str, str], joint: str
) -> None:
    query = "q=Druckluft sparen"
    lines = re.findall(r'class="why"><span>([^<]+)</span>', text_of(client, f"/search?{query}&lang={lang}"))
    hits = client.get(f"/api/v1/search?{query}").get_json()["results"]
    assert len(lines) == len(hits) == 10
    assert {bool(hit["by_facts"]) for hit in hits} == {True, False}
    for line, hit in zip(lines, hits, strict=True):
        assert (moved in line) is bool(hit["by_facts"])
        if hit["by_facts"]:
            *others, last = (names[facet] for facet in hit["by_facts"])
            assert f"{moved} {joint.join([', '.join(others), last] if others else [last])} " in line


def test_a_result_shows_the_passage_with_the_words_marked(client: FlaskClient) -> None:
    page = text_of(client, "/search?q=Druckluft")
    assert re.search(r"<mark>Druckluft\w*</mark>", page)


def test_a_query_is_never_markup(client: FlaskClient) -> None:
    page = text_of(client, "/search?q=<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_chosen_filters_can_be_taken_away_one_by_one(client: FlaskClient) -> None:
    page = html.unescape(text_of(client, "/search?q=heat&pathway=services&technology=reuse&has_figures=1"))
    assert 'href="/search?q=heat&technology=reuse&has_figures=yes"' in page
    assert 'href="/search?q=heat&pathway=services&has_figures=yes"' in page
    assert 'href="/search?q=heat&pathway=services&technology=reuse"' in page
    assert 'href="/search?q=heat"' in page


def test_nothing_found_says_so(client: FlaskClient) -> None:
    page = text_of(client, "/search?sector=C11&size=micro&lang=de")
    assert total(page) == 0
    assert "Mit diesen Filtern passt kein Fall" in page


def test_the_history_gets_the_short_address_of_the_state(client: FlaskClient) -> None:
    response = client.get("/search?q=heat&pathway=&has_figures=&page=1&lang=en")
    assert response.headers["HX-Push-Url"] == "/search?q=heat&lang=en"


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_case_page_tells_everything_with_kind_and_source(
    client: FlaskClient, collection: list[Case], lang: str
) -> None:
    for case in collection[::20]:
        page = html.unescape(text_of(client, f"/cases/{case.id}?lang={lang}"))
        for text in (case.title, case.summary, case.problem, case.solution, case.result):
            assert text["de" if lang == "de" else "en"] in page
        for source in case.sources:
            assert f'href="{source.url}"' in page
        rows = page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>") if case.effects else 0
        assert rows == len(case.effects)
        assert page.count('class="kind') >= len(case.effects)
        assert len(re.findall(r'<li><a href="/cases/', page.split('class="similar"')[1])) == 4


def test_similar_cases_come_from_four_organisations(client: FlaskClient, collection: list[Case]) -> None:
    by_id = {case.id: case for case in collection}
    for case in collection[::15]:
        part = text_of(client, f"/cases/{case.id}").split('class="similar"')[1]
        others = [by_id[found] for found in re.findall(r'<li><a href="/cases/([^"?]+)', part)]
        assert len({other.organisation for other in others}) == len(others) == 4
        assert case not in others


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/search?pathway=nope", ["pathway", "efficiency, services, cooperation"]),
        ("/search?size=huge&page=0&lang=fr", ["size", "micro", "page", "lang", "de, en"]),
        ("/search?has_figures=maybe", ["has_figures", "yes"]),
        ("/search?page=9999", ["page", "1"]),
        ("/search?page=x", ["page"]),
        ("/?lang=xx", ["lang", "de, en"]),
        ("/search?q=" + "a" * 2001, ["q", "2000"]),
    ],
)
def test_a_bad_address_is_a_400_that_names_what_is_allowed(client: FlaskClient, address: str, said: list[str]) -> None:
    page = text_of(client, address, status=400)
    for words in said:
        assert words in page


def test_not_found_offers_a_search_in_both_languages(client: FlaskClient) -> None:
    for lang, words in (("de", "Nicht gefunden"), ("en", "Not found")):
        page = text_of(client, f"/nowhere?lang={lang}", status=404)
        assert words in page
        assert 'role="search"' in page
    assert "no-such-case" in text_of(client, "/cases/no-such-case", status=404)


def test_only_retrievals_are_answered(client: FlaskClient) -> None:
    assert client.post("/search").status_code == 405


def test_an_error_of_ours_says_nothing_secret(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(services)

    @app.get("/boom")
    def boom() -> str:
        raise RuntimeError("password 12345")

    response = app.test_client().get("/boom")
    assert response.status_code == 500
    assert "12345" not in response.get_data(as_text=True)
    assert "12345" in caplog.text
    assert response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", [*PAGES, "/nowhere", "/api/v1/search", "/api/v1/cases/nope"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_static_files_can_be_kept_for_a_year_because_their_address_changes(client: FlaskClient) -> None:
    page = text_of(client, "/")
    address = re.search(r'href="(/static/pfadfinder\.css\?v=\w+)"', page)
    assert address
    with client.get(address.group(1)) as response:
        assert "max-age=31536000" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "lang", "said"),
    [
        ("Rezept für Apfelkuchen ohne Ei", "de", "passt kein Fall"),
        ("how do I tie a bow tie", "en", "No case of the collection fits"),
    ],
)
def test_when_nothing_fits_no_hit_is_listed_and_near_misses_stand_apart(
    client: FlaskClient, query: str, lang: str, said: str
) -> None:
    page = html.unescape(text_of(client, f"/search?q={query}&lang={lang}"))
    assert total(page) == 0
    assert said in page
    assert sum(counts(page, "pathway").values()) == 0
    assert len(re.findall(r'<li><a href="/cases/', page)) == 3
    assert "<article>" not in page


@pytest.mark.parametrize(("lang", "said"), [("de", "schließen am meisten aus"), ("en", "exclude most")])
def test_when_filters_leave_nothing_those_that_exclude_most_are_named(
    client: FlaskClient, lang: str, said: str
) -> None:
    page = html.unescape(text_of(client, f"/search?pathway=services&size=small&region=AT-9&region=AT-4&lang={lang}"))
    assert total(page) == 0
    assert said in page
    offered = re.findall(r'<li><a href="(/search[^"]+)">[^<]*</a> <span class="note">(\d+) ', page)
    assert offered
    assert [int(n) for _, n in offered] == sorted((int(n) for _, n in offered), reverse=True)
    for address, n in offered:
        assert total(text_of(client, address)) == int(n)


def test_a_question_that_nothing_answers_is_not_blamed_on_its_filters(client: FlaskClient) -> None:
    page = text_of(client, "/search?q=Rezept für Apfelkuchen ohne Ei&pathway=services&lang=de")
    assert 'class="wider"' not in page
    assert "passt kein Fall der Sammlung" in page


# ---- related terms and slips of the hand


def links(page: str, part: str) -> list[str]:
    block = page.split(f'class="{part}"')[1].split("</ul>" if part == "related" else "</p>")[0]
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', block)]


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_related_term_is_shown_and_can_be_taken_away_and_back(client: FlaskClient, lang: str) -> None:
    first = text_of(client, f"/search?q=Abw%C3%A4rme&sector=C24&lang={lang}")
    (away,) = links(first, "related")
    assert "without=waste+heat" in away
    assert "sector=C24" in away
    assert f"lang={lang}" in away
    second = text_of(client, away)
    (back,) = links(second, "related")
    assert "without" not in back
    assert '<input type="hidden" name="without" value="waste heat">' in second
    assert links(text_of(client, back), "related") == [away]


def test_a_slip_is_answered_with_a_link_to_what_was_meant(client: FlaskClient) -> None:
    page = text_of(client, "/search?q=Druklfut&pathway=efficiency&lang=de")
    (meant,) = links(page, "suggestion")
    assert meant == "/search?q=Druckluft&pathway=efficiency&lang=de"
    assert total(text_of(client, meant)) > 0


def test_a_query_without_slips_gets_no_suggestion(client: FlaskClient) -> None:
    assert 'class="suggestion"' not in text_of(client, "/search?q=Abw%C3%A4rme")
    assert 'class="related"' not in text_of(client, "/search")


def test_more_terms_left_out_than_are_ever_added_are_an_error(client: FlaskClient) -> None:
    address = "/search?q=Abw%C3%A4rme" + "".join(f"&without=t{number}" for number in range(21))
    assert "höchstens 20 Begriffe" in text_of(client, address, 400)


@pytest.mark.parametrize(
    ("lang", "status", "checked"),
    [("de", ">in Betrieb</a>", "zuletzt geprüft am 2026-01-31"), ("en", ">running</a>", "last checked on 2026-01-31")],
)
def test_a_case_says_whether_it_is_at_work_and_when_its_sources_were_read(
    tmp_path: Path, lang: str, status: str, checked: str
) -> None:
    services = Services(Settings(home=tmp_path))
    (tmp_path / "case.json").write_text(json.dumps(complete_record()), encoding="utf-8")
    services.take_in(tmp_path / "case.json", "file")
    with create_app(services).test_client() as client:
        page = text_of(client, f"/cases/{complete_record()['id']}?lang={lang}")
    assert status in page
    assert checked in page


def test_every_block_of_the_stylesheet_is_closed() -> None:
    # Else what follows counts under the condition of the block before it, or not at all.
    style = (Path(__file__).parent.parent / "web" / "static" / "pfadfinder.css").read_text(encoding="utf-8")
    depth = 0
    for line in re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL).splitlines():
        depth += line.count("{") - line.count("}")
        assert 0 <= depth <= (2 if line.startswith(" ") else 1), line
    assert depth == 0
