"""Terms of the glossary that mean what a query says: its translations, and synonyms in its own language. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from index.analysis import stems, words
from index.glossary import Related
from index.lexical import Lexicon
from index.terms import Spoken, spoken
from kb.text import LANGUAGES, Language

LONGEST_SOURCE = 4
MOST_WORDS = 40
"""A longer text says what it means in words enough of its own."""
MOST_A_SOURCE = 1
MOST_RELATED = 6
"""Few enough to be shown above the results and taken away one by one."""


class Expansion(NamedTuple):
    """A related term that is searched as well: for which words of the query (by number), and in which language."""

    covers: frozenset[int]
    related: Related
    cases: int


def expansions(lexicon: Lexicon, query: str, without: Collection[str]) -> tuple[Expansion, ...]:
    """Return the related terms that are searched beside `query`: the most telling ones, none of `without`.

    The longest term of the glossary that stands at a place counts; of its relations in a language the one that stands
    in most cases.
    """
    if len(words(query)) > MOST_WORDS:
        return ()
    left_out = {" ".join(stems(term, language)) for term in without for language in LANGUAGES}
    found: list[Expansion] = []
    for source_language in LANGUAGES:
        own = spoken(query, source_language)
        for start, end, relations in _sources(lexicon, own, source_language):
            covers = frozenset(word.number for word in own[start:end])
            for language in LANGUAGES:
                if language == source_language and end - start > 1:
                    continue
                typed = {word.stem for word in spoken(query, language)}
                counted = [
                    Expansion(covers, one, lexicon.count(language, one.target.split()))
                    for one in relations
                    if one.language == language
                    and one.target not in left_out
                    and not typed.issuperset(one.target.split())
                ]
                standing = [one for one in counted if 0 < one.cases < lexicon.sizes[language] / 2]
                found += sorted(standing, key=lambda one: (-one.cases, one.related.target))[:MOST_A_SOURCE]
    found.sort(key=lambda one: (-len(one.covers), one.cases, one.related.shown))
    return tuple(found[:MOST_RELATED])


def _sources(lexicon: Lexicon, own: Sequence[Spoken], language: Language) -> Iterator[tuple[int, int, list[Related]]]:
    """Yield (start, end, relations) of the terms of the glossary in `own`, the longest at each place."""
    rows = {
        " ".join(word.stem for word in own[start : start + length])
        for length in range(1, LONGEST_SOURCE + 1)
        for start in range(len(own) - length + 1)
    }
    known: dict[str, list[Related]] = {}
    for one in lexicon.related(language, rows):
        known.setdefault(one.source, []).append(one)
    start = 0
    while start < len(own):
        for end in range(min(len(own), start + LONGEST_SOURCE), start, -1):
            row = " ".join(word.stem for word in own[start:end])
            if row in known:
                yield start, end, known[row]
                start = end - 1
                break
        start += 1
