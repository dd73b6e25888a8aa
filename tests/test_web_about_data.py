"""The pages about the data, accessibility and easy words: counted from the cases, whole in both languages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from kb.case import Case
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language
from tests.small_index import case_of
from web.app import create_app
from web.coverage import coverage
from web.i18n import Translator
from web.settings import InvalidSetting, Settings
from web.wiring import Services


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def text_of(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return html.unescape(response.get_data(as_text=True))


def test_what_is_counted_is_what_the_cases_say() -> None:
    source = {"title": "A report", "publisher": "Somebody", "language": "de"}
    cases = [
        case_of(
            "one",
            year=2020,
            year_kind="operation",
            sources=[{**source, "url": "https://www.example.org/a", "checked": "2026-01-01"}],
            effects=[{"metric": "energy", "value": -20, "unit": "%", "kind": "claimed"}],
        ),
        case_of(
            "two",
            year=None,
            year_kind=None,
            sources=[{**source, "url": f"https://example.org/{n}"} for n in "bc"],
            effects=[],
        ),
    ]
    covered = coverage(cases)
    assert (covered.cases, covered.organisations, covered.sources, covered.hosts, covered.checked) == (2, 1, 3, 1, 1)
    assert (covered.years, covered.without_year) == ({2020: 1}, 1)
    assert covered.effects == {"energy": {"claimed": 1}}
    assert covered.effect_count == 1


def test_nothing_is_counted_as_nothing() -> None:
    assert coverage([]).cases == coverage([]).effect_count == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_page_counts_the_whole_collection(
    client: FlaskClient, language: Language, collection: list[Case], taxonomy: Taxonomy
) -> None:
    text = text_of(client, f"/about/data?lang={language}")
    covered = coverage(collection)
    for n in (covered.cases, covered.organisations, covered.sources, covered.effect_count):
        assert f"<strong>{n}</strong>" in text
    for step in taxonomy.coding_rule:
        assert step.question[language] in text
    for kind in taxonomy.effect_kinds.values():
        assert kind.scope is not None
        assert kind.scope[language] in text
    for pathway in taxonomy.pathways.values():
        here = sum(case.pathway == pathway.id for case in collection)
        row = f'pathway={pathway.id}&lang={language}">{pathway.label[language]}</a></th><td class="figure">{here}</td>'
        assert row in text


def test_a_row_of_the_data_page_leads_to_its_cases(client: FlaskClient, collection: list[Case]) -> None:
    text = text_of(client, "/about/data?lang=en")
    paths = re.findall(r'<th scope="row"><a href="(/search[^"]+)">.*?</th><td class="figure">(\d+)</td>', text)
    assert len(paths) > 50
    for path, n in paths[:: len(paths) // 6]:
        assert f'<span role="status">{n} case' in text_of(client, path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["accessibility", "easy"])
def test_a_website_without_a_contact_says_so(client: FlaskClient, page: str, language: Language) -> None:
    text = text_of(client, f"/about/{page}?lang={language}")
    assert Translator(language)("contact.none") in text
    assert "mailto:" not in text


@pytest.mark.parametrize(
    ("contact", "address"),
    [("barrieren@example.org", "mailto:barrieren@example.org"), ("https://example.org/f@q", "https://example.org/f@q")],
)
@pytest.mark.parametrize("page", ["accessibility", "easy"])
def test_the_contact_of_the_operator_stands_there(services: Services, page: str, contact: str, address: str) -> None:
    with create_app(Services(replace(services.settings, contact=contact))).test_client() as client:
        assert f'<a href="{address}">{contact}</a>' in text_of(client, f"/about/{page}")


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "nobody", "http://example.org", "a@b.de?bcc=c@d.de"])
def test_a_contact_that_nobody_can_reach_is_refused(contact: str) -> None:
    with pytest.raises(InvalidSetting, match="PFADFINDER_CONTACT"):
        Settings.from_environment({"PFADFINDER_CONTACT": contact})


@pytest.mark.parametrize("language", LANGUAGES)
def test_easy_words_come_in_short_sentences(language: Language) -> None:
    words = Translator(language)
    for part in ("what", "search", "case", "figures", "more"):
        for line in words(f"easy.{part}.text").splitlines():
            assert len(line.split()) <= 10, line
            assert "," not in line, line
