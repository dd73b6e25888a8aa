"""Cases and listings as plain data: what the API and `--json` give out."""

from __future__ import annotations

from typing import Any

from kb.case import Case, Effect
from kb.effects import normalised
from kb.filters import Filters
from kb.store import Revision
from kb.taxonomy import Taxonomy
from kb.text import Text
from web.listing import PAGE_SIZE, Entry, Listing


def text_data(text: Text) -> dict[str, str]:
    """Return the languages that are there."""
    return {language: words for language in text.languages if (words := text.get(language))}


def effect_data(effect: Effect, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return an effect as its source gives it, and under `common` its figure in the common unit.

    `converted` is false where that is the unit it stands in already.
    """
    found: dict[str, Any] = {name: getattr(effect, name) for name in ("metric", "value", "unit", "kind", "bound")}
    common = normalised(effect, taxonomy)
    found |= {"note": text_data(effect.note)} if effect.note else {}
    found["common"] = {"value": common.value, "unit": common.unit, "converted": common.converted}
    return {name: value for name, value in found.items() if value is not None}


def effects_data(case: Case, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Return the effects of a case, with their figures in common units."""
    return [effect_data(effect, taxonomy) for effect in case.effects]


def revision_data(revision: Revision) -> dict[str, Any]:
    """Return what everybody may know of a revision: no names, and no proposals."""
    return {"number": revision.number, "at": revision.at, "origin": revision.origin}


def entry_data(entry: Entry, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return what a list shows of a case, with the reason for which it is there."""
    case, hit, reason = entry.case, entry.hit, entry.reason
    data: dict[str, Any] = {
        "id": case.id,
        "title": text_data(case.title),
        "organisation": case.organisation,
        "place": case.place,
        "country": case.country,
        "region": case.region,
        "year": case.year,
        "pathway": case.pathway,
        "pathway_secondary": case.pathway_secondary,
        "sector": case.sector,
        "summary": text_data(case.summary),
        "effects": effects_data(case, taxonomy),
    }
    if hit is not None:
        data |= {
            "rank": hit.rank,
            "score": round(hit.score, 4),
            "exact": hit.exact,
            "found_by": hit.found_by,
            "by_facts": list(hit.by_facts),
            "legs": {
                "meaning": round(hit.legs.meaning, 4),
                "words": round(hit.legs.words, 4),
                "grams": round(hit.legs.grams, 4),
                "facts": round(hit.legs.facts, 4),
            },
        }
    if reason is not None:
        data["passage"] = reason.to_json()
    if entry.shared or entry.more_passages:
        data["shared"] = [
            {"kind": shared.kind, "terms": list(shared.terms), "named": dict(shared.named)} for shared in entry.shared
        ]
        data["more_passages"] = [passage.to_json() for passage in entry.more_passages]
    return data


def _filters_data(filters: Filters) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, word in filters.parameters():
        found.setdefault(name, []).append(word)
    return found


def listing_data(listing: Listing, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return a page of results with the counts of the whole set."""
    return {
        "query": listing.query,
        "did_you_mean": listing.suggestion,
        "related": [{"term": one.shown, "language": one.language} for one in listing.related],
        "filters": _filters_data(listing.filters),
        "total": listing.total,
        "page": listing.page,
        "pages": listing.pages,
        "page_size": PAGE_SIZE,
        "facets": listing.facets,
        "results": [entry_data(entry, taxonomy) for entry in listing.entries],
        "figures": [{"id": figure.case.id, **effect_data(figure.effect, taxonomy)} for figure in listing.figures],
        "near_misses": [{"id": case.id, "title": text_data(case.title)} for case in listing.near_misses],
        "wider": [{"without": one.facet, "total": one.total} for one in listing.wider],
    }
