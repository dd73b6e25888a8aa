"""The words of a text that a query found it by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import words
from index.glossary import Related
from index.lexical import Lexicon, write_lexical
from index.marking import Marker
from index.terms import Analyser
from kb.case import Case
from kb.text import LANGUAGES, Language
from tests.strategies import PROPERTY


@pytest.fixture(scope="module")
def analyser(tmp_path_factory: pytest.TempPathFactory, collection: list[Case]) -> Analyser:
    path = tmp_path_factory.mktemp("words") / "words.db"
    write_lexical(path, collection)
    return Lexicon(path).analyser


def marked(analyser: Analyser, query: str, text: str, language: Language) -> list[str]:
    return [text[start:end] for start, end in Marker(analyser, query).marks(text, language)]


def test_a_word_and_the_compounds_that_hold_it_are_marked(analyser: Analyser) -> None:
    text = "Die Druckluftversorgung spart Druckluft und Kraft."
    assert Marker(analyser, "Druckluft").marks(text, "de") == ((4, 23), (30, 39))
    assert marked(analyser, "Druckluftversorgung", text, "de") == ["Druckluftversorgung", "Druckluft"]
    assert marked(analyser, "Versorgung", text, "de") == ["Druckluftversorgung"]


def test_the_middle_of_a_compound_is_marked_where_it_is_a_word(analyser: Analyser) -> None:
    assert marked(analyser, "Kessel", "Dampfkesselanlage", "de") == ["Dampfkesselanlage"]
    assert marked(analyser, "Fkessel", "Dampfkesselanlage", "de") == []


def test_marks_do_not_mind_how_the_umlaut_is_typed(analyser: Analyser) -> None:
    assert marked(analyser, "abwaerme", "Fern- und Abwärme", "de") == ["Abwärme"]


def test_all_words_of_a_long_form_are_marked_for_its_abbreviation(analyser: Analyser) -> None:
    text = "Mit Kraft-Wärme-Kopplung, nicht mit Kraft allein."
    assert marked(analyser, "KWK", text, "de") == ["Kraft", "Wärme", "Kopplung"]


def test_a_related_term_is_marked_where_all_of_it_stands_in_a_row(analyser: Analyser) -> None:
    related = [Related("de", "abwarm", "en", "wast heat", "waste heat")]
    marker = Marker(analyser, "Abwärme", related)
    text = "Waste heat is heat, not waste."
    assert [text[start:end] for start, end in marker.marks(text, "en")] == ["Waste", "heat"]


def test_stop_words_are_not_marked(analyser: Analyser) -> None:
    text = "Die Wärme für die Halle"
    assert marked(analyser, "die Wärme für die Halle", text, "de") == ["Wärme", "Halle"]


def test_words_are_compared_by_the_stems_of_the_language_of_the_text(analyser: Analyser) -> None:
    assert marked(analyser, "heating", "heated halls", "en") == ["heated"]
    assert marked(analyser, "heating", "heated halls", "de") == []


@PROPERTY
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_marks_are_whole_words_in_order_for_any_query_and_text(
    analyser: Analyser, query: str, text: str, language: Language
) -> None:
    places = [(start, end) for _, start, end in words(f"{text} {query}")]
    marks = Marker(analyser, query).marks(f"{text} {query}", language)
    assert list(marks) == sorted(set(marks) & set(places))
