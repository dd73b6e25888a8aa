"""What the results page offers to ask of effects, and what was asked, as words that can be taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kb.effects import BETTER, DIRECTIONS, EffectFilter
from kb.taxonomy import Taxonomy
from web.address import State
from web.i18n import Translator
from web.numbers import in_unit


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish that was asked for, and the search without it."""

    label: str
    without: State


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
    chips: tuple[Chip, ...]


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
        chips=tuple(chips(state, taxonomy, words)),
    )


def direction_label(way: str, metric: str | None, taxonomy: Taxonomy, words: Translator) -> str:
    """Return what better or worse means for a metric: less of what is used, more of what is gained."""
    if metric is None:
        return words(f"direction.{way}")
    less = (way == BETTER) == taxonomy.metrics[metric].lower_is_better
    return words("effect.less" if less else "effect.more")


def chips(state: State, taxonomy: Taxonomy, words: Translator) -> Iterator[Chip]:
    """Yield what was asked of effects, each with the search without it."""
    asked, language = state.filters.effect, words.language
    if asked.metric:
        yield Chip(taxonomy.metrics[asked.metric].label[language], state.of_metric(None))
    if asked.at_least is not None and asked.unit and asked.direction:
        label = words(
            "effect.at_least",
            amount=in_unit(asked.at_least, asked.unit, language, taxonomy),
            way=direction_label(asked.direction, asked.metric, taxonomy, words),
        )
        yield Chip(label, state.asking_of_effects(at_least=None, unit=None, direction=None))
    else:
        if asked.direction:
            label = direction_label(asked.direction, asked.metric, taxonomy, words)
            yield Chip(words("effect.only", what=label), state.asking_of_effects(direction=None))
        if asked.unit:
            label = taxonomy.units[asked.unit].label[language]
            yield Chip(words("effect.in", unit=label), state.asking_of_effects(unit=None))
    for kind in asked.kinds:
        rest = tuple(other for other in asked.kinds if other != kind)
        yield Chip(taxonomy.effect_kinds[kind].label[language], state.asking_of_effects(kinds=rest))
