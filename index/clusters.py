"""Groups of cases on the map, and what each is about in terms of the vocabularies. Pure, and without chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_CLUSTERS = 10
"""As many as a reader can take in at a glance."""
TOLD = 2
"""How many terms name a cluster."""
_ROUNDS = 100


def number_of_clusters(cases: int) -> int:
    """Return into how many clusters so many cases are parted: the square root of half of them, within bounds."""
    return max(min(round(math.sqrt(cases / 2)), MOST_CLUSTERS), min(cases, 1))


def k_means(points: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the cluster of each point, 0 to `count` - 1, the one with most points first; points of shape (n, dim).

    k-means (Lloyd 1982), begun from points that lie far apart (Gonzalez 1985): the first is the one nearest to the
    middle, each further one that which is farthest from all before.
    """
    if not len(points) or count < 1:
        return np.zeros(len(points), np.int64)
    chosen = [int(((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin())]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    centres = points[chosen].copy()
    cluster: NDArray[np.int64] = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        distances = (centres**2).sum(axis=1)[None] - 2 * points @ centres.T
        found = distances.argmin(axis=1)
        if (found == cluster).all():
            break
        cluster = found
        for number in np.unique(cluster):
            centres[number] = points[cluster == number].mean(axis=0)
    sizes = np.bincount(cluster, minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")
    renumbered = np.empty(len(centres), np.int64)
    renumbered[order] = np.arange(len(centres))
    by_size: NDArray[np.int64] = renumbered[cluster]
    return by_size


def telling(
    coded: Sequence[Collection[tuple[str, str]]], cluster: NDArray[np.int64]
) -> list[tuple[tuple[str, str], ...]]:
    """Return for each cluster the TOLD (facet, term) pairs that tell it best from the rest, the best first.

    A term tells by how often it stands in the cluster times how much more often than elsewhere (the summand of the
    Kullback-Leibler divergence). No two clusters begin with the same term if they can help it.
    """
    everywhere = Counter(pair for pairs in coded for pair in set(pairs))
    named: list[tuple[tuple[str, str], ...]] = []
    for number in range(int(cluster.max()) + 1 if len(cluster) else 0):
        members = [set(pairs) for pairs, of in zip(coded, cluster, strict=True) if of == number]
        here = Counter(pair for pairs in members for pair in pairs)

        def tells(pair: tuple[str, str], here: Counter[tuple[str, str]] = here, size: int = len(members)) -> float:
            return here[pair] * math.log(here[pair] / size * len(coded) / everywhere[pair])

        taken = {terms[0] for terms in named if terms}
        best = sorted(here, key=lambda pair: (pair in taken, -tells(pair), pair))
        named.append(tuple(best[:TOLD]))
    return named
