"""What a person typed: the words to search by, phrases that must stand there, words that must not. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

QUERY_LIMIT = 2000
"""The most characters of a query that are read."""
_QUOTES = str.maketrans(dict.fromkeys("„“”«»", '"'))
# A minus sign excludes only in front of a word: `-20 %` and `CO2-frei` are words like any other.
_PART = re.compile(r'(?:^|(?<=\s))(-?)(?:"([^"]+)"|(?=[^\W\d_])([^\s"]+))')


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it is searched: `text` ranks, every one of `phrases` must stand in a case and none of `excluded`."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse(typed: str) -> Query:
    """Return what was typed, composed (NFC), whole characters only, no longer than QUERY_LIMIT.

    Where nothing would be left to search by, signs are taken as they stand.
    """
    text = unicodedata.normalize("NFC", typed.encode(errors="replace").decode())[:QUERY_LIMIT].translate(_QUOTES)
    phrases, excluded = [], []
    for sign, phrase, word in _PART.findall(text):
        if sign:
            excluded.append(phrase or word)
        elif phrase:
            phrases.append(phrase)
    rest = _PART.sub(lambda part: " " if part[1] else (part[2] or part[3]), text)
    if not re.search(r"\w", rest):
        return Query(text)
    if phrases or excluded:
        text = " ".join(rest.replace('"', " ").split())
    return Query(text, tuple(phrases), tuple(excluded))
