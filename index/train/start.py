"""Start values of the piece vectors: near their meaning, so that two epochs are enough.

The English part is the method of Model2Vec (Tulkens and van Dongen, 2024): each piece alone through the teacher,
weighted by smooth inverse frequency (Arora, Liang and Ma, 2017) with the frequency guessed from the rank (Zipf).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.train.cuts import Ragged
from index.train.teacher import FloatArray

SIF_CONSTANT = 1e-3
# So many sentences with a vector of zero are added to those that hold a German piece.
SHRINKAGE = 2.0


def rank_weights(count: int) -> FloatArray:
    """The square root of a / (a + p) for ranks 1 to count, with p falling as one over the rank. Shape (count,)."""
    frequency = 1.0 / np.arange(1, count + 1)
    frequency /= frequency.sum()
    weights: FloatArray = np.asarray(np.sqrt(SIF_CONSTANT / (SIF_CONSTANT + frequency)), np.float32)
    return weights


def english_start(alone: FloatArray) -> FloatArray:
    """From the teacher's vectors of the pieces alone, in order of frequency: centred and weighted. Same shape."""
    centred = alone - alone.mean(axis=0)
    return np.asarray(centred * rank_weights(len(alone))[:, None], np.float32)


def context_start(bags: Ragged, targets: FloatArray, pieces: int) -> FloatArray:
    """Each piece as the mean of the centred targets of the texts that hold it, shrunk where they are few.

    bags: the pieces of the German texts; targets: shape (texts, 384). Returns shape (pieces, 384).
    """
    centred = targets - targets.mean(axis=0)
    sums = np.zeros((pieces, targets.shape[1]), dtype=np.float32)
    texts = np.repeat(np.arange(len(bags.starts) - 1), np.diff(bags.starts))
    order = np.argsort(bags.values, kind="stable")
    values, texts = bags.values[order], texts[order]
    found, first = np.unique(values, return_index=True)
    counts = np.diff(np.append(first, len(values)))
    for block in np.array_split(np.arange(len(found)), max(1, len(values) // 100_000)):
        rows = slice(first[block[0]], first[block[-1]] + counts[block[-1]])
        sums[found[block]] = np.add.reduceat(centred[texts[rows]], first[block] - first[block[0]], axis=0)
    sums[found] /= (counts + SHRINKAGE)[:, None]
    return sums


def start_values(alone: FloatArray, bags: Ragged, targets: FloatArray, pieces: Sequence[str]) -> FloatArray:
    """Number 0 is the unknown piece, then the teacher's, then the German ones. Shape (pieces, 384)."""
    table = context_start(bags, targets, len(pieces))
    table[1 : 1 + len(alone)] = english_start(alone)
    table[0] = 0.0
    return table
