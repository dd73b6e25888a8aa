"""Positions on the map of meaning: the same every time, near where the meaning is near, inside the map."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from index import layout
from index.case_map import case_vectors
from index.encoder import BundledEncoder
from index.layout import LANDMARKS, WIDTH, apart, place
from kb.case import Case
from kb.passages import passages
from tests.bench.layout import trustworthiness


@pytest.fixture(scope="module")
def vectors(collection: list[Case], bundled: BundledEncoder) -> NDArray[np.float32]:
    cut = [(number, passage.text) for number, case in enumerate(collection) for passage in passages(case)]
    encoded = bundled.passages([text for _, text in cut])
    return case_vectors(encoded, np.array([number for number, _ in cut]), len(collection))


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def inside(positions: NDArray[np.float64]) -> bool:
    return bool(((positions >= 0) & (positions <= [WIDTH, 1.0])).all())


def nearest(positions: NDArray[np.float64]) -> float:
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float(distances.min())


def test_the_collection_is_laid_out_the_same_every_time_and_near_stays_near(vectors: NDArray[np.float32]) -> None:
    positions = layout.layout(vectors)
    assert np.array_equal(positions, layout.layout(vectors.copy()))
    assert inside(positions)
    # Positions by chance have 0.53, the first two principal components alone 0.80.
    assert trustworthiness(vectors, positions) > 0.86


def test_trustworthiness_is_one_for_a_true_map_and_falls_with_every_intruder() -> None:
    angles = np.linspace(0, 1, 40)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert trustworthiness(circle, circle, 5) == 1
    swapped = circle.copy()
    swapped[[0, 39]] = swapped[[39, 0]]
    assert trustworthiness(circle, swapped, 5) < 1


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 12])
def test_a_map_of_few_cases_has_a_place_for_each(count: int) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(count, 8)))
    positions = layout.layout(vectors)
    assert positions.shape == (count, 2)
    assert inside(positions)
    assert count < 2 or nearest(positions) > 0.01


@pytest.mark.parametrize("count", [2, 7])
def test_cases_that_say_the_same_do_not_hide_each_other(count: int) -> None:
    positions = layout.layout(unit(np.ones((count, 8))))
    assert inside(positions)
    assert nearest(positions) > 0.01


def test_of_many_cases_only_so_many_are_laid_out_together_and_twins_lie_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    originals = unit(np.random.default_rng(1).normal(size=(LANDMARKS, 16)))
    twice = np.repeat(originals, 2, axis=0)
    laid_out: list[int] = []
    whole = layout._tsne
    monkeypatch.setattr(layout, "_tsne", lambda rows: laid_out.append(len(rows)) or whole(rows))
    positions = layout.layout(twice)
    assert laid_out == [LANDMARKS]
    assert inside(positions)
    apart_by = np.linalg.norm(positions[::2] - positions[1::2], axis=1)
    assert np.median(apart_by) < 0.05


def test_a_new_case_lies_beside_its_twin_and_moves_nobody(vectors: NDArray[np.float32]) -> None:
    before = layout.layout(vectors)
    known = np.ones(len(vectors) + 1, bool)
    known[-1] = False
    grown = place(np.vstack([vectors, vectors[7]]), np.vstack([before, [0.0, 0.0]]), known)
    assert np.array_equal(grown[:-1], before)
    assert 0.01 < np.linalg.norm(grown[-1] - before[7]) < 0.15


def test_stepping_apart_moves_only_who_may_move_and_stays_inside() -> None:
    corner = np.zeros((6, 2))
    moving = np.array([False, True, True, True, True, True])
    moved = apart(corner, moving)
    assert moved[0].tolist() == [0.0, 0.0]
    assert inside(moved)
    assert nearest(moved) > 0.01
