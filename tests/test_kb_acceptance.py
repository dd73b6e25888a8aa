"""The checklist before publishing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.acceptance import ADVERTISING_FILE, Criterion, Item, Verdict, advertising, checklist
from kb.yaml_files import read_yaml
from tests.strategies import PROPERTY, complete_record

TODAY = date(2026, 2, 1)
URL = "https://example.org/heat"
SOURCE = complete_record()["sources"][0]


def item(criterion: Criterion, answers: dict[str, bool] | None = None, **changes: Any) -> Item:
    found = {item.criterion: item for item in checklist(complete_record(**changes), TODAY, answers)}
    assert list(found) == list(Criterion)
    return found[criterion]


@pytest.mark.parametrize(
    ("criterion", "changes", "verdict", "english", "german"),
    [
        (Criterion.PAGE, {}, Verdict.TO_CHECK, "Not tried yet", "Noch nicht abgerufen"),
        (Criterion.PAGE, {"sources": []}, Verdict.FAILED, "No published page", "Keine veröffentlichte Seite"),
        (Criterion.PAGE, {"sources": [{"url": "a book"}]}, Verdict.FAILED, "No published page", "Keine veröff"),
        (Criterion.OUTCOME, {}, Verdict.PASSED, "effects in figures", "Wirkungen in Zahlen"),
        (Criterion.OUTCOME, {"effects": []}, Verdict.PASSED, "a figure in its text", "Zahl im Text"),
        (
            *(Criterion.OUTCOME, {"effects": [], "result": {"de": "Es ist warm."}}),
            *(Verdict.TO_CHECK, "names no figure", "nennt keine Zahl"),
        ),
        (Criterion.OUTCOME, {"result": None}, Verdict.FAILED, "is missing", "fehlt"),
        (Criterion.OUTCOME, {"result": {"de": " "}}, Verdict.FAILED, "is missing", "fehlt"),
        (Criterion.SOURCE, {}, Verdict.PASSED, "Sources named: 1", "Quellen genannt: 1"),
        (Criterion.SOURCE, {"sources": [{"url": URL}]}, Verdict.FAILED, "No source with", "Keine Quelle mit"),
        (
            *(Criterion.SOURCE, {"sources": [SOURCE | {"checked": "2026-02-02"}]}),
            *(Verdict.FAILED, "lies in the future", "liegt in der Zukunft"),
        ),
        (Criterion.SOURCE, {"sources": [SOURCE | {"checked": "2026-02-01"}]}, Verdict.PASSED, "named", "genannt"),
        (Criterion.WORDING, {}, Verdict.PASSED, "No advertising", "Keine Werbesprache"),
        (
            *(Criterion.WORDING, {"title": {"de": "Einzigartige Anlage", "en": "A plant"}}),
            *(Verdict.TO_CHECK, "title.de: einzigartige", "title.de: einzigartige"),
        ),
        (Criterion.LANGUAGES, {}, Verdict.PASSED, "Complete", "vollständig"),
        (
            *(Criterion.LANGUAGES, {"result": {"de": "Warm."}, "keywords": {"en": ["a", "b", "c"]}}),
            *(Verdict.TO_CHECK, "Missing: result.en, keywords.de", "Fehlt: result.en, keywords.de"),
        ),
    ],
    ids=range(16),
)
def test_a_criterion_has_its_verdict_and_its_reason_in_both_languages(
    criterion: Criterion, changes: dict[str, Any], verdict: Verdict, english: str, german: str
) -> None:
    found = item(criterion, **changes)
    assert found.verdict is verdict
    assert english in found.reason["en"]
    assert german in found.reason["de"]


def test_a_page_that_answers_needs_nobody_to_open_it() -> None:
    assert item(Criterion.PAGE, {URL: True}).verdict is Verdict.PASSED
    silent = item(Criterion.PAGE, {URL: False})
    assert silent.verdict is Verdict.TO_CHECK
    assert URL in silent.reason["en"]


def test_nothing_typed_yet_has_passed_nothing_but_the_words() -> None:
    passed = [item.criterion for item in checklist({}, TODAY) if item.verdict is Verdict.PASSED]
    assert passed == [Criterion.WORDING]


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_word_of_the_list_is_found_in_its_language_alone(language: str) -> None:
    for entry in read_yaml(ADVERTISING_FILE)[language]:
        word = entry.removesuffix("*")
        assert advertising({"result": {language: f"Das ist {word.capitalize()}."}}) == [
            (f"result.{language}", word.lower())
        ]


def test_a_word_inside_another_is_none_of_the_list() -> None:
    assert advertising({"result": {"en": "Uninnovative. Nonperfect."}}) == []
    assert advertising({"title": {"en": "A state-of-the-art plant"}}) == [("title.en", "state-of-the-art")]


def test_the_shipped_cases_hardly_sound_like_advertising(records: dict[str, dict[str, Any]]) -> None:
    assert sum(bool(advertising(record)) for record in records.values()) <= 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["de", "en", "url"]), inner),
    max_leaves=8,
)


@PROPERTY
@given(st.dictionaries(st.sampled_from(["title", "result", "sources", "effects", "keywords"]), JSON))
def test_any_draft_can_be_held_against_the_list(record: dict[str, Any]) -> None:
    assert [item.criterion for item in checklist(record, TODAY)] == list(Criterion)
