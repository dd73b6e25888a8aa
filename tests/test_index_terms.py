"""Compounds, abbreviations, related terms and slips of the hand, over the shipped cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import fold, stems, words
from index.bm25 import WordRanker
from index.compounds import LONGEST_COMPOUND, Splitter
from index.lexical import Lexicon, write_lexical
from index.related import MOST_RELATED, MOST_WORDS, expansions
from index.spelling import MOST_WORDS as MOST_PROOFREAD
from index.spelling import did_you_mean
from index.vocabulary import Word
from kb.case import Case
from kb.text import LANGUAGES
from tests.small_index import case_of
from tests.strategies import PROPERTY


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory, collection: list[Case]) -> Lexicon:
    path = tmp_path_factory.mktemp("words") / "words.db"
    write_lexical(path, collection)
    return Lexicon(path)


def splitter(**counts: int) -> Splitter:
    return Splitter(Word(word, "de", stems(word, "de")[0], count, 0) for word, count in counts.items())


def shown(lexicon: Lexicon, query: str, *without: str) -> list[str]:
    return [one.related.shown for one in expansions(lexicon, query, without)]


# ---- compounds


def test_a_compound_more_frequent_than_its_parts_stays_whole() -> None:
    assert splitter(Fern=2, Wärme=2).parts("Fernwärme") == ("fern", "warm")
    assert splitter(Fern=2, Wärme=2, Fernwärme=9).parts("Fernwärme") == ()


def test_nothing_is_cut_off_that_is_no_word() -> None:
    assert splitter(Tat=9, Kartoffel=9).parts("Kartoffeltate") == ("kartoffel", "tat")
    assert splitter(Tat=9).parts("Kartoffeltat") == ()


def test_parts_of_parts_count_as_well() -> None:
    known = splitter(Druckluft=5, Leckageortung=4, Leckage=4, Ortung=4)
    assert known.parts("Druckluftleckageortung") == ("druckluft", "leckageort", "leckag", "ortung")


@pytest.mark.parametrize("word", ["", "a", "Straße1", "Wärme" * 200, "x" * (LONGEST_COMPOUND + 1), "語" * 40])
def test_what_is_no_compound_has_no_parts(lexicon: Lexicon, word: str) -> None:
    assert lexicon.analyser.parts(word, "de") == ()


@PROPERTY
@given(st.text(max_size=60))
def test_any_text_can_be_taken_apart(lexicon: Lexicon, text: str) -> None:
    for language in LANGUAGES:
        held = {*stems(text, language), *lexicon.analyser.extras(text, language)}
        for term in lexicon.analyser.query(text, language):
            assert not term.stem or term.stem in held
            assert set(term.parts) <= held


def test_a_phrase_stands_in_the_words_themselves_and_not_in_parts_of_compounds(tmp_path: Path) -> None:
    texts = {name: {"de": "Wort"} for name in ("title", "summary", "problem", "result")}
    solution = {"de": "Die Fernwärme Anlage läuft."}
    case = case_of("a-case", **texts, solution=solution, keywords={"de": ["Fern", "Wärme", "Anlage"]})
    path = tmp_path / "words.db"
    write_lexical(path, [case])
    lexicon = Lexicon(path)
    assert lexicon.holding("Fernwärme Anlage") == {"a-case"}
    assert lexicon.holding("Anlage läuft") == {"a-case"}
    assert lexicon.holding("Wärme Wärme") == set()


# ---- related terms


def test_a_term_brings_its_translation_and_finds_cases_told_in_the_other_language(
    tmp_path: Path, collection: list[Case], lexicon: Lexicon
) -> None:
    assert "waste heat" in shown(lexicon, "Abwärme")
    assert "Abwärme" in shown(lexicon, "waste heat")
    everything = frozenset(lexicon.case_ids)
    ranker = WordRanker(lexicon, "stems")
    alone = ranker.scores("Druckluftleck", everything)
    beside = ranker.scores("Abwärme", everything, expansions(lexicon, "Abwärme", ()))
    assert alone.keys() <= everything
    assert ranker.scores("Abwärme", everything).keys() < beside.keys()


def test_what_is_taken_away_is_not_searched(lexicon: Lexicon) -> None:
    assert "waste heat" not in shown(lexicon, "Abwärme", "waste heat")
    assert shown(lexicon, "Abwärme", *shown(lexicon, "Abwärme")) == []


def test_few_related_terms_are_added_all_of_them_standing_in_cases(lexicon: Lexicon) -> None:
    query = "Wie nutzt ein Stahlwerk Abwärme, Druckluft, Strom, Wasser, Gas und Wärmepumpen zum Heizen?"
    found = expansions(lexicon, query, ())
    assert 0 < len(found) <= MOST_RELATED
    assert all(one.cases > 0 for one in found)


def test_a_long_text_gets_none(lexicon: Lexicon) -> None:
    assert shown(lexicon, "Abwärme " * (MOST_WORDS + 1)) == []


# ---- did you mean


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Druklfut", "Druckluft"),
        ("Abwärmenutzng", "Abwärmenutzung"),
        ("Abwaermenutzng", "Abwärmenutzung"),
        ("Wassertsoff in der Industrie", "Wasserstoff in der Industrie"),
        ("recyling of plastcs", "recycling of plastics"),
        ("„Kreislaufwirtshaft“ -Wassertsoff", "„Kreislaufwirtschaft“ -Wasserstoff"),
        ("predictve maintenance", "predictive maintenance"),
    ],
)
def test_a_slip_is_mended_and_the_rest_of_the_query_stays(lexicon: Lexicon, typed: str, meant: str) -> None:
    assert did_you_mean(lexicon, typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "?!",
        "Abwärme",
        "Druckluftleckageortung",
        "BHKW",
        "CO2",
        "Kläranlage",
        "waste heat",
        "Abwaerme",
        "xyzzyxqwert",
    ],
)
def test_words_that_exist_and_words_like_no_other_stay(lexicon: Lexicon, typed: str) -> None:
    assert did_you_mean(lexicon, typed) is None


def test_a_long_text_is_not_proofread(lexicon: Lexicon) -> None:
    assert did_you_mean(lexicon, "Druklfut " * (MOST_PROOFREAD + 1)) is None


def test_every_word_of_the_collection_exists(lexicon: Lexicon, collection: list[Case]) -> None:
    for case in collection:
        title = " ".join(case.title[language] for language in case.title.languages)
        for word, _, _ in words(title):
            assert did_you_mean(lexicon, word) is None, word


def test_only_words_that_stand_in_cases_are_offered(lexicon: Lexicon) -> None:
    standing = {fold(word.written) for word in lexicon.vocabulary if word.cases}
    for typed in ("Druklfut", "Kreislaufwirtshaft", "compresed", "maintenence", "Galvnik", "Photovoltaikk"):
        meant = did_you_mean(lexicon, typed)
        assert meant is None or fold(meant) in standing
