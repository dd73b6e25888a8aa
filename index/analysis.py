"""Text to terms, by language: folding, stop words, stems and character 4-grams. Pure."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import snowballstemmer

from kb.text import Language
from kb.yaml_files import read_yaml

ANALYSIS_VERSION = 2
"""Raised whenever a text would give other terms: part of the birth certificate of an index."""
GRAM = 4
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


@cache
def _own_stems() -> dict[str, dict[str, str]]:
    stems_of: dict[str, dict[str, str]] = read_yaml(Path(__file__).parent / "stems.yml")
    return {language: {fold(word): own for word, own in given.items()} for language, given in stems_of.items()}


def _stemmer(language: Language) -> Any:
    """Return this thread's stemmer: it keeps the word it is at work on, so threads must not share one."""
    if not hasattr(_of_this_thread, language):
        setattr(_of_this_thread, language, snowballstemmer.stemmer(_ALGORITHMS[language]))
    return getattr(_of_this_thread, language)


@lru_cache(maxsize=50_000)
def stem(word: str, language: Language) -> str:
    """Return the folded stem of `word` by the Snowball algorithm of `language` (Porter 2001, snowballstem.org).

    Words that it would make one with words of another meaning (Eisen, Eis) have their stems in stems.yml.
    """
    small = word.lower()
    return fold(_own_stems()[language].get(fold(small)) or _stemmer(language).stemWord(small))


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
