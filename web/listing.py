"""One search as every face shows it: the set that is listed, counted, and the page of it."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from index.hybrid import Searcher
from index.related import Related
from index.shared import Shared
from index.types import Hit, Reason
from kb.case import Case, CaseId
from kb.errors import Fault, InvalidFilter
from kb.filters import Filters
from kb.store import CaseStore
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
    if not state.query:
        return tuple(store.newest_first(within)), ()
    hits = searcher.search(state.query, within, state.without)
    return tuple(hit.case_id for hit in hits), hits


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
    entries = tuple(Entry(case, by_id.get(case.id), reasons.get(case.id)) for case in store.get_many(shown))
    nearest = searcher.near_misses(query, within, NEAR_MISSES) if query and not hits else ()
    near_misses = tuple(store.get_many([hit.case_id for hit in nearest]))
    return Listing(
        query=query,
        filters=state.filters,
        total=len(ids),
        page=page,
        entries=entries,
        facets=store.facet_counts(ids),
        near_misses=near_misses,
        related=searcher.related(query, state.without) if query else (),
        suggestion=searcher.did_you_mean(query) if query else None,
        wider=() if ids else _wider(store, searcher, state),
    )


def _wider(store: CaseStore, searcher: Searcher, state: State) -> tuple[Wider, ...]:
    """Return what the search finds without one of its filters, the most first; failing that, without all of them."""
    facets = [facet for facet, _ in state.filters.selected()]
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
