"""Text to terms, by language: folding, stop words, stems and character 4-grams. Pure."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import snowballstemmer

from kb.text import LANGUAGES, Language
from kb.yaml_files import read_yaml

ANALYSIS_VERSION = 1
"""Raised whenever a text would give other terms: part of the birth certificate of an index."""
GRAM = 4
SHORTEST_PART = 5
"""The fewest letters of a part of a compound: Tat is no part of potato."""
_WORD = re.compile(r"[^\W_]+")
_WITHOUT_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_of_this_thread = threading.local()
_ALGORITHMS: dict[Language, str] = {"de": "german", "en": "english"}


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return the words of `text` with their start and end; hyphens and punctuation separate.

    Kept, since a server marks words in the same passages again and again.
    """
    return tuple((match.group(), match.start(), match.end()) for match in _WORD.finditer(text))


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Return `word` in one spelling: lower case, no accents, ss for ß, and ä, ae and a alike (so for ö and ü).

    People without a German keyboard type all three. The price, `neue` becoming `nue`, is the same on both sides.
    """
    plain = "".join(char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))
    return re.sub(r"([aou])e", r"\1", plain)


@cache
def stop_words(language: Language) -> frozenset[str]:
    """Return the words without a subject of `language`, lower case, also as typed without a German keyboard.

    Not folded: Ware is a thing, wäre is none.
    """
    listed = _stop_word_lists()[language].split()
    return frozenset(spelling for word in listed for spelling in (word, word.translate(_WITHOUT_UMLAUTS)))


@cache
def _stop_word_lists() -> dict[str, str]:
    lists: dict[str, str] = read_yaml(Path(__file__).parent / "stopwords.yml")
    return lists


def _stemmer(language: Language) -> Any:
    """Return this thread's stemmer: it keeps the word it is at work on, so threads must not share one."""
    if not hasattr(_of_this_thread, language):
        setattr(_of_this_thread, language, snowballstemmer.stemmer(_ALGORITHMS[language]))
    return getattr(_of_this_thread, language)


@lru_cache(maxsize=50_000)
def stem(word: str, language: Language) -> str:
    """Return the folded stem of `word` by the Snowball algorithm of `language` (Porter 2001, snowballstem.org)."""
    return fold(_stemmer(language).stemWord(word.lower()))


def stems(text: str, language: Language) -> list[str]:
    """Return the stems of the words of `text` in order, stop words left out."""
    left_out = stop_words(language)
    return [stem(word, language) for word, _, _ in words(text) if word.lower() not in left_out]


@lru_cache(maxsize=50_000)
def word_grams(word: str) -> tuple[str, ...]:
    """Return the overlapping character 4-grams of the folded `word` with its ends marked by an underscore."""
    framed = f"_{fold(word)}_"
    return tuple(framed[at : at + GRAM] for at in range(max(1, len(framed) - GRAM + 1)))


def grams(text: str, language: Language) -> list[str]:
    """Return the 4-grams of the words of `text` in order, stop words left out.

    Parts of German compounds share their 4-grams with the compound: Druckluft is found in Druckluftversorgung.
    """
    left_out = stop_words(language)
    return [gram for word, _, _ in words(text) if word.lower() not in left_out for gram in word_grams(word)]


class Marker:
    """Finds the words of one query in texts: the same stem, or one at an end of the other from five letters on."""

    def __init__(self, query: str) -> None:
        self._wanted = {language: _Wanted(frozenset(stems(query, language))) for language in LANGUAGES}
        self._known: dict[tuple[str, Language], bool] = {}

    def marks(self, text: str, language: Language) -> tuple[tuple[int, int], ...]:
        """Return (start, end) of every word of `text` that the query asks for, in order."""
        return tuple((start, end) for word, start, end in words(text) if self._fits(word.lower(), language))

    def _fits(self, word: str, language: Language) -> bool:
        known = self._known.get((word, language))
        if known is None:
            known = word not in stop_words(language) and self._wanted[language].fits(stem(word, language))
            self._known[word, language] = known
        return known


class _Wanted:
    """The stems of a query, ready to be compared with every word of a page."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._parts = tuple(part for part in wanted if len(part) >= SHORTEST_PART)
        self._ends = {
            end for whole in wanted for at in range(SHORTEST_PART, len(whole)) for end in (whole[:at], whole[-at:])
        }

    def fits(self, own: str) -> bool:
        """Say whether `own` is wanted, is a compound with a wanted end, or is an end of a wanted compound."""
        return own in self._wanted or own.startswith(self._parts) or own.endswith(self._parts) or own in self._ends
