"""`python -m tests.bench.layout`: how true the map of meaning is, and what it costs in seconds of a processor.

Trustworthiness at k (Venna and Kaski 2001): 1 where every neighbour on the map is one in meaning, about 0.5 by chance.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from index.case_map import case_vectors
from index.clusters import k_means, number_of_clusters
from index.encoder import BundledEncoder
from index.layout import layout, place, principal
from kb.case import Case
from kb.passages import passages
from kb.shipped import COLLECTION_FOLDER
from kb.taxonomy import shipped_taxonomy
from kb.yaml_files import read_yaml

NEIGHBOURS = 10


def ranks(distances: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rank of each other point by distance, the nearest 1; each point for itself is 0. Shape (points, points)."""
    distances = distances.copy()
    np.fill_diagonal(distances, -1.0)
    order = np.argsort(distances, axis=1, kind="stable")
    found = np.empty_like(order)
    np.put_along_axis(found, order, np.arange(len(distances))[None].repeat(len(distances), 0), axis=1)
    return found


def trustworthiness(vectors: NDArray[np.floating], positions: NDArray[np.float64], k: int = NEIGHBOURS) -> float:
    """How few of the `k` nearest on the map are far in meaning; 1 is best."""
    meant = ranks(-np.asarray(vectors @ vectors.T, np.float64))
    squares = (positions**2).sum(axis=1)
    shown = ranks(squares[:, None] + squares[None] - 2 * positions @ positions.T)
    count = len(vectors)
    intruders = (shown > 0) & (shown <= k) & (meant > k)
    return 1 - 2 / (count * k * (2 * count - 3 * k - 1)) * float((meant - k)[intruders].sum())


def collection_vectors() -> NDArray[np.float32]:
    """The vectors of the shipped cases, shape (cases, dim)."""
    cases = [Case.from_record(read_yaml(file), shipped_taxonomy()) for file in sorted(COLLECTION_FOLDER.glob("*.yml"))]
    cut = [(number, passage.text) for number, case in enumerate(cases) for passage in passages(case)]
    encoded = BundledEncoder().passages([text for _, text in cut])
    return case_vectors(encoded, np.array([number for number, _ in cut]), len(cases))


def within(rows: NDArray[np.floating], cluster: NDArray[np.int64]) -> float:
    """The share of the squared distances from the middle of all that is left from the middle of one's cluster."""
    parts = [rows[cluster == number] for number in np.unique(cluster)]
    left = sum(float(((part - part.mean(axis=0)) ** 2).sum()) for part in parts)
    return left / float(((rows - rows.mean(axis=0)) ** 2).sum())


def main() -> None:
    """Print the table."""
    vectors = collection_vectors()
    # More cases than there are: mixtures of two real ones, so that they lie where cases may lie.
    generator = np.random.default_rng(0)
    pairs = generator.integers(len(vectors), size=(5000, 2))
    share = generator.uniform(size=(5000, 1)).astype(np.float32)
    many = vectors[pairs[:, 0]] * share + vectors[pairs[:, 1]] * (1 - share)
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    layout(vectors[:50])  # loads what the first call needs
    print(f"{'':<34}{'cases':>7}{'CPU s':>9}{'trustworthiness@' + str(NEIGHBOURS):>21}")
    for name, rows in (("the collection", vectors), ("mixtures of two cases each", many)):
        start = time.process_time()
        positions = layout(rows)
        took = time.process_time() - start
        print(f"{name:<34}{len(rows):>7}{took:>9.2f}{trustworthiness(rows, positions):>21.3f}")
        known = np.ones(len(rows), bool)
        known[len(rows) // 2] = False
        start = time.process_time()
        placed = place(rows, positions, known)
        took = time.process_time() - start
        print(f"{'  one case placed among the others':<34}{1:>7}{took:>9.3f}{trustworthiness(rows, placed):>21.3f}")
    positions = layout(vectors)
    for name, points in (("clusters on the map", positions), ("clusters of the vectors", vectors.astype(float))):
        cluster = k_means(points, number_of_clusters(len(vectors)))
        inside = ", ".join(
            f"{within(rows, cluster):.3f} {of}" for rows, of in ((vectors, "meaning"), (positions, "map"))
        )
        print(f"{name:<34}{len(vectors):>7}{'':>9}  spread left inside: {inside}")
    flat = principal(vectors.astype(float))
    print(f"{'two principal components alone':<34}{len(vectors):>7}{'':>9}{trustworthiness(vectors, flat):>21.3f}")
    chance = generator.uniform(size=(len(vectors), 2))
    print(f"{'positions by chance':<34}{len(vectors):>7}{'':>9}{trustworthiness(vectors, chance):>21.3f}")


if __name__ == "__main__":
    main()
