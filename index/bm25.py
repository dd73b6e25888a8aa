"""Cases by their words: BM25 as a share of what a case could reach that held everything a query asks for."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from index.analysis import grams
from index.lexical import Kind, Lexicon
from index.related import Expansion
from index.terms import Term
from kb.case import CaseId
from kb.text import LANGUAGES, Language

MOST_TERMS = 400
"""The most different terms of a query that are looked up: bounds the time of a pasted page."""
RELATED = 0.4
"""How much a related term counts beside the word that was typed."""
_SATURATION = 2.2
"""What BM25 with k1 = 1.2 gives at most for one term, in units of its rarity."""


class Asked(NamedTuple):
    """One thing that a query asks for: phrases any of which answers it, each with its weight, and its rarity."""

    phrases: tuple[tuple[str, float], ...]
    rarity: float


class WordRanker:
    """Cases by BM25, as the share of what a case could reach that held all that the query asks for.

    A score is in [0, 1] and can be compared between languages and queries: a German question matches English texts
    in a loanword or two, which is a small share, so it does not stir their order up. Each case counts with the
    better of its languages. BM25 as in FTS5 (k1 1.2, b 0.75); Robertson and Zaragoza 2009.
    """

    def __init__(self, lexicon: Lexicon, kind: Kind) -> None:
        self._lexicon = lexicon
        self._kind: Kind = kind

    def rank(self, query: str, k: int, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """See index.types.Ranker.rank."""
        best = self.scores(query, within)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def scores(
        self, query: str, within: Collection[CaseId], expansions: Sequence[Expansion] = ()
    ) -> dict[CaseId, float]:
        """Return the score of every case of `within` that holds something of `query`, or of a related term."""
        allowed = self._lexicon.positions.keys() & set(within)
        best: dict[CaseId, float] = {}
        if not allowed:
            return best
        for language in LANGUAGES:
            if not self._lexicon.sizes[language]:
                continue
            asked = (
                _asked_words(self._lexicon, query, language, expansions)
                if self._kind == "stems"
                else _asked_grams(self._lexicon, query, language)
            )
            for number, score in self._shares(language, asked):
                case_id = self._lexicon.case_of[number]
                if case_id in allowed:
                    best[case_id] = max(best.get(case_id, 0.0), score)
        return best

    def _shares(self, language: Language, asked: Sequence[Asked]) -> Iterable[tuple[int, float]]:
        ideal = sum(one.rarity for one in asked) * _SATURATION
        telling = [one for one in asked if one.rarity > 0]
        plain = [one.phrases[0][0] for one in telling if len(one.phrases) == 1 and one.phrases[0][1] == 1]
        found = dict(self._lexicon.sums(self._kind, language, plain)) if plain else {}
        choices = [(place, *phrase) for place, one in enumerate(telling) for phrase in one.phrases]
        choices = [choice for choice in choices if len(telling[choice[0]].phrases) > 1 or choice[2] != 1]
        best: dict[tuple[int, int], float] = {}
        for at, number, score in self._lexicon.matches(self._kind, language, [phrase for _, phrase, _ in choices]):
            place, _, weight = choices[at]
            best[place, number] = max(best.get((place, number), 0.0), weight * score)
        for (_, number), score in best.items():
            found[number] = found.get(number, 0.0) + score
        return [(number, min(1.0, score / ideal)) for number, score in found.items()]


def _asked_grams(lexicon: Lexicon, query: str, language: Language) -> list[Asked]:
    terms = list(dict.fromkeys(grams(query, language)))[:MOST_TERMS]
    known = lexicon.frequencies("grams", language, terms)
    # A term that stands nowhere weighs like one that stands in a single case: it was asked for and is missing.
    return (
        [Asked(((term, 1.0),), rarity(lexicon.sizes[language], known.get(term, 1))) for term in terms] if known else []
    )


def _asked_words(lexicon: Lexicon, query: str, language: Language, expansions: Sequence[Expansion]) -> list[Asked]:
    terms = lexicon.analyser.query(query, language)[:MOST_TERMS]
    cases = lexicon.sizes[language]
    known = lexicon.frequencies("stems", language, {form for term in terms for form in (term.stem, *term.parts)})
    own = [one for one in expansions if one.related.language == language]
    foreign = [one for one in own if one.related.source_language != language]
    covered = frozenset(number for one in foreign for number in one.covers)
    forms: dict[str, frozenset[int]] = {}
    for term in terms:
        for form in _forms(term, known, covered):
            forms.setdefault(form, term.numbers)
    asked = []
    for form, numbers in forms.items():
        synonyms = [one for one in own if one.related.source_language == language and one.covers == numbers]
        phrases = ((form, 1.0), *((one.related.target, RELATED) for one in synonyms))
        asked.append(Asked(phrases, rarity(cases, known.get(form, 1))))
    for covers in dict.fromkeys(one.covers for one in foreign):
        alternatives = [one for one in foreign if one.covers == covers]
        phrases = tuple((one.related.target, RELATED) for one in alternatives)
        asked.append(Asked(phrases, rarity(cases, max(one.cases for one in alternatives))))
    return asked if known or own else []


def _forms(term: Term, known: dict[str, int], covered: frozenset[int]) -> list[str]:
    """Return what is looked up for a term: parts that stand somewhere, and the whole unless those stand for it.

    A word that stands nowhere was asked for and is missing, unless a translation answers for it.
    """
    parts = [part for part in term.parts if part in known]
    if term.stem in known or not (parts or not term.stem or term.numbers <= covered):
        return [term.stem, *parts]
    return parts


def rarity(cases: int, holding: int) -> float:
    """Return the weight of a term that `holding` of `cases` hold: 0 from half of them on, where it tells nothing."""
    return max(0.0, math.log((cases - holding + 0.5) / (holding + 0.5)))
