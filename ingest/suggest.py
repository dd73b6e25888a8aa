"""Suggestions for a draft, from its text alone: each with the words seen and a confidence, none filled in silently."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ingest import cues
from ingest.effects import EffectSuggestion, effects_in
from ingest.learned import Embed, Example, Learned
from kb.case import Case
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language

LARGEST = 1000
"""The most cases that are learned from, spread evenly over all: enough to learn, and a second or two."""
TEXTS = ("title", "summary", "problem", "solution", "result", "lessons")
MOST_SEEN = 8
MOST_SECTORS = 3
MOST_KEYWORDS = 8
LONGEST_KEYWORD = 4
"""In words."""
MOST_PIECES = 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term (or keyword) for a field. `confidence` from 0 to 1; `seen` are (start, end) in the text, in order."""

    value: str
    confidence: float
    seen: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All that a text suggests, the surest first; effects in the order of the text."""

    pathway: tuple[Suggestion, ...]
    sector: tuple[Suggestion, ...]
    technologies: tuple[Suggestion, ...]
    keywords: tuple[Suggestion, ...]
    effects: tuple[EffectSuggestion, ...]


def pieces_of(case: Case, language: Language) -> tuple[str, ...]:
    """Return the texts of `case` in `language`, field by field; () where it is not told in it."""
    texts = (getattr(case, field) for field in TEXTS)
    return tuple(words for text in texts if text is not None and (words := text.get(language)) is not None)


def examples_of(cases: Sequence[Case]) -> list[Example]:
    """Return one example for each language that each case is told in."""
    return [
        Example(number, pieces, _terms(case))
        for number, case in enumerate(cases)
        for language in LANGUAGES
        if (pieces := pieces_of(case, language))
    ]


class Suggester:
    """Learns from published cases once, then answers any number of drafts; safe to share between threads."""

    def __init__(self, cases: Sequence[Case], taxonomy: Taxonomy, embed: Embed | None = None) -> None:
        """Learn. `embed` adds meaning to the words: texts to unit vectors, the same for both languages."""
        step = max(1, -(-len(cases) // LARGEST))
        used = cases[::step]
        examples = examples_of(used)
        self._taxonomy = taxonomy
        self._learned = Learned(examples, embed) if examples else None
        self._threshold = best_threshold(self._learned, examples)[0] if self._learned else 1.0
        self._keywords = _keyword_shares(used)

    def suggest(self, text: str) -> Suggestions:
        """Return what `text` (paragraphs with an empty line between) suggests."""
        pieces = [piece for piece in text.split("\n\n") if piece.strip()][:MOST_PIECES]
        effects = tuple(effects_in(text, self._taxonomy))
        keywords = self._keywords_in(text)
        if self._learned is None or not pieces:
            return Suggestions((), (), (), keywords, effects)
        features = self._learned.features(pieces)
        chances = self._learned.probabilities(features)
        total = sum(chances["pathway"].values()) or 1.0
        pathways = [(term, chance / total) for term, chance in chances["pathway"].items()]
        technologies = [(t, chance) for t, chance in chances["technologies"].items() if chance >= self._threshold]

        def said(field: str, found: Sequence[tuple[str, float]]) -> tuple[Suggestion, ...]:
            return tuple(Suggestion(t, round(c, 3), self._seen(text, features, field, t)) for t, c in found)

        return Suggestions(
            said("pathway", pathways),
            said("sector", list(chances["sector"].items())[:MOST_SECTORS]),
            said("technologies", technologies[:6]),
            keywords,
            effects,
        )

    def _seen(self, text: str, features: np.ndarray, field: str, term: str) -> tuple[tuple[int, int], ...]:
        """Return where the cues of `term` stand, then the words that speak most for it, without overlaps."""
        assert self._learned is not None
        part = {"pathway": "pathways", "technologies": "technologies"}.get(field)
        found = cues.patterns(part).get(term) if part else None
        places = [match.span() for match in found.finditer(text)][:MOST_SEEN] if found else []
        for _, start, end in self._learned.speaking(text, features, field, term):
            if len(places) >= MOST_SEEN:
                break
            if all(end <= other[0] or start >= other[1] for other in places):
                places.append((start, end))
        return tuple(sorted(places))

    def _keywords_in(self, text: str) -> tuple[Suggestion, ...]:
        places: dict[str, list[tuple[int, int]]] = {}
        for phrase, start, end in _phrases(text):
            if phrase in self._keywords:
                places.setdefault(phrase, []).append((start, end))
        ranked = sorted(places, key=lambda phrase: (-self._keywords[phrase][1], -len(places[phrase]), phrase))
        return tuple(
            Suggestion(self._keywords[phrase][0], self._keywords[phrase][1], tuple(places[phrase][:MOST_SEEN]))
            for phrase in ranked[:MOST_KEYWORDS]
        )


def _terms(case: Case) -> frozenset[tuple[str, str]]:
    return frozenset(
        [("pathway", case.pathway), ("sector", case.sector), *(("technologies", term) for term in case.technologies)]
    )


def best_threshold(learned: Learned, examples: Sequence[Example]) -> tuple[float, float]:
    """Return the probability from which on technologies are named, and the micro-F1 that it gives on cases left out:
    the best there is.
    """
    where = [at for at, (field, _) in enumerate(learned.labels) if field == "technologies"]
    slope, offset = learned.slopes("technologies")
    chances = 1 / (1 + np.exp(-(slope * learned.left_out[:, where] + offset)))
    truth = np.array([[learned.labels[at] in example.terms for at in where] for example in examples])
    cuts = np.arange(0.1, 0.7, 0.02)
    best = max(cuts, key=lambda cut: (_micro_f1(chances >= cut, truth), -cut))
    return float(best), _micro_f1(chances >= best, truth)


def _micro_f1(named: np.ndarray, truth: np.ndarray) -> float:
    total = named.sum() + truth.sum()
    return float(2 * (named & truth).sum() / total) if total else 0.0


def _phrases(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield every run of one to LONGEST_KEYWORD words, in lower case, with its place."""
    words = [(match.group().casefold(), match.start(), match.end()) for match in re.finditer(r"[^\W_]+", text)]
    for at, (phrase, start, end) in enumerate(words):
        yield phrase, start, end
        for word, _, end in words[at + 1 : at + LONGEST_KEYWORD]:
            phrase = f"{phrase} {word}"
            yield phrase, start, end


@lru_cache(maxsize=2 * LARGEST)
def _distinct_phrases(text: str) -> frozenset[str]:
    return frozenset(phrase for phrase, _, _ in _phrases(text))


def _keyword_shares(cases: Sequence[Case]) -> dict[str, tuple[str, float]]:
    """Return phrase -> the keyword as written and the share of texts with it whose case names it (rule of Laplace)."""
    written: dict[str, str] = {}
    named: Counter[str] = Counter()
    held: Counter[str] = Counter()
    own = []
    for case in cases:
        phrases = {}
        for language in LANGUAGES:
            for keyword in case.keywords.get(language):
                phrase = " ".join(re.findall(r"[^\W_]+", keyword.casefold()))
                if phrase and len(phrase.split()) <= LONGEST_KEYWORD:
                    phrases[phrase] = keyword
        written = phrases | written
        own.append(phrases)
    for case, phrases in zip(cases, own, strict=True):
        texts = " \n ".join(piece for language in LANGUAGES for piece in pieces_of(case, language))
        for phrase in _distinct_phrases(texts) & written.keys():
            held[phrase] += 1
            named[phrase] += phrase in phrases
    return {phrase: (word, round((named[phrase] + 1) / (held[phrase] + 2), 3)) for phrase, word in written.items()}
