"""Texts in two languages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text import Language, Text, is_language, normalised, other
from tests.strategies import PROPERTY

BOTH = Text(de="Wärme", en="heat")
GERMAN = Text(de="Wärme")
ENGLISH = Text(en="heat")


@pytest.mark.parametrize(
    "given", [{}, {"de": None, "en": None}, {"de": ""}, {"en": " \t"}, {"de": "Wärme", "en": ""}, {"de": "\u00a0"}]
)
def test_a_text_without_words_or_with_blank_ones_is_refused(given: dict[str, str | None]) -> None:
    with pytest.raises(ValueError, match="neither may be blank"):
        Text(**given)


@pytest.mark.parametrize(("text", "languages"), [(BOTH, ("de", "en")), (GERMAN, ("de",)), (ENGLISH, ("en",))])
def test_a_text_says_its_languages_german_first(text: Text, languages: tuple[Language, ...]) -> None:
    assert text.languages == languages


@pytest.mark.parametrize(
    ("text", "language", "best"),
    [
        (BOTH, "de", ("Wärme", "de")),
        (BOTH, "en", ("heat", "en")),
        (GERMAN, "en", ("Wärme", "de")),
        (ENGLISH, "de", ("heat", "en")),
    ],
)
def test_the_best_words_fall_back_to_the_other_language_and_say_so(
    text: Text, language: Language, best: tuple[str, Language]
) -> None:
    assert text.best(language) == best
    assert text[language] == best[0]


def test_get_never_falls_back() -> None:
    assert (GERMAN.get("de"), GERMAN.get("en")) == ("Wärme", None)


def test_a_text_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        BOTH.de = "Hitze"  # type: ignore[misc]


def test_there_are_two_languages_and_each_is_the_other_of_the_other() -> None:
    assert (other("de"), other("en")) == ("en", "de")
    assert [word for word in ("de", "en", "fr", "", "DE") if is_language(word)] == ["de", "en"]


def test_two_ways_to_type_the_same_words_give_the_same_bytes() -> None:
    assert normalised(" Wa\u0308rme\n") == normalised("Wärme") == "W\u00e4rme"


@PROPERTY
@given(st.text())
def test_normalising_again_changes_nothing(value: str) -> None:
    once = normalised(value)
    assert normalised(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
