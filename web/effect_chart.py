"""Charts of effects: where each dot stands, as numbers that a template writes as SVG. Pure.

A chart has one axis, so figures of different common units (%, t a year, t once) are charts of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.taxonomy import Taxonomy
from web.listing import Figure

EDGE = 7.0
"""Per cent of the width that stay free at each side, so that the outermost label has room."""
APART = 4.2
"""Per cent of the width between two dots of one row: what a dot needs on a screen of 320 pixels."""
ROW, TOP, AXIS = 16, 14, 26
"""Pixels: from row to row, above the first one, and for the axis with its labels."""
MOST_TICKS = 5
WIDE = 50
"""The largest figure over the smallest from which on the axis counts in powers of ten."""
SMALLEST = 1e-9
"""Below, a figure is drawn as none."""
MOST_DOTS = 400


@dataclass(frozen=True, slots=True)
class Dot:
    """One effect. `x` in per cent of the width, `y` in pixels from the top."""

    figure: Figure
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the axis: the figure that stands there, and where, in per cent of the width."""

    value: int | float
    x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The figures in one common unit. Improvements grow to the right; `left_out` of the smallest are not drawn."""

    unit: str
    figures: tuple[Figure, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    height: int
    by_tens: bool
    left_out: int = 0

    @property
    def base(self) -> int:
        """Pixels from the top to the axis."""
        return self.height - AXIS


def charts(figures: Iterable[Figure], taxonomy: Taxonomy) -> list[Chart]:
    """Return a chart for each common unit, the one with the most figures first; figures are those of one metric."""
    by_unit: dict[str, list[Figure]] = {}
    for figure in figures:
        by_unit.setdefault(figure.amount.unit, []).append(figure)
    groups = sorted(by_unit.items(), key=lambda group: -len(group[1]))
    return [_chart(unit, group, taxonomy) for unit, group in groups]


def _chart(unit: str, figures: Sequence[Figure], taxonomy: Taxonomy) -> Chart:
    lower = taxonomy.metrics[figures[0].effect.metric].lower_is_better
    sign = -1 if lower else 1
    largest = sorted(figures, key=lambda figure: -sign * figure.amount.value)
    drawn = largest[:MOST_DOTS]
    gains = [sign * figure.amount.value for figure in drawn]
    by_tens = min(gains) > SMALLEST and max(gains) / min(gains) > WIDE
    marks = _powers(min(gains), max(gains)) if by_tens else _steps(min(0, *gains), max(0, *gains))
    low, high = marks[0], max(marks[-1], 10.0 ** math.ceil(math.log10(max(gains))) if by_tens else marks[-1])

    def place(gain: float) -> float:
        share = math.log(gain / low) / math.log(high / low) if by_tens else (gain - low) / (high - low)
        return round(EDGE + share * (100 - 2 * EDGE), 2)

    rows = _rows([place(gain) for gain in gains])
    height = TOP + ROW * (max(row for row, _ in rows) + 1) + AXIS
    base = height - AXIS
    dots = [Dot(figure, x, base - ROW / 2 - row * ROW) for figure, (row, x) in zip(drawn, rows, strict=True)]
    ticks = [Tick(sign * mark if mark else 0, place(mark)) for mark in marks]
    return Chart(unit, tuple(largest), tuple(dots), tuple(ticks), height, by_tens, len(figures) - len(drawn))


def _rows(places: Sequence[float]) -> list[tuple[int, float]]:
    """Return for each place the lowest row in which it touches nobody, and the place."""
    taken: list[list[float]] = []
    found = []
    for x in places:
        row = next((n for n, row in enumerate(taken) if all(abs(x - other) >= APART for other in row)), len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append(x)
        found.append((row, x))
    return found


def _steps(low: float, high: float) -> list[int | float]:
    """Return round figures from `low` or below to `high` or above, 0 among them, at even distances."""
    span = high - low if high - low > SMALLEST else 1
    step = next(
        size
        for power in range(math.floor(math.log10(span)) - 1, 20)
        for size in (10.0**power, 2 * 10.0**power, 2.5 * 10.0**power, 5 * 10.0**power)
        if math.ceil(high / size) - math.floor(low / size) < MOST_TICKS
    )
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [_tidy(number * step) for number in range(first, last + 1)]


def _powers(low: float, high: float) -> list[int | float]:
    """Return powers of ten from `low` or below to near `high`, at even distances."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = math.ceil((last - first) / (MOST_TICKS - 1))
    return [_tidy(10.0**power) for power in range(first, last + 1, step)]


def _tidy(value: float) -> int | float:
    short = float(f"{value:.12g}")
    return int(short) if short.is_integer() else short
