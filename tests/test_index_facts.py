"""Coded facts as numbers: alike is who shares rare technologies, sector and pathway, and the best say what is meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.facts import LEADERS, Facts, FactWeights, leaders
from tests.strategies import PROPERTY

CODED = [
    [("technology", "heat"), ("technology", "sensors"), ("sector", "C24"), ("pathway", "efficiency")],
    [("technology", "heat"), ("sector", "C24"), ("pathway", "efficiency"), ("region", "DE-NW")],
    [("technology", "sensors"), ("sector", "C10"), ("pathway", "efficiency")],
    [("technology", "sensors"), ("sector", "C10"), ("pathway", "services")],
    [("technology", "drones"), ("sector", "C30"), ("pathway", "cooperation")],
]
WEIGHTS = FactWeights(technology=1.0, sector=0.0, pathway=0.0)


def one(at: int) -> np.ndarray:
    model = np.zeros(len(CODED))
    model[at] = 1.0
    return model


def test_a_case_is_as_alike_to_itself_as_can_be() -> None:
    facts = Facts(CODED)
    for at in range(len(CODED)):
        alike = facts.likeness(one(at), FactWeights(technology=0.2, sector=0.1, pathway=0.05))
        assert alike[at] == pytest.approx(0.35)
        assert alike.max() <= 0.35 + 1e-9


def test_likeness_is_mutual_and_nothing_shared_is_nothing() -> None:
    facts = Facts(CODED)
    table = np.array([facts.likeness(one(at), WEIGHTS) for at in range(len(CODED))])
    np.testing.assert_allclose(table, table.T)
    assert table[0, 4] == table[1, 2] == 0


def test_a_rare_technology_counts_more_than_a_common_one() -> None:
    alike = Facts(CODED).likeness(one(0), WEIGHTS)
    assert alike[1] > alike[2] > 0


def test_sector_and_pathway_add_their_weights() -> None:
    alike = Facts(CODED).likeness(one(2), FactWeights(technology=0.0, sector=0.1, pathway=0.05))
    assert alike.tolist() == pytest.approx([0.05, 0.05, 0.15, 0.1, 0.0])


def test_what_makes_a_case_alike_to_those_that_lead_is_told_apart() -> None:
    shared = Facts(CODED).shared(np.array([0.6, 0.0, 0.4, 0.0, 0.0]))
    assert {facet: having.tolist() for facet, having in shared.items()} == {
        "technology": [True, True, True, True, False],
        "sector": [True, True, True, True, False],
        "pathway": [True, True, True, False, False],
    }


def test_what_hardly_adds_to_the_likeness_does_not_make_it() -> None:
    shared = Facts(CODED).shared(np.array([0.99, 0.0, 0.01, 0.0, 0.0]))
    assert [shared["sector"][at] for at in (0, 1, 2)] == [True, True, False]
    assert shared["pathway"][:3].all()


def test_no_cases_and_cases_without_facts_are_no_trouble() -> None:
    assert Facts([]).likeness(np.zeros(0)).shape == (0,)
    assert Facts([[], []]).likeness(np.ones(2)).tolist() == [0, 0]


def test_the_best_lead_and_who_is_far_behind_hardly_counts() -> None:
    weights = leaders(np.array([0.1, 0.9, 0.88, 0.2, 0.87]))
    assert weights[[0, 3]].tolist() == [0, 0]
    assert weights[1] > weights[2] > weights[4] > 0
    assert leaders(np.array([1.0, 0.2, 0.1]))[0] > 0.99
    assert leaders(np.zeros(0)).shape == (0,)


@PROPERTY
@given(arrays(float, st.integers(1, 12), elements=st.floats(-1, 3)))
def test_leaders_share_one_weight_and_are_the_best(scores: np.ndarray) -> None:
    weights = leaders(scores)
    assert weights.sum() == pytest.approx(1)
    chosen = np.flatnonzero(weights)
    assert len(chosen) <= LEADERS
    assert scores[chosen].min() >= np.sort(scores)[::-1][:LEADERS][-1]
