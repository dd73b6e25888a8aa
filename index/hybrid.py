"""Legs fused into one order by a pure function, and the Searcher that turns it into hits with reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.bm25 import WordRanker
from index.facts import Scores, leaders
from index.generation import Generation, name_key
from index.glossary import Related
from index.marking import Marker
from index.query import Query, parse
from index.related import Expansion, expansions
from index.spelling import did_you_mean
from index.threshold import threshold_for
from index.types import Encoder, Hit, Legs, Reason
from kb.case import CaseId
from kb.passages import Passage
from kb.text import Language

T = TypeVar("T", float, Scores)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each leg counts: the cosine of the best passage, and the shares of words and 4-grams found."""

    meaning: float = 1.0
    words: float = 0.3
    grams: float = 0.5

    def evidence(self, meaning: T, words: T, grams: T) -> T:
        """Return the weighed sum of what was found, of one case or of all."""
        return self.meaning * meaning + self.words * words + self.grams * grams


WEIGHTS = Weights()
ALWAYS_LISTED = 10
LOWEST_SHARE = 0.5


def fuse(legs: Mapping[CaseId, Legs], exact: Collection[CaseId], weights: Weights) -> list[tuple[CaseId, float]]:
    """Return every case with its score, ordered by (exact first, -score, id).

    The score is a weighted sum. All legs live on fixed scales (cosine, shares, likeness), so nothing depends on which
    other cases are in the list: a filter changes who is listed and never who is ahead.
    """
    scores = {case_id: weights.evidence(leg.meaning, leg.words, leg.grams) + leg.facts for case_id, leg in legs.items()}
    return sorted(scores.items(), key=lambda pair: (pair[0] not in exact, -pair[1], pair[0]))


def cut(scores: Sequence[float], exact: int) -> int:
    """Return how many of the ordered `scores` are hits; the first `exact` always are.

    Past the tenth, a hit must reach half of the best score: the tail of a list by meaning has no end of its own.
    """
    if not scores:
        return 0
    floor = LOWEST_SHARE * max(scores)
    near = sum(score >= floor for score in scores[exact:])
    return max(min(len(scores), ALWAYS_LISTED), exact + near)


def brought_up(ranked: Sequence[Hit], weights: Weights) -> frozenset[CaseId]:
    """Return which hits among the ordered `ranked` their facts brought up.

    By words and meaning alone they would be no hits, or not be among the first ten, where they stand now.
    """
    evidence = {hit.case_id: weights.evidence(*_found(hit.legs)) for hit in ranked}
    alone = sorted(ranked, key=lambda hit: (not hit.exact, -evidence[hit.case_id], hit.case_id))
    exact = sum(hit.exact for hit in ranked)
    hits = cut([evidence[hit.case_id] for hit in alone], exact)
    place = {hit.case_id: number for number, hit in enumerate(alone, start=1)}
    return frozenset(
        hit.case_id
        for hit in ranked[: cut([hit.score for hit in ranked], exact)]
        if place[hit.case_id] > hits or hit.rank <= ALWAYS_LISTED < place[hit.case_id]
    )


