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
        return sum(
            (getattr(weights, facet) * alike for facet, alike in self._alike(model).items()), np.zeros(self.cases)
        )

    def shared(self, model: Scores) -> dict[str, NDArray[np.bool_]]:
        """Return under `technology`, `sector`, `pathway` whether each case has any with the cases that `model` weighs.

        Shape of each: (cases,).
        """
        return {facet: alike > 0 for facet, alike in self._alike(model).items()}

    def _alike(self, model: Scores) -> dict[str, Scores]:
        tables = {"technology": self._technologies, "sector": self._sectors, "pathway": self._pathways}
        return {facet: table @ (model @ table) for facet, table in tables.items()}


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
