"""Text in German and English: the smallest unit that a person reads."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeGuard

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, Language] = ("de", "en")


def is_language(value: str) -> TypeGuard[Language]:
    """Say whether `value` is one of the two languages of the product."""
    return value in LANGUAGES


def other(language: Language) -> Language:
    """Return the language that `language` is not."""
    return "en" if language == "de" else "de"


def normalised(value: str) -> str:
    """Return `value` composed (NFC) and without white space at its ends.

    The same words typed on two keyboards must give the same bytes: record hashes and passage hashes depend on it.
    """
    return unicodedata.normalize("NFC", value).strip()


@dataclass(frozen=True, slots=True)
class Text:
    """One text in German, English or both; at least one is there and none is blank.

    Raises ValueError when no language is given or a given one is blank.
    """

    de: str | None = None
    en: str | None = None

    def __post_init__(self) -> None:
        given = [text for text in (self.de, self.en) if text is not None]
        if not given or not all(text.strip() for text in given):
            raise ValueError("a text needs German or English words, and neither may be blank")

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that are there, German first."""
        return tuple(language for language in LANGUAGES if self.get(language) is not None)

    def get(self, language: Language) -> str | None:
        """Return the words in `language`, or None where they are missing."""
        return self.de if language == "de" else self.en

    def best(self, language: Language) -> tuple[str, Language]:
        """Return the words in `language`, else the other language's, with the language that they are in."""
        words = self.get(language)
        if words is not None:
            return words, language
        fallback = self.get(other(language))
        assert fallback is not None  # __post_init__ saw to it
        return fallback, other(language)

    def __getitem__(self, language: Language) -> str:
        """Return the best words for `language`."""
        return self.best(language)[0]
