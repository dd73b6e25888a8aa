"""Which words of a text a query found it by. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from index.analysis import stem, words
from index.glossary import Related
from index.terms import Analyser, abbreviation_forms, spoken
from kb.text import LANGUAGES, Language


class Marker:
    """Finds the words of one query in texts: the same stem, a part on either side, and what stands for a word."""

    def __init__(self, analyser: Analyser, query: str, related: Iterable[Related] = ()) -> None:
        self._analyser = analyser
        self._stems: dict[Language, set[str]] = {}
        self._rows: dict[Language, dict[str, list[tuple[str, ...]]]] = {language: {} for language in LANGUAGES}
        self._known: dict[tuple[str, Language], bool] = {}
        for language in LANGUAGES:
            asked = analyser.query(query, language)
            self._stems[language] = {form for term in asked for form in (term.stem, *term.parts)}
            self._add(language, (form for term in asked for form in abbreviation_forms(term.stem, language)))
        for one in related:
            self._add(one.language, [tuple(one.target.split())])

    def _add(self, language: Language, rows: Iterable[tuple[str, ...]]) -> None:
        for row in rows:
            if len(row) == 1:
                self._stems[language].add(row[0])
            self._rows[language].setdefault(row[0], []).append(row)

    def marks(self, text: str, language: Language) -> tuple[tuple[int, int], ...]:
        """Return (start, end) of every word of `text` that the query asks for, in order."""
        spelled = words(text)
        own = spoken(text, language)
        marked = {word.number for word in own if self._fits(spelled[word.number][0].lower(), language)}
        rows = self._rows[language]
        for at, first in enumerate(own):
            for row in rows.get(first.stem, ()):
                stretch = own[at : at + len(row)]
                if tuple(word.stem for word in stretch) == row:
                    marked |= {word.number for word in stretch}
        return tuple(spelled[number][1:] for number in sorted(marked))

    def _fits(self, word: str, language: Language) -> bool:
        known = self._known.get((word, language))
        if known is None:
            wanted = self._stems[language]
            known = stem(word, language) in wanted or not wanted.isdisjoint(self._analyser.parts(word, language))
            self._known[word, language] = known
        return known
