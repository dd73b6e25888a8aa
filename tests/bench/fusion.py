"""`python -m tests.bench.fusion [FILE]`: ways to fuse the legs, their weights chosen by ten-fold cross-validation.

Each way orders all cases for every answerable query of a file of judged queries. The weights come from a grid: for
every fold those that are best on the other nine, so that no query chooses the weights it is measured with; beside it
what the best weights reach when all queries choose them, and what the built ones reach.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from index.directions import ground_of, within
from index.encoder import BundledEncoder
from index.evaluate import NEGATIVE, Judged, ndcg, read_judgements
from index.facts import FACT_WEIGHTS, Facts, FactWeights, leaders
from index.hybrid import WEIGHTS, Searcher
from kb.case import CaseId
from kb.filters import resolve
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy

Legs = np.ndarray
"""Shape (cases, 3): meaning, words, grams."""
Weighing = tuple[float, ...]
GRID = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)
FACT_GRID = ((0.0, 0.1, 0.2, 0.3), (0.0, 0.05, 0.1, 0.15), (0.0, 0.05, 0.1))
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


Row = tuple[Judged, np.ndarray, np.ndarray, np.ndarray, Legs]
"""A query; shape (cases,): ids, whether a case is called what was typed, whether its filters allow it; and the legs."""
Scored = Callable[[Row, Sequence[float]], np.ndarray]


def main(files: Sequence[str]) -> None:
    """Measure and print."""
    file = Path(files[0]) if files else Path("index/judged/dev.yml")
    taxonomy = shipped_taxonomy()
    cases = shipped_cases(taxonomy)
    with ground_of(cases, BundledEncoder()) as ground:
        rows = [
            _row(query, ground.searcher, within(resolve(query.filters, taxonomy), cases))
            for query in read_judgements(file)
            if query.kind != NEGATIVE
        ]
        facts = ground.searcher.generation.facts
    print(
        f"{'legs alone':<26}{'cross-validated':>17}{'best of grid':>14}  {'weights of words, grams':<34}{'as built':>9}"
    )
    for name, fuse in WAYS.items():
        _compare(name, rows, partial(_by_legs, fuse), [*itertools.product(GRID, GRID)], (WEIGHTS.words, WEIGHTS.grams))
    print(f"{'with facts':<26}{'':>31}  weights of technology, sector, pathway")
    built = (FACT_WEIGHTS.technology, FACT_WEIGHTS.sector, FACT_WEIGHTS.pathway)
    _compare("shares and facts (built)", rows, partial(_by_facts, facts), [*itertools.product(*FACT_GRID)], built)


def _row(query: Judged, searcher: Searcher, allowed: Collection[CaseId]) -> Row:
    ids = searcher.generation.lexicon.case_ids
    hits = {hit.case_id: hit for hit in searcher.near_misses(query.text, ids, len(ids))}
    legs = np.array([[hits[of].legs.meaning, hits[of].legs.words, hits[of].legs.grams] for of in ids])
    return query, np.array(ids), np.array([hits[of].exact for of in ids]), np.isin(ids, list(allowed)), legs


def _by_legs(fuse: Callable[[Legs, Sequence[float]], np.ndarray], row: Row, weights: Sequence[float]) -> np.ndarray:
    return fuse(row[-1], weights)


def _by_facts(facts: Facts, row: Row, weights: Sequence[float]) -> np.ndarray:
    _, _, exact, _, legs = row
    evidence = legs @ [WEIGHTS.meaning, WEIGHTS.words, WEIGHTS.grams]
    leading = np.where(exact, evidence, -np.inf) if exact.any() else evidence
    return evidence + facts.likeness(leaders(leading), FactWeights(*weights))


def _compare(name: str, rows: Sequence[Row], score: Scored, grid: Sequence[Weighing], built: Weighing) -> None:
    scores = np.array([[_ndcg(row, score(row, weights)) for row in rows] for weights in grid])
    folds = np.random.default_rng(1).permutation(len(rows)) % 10
    held_out = [scores[scores[:, folds != fold].mean(axis=1).argmax(), folds == fold] for fold in range(10)]
    best = scores.mean(axis=1).argmax()
    print(
        f"{name:<26}{np.concatenate(held_out).mean():>17.3f}{scores[best].mean():>14.3f}"
        f"  {', '.join(map(str, grid[best])):<34}{np.mean([_ndcg(row, score(row, built)) for row in rows]):>9.3f}"
    )


def _ndcg(row: Row, scores: np.ndarray) -> float:
    query, ids, exact, allowed, _ = row
    order = np.lexsort((ids, -scores, ~exact))
    return ndcg([ids[at] for at in order if allowed[at]], query.relevant)


if __name__ == "__main__":
    main(sys.argv[1:])
