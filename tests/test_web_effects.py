"""Effects as data on the pages, in the data and at the terminal."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kb.case import Case
from kb.effects import EffectFilter
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES
from tests.strategies import complete_record
from tests.test_web_cli import Run, run  # noqa: F401
from tests.test_web_pages import all_hits, text_of, total
from web.app import create_app
from web.settings import Settings
from web.wiring import Services

WANTED = "metric=electricity&at_least=20&unit=%25&kind=measured&kind=claimed"


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


@pytest.fixture
def own(tmp_path: Path) -> Iterator[FlaskClient]:
    """A collection of our own, with figures in several units."""
    kwh = {"metric": "electricity", "value": -90000, "unit": "kWh/a", "kind": "measured"}
    mwh = {"metric": "electricity", "value": -40, "unit": "MWh/a", "kind": "claimed", "bound": "up-to"}
    more = {"metric": "electricity", "value": 500, "unit": "MWh/a", "kind": "claimed"}
    folder = tmp_path / "cases"
    folder.mkdir()
    for name, effects in {"one": [mwh], "two": [kwh], "three": [more], "four": []}.items():
        record = complete_record(id=name, effects=effects, title={"de": f"Fall {name}", "en": f"Case {name}"})
        (folder / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    services = Services(Settings(home=tmp_path / "home"))
    services.take_in(folder, "file")
    services.build_index()
    with create_app(services).test_client() as client:
        yield client


def listed(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/cases/([^"?]+)', page)


def chips(page: str) -> dict[str, str]:
    block = page.split('class="chosen"')[1].split("</ul>")[0]
    found = re.findall(r'<li><a href="([^"]+)" aria-label="(?:Filter entfernen|Remove filter): ([^"]+)">', block)
    return {html.unescape(label).replace("\u202f", " "): html.unescape(link) for link, label in found}


def test_at_least_so_much_of_a_metric_known_in_such_a_way(
    client: FlaskClient, collection: list[Case], taxonomy: Taxonomy
) -> None:
    wanted = EffectFilter("electricity", ("measured", "claimed"), "better", 20, "%")
    expected = {case.id for case in collection if any(wanted.fits(effect, taxonomy) for effect in case.effects)}
    assert expected
    page = text_of(client, f"/search?{WANTED}")
    assert set(listed(page)) == expected
    assert total(page) == len(expected)
    assert client.get(f"/api/v1/search?{WANTED}").get_json()["filters"] == {
        "metric": ["electricity"],
        "kind": ["measured", "claimed"],
        "direction": ["better"],
        "at_least": ["20"],
        "unit": ["%"],
    }


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("de", ["Strom", "mindestens 20 % weniger", "gemessen", "angegeben"]),
        ("en", ["Electricity", "at least 20% less", "measured", "claimed"]),
    ],
)
def test_every_wish_can_be_taken_away_alone(client: FlaskClient, lang: str, words: list[str]) -> None:
    found = chips(text_of(client, f"/search?{WANTED}&sort=effect&lang={lang}"))
    assert list(found) == words
    metric, size, measured, claimed = found.values()
    assert metric == f"/search?kind=measured&kind=claimed&lang={lang}"
    assert size == f"/search?metric=electricity&kind=measured&kind=claimed&sort=effect&lang={lang}"
    rest = f"&direction=better&at_least=20&unit=%25&sort=effect&lang={lang}"
    assert (measured, claimed) == (
        f"/search?metric=electricity&kind=claimed{rest}",
        f"/search?metric=electricity&kind=measured{rest}",
    )
    for address in found.values():
        text_of(client, address)


def test_a_filter_without_a_size_is_a_chip_too(client: FlaskClient) -> None:
    assert list(chips(text_of(client, "/search?metric=lifetime&direction=better&unit=a"))) == [
        "Lebensdauer",
        "Richtung: mehr",
        "Einheit: Jahre",
    ]
    assert list(chips(text_of(client, "/search?direction=worse&lang=en"))) == ["direction: worse"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("metric=power", ["metric", "electricity"]),
        ("metric=water&unit=t", ["unit", "m3/a"]),
        ("metric=water&at_least=viel&kind=guess&direction=up", ["at_least", "2.5", "kind", "measured", "direction"]),
        ("at_least=20", ["unit", "MWh"]),
        ("sort=effect", ["sort", "metric"]),
        ("metric=water&sort=size", ["sort", "effect"]),
    ],
)
def test_what_cannot_be_asked_names_what_can(client: FlaskClient, parameters: str, said: list[str]) -> None:
    for lang in LANGUAGES:
        page = text_of(client, f"/search?{parameters}&lang={lang}", status=400)
        assert all(word in page for word in said)
    faults = client.get(f"/api/v1/search?{parameters}").get_json()["error"]["faults"]
    assert all(word in json.dumps(faults) for word in said)


def test_a_metric_count_is_what_one_finds_behind_it(client: FlaskClient) -> None:
    counts = client.get("/api/v1/search").get_json()["facets"]
    for metric, count in counts["metric"].items():
        assert client.get(f"/api/v1/search?metric={metric}").get_json()["total"] == count
    for kind, count in client.get("/api/v1/search?metric=co2e&at_least=10").get_json()["facets"]["kind"].items():
        address = f"/api/v1/search?metric=co2e&at_least=10&kind={kind}"
        assert client.get(address).get_json()["total"] == count


def test_the_largest_improvement_comes_first_and_the_rest_behind_in_the_order_of_the_list(own: FlaskClient) -> None:
    page = text_of(own, "/search?metric=electricity&sort=effect")
    assert listed(page) == ["two", "one", "three"]
    assert 'aria-current="true">Größe der Wirkung' in page
    assert listed(text_of(own, "/search?q=Abw%C3%A4rme&metric=electricity&sort=effect")) == ["two", "one", "three"]
    assert [hit["id"] for hit in all_hits(own, "metric=electricity&sort=effect&unit=%25")] == []


def test_a_figure_stands_beside_what_it_was_converted_from(own: FlaskClient) -> None:
    page = text_of(own, "/search?metric=electricity&lang=en").replace("\u202f", " ")
    assert '<strong>−90,000 kWh/year</strong> <span class="common">= −90 MWh/year</span>' in page
    assert "<strong>up to −40 MWh/year</strong> <span>" in page
    case = text_of(own, "/cases/two?lang=de").replace("\u202f", " ")
    assert 'kWh/Jahr <span class="common">= −90 MWh/Jahr</span>' in case


def test_an_increase_is_no_saving(own: FlaskClient) -> None:
    assert set(listed(text_of(own, "/search?metric=electricity&at_least=80000&unit=kWh/a"))) == {"two"}
    assert listed(text_of(own, "/search?metric=electricity&at_least=1&unit=GJ/a&direction=worse")) == ["three"]


@pytest.mark.parametrize(("lang", "words"), [("de", "3 Angaben in MWh/Jahr"), ("en", "3 figures in MWh/year")])
def test_a_chart_has_a_dot_and_a_row_for_every_figure(own: FlaskClient, lang: str, words: str) -> None:
    page = text_of(own, f"/search?metric=electricity&lang={lang}")
    assert words in page
    figure = page.split('<figure class="chart">')[1].split("</figure>")[0]
    drawn, table = figure.split("<details")
    assert len(re.findall(r'<a href="/cases/(?:one|two|three)\?lang', drawn)) == 3
    assert 'class="mark measured"' in drawn
    assert 'class="mark claimed"' in drawn
    assert 'class="bound"' in drawn
    assert table.count("<tr>") == 1 + 3
    assert " style=" not in page


def test_a_chart_shows_all_hits_and_not_the_page(client: FlaskClient, collection: list[Case]) -> None:
    page = text_of(client, "/search?metric=co2e")
    effects = [effect for case in collection for effect in case.effects if effect.metric == "co2e"]
    assert len(re.findall(r"<rect class=\"reach\"", page)) == len(effects) > 10
    charts = '<section class="charts"'
    second = text_of(client, "/search?metric=co2e&page=2")
    assert page.split(charts)[1].split("</section>")[0] == second.split(charts)[1].split("</section>")[0]
    assert len(client.get("/api/v1/search?metric=co2e&page=2").get_json()["figures"]) == len(effects)


def test_without_a_metric_or_a_hit_there_is_no_chart(client: FlaskClient) -> None:
    assert 'class="chart"' not in text_of(client, "/search")
    assert 'class="chart"' not in text_of(client, "/search?metric=electricity&at_least=100000")


def test_the_data_hold_the_common_unit_beside_the_figure(own: FlaskClient) -> None:
    answer = own.get("/api/v1/cases/two/effects").get_json()
    assert answer == {
        "id": "two",
        "effects": [
            {
                "metric": "electricity",
                "value": -90000,
                "unit": "kWh/a",
                "kind": "measured",
                "common": {"value": -90, "unit": "MWh/a", "converted": True},
            }
        ],
    }
    found = own.get("/api/v1/search?metric=electricity&sort=effect").get_json()
    assert found["results"][0]["effects"] == answer["effects"]
    assert [figure["common"]["value"] for figure in found["figures"]] == [-90, -40, 500]
    assert own.get("/api/v1/cases/nobody/effects").status_code == 404


def test_the_terminal_asks_the_same(run: Run, client: FlaskClient) -> None:  # noqa: F811
    options = ["--metric", "co2e", "--at-least", "50", "--kind", "measured", "--kind", "claimed", "--by-effect"]
    code, out, _ = run("search", "", *options, "--json", "--lang", "de")
    assert code == 0
    address = "metric=co2e&at_least=50&kind=measured&kind=claimed&sort=effect&lang=de"
    assert json.loads(out) == client.get(f"/api/v1/search?{address}").get_json()
    assert "Treibhausgase: −95" in run("search", "", *options, "--lang", "de")[1]
    for wrong, said in ((["--by-effect"], "--metric"), (["--metric", "x"], "electricity")):
        code, _, err = run("search", "x", *wrong)
        assert (code, said in err) == (2, True)
