"""One search as every face shows it: the set that is listed, counted, and the page of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.glossary import Related
from index.hybrid import Searcher
from index.shared import Shared
from index.types import Hit, Reason
from kb.case import Case, CaseId, Effect
from kb.effects import Amount, largest_first, normalised
from kb.errors import Fault, InvalidFilter
from kb.filters import EFFECT, YEARS, Filters
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from kb.text import Language, Text
from web.address import State

PAGE_SIZE = 10
MOST_WIDER = 3
"""How many filters are named that exclude most."""
NEAR_MISSES = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A case in a list. Without a query there is neither a hit nor a reason."""

    case: Case
    hit: Hit | None
    reason: Reason | None
    shared: tuple[Shared, ...] = ()
    """What it has in common with the description that it was compared with."""
    more_passages: tuple[Reason, ...] = ()
    effects: tuple[Effect, ...] = ()
    """Those that were asked for, where any were."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An effect of a listed case that is all that was asked for, and its figure in the common unit."""

    case: Case
    effect: Effect
    amount: Amount


@dataclass(frozen=True, slots=True)
class Wider:
    """A search that finds something where this one does not: without the filter by `facet`, None for without any."""

    facet: str | None
    state: State
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer to a query under filters. `facets` are counted over all `total` cases, not over the page."""

    query: str
    filters: Filters
    total: int
    page: int
    entries: tuple[Entry, ...]
    facets: dict[str, dict[str, int]]
    near_misses: tuple[Case, ...] = ()
    """When nothing fits: what comes nearest, apart from the hits."""
    related: tuple[Related, ...] = ()
    """The terms of the glossary that were searched beside the query."""
    suggestion: str | None = None
    """The query as it may have been meant."""
    wider: tuple[Wider, ...] = ()
    """When the filters leave nothing: those that exclude most, with what would be found without them."""
    figures: tuple[Figure, ...] = ()
    """When a metric is asked for: the effects of all `total` cases, in the order of the list."""

    @property
    def pages(self) -> int:
        """The number of pages, 1 at least."""
        return max(1, math.ceil(self.total / PAGE_SIZE))


def found(store: CaseStore, searcher: Searcher, state: State) -> tuple[CaseId, ...]:
    """Return all cases that answer the query under the filters, in the order in which `find` lists them."""
    return _listed(store, searcher, state, store.matching(state.filters))[0]


def _listed(
    store: CaseStore, searcher: Searcher, state: State, within: Collection[CaseId]
) -> tuple[tuple[CaseId, ...], tuple[Hit, ...]]:
    hits = searcher.search(state.query, within, state.without) if state.query else ()
    ids = [hit.case_id for hit in hits] if state.query else store.newest_first(within)
    if state.by_effect:
        effects = store.effects.of(ids, state.filters.effect)
        place = {case_id: number for number, case_id in enumerate(ids)}
        effects.sort(key=lambda row: place[row[0]])
        first = largest_first(effects, store.taxonomy, state.filters.effect.unit)
        ids = list(dict.fromkeys([*first, *ids]))
    return tuple(ids), hits


def counts_of(store: CaseStore, filters: Filters, ids: Collection[CaseId]) -> dict[str, dict[str, int]]:
    """Return facet -> term -> number of `ids`, with `metric` and `kind` of their effects among the facets."""
    return {**store.facet_counts(ids), **store.effects.counts(ids, filters.effect)}


def wanted_effects(case: Case, filters: Filters, taxonomy: Taxonomy) -> tuple[Effect, ...]:
    """Return the effects of `case` that are asked for; none when nothing is asked of effects."""
    if not filters.effect:
        return ()
    return tuple(effect for effect in case.effects if filters.effect.fits(effect, taxonomy))


def figures_of(store: CaseStore, filters: Filters, ids: Sequence[CaseId]) -> tuple[Figure, ...]:
    """Return the effects of `ids` that are asked for, in the order of `ids`; none without a metric."""
    wanted = filters.effect
    if wanted.metric is None:
        return ()
    # The rows tell which cases have any: only those are read whole.
    having = {case_id for case_id, _ in store.effects.of(ids, wanted)}
    return tuple(
        Figure(case, effect, normalised(effect, store.taxonomy))
        for case in store.get_many([case_id for case_id in ids if case_id in having])
        for effect in wanted_effects(case, filters, store.taxonomy)
    )


def find(store: CaseStore, searcher: Searcher, state: State, language: Language) -> Listing:
    """Return one page of the cases that answer the query under the filters; without a query the newest first.

    Raises InvalidFilter for a page that does not exist.
    """
    query, page = state.query, state.page
    within = store.matching(state.filters)
    ids, hits = _listed(store, searcher, state, within)
    last = max(1, math.ceil(len(ids) / PAGE_SIZE))
    if not 1 <= page <= last:
        message = Text(
            de=f"{page} gibt es nicht. Erlaubt: 1 bis {last}", en=f"{page} does not exist. Allowed: 1 to {last}"
        )
        raise InvalidFilter("page", [Fault("page", message)])
    shown = ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    by_id = {hit.case_id: hit for hit in hits}
    reasons = searcher.reasons(query, shown, language, state.without) if query else {}
    entries = tuple(
        Entry(
            case, by_id.get(case.id), reasons.get(case.id), effects=wanted_effects(case, state.filters, store.taxonomy)
        )
        for case in store.get_many(shown)
    )
    nearest = searcher.near_misses(query, within, NEAR_MISSES) if query and not hits else ()
    near_misses = tuple(store.get_many([hit.case_id for hit in nearest]))
    return Listing(
        query=query,
        filters=state.filters,
        total=len(ids),
        page=page,
        entries=entries,
        facets=counts_of(store, state.filters, ids),
        near_misses=near_misses,
        related=searcher.related(query, state.without) if query else (),
        suggestion=searcher.did_you_mean(query) if query else None,
        wider=() if ids else _wider(store, searcher, state),
        figures=figures_of(store, state.filters, ids),
    )


def _wider(store: CaseStore, searcher: Searcher, state: State) -> tuple[Wider, ...]:
    """Return what the search finds without one of its filters, the most first; failing that, without all of them."""
    facets = [facet for facet, _ in state.filters.selected()]
    facets += [YEARS] if state.filters.years else []
    facets += [EFFECT] if state.filters.effect else []
    single = [
        Wider(facet, without, len(found(store, searcher, without)))
        for facet in facets
        for without in [state.unfiltered_in(facet)]
    ]
    helpful = sorted((one for one in single if one.total), key=lambda one: -one.total)[:MOST_WIDER]
    if helpful or len(facets) < 2:
        return tuple(helpful)
    everything = state.unfiltered()
    total = len(found(store, searcher, everything))
    return (Wider(None, everything, total),) if total else ()