class MeaningRanker:
    """Cases by the cosine between the query and their best passage."""

    def __init__(self, generation: Generation, encoder: Encoder) -> None:
        self._generation = generation
        self._encoder = encoder

    def rank(self, query: str, k: int, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """See index.types.Ranker.rank."""
        best = self.scores(query, within)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def scores(self, query: str, within: Collection[CaseId]) -> dict[CaseId, float]:
        """Return the cosine of the best passage of every case of `within`. An empty `within` embeds nothing."""
        if not within:
            return {}
        return self.near(self.vector(query), within)

    def vector(self, query: str) -> NDArray[np.float32]:
        """Return the unit vector of `query`, shape (dim,)."""
        vector: NDArray[np.float32] = self._encoder.queries([query])[0]
        return vector

    def near(self, vector: NDArray[np.float32], within: Collection[CaseId]) -> dict[CaseId, float]:
        """Return the inner product of `vector`, shape (dim,), with the best passage of every case of `within`."""
        rows = self._generation.rows_within(frozenset(within))
        found, products = self._generation.vectors.search(vector, len(rows), rows)
        # The rows come best first, so the first row of a case is that of its best passage.
        owners, first = np.unique(self._generation.owners[found], return_index=True)
        ids = self._generation.lexicon.case_ids
        return {ids[owner]: float(products[at]) for owner, at in zip(owners, first, strict=True)}


class Searcher:
    """One generation with its encoder: questions in, hits and reasons out. May be used by several threads."""

    def __init__(self, generation: Generation, encoder: Encoder, weights: Weights = WEIGHTS) -> None:
        self.generation = generation
        self.weights = weights
        self.threshold = threshold_for(encoder.key)
        self.meaning = MeaningRanker(generation, encoder)
        self.words = WordRanker(generation.lexicon, "stems")
        self.grams = WordRanker(generation.lexicon, "grams")
        # The hits, their reasons and the line above them ask for the same terms.
        self._expansions = lru_cache(maxsize=256)(self._expand)

    def rank(self, query: str, k: int, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """See index.types.Ranker.rank: all legs together."""
        return [(hit.case_id, hit.score) for hit in self.search(query, within)[:k]]

    def search(self, query: str, within: Collection[CaseId], without: Collection[str] = ()) -> tuple[Hit, ...]:
        """Return the cases of `within` that answer `query`, the best first; none when nothing fits.

        `without` names related terms that are not to be searched.
        """
        asked = parse(query)
        ranked = self._ranked(asked, within, self._expansions(asked.text, frozenset(without)))
        if not ranked or not self._answered(asked, ranked):
            return ()
        return ranked[: cut([hit.score for hit in ranked], sum(hit.exact for hit in ranked))]

    def near_misses(self, query: str, within: Collection[CaseId], k: int) -> tuple[Hit, ...]:
        """Return the `k` cases of `within` that come nearest to a query which none of them answers."""
        asked = parse(query)
        return self._ranked(asked, within, self._expansions(asked.text, frozenset()))[:k]

    def related(self, query: str, without: Collection[str] = ()) -> tuple[Related, ...]:
        """Return the related terms of the glossary that are searched beside `query`, each once."""
        found = self._expansions(parse(query).text, frozenset(without))
        return tuple({one.related.shown.casefold(): one.related for one in found}.values())

    def did_you_mean(self, query: str) -> str | None:
        """Return the query without what look like slips of the hand, None when there are none."""
        return did_you_mean(self.generation.lexicon, query)

    def _expand(self, text: str, without: frozenset[str]) -> tuple[Expansion, ...]:
        return expansions(self.generation.lexicon, text, without)

    def best_found(self, hits: Sequence[Hit]) -> Hit:
        """Return the hit for which most was found. What decides whether anything answers is not who resembles whom."""
        return max(hits, key=lambda hit: (hit.exact, self.weights.evidence(*_found(hit.legs)), -hit.rank))

    def _answered(self, asked: Query, hits: Sequence[Hit]) -> bool:
        """Say whether the best case answers; one that holds a phrase word for word always does."""
        best = self.best_found(hits)
        if best.exact or asked.phrases or self.threshold is None:
            return True
        return self.threshold.answered(best.legs, len(asked.text.split()), narrow=self.generation.lexicon.narrow)

    def _ranked(self, asked: Query, within: Collection[CaseId], related: tuple[Expansion, ...]) -> tuple[Hit, ...]:
        """Return the cases of `within` in order.

        All cases that hold what was typed are scored: the best say what was asked for (index.facts), and a filter must
        not change that.
        """
        holding = self._holding(asked)
        if not within or not holding:
            return ()
        meaning = self.meaning.scores(asked.text, holding)
        words = self.words.scores(asked.text, holding, related)
        grams = self.grams.scores(asked.text, holding)
        exact = frozenset(self.generation.names.get(name_key(asked.text), ())) & meaning.keys()
        found = {
            case_id: (cosine, words.get(case_id, 0.0), grams.get(case_id, 0.0)) for case_id, cosine in meaning.items()
        }
        leading = self._leading({case_id: self.weights.evidence(*of) for case_id, of in found.items()}, exact)
        ids = self.generation.lexicon.case_ids
        facts = dict(zip(ids, self.generation.facts.likeness(leading).tolist(), strict=True))
        allowed = frozenset(within)
        legs = {case_id: Legs(*of, facts[case_id]) for case_id, of in found.items() if case_id in allowed}
        ranked = [
            Hit(case_id, rank, score, legs[case_id], case_id in exact)
            for rank, (case_id, score) in enumerate(fuse(legs, exact, self.weights), start=1)
        ]
        up, shared = brought_up(ranked, self.weights), self.generation.facts.shared(leading)
        row = {case_id: at for at, case_id in enumerate(ids) if case_id in up}
        return tuple(
            replace(hit, by_facts=tuple(facet for facet, having in shared.items() if having[row[hit.case_id]]))
            if hit.case_id in row
            else hit
            for hit in ranked
        )

    def _leading(self, evidence: Mapping[CaseId, float], exact: Collection[CaseId]) -> Scores:
        """Return the weights of the cases with most evidence (index.facts.leaders); of those `exact`, if any are."""
        ids = self.generation.lexicon.case_ids
        scores = np.array(
            [evidence[case_id] if case_id in (exact or evidence) else -np.inf for case_id in ids], np.float64
        )
        return leaders(scores)

    def _holding(self, asked: Query) -> Collection[CaseId]:
        """Return the cases that hold every phrase and no excluded word."""
        cases = set(self.generation.lexicon.case_ids)
        for phrase in asked.phrases:
            cases &= self.generation.lexicon.holding(phrase)
        for phrase in asked.excluded:
            cases -= self.generation.lexicon.holding(phrase)
        return cases

    def reasons(
        self, query: str, case_ids: Sequence[CaseId], language: Language, without: Collection[str] = ()
    ) -> dict[CaseId, Reason]:
        """Return for each case the passage that speaks most for it, in `language` where the case is told in it.

        The other language is shown only when the words of the query stand there and not in `language`.
        """
        text = parse(query).text
        vector = self.meaning.vector(text)
        marker = Marker(self.generation.lexicon.analyser, text, self.related(query, without))
        rows = self.generation.rows_within(frozenset(case_ids))
        products = self.generation.vectors.rows(rows) @ vector
        candidates: dict[CaseId, list[tuple[Passage, float]]] = {}
        for passage, product in zip(self.generation.passages(rows.tolist()), products, strict=True):
            candidates.setdefault(passage.case_id, []).append((passage, float(product)))
        return {case_id: _reason(found, language, marker) for case_id, found in candidates.items()}


def _found(legs: Legs) -> tuple[float, float, float]:
    return legs.meaning, legs.words, legs.grams


def _reason(candidates: Sequence[tuple[Passage, float]], language: Language, marker: Marker) -> Reason:
    """Return the best of the passages, given with their cosines: in `language`, unless words stand only elsewhere."""
    own = [_marked(passage, cosine, marker) for passage, cosine in candidates if passage.language == language]
    best = max(own, key=lambda pair: pair[0], default=None)
    if not any(reason.marks for _, reason in own):
        foreign = [_marked(passage, cosine, marker) for passage, cosine in candidates if passage.language != language]
        elsewhere = [pair for pair in foreign if pair[1].marks or best is None]
        best = max(elsewhere, key=lambda pair: pair[0], default=best)
    assert best is not None  # every case has a passage
    return best[1]


def _marked(passage: Passage, cosine: float, marker: Marker) -> tuple[float, Reason]:
    """Return the passage as a reason, and what it is worth.

    A marked word is worth a tenth of a cosine: readers look for their own words first, and for sentences. The title
    stands above the passage anyway.
    """
    marks = marker.marks(passage.text, passage.language)
    worth = cosine + 0.1 * min(3, len(marks)) - 0.25 * (passage.field == "keywords") - (passage.field == "title")
    return worth, Reason(passage.field, passage.language, passage.text, marks)
