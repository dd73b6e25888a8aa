"""Countries and years: what narrows a search on the page, in the data, at the terminal, in files and for a plan."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kb.case import Case
from kb.filters import resolve
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES
from tests.test_web_cli import Run, run  # noqa: F401
from tests.test_web_effects import chips, listed
from tests.test_web_match import PLAN, answer, articles, ids_in
from tests.test_web_match import total as comparable
from tests.test_web_pages import all_hits, counts, text_of, total
from web.address import State
from web.app import create_app
from web.wiring import Services

WANTED = "country=AT&country=NL&year_from=2014&year_to=2021"


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def expected(collection: list[Case]) -> set[str]:
    return {case.id for case in collection if case.country in ("AT", "NL") and case.year and 2014 <= case.year <= 2021}


def test_a_search_is_narrowed_to_countries_and_years(client: FlaskClient, collection: list[Case]) -> None:
    page = text_of(client, f"/search?{WANTED}")
    assert 3 < total(page) == len(expected(collection))
    data = client.get(f"/api/v1/search?{WANTED}").get_json()
    assert {hit["id"] for hit in all_hits(client, WANTED)} == expected(collection)
    assert data["filters"] == {"country": ["AT", "NL"], "year_from": ["2014"], "year_to": ["2021"]}
    assert set(listed(page)) <= expected(collection)


def test_an_open_range_leaves_out_the_cases_without_a_year(client: FlaskClient, collection: list[Case]) -> None:
    for query, fits in (("year_from=2023", lambda year: year >= 2023), ("year_to=2010", lambda year: year <= 2010)):
        assert {hit["id"] for hit in all_hits(client, query)} == {
            case.id for case in collection if case.year is not None and fits(case.year)
        }
    assert client.get("/api/v1/search?year_from=1800").get_json()["total"] == sum(
        case.year is not None for case in collection
    )


@pytest.mark.parametrize(
    ("lang", "query", "said"),
    [
        ("de", WANTED, ["Österreich", "Niederlande", "2014 bis 2021"]),
        ("en", WANTED, ["Austria", "Netherlands", "2014 to 2021"]),
        ("de", "year_from=2014", ["ab 2014"]),
        ("en", "year_from=2014", ["from 2014"]),
        ("de", "year_to=2014", ["bis 2014"]),
        ("en", "year_to=2014", ["up to 2014"]),
        ("de", "year_from=2014&year_to=2014", ["Jahr 2014"]),
        ("en", "year_from=2014&year_to=2014", ["year 2014"]),
    ],
)
@pytest.mark.parametrize("path", ["/search", "/explore"])
def test_every_filter_is_a_chip_that_can_be_taken_away_alone(
    client: FlaskClient, path: str, lang: str, query: str, said: list[str]
) -> None:
    found = chips(text_of(client, f"{path}?{query}&has_figures=yes&lang={lang}"))
    figures = "Effect in figures" if lang == "en" else "Wirkung beziffert"
    assert sorted(found) == sorted([*said, figures])
    for label, address in found.items():
        rest = chips(text_of(client, address))
        assert sorted(rest) == sorted(set(found) - {label})


@pytest.mark.parametrize(("lang", "first", "last"), [("de", "von", "bis"), ("en", "from", "to")])
def test_the_panel_offers_countries_with_counts_and_fields_for_the_years(
    client: FlaskClient, lang: str, first: str, last: str
) -> None:
    page = text_of(client, f"/search?year_from=2015&lang={lang}")
    for country, count in counts(page, "country").items():
        assert total(text_of(client, f"/search?year_from=2015&country={country}")) == count
    years = page.split('id="facet-years"')[1].split("</fieldset>")[0]
    assert f'for="year_from">{first}</label>' in years
    assert f'for="year_to">{last}</label>' in years
    assert re.search(r'name="year_from"[^>]* value="2015"', years)
    assert re.search(r'name="year_to"[^>]* value=""', years)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("country=XX&year_from=15&year_to=x", ["country", "NL", "year_from", "'15'", "year_to", "'x'"]),
        ("year_from=2020&year_to=2019", ["year_to", "2019", "2020"]),
        ("year_from=2019&year_from=2020", ["year_from"]),
        ("years=2019", ["years", "year_from"]),
    ],
)
def test_what_is_no_country_and_no_year_is_refused_with_every_fault(
    client: FlaskClient, query: str, said: list[str]
) -> None:
    for lang in LANGUAGES:
        faults = client.get(f"/api/v1/search?{query}&lang={lang}")
        assert faults.status_code == 400
        assert all(word in json.dumps(faults.get_json(), ensure_ascii=False) for word in said)
        if "years" not in said:
            page = html.unescape(text_of(client, f"/search?{query}&lang={lang}", status=400))
            assert all(word in page for word in said)


@pytest.mark.parametrize(("lang", "named"), [("de", "Ohne den Filter „Jahr“"), ("en", "Without the filter “Year”")])
def test_years_that_leave_nothing_are_among_the_filters_to_drop(client: FlaskClient, lang: str, named: str) -> None:
    page = text_of(client, f"/search?country=NL&year_from=1990&year_to=1991&lang={lang}")
    assert total(page) == 0
    block = page.split('class="wider"')[1].split("</ul>")[0]
    address, count = re.findall(
        rf'<a href="([^"]+)">{re.escape(named)}</a> <span class="note">(\d+)', html.unescape(block)
    )[0]
    assert address == f"/search?country=NL&lang={lang}"
    assert total(text_of(client, address)) == int(count) > 0


def test_file_feed_and_export_page_know_the_filters_too(client: FlaskClient, collection: list[Case]) -> None:
    lines = client.get(f"/export/jsonl?{WANTED}").get_data(as_text=True).splitlines()
    assert {json.loads(line)["id"] for line in lines} == expected(collection)
    assert "2014 to 2021" in text_of(client, f"/export?{WANTED}&lang=en")
    assert client.get(f"/feed.atom?{WANTED}").get_data(as_text=True).count("<entry") == len(expected(collection))


def test_an_address_reads_back_as_the_same_filters(taxonomy: Taxonomy) -> None:
    given = {"country": ["AT", "CH"], "year_from": ["2010"], "year_to": ["2012"], "q": ["Wärme"]}
    state = State.read(given, taxonomy)
    assert state.address("/search") == "/search?q=W%C3%A4rme&country=AT&country=CH&year_from=2010&year_to=2012"
    assert state.on_page(3).in_years(2011, None).parameters()[-1] == ("year_from", "2011")
    assert state.unfiltered_in("years").filters == resolve({"country": ["AT", "CH"]}, taxonomy)


def test_a_case_and_the_figures_of_the_collection_lead_to_its_country_and_year(
    client: FlaskClient, collection: list[Case]
) -> None:
    case = next(case for case in collection if case.year)
    for path in (f"/cases/{case.id}", "/about/data"):
        page = html.unescape(text_of(client, path))
        assert f'href="/search?country={case.country}"' in page
        assert f'href="/search?year_from={case.year}&year_to={case.year}"' in page


# ---- at the terminal


def test_the_terminal_asks_the_same(run: Run, client: FlaskClient) -> None:  # noqa: F811
    options = ["--country", "AT", "--country", "NL", "--year-from", "2014", "--year-to", "2021"]
    code, out, _ = run("search", "", *options, "--json", "--lang", "de")
    assert code == 0
    assert json.loads(out) == client.get(f"/api/v1/search?{WANTED}&lang=de").get_json()
    code, _, err = run("search", "x", "--country", "XX", "--year-from", "2020", "--year-to", "x")
    assert code == 2
    assert all(word in err for word in ("country", "year_to"))


def test_an_export_can_be_ordered_by_effect(run: Run, client: FlaskClient, tmp_path: Path) -> None:  # noqa: F811
    target = tmp_path / "cases.jsonl"
    options = ["--metric", "electricity", "--year-from", "2015"]
    assert run("export", str(target), *options, "--by-effect")[0] == 0
    ordered = target.read_bytes()
    assert ordered == client.get("/export/jsonl?metric=electricity&year_from=2015&sort=effect").data
    assert run("export", str(target), *options)[0] == 0
    assert target.read_bytes() != ordered
    assert sorted(target.read_bytes().splitlines()) == sorted(ordered.splitlines())
    code, _, err = run("export", str(target), "--by-effect")
    assert (code, "--metric" in err) == (2, True)


# ---- for the description of a plan


def test_comparable_cases_are_narrowed_by_effect_country_and_year(
    client: FlaskClient, collection: list[Case], taxonomy: Taxonomy
) -> None:
    given = {"metric": ["co2e"], "kind": ["claimed"], "year_from": ["2010"], "country": ["DE", "NL"]}
    filters = resolve(given, taxonomy)
    cases = {case.id: case for case in collection}
    page = answer(client, PLAN, **given)
    found = ids_in(page)
    assert 0 < len(found) < len(ids_in(answer(client, PLAN, country=["DE", "NL"])))
    for case in map(cases.get, found):
        assert case is not None
        assert case.country in ("DE", "NL")
        assert filters.years.fits(case.year)
        assert any(filters.effect.fits(effect, taxonomy) for effect in case.effects)
    for article in articles(page):
        assert 'class="headline"' in article
        assert "Treibhausgase" in article.split('class="headline"')[1]
    assert 'id="kind-claimed" checked' in page
    assert 'id="country-NL" checked' in page
    assert re.search(r'name="year_from"[^>]* value="2010"', page)


@pytest.mark.parametrize(("lang", "other"), [("de", "andere Größe"), ("en", "another metric")])
def test_a_metric_is_chosen_and_dropped_by_buttons_that_keep_the_text(
    client: FlaskClient, lang: str, other: str
) -> None:
    panel = answer(client, PLAN, lang).split('id="facet-metric"')[1].split("</fieldset>")[0]
    offered = re.findall(r'<button class="plain" name="metric" value="([^"]+)">.*?class="count">(\d+)<', panel)
    assert len(offered) > 3
    for metric, count in offered[:3]:
        assert comparable(answer(client, PLAN, lang, metric=metric)) == int(count)
    asked = {"metric": "co2e", "direction": "better", "at_least": "10", "unit": "%", "kind": "claimed"}
    page = answer(client, PLAN, lang, **asked)
    assert f'name="other_metric" value="yes">{other}</button>' in page
    assert 'name="metric" value="co2e"' in page
    assert '<option value="better" selected>' in page
    assert PLAN in page
    back = answer(client, PLAN, lang, **asked, other_metric="yes")
    assert ids_in(back) == ids_in(answer(client, PLAN, lang, kind="claimed"))
    assert 'name="other_metric"' not in back


def test_a_filter_that_cannot_be_is_said_and_the_text_is_kept(client: FlaskClient) -> None:
    for lang in LANGUAGES:
        page = answer(client, PLAN, lang, status=400, year_from="2020", year_to="2010", country="XX")
        assert PLAN in page
        assert all(f"<code>{field}</code>" in page for field in ("year_to", "country"))
        assert articles(page) == []


def test_the_language_switch_keeps_what_was_chosen(client: FlaskClient) -> None:
    page = answer(client, PLAN, country="DE", year_to="2020", metric="co2e")
    switch = page.split('formaction="/match?lang=en"')[0].split('<form method="post">')[1]
    sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', switch))
    assert sent == {"text": PLAN, "country": "DE", "year_to": "2020", "metric": "co2e"}


def test_the_data_and_the_terminal_narrow_a_plan_in_the_same_way(
    run: Run,  # noqa: F811
    client: FlaskClient,
    tmp_path: Path,
) -> None:
    body = {"text": PLAN, "metric": "co2e", "at_least": 5, "unit": "%", "kind": ["claimed"], "year_from": 2010}
    data = client.post("/api/v1/match?lang=de", json=body).get_json()
    assert data["filters"]["year_from"] == ["2010"]
    assert data["filters"]["at_least"] == ["5"]
    assert [hit["id"] for hit in data["results"]] == ids_in(
        answer(client, PLAN, metric="co2e", at_least="5", unit="%", kind="claimed", year_from="2010")
    )
    assert {figure["metric"] for figure in data["figures"]} == {"co2e"}
    assert set(data["facets"]["kind"]) <= {"measured", "claimed", "expected"}
    plan = tmp_path / "plan.txt"
    plan.write_text(PLAN, encoding="utf-8")
    options = ["--metric", "co2e", "--at-least", "5", "--unit", "%", "--kind", "claimed", "--year-from", "2010"]
    code, out, _ = run("match", str(plan), *options, "--json", "--lang", "de")
    assert code == 0
    told = json.loads(out)
    assert {name: told[name] for name in data} == data
    refused = client.post("/api/v1/match", json={"text": PLAN, "year_from": 2020, "year_to": 2010})
    assert (refused.status_code, list(refused.get_json()["error"]["faults"])) == (400, ["year_to"])
