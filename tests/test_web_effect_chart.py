"""Where the dots of a chart stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.case import Case, Effect
from kb.effects import normalised
from kb.taxonomy import shipped_taxonomy
from tests.strategies import PROPERTY, complete_record
from web.effect_chart import APART, EDGE, MOST_DOTS, MOST_TICKS, Chart, charts
from web.listing import Figure

TAXONOMY = shipped_taxonomy()
CASE = Case.from_record(complete_record(), TAXONOMY)


def figures(metric: str, *values: tuple[float, str]) -> list[Figure]:
    effects = [Effect(metric, value, unit, "claimed") for value, unit in values]
    return [Figure(CASE, effect, normalised(effect, TAXONOMY)) for effect in effects]


def chart(metric: str, *values: float, unit: str = "%") -> Chart:
    (found,) = charts(figures(metric, *((value, unit) for value in values)), TAXONOMY)
    return found


def test_each_common_unit_has_a_chart_of_its_own() -> None:
    found = charts(
        figures("electricity", (-1, "MWh"), (-20, "%"), (-3, "MWh/a"), (-30, "%"), (-9, "GJ/a"), (-10, "%")), TAXONOMY
    )
    assert [(one.unit, len(one.dots)) for one in found] == [("%", 3), ("MWh/a", 2), ("MWh", 1)]
    assert charts([], TAXONOMY) == []


def test_an_improvement_stands_further_to_the_right_the_larger_it_is() -> None:
    saving = chart("electricity", -10, -40, -25, 5)
    assert [dot.figure.effect.value for dot in saving.dots] == [-40, -25, -10, 5]
    assert [dot.x for dot in saving.dots] == sorted((dot.x for dot in saving.dots), reverse=True)
    gain = chart("recycled-content", 10, 40)
    assert [dot.figure.effect.value for dot in gain.dots] == [40, 10]


def test_the_axis_says_what_stands_there_in_the_sign_of_the_source() -> None:
    assert [tick.value for tick in chart("electricity", -95, -3).ticks] == [0, -25, -50, -75, -100]
    assert [tick.value for tick in chart("recycled-content", 12).ticks] == [0, 5, 10, 15]
    assert [tick.value for tick in chart("electricity", -10, 5).ticks] == [5, 0, -5, -10]
    assert [tick.value for tick in chart("electricity", 0).ticks] == [0, -0.1]


def test_figures_of_many_magnitudes_are_told_apart_by_powers_of_ten() -> None:
    wide = chart("co2e", -5, -1_500_000, -700, unit="t/a")
    assert wide.by_tens
    assert [tick.value for tick in wide.ticks] == [-1, -100, -10000, -1000000]
    assert not chart("co2e", -5, -100, unit="t/a").by_tens
    assert not chart("co2e", 0, -1_500_000, unit="t/a").by_tens


@PROPERTY
@given(st.lists(st.floats(-1e15, 1e15) | st.integers(-100, 0), min_size=1, max_size=60))
def test_every_dot_stands_inside_and_touches_no_other(values: list[float]) -> None:
    found = chart("electricity", *values)
    assert 2 <= len(found.ticks) <= MOST_TICKS + 1
    assert len(found.dots) == len(values)
    for place in (*found.dots, *found.ticks):
        assert EDGE - 0.01 <= place.x <= 100 - EDGE + 0.01
    rows: dict[float, list[float]] = {}
    for dot in found.dots:
        assert 0 < dot.y < found.base
        rows.setdefault(dot.y, []).append(dot.x)
    for row in rows.values():
        ordered = sorted(row)
        assert all(right - left >= APART for left, right in zip(ordered, ordered[1:], strict=False))


@pytest.mark.parametrize("value", [5e-324, -5e-324, 1e-300, 1e15, -1e15])
def test_a_figure_that_nobody_expects_is_drawn_too(value: float) -> None:
    assert len(chart("electricity", value, -1).dots) == 2


def test_a_chart_draws_so_many_dots_and_says_how_many_it_left_out() -> None:
    found = chart("electricity", *(-number / 10 for number in range(MOST_DOTS + 3)))
    assert (len(found.dots), found.left_out, len(found.figures)) == (MOST_DOTS, 3, MOST_DOTS + 3)
    assert found.dots[0].figure.effect.value == -(MOST_DOTS + 2) / 10
