"""Cases side by side: what they share, and what has to be known before their figures are compared. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.case import Case, Effect
from kb.effects import PERCENT, Amount, direction, normalised, period
from kb.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class ComparedEffect:
    """An effect as its source gives it, with its figure in the common unit."""

    effect: Effect
    amount: Amount


@dataclass(frozen=True, slots=True)
class Caution:
    """Why the figures of a metric are not simply comparable: `what`, and the terms in question where there are any.

    `kinds`: known in different ways. `units`: shares and amounts. `periods`: a year and a single time. `bounds`: not
    equally exact. `directions`: some better, some worse. `baselines`: shares whose notes say different things.
    `no_baselines`: shares that are said to be of nothing.
    """

    what: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """The effects on one metric, by case in the order of the cases; a gap is an empty tuple."""

    metric: str
    cells: tuple[tuple[ComparedEffect, ...], ...]
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`cases` side by side. `shared` are the technologies of two or more of them."""

    cases: tuple[Case, ...]
    shared: frozenset[str]
    metrics: tuple[ComparedMetric, ...]


def compare(cases: Sequence[Case], taxonomy: Taxonomy) -> Comparison:
    """Return `cases` side by side; metrics that more of them have come first, then by the order of the vocabulary."""
    technologies = [term for case in cases for term in dict.fromkeys(case.technologies)]
    metrics = []
    for metric in taxonomy.metrics:
        cells = tuple(
            tuple(
                ComparedEffect(effect, normalised(effect, taxonomy))
                for effect in case.effects
                if effect.metric == metric
            )
            for case in cases
        )
        if any(cells):
            metrics.append(ComparedMetric(metric, cells, _cautions(cells, taxonomy)))
    metrics.sort(key=lambda one: -sum(1 for cell in one.cells if cell))
    shared = frozenset(term for term in technologies if technologies.count(term) > 1)
    return Comparison(tuple(cases), shared, tuple(metrics))


def _cautions(cells: Sequence[Sequence[ComparedEffect]], taxonomy: Taxonomy) -> tuple[Caution, ...]:
    """Return what keeps the figures of a metric apart; nothing where fewer than two cases have one."""
    if sum(1 for cell in cells if cell) < 2:
        return ()
    figures = [figure for cell in cells for figure in cell]
    found = []
    if len(kinds := dict.fromkeys(figure.effect.kind for figure in figures)) > 1:
        found.append(Caution("kinds", tuple(kinds)))
    units = dict.fromkeys(figure.amount.unit for figure in figures)
    if PERCENT in units and len(units) > 1:
        found.append(Caution("units", tuple(units)))
    if len({when for unit in units if (when := period(unit))}) > 1:
        found.append(Caution("periods"))
    if len({figure.effect.bound for figure in figures}) > 1:
        found.append(Caution("bounds"))
    ways = {direction(figure.effect.metric, figure.effect.value, taxonomy) for figure in figures}
    if {"better", "worse"} <= ways:
        found.append(Caution("directions"))
    return (*found, *_baselines(cells))


def _baselines(cells: Sequence[Sequence[ComparedEffect]]) -> list[Caution]:
    """A share is one of something. Records say of what in the note of the effect, or not at all."""
    shares = [[figure for figure in cell if figure.amount.unit == PERCENT] for cell in cells]
    if sum(1 for cell in shares if cell) < 2:
        return []
    notes = {figure.effect.note for cell in shares for figure in cell}
    if notes == {None}:
        return [Caution("no_baselines")]
    return [Caution("baselines")] if len(notes) > 1 else []
