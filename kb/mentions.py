"""Terms of the vocabularies that a text names, each with the word that names it. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kb.errors import Fault, InvalidTerms
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import LANGUAGES, Text
from kb.yaml_files import read_yaml

FILE = Path(__file__).parent / "mentions.yml"
NAMED_BY_LABEL = ("technologies", "sectors", "regions", "countries")
"""Vocabularies whose labels are names that a text may hold."""
_SPELLINGS = {
    "ä": "(?:ä|ae)",
    "ö": "(?:ö|oe)",
    "ü": "(?:ü|ue)",
    "ß": "(?:ß|ss)",
    " ": r"[\s-]+",
    "-": r"[\s-]?",
    "*": r"\w*",
}
# From 5 to 49,999 people; a number with a unit behind it is none.
_PEOPLE = re.compile(
    r"\b(\d{1,3}(?:[.,]\d{3})?|\d{1,5})\s+(?:[^\W\d_]+\s+)?"
    r"(?:Beschäftigte[nr]?|Mitarbeite\w+|Mitarbeitende[nr]?|Leute[n]?|Angestellte[nr]?|employees|people|staff|workers)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A term of a vocabulary, and the word of the text that names it, as it stands there."""

    vocabulary: str
    term: str
    word: str


def mentions(text: str, taxonomy: Taxonomy) -> tuple[Mention, ...]:
    """Return what `text` names, each term once, by vocabulary and in the order of its terms."""
    lower = text.lower()
    found = []
    for vocabulary, term, cores, pattern in _patterns(taxonomy):
        # Looking for the bare letters first is a hundred times faster, and nearly every term is not there.
        if any(core in lower for core in cores) and (match := pattern.search(text)):
            found.append(Mention(vocabulary, term, " ".join(match.group().split())))
    if people := _PEOPLE.search(text):
        found.append(Mention("sizes", size_of(int(re.sub(r"\D", "", people.group(1)))), people.group()))
    return tuple(found)


def size_of(employees: int) -> str:
    """Return the size class of a headcount, as kb/terms/sizes.yml draws the lines (2003/361/EC)."""
    return next((size for size, below in (("micro", 10), ("small", 50), ("medium", 250)) if employees < below), "large")


@cache
def _patterns(taxonomy: Taxonomy) -> tuple[tuple[str, str, tuple[str, ...], re.Pattern[str]], ...]:
    """Return (vocabulary, term, letters one of which must be there, pattern) for every term that can be named."""
    listed = read_mentions(FILE, shipped_taxonomy())
    made = []
    for name, vocabulary in taxonomy.vocabularies.items():
        for term in vocabulary.values():
            words = list(listed.get(name, {}).get(term.id, ()))
            if name in NAMED_BY_LABEL:
                words += [term.label[language] for language in LANGUAGES]
            if words:
                made.append((name, term.id, tuple(_core(word) for word in words), _pattern(words)))
    return tuple(made)


def read_mentions(file: Path, taxonomy: Taxonomy) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return vocabulary -> term -> words of `file`. Raises InvalidTerms for terms that `taxonomy` does not hold."""
    content: dict[str, dict[str, list[str]]] = read_yaml(file)
    faults = [
        Fault(f"{name}.{term}", Text(de="diesen Begriff gibt es nicht", en="there is no such term"))
        for name, terms in content.items()
        for term in terms
        if term not in taxonomy.vocabularies.get(name, {})
    ]
    if faults:
        raise InvalidTerms(file.name, faults)
    return {name: {term: tuple(words) for term, words in terms.items()} for name, terms in content.items()}


def _core(word: str) -> str:
    """Return the longest run of letters of `word` that every spelling of it shares."""
    return max(re.split(r"[\s*äöüß-]+", word.lower()), key=len)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    alternatives = ("".join(_SPELLINGS.get(sign, re.escape(sign)) for sign in word.lower()) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)
