"""What the pages with filters offer to ask of effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.effects import DIRECTIONS, EffectFilter
from kb.taxonomy import Taxonomy
from web.address import State
from web.chips import direction_label
from web.i18n import Translator


@dataclass(frozen=True, slots=True)
class Offer:
    """One word to choose: how many of the listed cases have it, and the search with it where a link leads there."""

    term: str
    label: str
    chosen: bool
    count: int = 0
    search: State | None = None


@dataclass(frozen=True, slots=True)
class EffectForm:
    """What can be asked of effects. Direction, size and unit are offered once there is a metric."""

    asked: EffectFilter
    metrics: tuple[Offer, ...]
    kinds: tuple[Offer, ...]
    directions: tuple[Offer, ...]
    units: tuple[Offer, ...]


def effect_form(
    state: State, counts: Mapping[str, Mapping[str, int]], taxonomy: Taxonomy, words: Translator
) -> EffectForm:
    """Return the form for `state`; `counts` are those of the listed cases, under `metric` and `kind`."""
    asked, language = state.filters.effect, words.language
    metric = taxonomy.metrics[asked.metric] if asked.metric else None
    return EffectForm(
        asked=asked,
        metrics=tuple(
            Offer(term, taxonomy.metrics[term].label[language], term == asked.metric, count, state.of_metric(term))
            for term, count in counts.get("metric", {}).items()
        ),
        kinds=tuple(
            Offer(kind.id, kind.label[language], kind.id in asked.kinds, counts.get("kind", {}).get(kind.id, 0))
            for kind in taxonomy.effect_kinds.values()
        ),
        directions=tuple(
            Offer(way, direction_label(way, metric.id, taxonomy, words), way == asked.direction)
            for way in DIRECTIONS
            if metric
        ),
        units=tuple(
            Offer(unit, taxonomy.units[unit].label[language], unit == asked.unit)
            for unit in (metric.units if metric else ())
        ),
    )
