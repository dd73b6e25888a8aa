"""The collection in figures."""

from __future__ import annotations

from typing import Any

from kb.filters import FACETS, HAS_FIGURES, SECOND_PATHWAY, Filters
from kb.store import CaseStore


def stats(store: CaseStore) -> dict[str, Any]:
    """Return the number of cases, in all and by facet. Every term of a small vocabulary is there, also with 0."""
    ids = store.matching(Filters())
    counts = store.facet_counts(ids)
    pathways = store.taxonomy.pathways
    return {
        "cases": len(ids),
        "by_pathway": {term: counts.get("pathway", {}).get(term, 0) for term in pathways},
        "by_pathway_secondary": {term: counts.get(SECOND_PATHWAY, {}).get(term, 0) for term in pathways},
        **{f"by_{facet}": counts.get(facet, {}) for facet in FACETS if facet != "pathway"},
        "with_figures": counts.get(HAS_FIGURES, {}).get("yes", 0),
    }
