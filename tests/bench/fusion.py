"""`python -m tests.bench.fusion [FILE]`: ways to fuse the legs, their weights chosen by ten-fold cross-validation.

Each way orders all cases for every answerable query of a file of judged queries. The weights come from a grid: for
every fold those that are best on the other nine, so that no query chooses the weights it is measured with; beside it
what the best weights reach when all queries choose them, and what the built ones reach.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.directions import ground_of, within
from index.encoder import BundledEncoder
from index.evaluate import NEGATIVE, ndcg, read_judgements
from index.hybrid import WEIGHTS
from kb.filters import resolve
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy

Legs = np.ndarray
"""Shape (cases, 3): meaning, words, grams."""
GRID = [0.0, 0.15, 0.3, 0.5, 0.75, 1.0]
WAYS: dict[str, Callable[[Legs, Sequence[float]], np.ndarray]] = {}


def way(name: str) -> Callable[[Callable[[Legs, Sequence[float]], np.ndarray]], None]:
    """Enter a way to fuse: legs and weights of words and grams (meaning has 1) to scores."""
    return lambda fuse: WAYS.__setitem__(name, fuse)


@way("shares (what is built)")
def _shares(legs: Legs, weights: Sequence[float]) -> np.ndarray:
    return legs @ [1.0, *weights]


@way("z-scores")
def _z_scores(legs: Legs, weights: Sequence[float]) -> np.ndarray:
    spread = legs.std(axis=0)
    return ((legs - legs.mean(axis=0)) / np.where(spread > 0, spread, 1)) @ [1.0, *weights]


@way("smallest to largest")
def _ranges(legs: Legs, weights: Sequence[float]) -> np.ndarray:
    low, high = legs.min(axis=0), legs.max(axis=0)
    return ((legs - low) / np.where(high > low, high - low, 1)) @ [1.0, *weights]


@way("reciprocal ranks, k = 60")
def _ranks(legs: Legs, weights: Sequence[float]) -> np.ndarray:
    ranks = (-legs).argsort(axis=0, kind="stable").argsort(axis=0)
    return np.where(legs > 0, 1 / (61 + ranks), 0) @ [1.0, *weights]


def main(files: Sequence[str]) -> None:
    """Measure and print."""
    file = Path(files[0]) if files else Path("index/judged/dev.yml")
    queries = [query for query in read_judgements(file) if query.kind != NEGATIVE]
    taxonomy = shipped_taxonomy()
    cases = shipped_cases(taxonomy)
    rows = []
    with ground_of(cases, BundledEncoder()) as ground:
        for query in queries:
            hits = ground.searcher.near_misses(query.text, within(resolve(query.filters, taxonomy), cases), len(cases))
            hits = tuple(sorted(hits, key=lambda hit: hit.case_id))
            legs = np.array([[hit.legs.meaning, hit.legs.words, hit.legs.grams] for hit in hits])
            rows.append((query, [hit.case_id for hit in hits], np.array([hit.exact for hit in hits]), legs))
    grid = list(itertools.product(GRID, GRID))
    folds = np.random.default_rng(1).permutation(len(rows)) % 10
    print(f"{'':<26}{'cross-validated':>17}{'best of grid':>14}  {'weights of words, grams':<24}{'as built':>9}")
    for name, fuse in WAYS.items():
        scores = np.array([[_score(row, fuse, weights) for row in rows] for weights in grid])
        held_out = [scores[scores[:, folds != fold].mean(axis=1).argmax(), folds == fold] for fold in range(10)]
        best = scores.mean(axis=1).argmax()
        built = np.mean([_score(row, fuse, (WEIGHTS.words, WEIGHTS.grams)) for row in rows])
        print(
            f"{name:<26}{np.concatenate(held_out).mean():>17.3f}{scores[best].mean():>14.3f}"
            f"  {'{}, {}'.format(*grid[best]):<24}{built:>9.3f}"
        )


def _score(
    row: tuple[object, list[str], np.ndarray, Legs],
    fuse: Callable[[Legs, Sequence[float]], np.ndarray],
    weights: Sequence[float],
) -> float:
    query, ids, exact, legs = row
    order = np.lexsort((np.arange(len(ids)), -fuse(legs, weights), ~exact))
    return ndcg([ids[at] for at in order], query.relevant)


if __name__ == "__main__":
    main(sys.argv[1:])
