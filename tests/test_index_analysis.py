"""Text to terms: folding, stop words, stems and 4-grams."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import fold, grams, stem, stems, stop_words, word_grams, words
from kb.case import Case
from kb.text import LANGUAGES, Language
from tests.strategies import PROPERTY


def german_words(collection: list[Case]) -> list[str]:
    """Every word of the German texts, each once."""
    texts = [text.de or "" for case in collection for text in (case.title, case.summary, case.solution, case.result)]
    return sorted({word for text in texts for word, _, _ in words(text)})


def without_umlauts(word: str, suffix: str) -> str:
    for umlaut, letter in zip("äöüÄÖÜ", "aouAOU", strict=True):
        word = word.replace(umlaut, letter + suffix)
    return word


@pytest.mark.parametrize("spelling", ["Abwärme", "Abwaerme", "Abwarme", "ABWÄRME", "Abwa\u0308rme"])
def test_one_word_in_every_spelling_folds_to_one(spelling: str) -> None:
    assert fold(spelling) == "abwarme"
    assert word_grams(spelling) == word_grams("Abwärme")


@pytest.mark.parametrize("spelling", ["Straße", "Strasse", "STRASSE", "STRAẞE"])
def test_sharp_s_folds_to_double_s(spelling: str) -> None:
    assert fold(spelling) == "strasse"
    assert stem(spelling, "de") == stem("Straße", "de")


def test_accents_of_other_languages_fold_away() -> None:
    assert [fold(word) for word in ("Štětí", "Poznań", "Nußbach", "Café")] == ["steti", "poznan", "nussbach", "cafe"]


def test_every_german_word_of_the_collection_stems_alike_with_and_without_umlauts(collection: list[Case]) -> None:
    umlauts = [word for word in german_words(collection) if without_umlauts(word, "") != word]
    assert len(umlauts) > 100
    for word in umlauts:
        assert stem(word, "de") == stem(without_umlauts(word, "e"), "de") == stem(without_umlauts(word, ""), "de")


def test_stems_follow_the_language() -> None:
    assert stem("Maschinen", "de") == stem("Maschine", "de")
    assert stem("switching", "en") == stem("switches", "en") == "switch"
    assert stem("switching", "de") != stem("switches", "de")


def test_stop_words_follow_the_language_and_the_rest_keeps_its_order() -> None:
    assert stems("Die Wärme und der Strom", "de") == ["warm", "strom"]
    assert stems("The heat and the power", "en") == ["heat", "power"]
    assert stems("die the", "de") == ["the"]
    assert stems("die the", "en") == ["die"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_stop_words_alone_leave_nothing(language: Language) -> None:
    text = " ".join(sorted(stop_words(language)))
    assert stems(text, language) == grams(text, language) == []
    assert stems(text.upper(), language) == []


def test_stop_words_are_known_without_a_german_keyboard() -> None:
    assert stems("fuer ueber koennen moeglich", "de") == stems("für über können möglich", "de")


def test_a_noun_that_looks_like_a_stop_word_without_its_umlaut_stays() -> None:
    """`Ware` is no spelling of `wäre`: who has no umlaut types `waere`."""
    assert stems("die Ware wäre neu, waere neu", "de") == ["war", "neu", "neu"]


def test_hyphens_and_punctuation_part_words() -> None:
    assert [word for word, _, _ in words("CO2-Bilanz: 12,5 % (Öko_Profit)")] == [
        "CO2",
        "Bilanz",
        "12",
        "5",
        "Öko",
        "Profit",
    ]


def test_parts_of_a_compound_share_their_grams_with_it() -> None:
    whole = set(grams("Druckluftversorgung", "de"))
    assert len(set(grams("Druckluft", "de")) & whole) >= 6
    assert len(set(grams("Versorgung", "de")) & whole) >= 6
    assert not set(grams("Kartoffel", "de")) & whole


def test_the_ends_of_a_word_are_framed() -> None:
    assert word_grams("Druck") == ("_dru", "druc", "ruck", "uck_")
    assert word_grams("a") == ("_a_",)
    assert word_grams("ab") == ("_ab_",)


@PROPERTY
@given(st.text(max_size=200))
def test_words_stand_where_they_say_in_any_text(text: str) -> None:
    at = 0
    for word, start, end in words(text):
        assert start >= at
        assert text[start:end] == word
        at = end


def test_stems_are_right_when_several_threads_ask_at_once(collection: list[Case]) -> None:
    asked = german_words(collection)[:1500]
    right = [stem(word, "de") for word in asked]
    interval = sys.getswitchinterval()
    stem.cache_clear()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: [stem(word, "de") for word in asked], range(4)))
    finally:
        sys.setswitchinterval(interval)
        stem.cache_clear()
    wrong = {word for found in answers for word, own, of in zip(asked, found, right, strict=True) if own != of}
    assert wrong == set()
