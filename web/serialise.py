"""Cases and listings as plain data: what the API and `--json` give out."""

from __future__ import annotations

from typing import Any

from kb.text import Text
from web.listing import PAGE_SIZE, Entry, Listing


def text_data(text: Text) -> dict[str, str]:
    """Return the languages that are there."""
    return {language: words for language in text.languages if (words := text.get(language))}


def entry_data(entry: Entry) -> dict[str, Any]:
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
        "effects": case.to_record().get("effects", []),
    }
    if hit is not None:
        data |= {
            "rank": hit.rank,
            "score": round(hit.score, 4),
            "exact": hit.exact,
            "found_by": hit.found_by,
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


def listing_data(listing: Listing) -> dict[str, Any]:
    """Return a page of results with the counts of the whole set."""
    return {
        "query": listing.query,
        "did_you_mean": listing.suggestion,
        "related": [{"term": one.shown, "language": one.language} for one in listing.related],
        "filters": {facet: list(terms) for facet, terms in listing.filters.selected()},
        "total": listing.total,
        "page": listing.page,
        "pages": listing.pages,
        "page_size": PAGE_SIZE,
        "facets": listing.facets,
        "results": [entry_data(entry) for entry in listing.entries],
        "near_misses": [{"id": case.id, "title": text_data(case.title)} for case in listing.near_misses],
        "wider": [{"without": one.facet, "total": one.total} for one in listing.wider],
    }
