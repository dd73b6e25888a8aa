"""What the cases are coded with, as numbers: how alike two cases are in technologies, sector and pathway."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
"""Shape (cases,), in the order in which the index holds them."""
LEADERS = 3
"""How many of the best cases say what a text is about."""
_SHARPNESS = 10.0
"""A leader that is a tenth of a score behind the first one counts e times less."""
_TOLD = 0.1


@dataclass(frozen=True, slots=True)
class FactWeights:
    """How much it counts to have the same technologies, the same sector, the same main pathway."""

    technology: float = 0.2
    sector: float = 0.1
    pathway: float = 0.05


FACT_WEIGHTS = FactWeights()


class Facts:
    """The coded facts of all cases of a generation."""

    def __init__(self, coded: Sequence[Collection[tuple[str, str]]]) -> None:
        """`coded` holds the (facet, term) pairs of each case, in the order of the index (kb.filters.facet_terms)."""
        self.cases = len(coded)
        terms = {facet: self._table(coded, facet) for facet in ("technology", "sector", "pathway")}
        # A technology that every other case names says little: rare ones weigh more (idf), as words do.
        self._technologies = _unit(terms["technology"] * _rarity(terms["technology"]))
        self._sectors, self._pathways = terms["sector"], terms["pathway"]

    @staticmethod
    def _table(coded: Sequence[Collection[tuple[str, str]]], facet: str) -> NDArray[np.float64]:
        """Return which case has which term of `facet`: zeros and ones, shape (cases, terms)."""
        columns = {term: at for at, term in enumerate(sorted({t for pairs in coded for f, t in pairs if f == facet}))}
        table = np.zeros((len(coded), len(columns)))
        for row, pairs in enumerate(coded):
            for found, term in pairs:
                if found == facet:
                    table[row, columns[term]] = 1.0
        return table

    def likeness(self, model: Scores, weights: FactWeights = FACT_WEIGHTS) -> Scores:
        """Return how alike each case is to the cases that `model` weighs (a case has weight 1, or several share it)."""
        return sum(self._parts(model, weights).values(), np.zeros(self.cases))

    def shared(self, model: Scores, weights: FactWeights = FACT_WEIGHTS) -> dict[str, NDArray[np.bool_]]:
        """Return under `technology`, `sector`, `pathway` whether that makes a case alike to those that `model` weighs.

        Shape of each: (cases,). What adds less than a tenth of the likeness does not.
        """
        parts = self._parts(model, weights)
        least = _TOLD * sum(parts.values(), np.zeros(self.cases))
        return {facet: (part > 0) & (part >= least) for facet, part in parts.items()}

    def _parts(self, model: Scores, weights: FactWeights) -> dict[str, Scores]:
        return {
            facet: weight * (table @ (model @ table))
            for facet, weight, table in (
                ("technology", weights.technology, self._technologies),
                ("sector", weights.sector, self._sectors),
                ("pathway", weights.pathway, self._pathways),
            )
        }


def leaders(scores: Scores) -> Scores:
    """Return the weights, 1 in all, with which the best cases stand for what was asked; 0 for all others.

    Pseudo-relevance feedback (Rocchio 1971): what the best answers have in common is probably meant. Softmax over the
    first three, ties by position. Every case has to be scored, also those that a filter hides: else the filter would
    change who is ahead.
    """
    weights = np.zeros(len(scores))
    best = np.argsort(-scores, kind="stable")[:LEADERS]
    if len(best):
        near = np.exp(_SHARPNESS * (scores[best] - scores[best[0]]))
        weights[best] = near / near.sum()
    return weights


def _rarity(table: NDArray[np.float64]) -> NDArray[np.float64]:
    rarity: NDArray[np.float64] = np.log((len(table) + 1) / np.maximum(table.sum(axis=0), 1))
    return rarity


def _unit(table: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit: NDArray[np.float64] = table / np.where(lengths == 0, 1, lengths)
    return unit
