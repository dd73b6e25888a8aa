"""The words that exist: those of the cases, and those of the glossary. Pure, apart from reading the glossary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from index.analysis import fold, stem, words
from index.glossary import TRAINING, glossary
from kb.text import LANGUAGES, Language


class Word(NamedTuple):
    """A word as it is written, its folded stem, and the number of cases that hold it and of glossary terms."""

    written: str
    language: Language
    stem: str
    cases: int
    terms: int


def vocabulary_of(texts: Iterable[Mapping[Language, str]]) -> list[Word]:
    """Return every word of the cases, given as one text a language each, and of the glossary."""
    in_cases: dict[Language, Counter[str]] = {language: Counter() for language in LANGUAGES}
    for case in texts:
        for language, text in case.items():
            in_cases[language].update({word for word, _, _ in words(text)})
    in_terms = _words_of_glossary()
    return [
        Word(written, language, stem(written, language), in_cases[language][written], in_terms[language][written])
        for language in LANGUAGES
        for written in sorted(in_cases[language].keys() | in_terms[language].keys())
    ]


@cache
def spellings() -> frozenset[str]:
    """Return the folded words of all own text, which is more than cases and glossary hold: they are no slips."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(TRAINING.glob("*.tsv")))
    written = {word for text in texts for word in text.split()}
    return frozenset(fold(word) for part in written for word, _, _ in words(part))


@cache
def _words_of_glossary() -> dict[Language, Counter[str]]:
    return {
        "de": Counter(word for pair in glossary() for word, _, _ in words(pair.german)),
        "en": Counter(word for pair in glossary() for word, _, _ in words(pair.english)),
    }
