"""Cases side by side, and the basket that lives in the address."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kb.lifecycle import Lifecycle
from kb.shipped import COLLECTION_FOLDER
from kb.text import LANGUAGES, Text
from tests.proposals import CURATOR
from tests.test_web_pages import text_of
from web.app import create_app
from web.settings import Settings
from web.wiring import Services

THREE = "eta-fabrik-darmstadt,henkel-digital-backbone,holcim-plants-of-tomorrow"
FOUR = f"{THREE},mader-looxr-digital-air"


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def links(page: str, words: str) -> list[str]:
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [html.unescape(address) for address, label in found if words in label]


@pytest.mark.parametrize(
    ("lang", "gap", "shared", "caution"),
    [
        ("de", "keine Angabe", "gemeinsam", "Verschieden belegt: angegeben, erwartet."),
        ("en", "not stated", "shared", "Known in different ways: claimed, expected."),
    ],
)
def test_cases_stand_side_by_side_with_gaps_and_cautions(
    client: FlaskClient, lang: str, gap: str, shared: str, caution: str
) -> None:
    page = html.unescape(text_of(client, f"/compare?ids={THREE}&lang={lang}"))
    assert len(re.findall('<th scope="col">', page)) == 3
    assert f'class="gap">{gap}</td>' in page
    assert '<li class="shared">' in page
    assert f">{shared}</span>" in page
    assert caution in page
    assert "−40" in page
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]:
        assert row.count("<td") == 3


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("ids", ["", ",", "eta-fabrik-darmstadt", "eta-fabrik-darmstadt,eta-fabrik-darmstadt"])
def test_fewer_than_two_cases_are_a_page_that_says_how_to_choose(client: FlaskClient, ids: str, lang: str) -> None:
    page = text_of(client, f"/compare?ids={ids}&lang={lang}")
    assert ("zwei bis vier Fälle" if lang == "de" else "two to four cases") in page
    assert "<table" not in page
    assert ("compare=eta" in page) is ("eta" in ids)


def test_an_unknown_case_is_named_and_the_others_are_compared(client: FlaskClient) -> None:
    assert "no-such-case" in text_of(client, "/compare?ids=no-such-case", status=404)
    assert "no-such-case" in text_of(client, "/compare?ids=no-such-case,eta-fabrik-darmstadt&lang=en", status=404)
    page = text_of(client, f"/compare?ids=no-such-case,{THREE}")
    assert "no-such-case" in page
    assert len(re.findall('<th scope="col">', page)) == 3


@pytest.mark.parametrize(
    ("ids", "said"),
    [(FOUR + ",bosch-homburg-energy-platform", "höchstens 4"), ("A%20b,eta-fabrik-darmstadt", "Kleinbuchstaben")],
)
def test_a_broken_address_is_a_400_that_says_what_is_wrong(client: FlaskClient, ids: str, said: str) -> None:
    for path in ("/compare", "/compare.csv"):
        assert said in text_of(client, f"{path}?ids={ids}", status=400)
    assert said in text_of(client, f"/search?compare={ids}", status=400)
    assert client.get(f"/api/v1/compare?ids={ids}").status_code == 400
    text_of(client, "/compare?ids=eta-fabrik-darmstadt&lang=xx", status=400)


def test_the_comparison_is_data_too(client: FlaskClient) -> None:
    found = client.get(f"/api/v1/compare?ids={THREE}").get_json()
    assert [case["id"] for case in found["cases"]] == THREE.split(",")
    energy = next(metric for metric in found["metrics"] if metric["metric"] == "energy")
    assert [len(effects) for effects in energy["effects"]] == [1, 1, 0]
    assert energy["effects"][0][0]["common"] == {"value": -40, "unit": "%", "converted": False}
    assert {"what": "kinds", "terms": ["claimed", "expected"]} in energy["cautions"]
    for wrong in ("", "eta-fabrik-darmstadt", f"no-such-case,{THREE}"):
        assert client.get(f"/api/v1/compare?ids={wrong}").status_code == 400


@pytest.mark.parametrize(("lang", "mark"), [("de", ";"), ("en", ",")])
def test_the_comparison_is_a_table_for_spreadsheet_programs(client: FlaskClient, lang: str, mark: str) -> None:
    response = client.get(f"/compare.csv?ids={THREE}&lang={lang}")
    assert response.mimetype == "text/csv"
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff")), delimiter=mark))
    assert {len(row) for row in rows} == {4}
    assert rows[1] == ["id", *THREE.split(",")]
    named = {row[0]: row[1:] for row in rows}
    assert named["Energie (%)" if lang == "de" else "Energy (%)"] == ["-40", "-50", ""]


def test_the_basket_lives_in_the_address_and_goes_along(client: FlaskClient) -> None:
    page = text_of(client, "/search?q=heat&pathway=cooperation&lang=en")
    assert 'class="basket"' not in page
    first = links(page, " compare")[0]
    path, anchor = first.split("#case-")
    assert path == f"/search?q=heat&pathway=cooperation&lang=en&compare={anchor}"
    second = text_of(client, path)
    assert "1 of 4 to compare" in second
    assert f'name="compare" value="{anchor}"' in second
    for inside in re.findall(r'href="(/(?:search|cases|match)[^"]*)"', second):
        assert "compare=" in inside or f"case-{anchor}" in second, inside
    case = text_of(client, next(html.unescape(a) for a in re.findall(r'href="(/cases/[^"]+)"', second)[1:]))
    assert "1 of 4 to compare" in case
    third = text_of(client, links(case, " compare")[0].split("#")[0])
    assert "2 of 4 to compare" in third
    (go,) = links(third, "Compare now")
    assert go.startswith(f"/compare?ids={anchor},")
    compared = text_of(client, go)
    (more,) = links(compared, "Search for another case")
    assert f"compare={anchor}," in more
    (removed, _) = links(compared, "remove")
    assert "," not in removed
    assert "Set-Cookie" not in client.get(path).headers


def test_a_case_leaves_the_basket_as_it_came(client: FlaskClient) -> None:
    page = text_of(client, f"/cases/eta-fabrik-darmstadt?compare={THREE}")
    (out,) = links(page, "im Vergleich")
    assert "eta-fabrik" not in out.split("compare=")[1].split("#")[0]
    (empty,) = links(page, "Vergleich leeren")
    assert empty == "/cases/eta-fabrik-darmstadt"


def test_a_full_basket_takes_no_more(client: FlaskClient) -> None:
    page = text_of(client, f"/search?q=Druckluft&compare={FOUR}")
    assert "+</span> vergleichen" not in page
    assert "Vergleich voll: höchstens 4 Fälle" in page
    assert "4 von 4 im Vergleich" in page


def test_a_broken_basket_is_said_by_the_search_and_carried_by_no_link(client: FlaskClient) -> None:
    assert "compare" in text_of(client, "/search?compare=A+b", status=400)
    page = text_of(client, "/cases/eta-fabrik-darmstadt?compare=A+b")
    assert "compare=A" not in page.split("<main")[1].split("to-compare")[0]


def test_a_retired_case_says_so_with_its_successor(tmp_path: Path) -> None:
    services = Services(Settings(home=tmp_path))
    for name in THREE.split(","):
        services.take_in(COLLECTION_FOLDER / f"{name}.yml", "file")
    reason = Text(de="Die Anlage ist abgebaut.", en="The plant was taken down.")
    gone, successor, rest = THREE.split(",")
    with services.store() as store:
        Lifecycle(store).retire(gone, reason, CURATOR, successor)
    with create_app(services).test_client() as client:
        page = text_of(client, f"/compare?ids={gone},{successor},{rest}")
        assert "Die Anlage ist abgebaut." in page
        assert f'href="/cases/{successor}' in page
        assert len(re.findall('<th scope="col">', page)) == 2
        assert "The plant was taken down." in text_of(client, f"/compare?ids={gone}&lang=en", status=404)
        assert "retired" in client.get(f"/api/v1/compare?ids={gone},{rest}&lang=en").get_data(as_text=True)


def test_an_old_address_of_a_case_is_the_case(tmp_path: Path) -> None:
    services = Services(Settings(home=tmp_path))
    one, two, _ = THREE.split(",")
    for name in (one, two):
        services.take_in(COLLECTION_FOLDER / f"{name}.yml", "file")
    with services.store() as store:
        Lifecycle(store).add_alias("eta-old", one, CURATOR)
    with create_app(services).test_client() as client:
        assert len(re.findall('<th scope="col">', text_of(client, f"/compare?ids=eta-old,{two}"))) == 2
        assert "<table" not in text_of(client, f"/compare?ids=eta-old,{one}")
