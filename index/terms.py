"""What a text is found by: its stems, and beside them parts of compounds, joined spellings and abbreviations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.analysis import fold, stem, stems, stop_words, words
from index.compounds import Splitter
from kb.text import Language
from kb.yaml_files import read_yaml

HYPHENS = "-\u2010\u2011"


class Spoken(NamedTuple):
    """A word of a text that carries a subject: its number among all words, and its stem."""

    number: int
    stem: str


class Term(NamedTuple):
    """What a query asks for at a place: a stem or an abbreviation, and the parts of a compound.

    `numbers` are those of the words of the query that it stands for.
    """

    numbers: frozenset[int]
    stem: str
    parts: tuple[str, ...] = ()


class Analyser:
    """Turns texts and queries into terms in the same way, by one vocabulary. May be used by several threads."""

    def __init__(self, splitter: Splitter) -> None:
        self._splitter = splitter

    def extras(self, text: str, language: Language) -> list[str]:
        """Return the terms that `text` is found by beside its stems.

        Parts of compounds (Druckluft of Druckluftversorgung), words with hyphens in one (Kreislauf-Wirtschaft), and
        what an abbreviation or its long form stands for (`_bhkw`, which no word can be).
        """
        parts = [part for word, _, _ in words(text) for part in self.parts(word, language)]
        joined = [stem(word, language) for _, word in _joined(text)]
        meant = [term for _, _, term in _abbreviated(spoken(text, language), language)]
        inside = [term for part in parts for form, term in _forms(language).get(part, ()) if form == (part,)]
        return parts + joined + meant + inside

    def query(self, text: str, language: Language) -> list[Term]:
        """Return what `text` asks for: its stems with the parts of compounds, and abbreviations for their forms.

        A text that holds any form of an abbreviation holds its term, so that one stands for the words of the form.
        """
        own, spelled = spoken(text, language), words(text)
        terms, covered = [], set[int]()
        for start, end, meant in _abbreviated(own, language):
            numbers = frozenset(word.number for word in own[start:end])
            terms.append(Term(numbers, meant))
            covered |= numbers
        terms += [
            Term(frozenset({word.number}), word.stem, self.parts(spelled[word.number][0], language))
            for word in own
            if word.number not in covered
        ]
        return terms + [Term(numbers, "", (stem(joined, language),)) for numbers, joined in _joined(text)]

    def parts(self, word: str, language: Language) -> tuple[str, ...]:
        """Return the stems of the parts of a compound; none for any other word. English is not taken apart."""
        return self._splitter.parts(word) if language == "de" else ()


def spoken(text: str, language: Language) -> list[Spoken]:
    """Return the words of `text` in order, stop words left out."""
    left_out = stop_words(language)
    return [
        Spoken(number, stem(word, language))
        for number, (word, _, _) in enumerate(words(text))
        if word.lower() not in left_out
    ]


def _joined(text: str) -> Iterator[tuple[frozenset[int], str]]:
    """Yield the words of `text` that are written with hyphens, in one, each with the numbers of the words."""
    row: list[int] = []
    spelled = words(text)
    for number, (_, start, _) in enumerate(spelled):
        if row and not (start == spelled[number - 1][2] + 1 and text[start - 1] in HYPHENS):
            row = []
        row.append(number)
        follows = number + 1 < len(spelled) and spelled[number + 1][1] == spelled[number][2] + 1
        if len(row) > 1 and not (follows and text[spelled[number][2]] in HYPHENS):
            yield frozenset(row), "".join(spelled[at][0] for at in row)


def _abbreviated(own: Sequence[Spoken], language: Language) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, term) for the forms of abbreviations that stand in `own`."""
    forms = _forms(language)
    for at, first in enumerate(own):
        for form, meant in forms.get(first.stem, ()):
            if tuple(word.stem for word in own[at : at + len(form)]) == form:
                yield at, at + len(form), meant


def abbreviation_forms(meant: str, language: Language) -> list[tuple[str, ...]]:
    """Return the rows of stems that stand for the abbreviation whose term is `meant`."""
    return [form for forms in _forms(language).values() for form, term in forms if term == meant]


@cache
def _forms(language: Language) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return first stem -> forms that begin with it, as rows of stems, each with the term it stands for."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    groups: list[list[str]] = read_yaml(Path(__file__).parent / "abbreviations.yml")
    for short, *long in groups:
        meant = "_" + "".join(fold(word) for word, _, _ in words(short))
        for form in dict.fromkeys(tuple(stems(form, language)) for form in (short, *long)):
            if form:
                found.setdefault(form[0], []).append((form, meant))
    return found
