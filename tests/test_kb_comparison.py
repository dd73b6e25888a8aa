"""Cases side by side: what they share, and what keeps their figures apart."""

from __future__ import annotations

from typing import Any

import pytest

from kb.case import Case
from kb.comparison import Caution, Comparison, compare
from kb.taxonomy import Taxonomy
from tests.strategies import complete_record


def side_by_side(taxonomy: Taxonomy, *effects: list[dict[str, Any]]) -> Comparison:
    records = [complete_record(id=f"case-{number}", effects=own) for number, own in enumerate(effects)]
    return compare([Case.from_record(record, taxonomy) for record in records], taxonomy)


def effect(value: float, unit: str = "%", metric: str = "energy", kind: str = "claimed", **rest: Any) -> dict[str, Any]:
    return {"metric": metric, "value": value, "unit": unit, "kind": kind, **rest}


def test_a_metric_stands_once_with_a_gap_where_a_case_has_none(taxonomy: Taxonomy) -> None:
    found = side_by_side(taxonomy, [effect(-10), effect(-4, metric="water")], [], [effect(-3600, "GJ/a")])
    assert [metric.metric for metric in found.metrics] == ["energy", "water"]
    energy, water = found.metrics
    assert [len(cell) for cell in energy.cells] == [1, 0, 1]
    assert [len(cell) for cell in water.cells] == [1, 0, 0]
    assert (energy.cells[2][0].amount.value, energy.cells[2][0].amount.unit) == (-1000, "MWh/a")
    assert energy.cells[2][0].effect.value == -3600


def test_a_technology_is_shared_by_two_at_least(taxonomy: Taxonomy) -> None:
    sets = [["waste-heat", "sorting"], ["waste-heat"], ["reuse"]]
    cases = [
        Case.from_record(complete_record(id=f"case-{number}", technologies=own), taxonomy)
        for number, own in enumerate(sets)
    ]
    assert compare(cases, taxonomy).shared == {"waste-heat"}


NOTE, OTHER_NOTE = {"de": "Werk", "en": "Plant"}, {"de": "Linie", "en": "Line"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([effect(-1, "MWh/a")], [effect(-7, "GWh/a")], []),
        ([effect(-1, "MWh/a", kind="measured")], [effect(-2, "MWh/a")], [Caution("kinds", ("measured", "claimed"))]),
        ([effect(-1, "MWh/a")], [effect(-2, "MWh")], [Caution("periods")]),
        ([effect(-1)], [effect(-2, "MWh/a")], [Caution("units", ("%", "MWh/a"))]),
        ([effect(-1, "MWh/a", bound="up-to")], [effect(-2, "MWh/a")], [Caution("bounds")]),
        ([effect(-1, "MWh/a")], [effect(2, "MWh/a")], [Caution("directions")]),
        ([effect(-1)], [effect(-2)], [Caution("no_baselines")]),
        ([effect(-1, note=NOTE)], [effect(-2)], [Caution("baselines")]),
        ([effect(-1, note=NOTE)], [effect(-2, note=OTHER_NOTE)], [Caution("baselines")]),
        ([effect(-1, note=NOTE)], [effect(-2, note=NOTE)], []),
        ([effect(-1), effect(-2, "MWh", kind="expected")], [], []),
    ],
)
def test_what_keeps_figures_apart_is_said(
    taxonomy: Taxonomy, first: list[dict[str, Any]], second: list[dict[str, Any]], expected: list[Caution]
) -> None:
    (metric,) = side_by_side(taxonomy, first, second).metrics
    assert list(metric.cautions) == expected
