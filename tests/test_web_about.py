"""The page about the search shows the shipped report, whole and in both languages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from index.evaluate import MEASURES
from index.report import shipped_report
from kb.case import Case
from kb.text import LANGUAGES, Language
from tests.small_index import small
from web.app import create_app
from web.figures import points, span
from web.settings import Settings
from web.wiring import Services


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def page(client: FlaskClient, language: Language) -> str:
    response = client.get(f"/about/search?lang={language}")
    assert response.status_code == 200
    return html.unescape(response.get_data(as_text=True))


def rows(text: str, table: str) -> list[list[str]]:
    """The cells of the rows of one table, without markup."""
    part = text.split(f'<caption id="table-{table}">')[1].split("</table>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in found
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_leads_there(client: FlaskClient, language: Language) -> None:
    home = client.get(f"/?lang={language}").get_data(as_text=True)
    label = {"de": "Über die Suche", "en": "About the search"}[language]
    assert f'<a href="/about/search?lang={language}">{label}</a>' in home
    assert f"<h1>{label}</h1>" in page(client, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["dev", "check"])
def test_every_leg_and_group_stands_there_with_its_interval(client: FlaskClient, language: Language, name: str) -> None:
    text = page(client, language)
    legs = shipped_report()[name]["legs"]
    own = legs["hybrid"]

    def cell(summary: dict[str, object], measure: str) -> str:
        return f"{points(summary[measure], language)} {span(summary, measure, language)}"  # type: ignore[arg-type]

    assert [row[1:] for row in rows(text, f"{name}-legs")[1:]] == [
        [cell(summary, measure) for measure in MEASURES] for summary in legs.values()
    ]
    wanted = [
        [str(group["queries"]), *(cell(leg["by"][grouping][key], "ndcg@10") for leg in legs.values())]
        for grouping in ("language", "direction", "kind")
        for key, group in own["by"][grouping].items()
    ]
    assert [row[1:] for row in rows(text, f"{name}-groups")[1:] if len(row) > 1] == wanted
    others = [
        [cell(group, measure) for measure in MEASURES[1:]]
        for grouping in ("language", "direction", "kind")
        for group in own["by"][grouping].values()
    ]
    assert [row[1:] for row in rows(text, f"{name}-measures")[1:] if len(row) > 1] == others


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_refused_stands_there_by_set_language_and_direction(client: FlaskClient, language: Language) -> None:
    found = rows(page(client, language), "refusals")
    assert len(found[1]) == 1 + 2 + 3
    assert len(found) == 2 + 1 + 2 + 4
    negatives = shipped_report()["negatives"]["legs"]["hybrid"]
    assert found[2][-1] == f"{points(negatives['rejected'], language)} {span(negatives, 'rejected', language)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_can_be_read_by_ear(client: FlaskClient, language: Language) -> None:
    text = page(client, language)
    tables = re.findall(r"<table>.*?</table>", text, re.DOTALL)
    assert len(tables) == 1 + 2 * 3 + 1
    for table in tables:
        assert re.search(r'<caption id="[^"]+">\S', table)
        for row in table.split("<tbody>", 1)[1].split("</tr>")[:-1]:
            assert re.search(r'<th scope="row(group)?"', row)
        assert all(
            re.search(r'scope="col(group)?"', head) for head in re.findall(r"<th [^>]*>", table.split("<tbody>")[0])
        )


def test_numbers_are_written_as_in_the_language_of_the_page() -> None:
    assert (points(0.8393, "de"), points(0.8393, "en")) == ("83,9", "83.9")
    assert (points(1.0, "en"), points(0.0, "de"), points(None, "de")) == ("100", "0,0", "–")
    assert (points(-0.012, "de", sign=True), points(0.012, "en", sign=True)) == ("−1,2", "+1.2")


def test_a_system_with_other_cases_or_another_model_says_that_the_figures_are_not_its_own(
    client: FlaskClient, collection: list[Case], tmp_path: Path, services: Services
) -> None:
    said = "Auslieferungsstand"
    assert said not in page(client, "de")
    fewer = Services(Settings(home=tmp_path))
    with fewer.store() as store:
        for case in small(collection):
            store.publish(case, "test")
    assert said in page(create_app(fewer).test_client(), "de")
    other = Services(Settings(home=services.settings.home, model="/another/model"))
    assert said in page(create_app(other).test_client(), "de")
