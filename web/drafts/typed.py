"""One field of a form: the words that it shows for a value, and the value that was typed. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from ingest.cells import number as number_in
from kb.text import Language, normalised
from web.drafts.fields import Kind
from web.drafts.paths import MISSING


def empty(kind: Kind) -> list[str]:
    return [] if kind is Kind.TERMS else [""]


def words_of(kind: Kind, value: Any, language: Language) -> list[str] | None:
    """Return the words for a value, or None where the field cannot show it."""
    if value is MISSING:
        return empty(kind)
    if kind in (Kind.TERMS, Kind.WORDS, Kind.LINES):
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            return None
        if kind is Kind.TERMS:
            return list(value)
        if any("\n" in word for word in value):
            return None
        if kind is Kind.WORDS and not any("," in word for word in value):
            return [", ".join(value)]
        # A single line would be read as several words if it holds a comma.
        return ["\n".join(value) + ("\n" if len(value) == 1 and kind is Kind.WORDS else "")]
    if isinstance(value, str):
        return [value]
    if kind is Kind.YEAR and type(value) is int:
        return [str(value)]
    if kind is Kind.NUMBER and type(value) in (int, float):
        return [number_words(value, language)]
    return None


def read(kind: Kind, words: Sequence[str]) -> Any:
    """Return the value that was typed; MISSING where nothing was."""
    if kind is Kind.TERMS:
        return list(words) or MISSING
    text = words[-1] if words else ""
    if kind in (Kind.WORDS, Kind.LINES):
        parts = text.split("\n") if "\n" in text or kind is Kind.LINES else text.split(",")
        return [word for part in parts if (word := normalised(part))] or MISSING
    word = normalised(text)
    if kind is Kind.YEAR and re.fullmatch(r"[1-9]\d{0,8}", word):
        return int(word)
    if kind is Kind.NUMBER and (value := _number(word)) is not None:
        return value
    return word or MISSING


def _number(word: str) -> int | float | None:
    """Return the number, or None where there is none, it may be read in two ways, or it is beyond all bounds."""
    try:
        value = number_in(word)
        return value if math.isfinite(value) else None
    except (ValueError, OverflowError):
        return None


def as_typed(word: str) -> str:
    return word.replace("\r\n", "\n").replace("\r", "\n")


def as_sent(word: str) -> str:
    """Return what a browser sends back for a word that it was given: HTML knows one line end and no NUL."""
    return as_typed(word).replace("\0", "\ufffd")


def number_words(value: int | float, language: Language) -> str:
    """Return a number as it is typed, such that reading it gives the same number again."""
    words = repr(value)
    # 1.234 is one thing in German and another in English; 1.2340 is not.
    words = re.sub(r"^(-?[1-9]\d{0,2}\.\d{3})(?=e|$)", r"\g<1>0", words)
    return words.replace(".", ",") if language == "de" else words
