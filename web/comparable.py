"""Comparable cases: for a case, and for a pasted description that is read and never stored or logged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.comparable import Comparer, Description, clean
from index.organisations import spread
from index.shared import FEWEST_REASONS, Profile, Shared
from index.types import Reason
from kb.case import Case, CaseId
from kb.filters import Filters
from kb.mentions import mentions
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.listing import NEAR_MISSES, PAGE_SIZE, Entry, Listing, counts_of, figures_of, wanted_effects

LIKE_A_CASE = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why a case is comparable: what it shares, and where that is not enough, the passages that are nearest."""

    case: Case
    shared: tuple[Shared, ...]
    passages: tuple[Reason, ...]


def like_case(store: CaseStore, comparer: Comparer, case: Case, language: Language) -> list[Likeness]:
    """Return the cases nearest to `case`, each of another organisation, with two reasons at least."""
    described = comparer.described_case(case.id)
    if described is None:
        return []
    near = [case_id for case_id, _ in comparer.to_case(case.id, store.matching(Filters()))[: LIKE_A_CASE * 5]]
    others = spread(store.get_many(near), lambda other: other.organisation, most=1)[:LIKE_A_CASE]
    return _reasons(comparer, described, Profile.of_case(case), others, language, always=0)


def like_text(
    store: CaseStore,
    comparer: Comparer,
    taxonomy: Taxonomy,
    text: str,
    filters: Filters,
    page: int,
    language: Language,
) -> Listing:
    """Return one page of the cases comparable with `text`, spread over organisations; past the end, the last page.

    Raises InvalidText.
    """
    text = clean(text)
    described = comparer.described(text)
    compared = comparer.to_text(described, store.matching(filters))
    if not compared.answered:
        near = store.get_many([hit.case_id for hit in compared.hits[:NEAR_MISSES]])
        return Listing("", filters, 0, 1, (), counts_of(store, filters, []), tuple(near))
    by_id = {hit.case_id: hit for hit in compared.hits}
    cases = spread(store.get_many(list(by_id)), lambda case: case.organisation)
    rank = {case.id: place for place, case in enumerate(cases, start=1)}
    page = min(page, max(1, math.ceil(len(cases) / PAGE_SIZE)))
    shown = cases[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    profile = Profile.of_text(text, mentions(text, taxonomy))
    entries = tuple(
        Entry(
            like.case,
            replace(by_id[like.case.id], rank=rank[like.case.id]),
            like.passages[0],
            like.shared,
            like.passages[1:],
            wanted_effects(like.case, filters, taxonomy),
        )
        for like in _reasons(comparer, described, profile, shown, language, always=1)
    )
    ids = [CaseId(case.id) for case in cases]
    return Listing(
        query="",
        filters=filters,
        total=len(cases),
        page=page,
        entries=entries,
        facets=counts_of(store, filters, ids),
        figures=figures_of(store, filters, ids),
    )


def _reasons(
    comparer: Comparer,
    described: Description,
    profile: Profile,
    cases: Sequence[Case],
    language: Language,
    always: int,
) -> list[Likeness]:
    """Return for each of `cases` why it is comparable; `always` passages, and more until there are two reasons."""
    ids = [case.id for case in cases]
    passages = comparer.passages(described, ids, language, FEWEST_REASONS) if ids else {}
    found = []
    for case in cases:
        shared = profile.shared_with(case, language)
        number = max(always, FEWEST_REASONS - len(shared))
        found.append(Likeness(case, shared, passages[CaseId(case.id)][:number]))
    return found
