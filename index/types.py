"""The contracts between the parts of a search. tests/contracts.py holds what every implementation must obey."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kb.case import CaseId
from kb.text import Language

Vectors = NDArray[np.float32]
"""Shape (texts, dim), rows of unit length."""
Rows = NDArray[np.int64]
"""Numbers of passages, in the order in which the index holds them."""


class Encoder(Protocol):
    """Texts to unit vectors. The same text always gives the same vector; no text gives shape (0, dim)."""

    @property
    def key(self) -> str:
        """Name, revision and format: two encoders with one key give the same vectors."""

    @property
    def dim(self) -> int:
        """The number of dimensions."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage."""

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each query."""


class VectorIndex(Protocol):
    """Exact nearest rows by inner product."""

    def search(self, vector: NDArray[np.float32], k: int, within: Rows) -> tuple[Rows, NDArray[np.float32]]:
        """Return at most `k` rows of `within` and their inner products with `vector`, shape (dim,).

        Ordered by (-product, row). An empty `within` gives two empty arrays.
        """


class Ranker(Protocol):
    """One way to order cases."""

    def rank(self, query: str, k: int, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """Return at most `k` cases of `within` with their scores, ordered by (-score, id), each once.

        The Searcher puts cases that are called what was typed before all others.
        """


@dataclass(frozen=True, slots=True)
class Legs:
    """What each leg says of one case: cosine of the best passage, share of the query's words and 4-grams found.

    And how alike its coded facts are to those of the best cases (index.facts), already weighed.
    """

    meaning: float
    words: float
    grams: float
    facts: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found. `exact`: the query is its title, organisation, partner or place.

    `by_facts`: where its coded facts brought it up, those that it shares with the cases that answer best (`technology`,
    `sector`, `pathway`); () where words and meaning alone would have done.
    """

    case_id: CaseId
    rank: int
    score: float
    legs: Legs
    exact: bool
    by_facts: tuple[str, ...] = ()

    @property
    def found_by(self) -> str:
        """`both`, `words` or `meaning`: what brought the hit, apart from its facts, for a plain sentence."""
        by_words = self.exact or self.legs.words >= 0.2
        by_meaning = self.legs.meaning >= 0.35
        if by_words and by_meaning:
            return "both"
        return "words" if by_words else "meaning"


@dataclass(frozen=True, slots=True)
class Reason:
    """The passage that speaks most for a hit, and where in it the words of the query stand."""

    field: str
    language: Language
    text: str
    marks: tuple[tuple[int, int], ...]

    def pieces(self) -> list[tuple[str, bool]]:
        """Return the text in pieces, each with whether it is marked."""
        pieces, at = [], 0
        for start, end in self.marks:
            pieces += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        pieces.append((self.text[at:], False))
        return [piece for piece in pieces if piece[0]]

    def to_json(self) -> dict[str, Any]:
        """Return the reason as plain data."""
        return {
            "field": self.field,
            "language": self.language,
            "text": self.text,
            "marks": [list(mark) for mark in self.marks],
        }
