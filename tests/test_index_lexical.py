"""BM25 over stems and 4-grams: against arithmetic by hand, and within its bounds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from index.analysis import stems, stop_words
from index.bm25 import MOST_TERMS, WordRanker
from index.lexical import KINDS, Kind, Lexicon, columns, write_lexical
from kb.case import Case, CaseId
from kb.text import LANGUAGES, Language
from tests.small_index import case_of, small


def lexicon_of(path: Path, cases: list[Case]) -> Lexicon:
    write_lexical(path, cases)
    return Lexicon(path)


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """Five cases in English. A plain one has nine words: a name, a title, three keywords and four in the body."""
    cases = [
        case_of("a-title", title={"en": "Turbine"}, summary={"en": "Turbine brush"}),
        case_of("b-long", solution={"en": "Plain " * 6}),
        case_of("c-plain"),
        case_of("d-plain"),
        case_of("e-plain"),
    ]
    return lexicon_of(tmp_path_factory.mktemp("words") / "words.db", cases)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, collection: list[Case]) -> Lexicon:
    return lexicon_of(tmp_path_factory.mktemp("words") / "words.db", small(collection))


def everything(lexicon: Lexicon) -> frozenset[CaseId]:
    return frozenset(lexicon.case_ids)


def rarity(cases: int, holding: int) -> float:
    return math.log((cases - holding + 0.5) / (holding + 0.5))


# ---- by hand: words in the five cases: 10, 14, 9, 9, 9. `turbine` stands once in the title (counts 2) and once in
# the body (counts 1) of the first. BM25 with k1 = 1.2, b = 0.75, as a share of its limit k1 + 1.

MEAN_LENGTH = (10 + 14 + 9 + 9 + 9) / 5
COUNT = 2 * 1 + 1 * 1
SHARE = COUNT / (COUNT + 1.2 * (1 - 0.75 + 0.75 * 10 / MEAN_LENGTH))


def test_the_score_of_one_word_is_bm25_by_hand(by_hand: Lexicon) -> None:
    scores = WordRanker(by_hand, "stems").scores("turbine", everything(by_hand))
    assert scores == {"a-title": pytest.approx(SHARE, abs=1e-9)}


def test_bm25_itself_is_the_arithmetic_by_hand(by_hand: Lexicon) -> None:
    ((place, number, score),) = by_hand.matches("stems", "en", ["turbin"])
    assert (place, number) == (0, 0)
    assert score == pytest.approx(rarity(5, 1) * 2.2 * SHARE, abs=1e-9)


def test_a_word_that_stands_nowhere_was_asked_for_and_is_missing(by_hand: Lexicon) -> None:
    scores = WordRanker(by_hand, "stems").scores("turbine xylophone", everything(by_hand))
    assert scores == {"a-title": pytest.approx(SHARE / 2, abs=1e-9)}


def test_a_word_of_half_of_the_cases_and_more_tells_nothing(by_hand: Lexicon) -> None:
    ranker = WordRanker(by_hand, "stems")
    assert ranker.scores("kiln", everything(by_hand)) == {}
    assert ranker.scores("turbine kiln", everything(by_hand)) == ranker.scores("turbine", everything(by_hand))


def test_a_word_asked_for_twice_counts_once(by_hand: Lexicon) -> None:
    ranker = WordRanker(by_hand, "stems")
    assert ranker.scores("turbine turbines", everything(by_hand)) == ranker.scores("turbine", everything(by_hand))


def test_matches_in_title_names_and_keywords_count_twice(tmp_path: Path) -> None:
    keywords = {"en": ["turbine", "press", "lathe"]}
    cases = [
        case_of("body", problem={"en": "Turbine"}),
        case_of("keywords", keywords=keywords),
        case_of("name", organisation="Turbine"),
        case_of("title", title={"en": "Turbine"}),
        *(case_of(f"plain-{number}") for number in range(5)),
    ]
    lexicon = lexicon_of(tmp_path / "words.db", cases)
    scores = WordRanker(lexicon, "stems").scores("turbine", everything(lexicon))
    twice, once = pytest.approx(2 / 3.2), pytest.approx(1 / 2.2)
    assert scores == {"name": twice, "title": twice, "keywords": twice, "body": once}


# ---- bounds


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_shares(kind: Kind, shipped: Lexicon) -> None:
    ranker = WordRanker(shipped, kind)
    questions = ["Abwärme", "Wie sparen wir Druckluft und Strom?", "used medical imaging systems", "skf lager wien"]
    for question in questions:
        scores = ranker.scores(question, everything(shipped))
        assert scores
        assert all(0 < score <= 1 for score in scores.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("query", ["", " ", "?!", "xyzzyx", "語", '"', "NEAR(", "* OR title:a", "½", "\x00"])
def test_unknown_words_and_signs_score_nothing(query: str, kind: Kind, shipped: Lexicon) -> None:
    assert WordRanker(shipped, kind).scores(query, everything(shipped)) == {}


def test_the_words_of_a_query_are_never_read_as_a_language_of_queries(by_hand: Lexicon) -> None:
    ranker = WordRanker(by_hand, "stems")
    for query in ('"turbine', "turbine AND", "title:turbine", "turbine*", "-turbine", "NEAR(turbine)"):
        assert "a-title" in ranker.scores(query, everything(by_hand))


def test_a_huge_query_is_read_up_to_most_terms(by_hand: Lexicon) -> None:
    ranker = WordRanker(by_hand, "stems")
    fillers = [f"q{number}z" for number in range(MOST_TERMS)]
    assert ranker.scores(" ".join([*fillers[1:], "turbine"]), everything(by_hand))
    assert ranker.scores(" ".join([*fillers, "turbine"]), everything(by_hand)) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_an_index_without_cases_finds_nothing(kind: Kind, tmp_path: Path) -> None:
    lexicon = lexicon_of(tmp_path / "words.db", [])
    assert WordRanker(lexicon, kind).scores("turbine", {CaseId("a-case")}) == {}


# ---- languages


def test_a_case_is_found_in_the_languages_that_it_is_told_in(tmp_path: Path) -> None:
    german = {"title": {"de": "Turbinen"}, **{name: {"de": "Wort"} for name in ("summary", "problem", "solution")}}
    rest = {"result": {"de": "Wort"}, "keywords": {"de": ["Ofen", "Presse", "Bank"]}}
    plain = [case_of(f"plain-{number}") for number in range(3)]
    lexicon = lexicon_of(tmp_path / "words.db", [case_of("in-german", **german, **rest), *plain])
    assert lexicon.sizes == {"de": 1, "en": 3}
    assert columns(case_of("in-english"), "de") is None


def test_a_case_told_only_in_english_is_not_found_by_german_stop_words(by_hand: Lexicon) -> None:
    query = " ".join(sorted(stop_words("de")))
    assert WordRanker(by_hand, "stems").scores(query, everything(by_hand)) == {}
    assert all(score < 0.01 for score in WordRanker(by_hand, "grams").scores(query, everything(by_hand)).values())


def test_german_stop_words_alone_find_no_case_by_its_german_text(shipped: Lexicon) -> None:
    for kind in KINDS:
        assert shipped.matches(kind, "de", stems("die und der mit für", "de")) == []


def test_a_case_counts_with_the_better_of_its_languages(tmp_path: Path) -> None:
    plain: dict[str, Any] = {
        name: {"de": "Wort", "en": "Plain"} for name in ("title", "summary", "problem", "solution", "result")
    }
    plain["keywords"] = {"de": ["Ofen", "Presse", "Bank"], "en": ["kiln", "press", "lathe"]}
    both = plain | {"title": {"de": "Turbine", "en": "Plain"}, "problem": {"de": "Wort", "en": "Turbine"}}
    cases = [case_of("both", **both), *(case_of(f"plain-{number}", **plain) for number in range(3))]
    lexicon = lexicon_of(tmp_path / "words.db", cases)
    in_title, in_body = 2 / 3.2, 1 / 2.2
    assert max(in_title, in_body) == in_title
    assert WordRanker(lexicon, "stems").scores("Turbine", everything(lexicon)) == {"both": pytest.approx(in_title)}


# ---- one look-up a term


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sum_of_single_lookups_is_bm25_over_all_terms(language: Language, shipped: Lexicon) -> None:
    terms = stems("Abwärme heizt Druckluft Maschinen heat compressed air machines battery Kleinwort", language)
    table = f"stems_{language}"
    asked = " OR ".join(f'"{term}"' for term in terms)
    together = shipped.connection.execute(
        f"SELECT rowid, -bm25({table}, 2.0, 2.0, 2.0, 1.0, 1.0) FROM {table} WHERE {table} MATCH ?", (asked,)
    ).fetchall()
    assert len(together) > 3
    assert dict(shipped.sums("stems", language, terms)) == pytest.approx(dict(together), abs=1e-9)


def test_the_score_of_a_case_does_not_depend_on_which_cases_are_asked_for(shipped: Lexicon) -> None:
    ranker = WordRanker(shipped, "grams")
    together = ranker.scores("Abwärme nutzen", everything(shipped))
    assert {case_id: ranker.scores("Abwärme nutzen", {case_id})[case_id] for case_id in together} == together
