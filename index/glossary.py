"""The glossary: terms in both languages, and what it says beside a term. Pure, apart from reading its files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.analysis import stems
from index.train.text import Pair, read_pairs
from kb.text import LANGUAGES, Language, other

TRAINING = Path(__file__).parent / "training"
MOST_MEANINGS = 2
"""A term with more translations than this has several meanings: what shares one of them need not be a synonym."""


@cache
def glossary() -> tuple[Pair, ...]:
    """Return all terms in both languages, which the model learns from as well."""
    return read_pairs(TRAINING, "glossary_*.tsv")


@cache
def field_glossary() -> tuple[Pair, ...]:
    """Return the terms of the field. glossary_5 holds everyday words, whose stems have too many meanings."""
    everyday = set(read_pairs(TRAINING, "glossary_5.tsv"))
    return tuple(pair for pair in glossary() if pair not in everyday)


class Related(NamedTuple):
    """What the glossary says beside a term: rows of stems, and the related term as the glossary writes it."""

    source_language: Language
    source: str
    language: Language
    target: str
    shown: str


@cache
def related_terms() -> tuple[Related, ...]:
    """Return every relation of the glossary, each once."""
    translations: dict[Language, dict[str, dict[str, str]]] = {language: {} for language in LANGUAGES}
    for german, english in field_glossary():
        sides = {"de": german, "en": english}
        keys = {language: " ".join(stems(sides[language], language)) for language in LANGUAGES}
        if all(keys.values()):
            for language in LANGUAGES:
                to = other(language)
                translations[language].setdefault(keys[language], {}).setdefault(keys[to], sides[to])
    found = {}
    for language in LANGUAGES:
        for source, targets in translations[language].items():
            for target, shown in targets.items():
                found[language, source, other(language), target] = shown
            for target, shown in _synonyms(source, targets, translations[other(language)]).items():
                found[language, source, language, target] = shown
    return tuple(Related(*key, shown) for key, shown in found.items())


def _synonyms(source: str, targets: Mapping[str, str], back: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return what shares a translation with `source`, where neither has many."""
    if len(targets) > MOST_MEANINGS:
        return {}
    return {
        synonym: shown
        for target in targets
        if len(back[target]) <= MOST_MEANINGS
        for synonym, shown in back[target].items()
        if synonym != source
    }
