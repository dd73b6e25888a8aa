"""What a search is narrowed by, as words that can be taken away one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.effects import BETTER
from kb.filters import FACETS, YEARS
from kb.taxonomy import Taxonomy
from kb.years import YearFilter
from web.address import State
from web.i18n import Translator
from web.numbers import in_unit


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter, and the search without it."""

    label: str
    without: State


def chips(state: State, taxonomy: Taxonomy, words: Translator) -> Iterator[Chip]:
    """Yield every filter of `state`: the facets in their order, the years, and what is asked of effects."""
    for facet, terms in state.filters.selected():
        for term in terms:
            vocabulary = taxonomy.vocabularies[FACETS[facet]] if facet in FACETS else None
            label = vocabulary[term].short[words.language] if vocabulary else words(f"facet.{facet}")
            yield Chip(label, state.unfiltered_by(facet, term))
    if state.filters.years:
        yield Chip(years_label(state.filters.years, words), state.unfiltered_in(YEARS))
    yield from _of_effects(state, taxonomy, words)


def years_label(years: YearFilter, words: Translator) -> str:
    """Return a range of years in words."""
    if years.first == years.last:
        return words("years.single", year=years.first)
    if years.first is None:
        return words("years.to", last=years.last)
    if years.last is None:
        return words("years.from", first=years.first)
    return words("years.range", first=years.first, last=years.last)


def direction_label(way: str, metric: str | None, taxonomy: Taxonomy, words: Translator) -> str:
    """Return what better or worse means for a metric: less of what is used, more of what is gained."""
    if metric is None:
        return words(f"direction.{way}")
    less = (way == BETTER) == taxonomy.metrics[metric].lower_is_better
    return words("effect.less" if less else "effect.more")


def _of_effects(state: State, taxonomy: Taxonomy, words: Translator) -> Iterator[Chip]:
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
