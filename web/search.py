"""The home page and the results."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, make_response, render_template, request
from flask.wrappers import Response

from kb.filters import FACETS, HAS_FIGURES, SECOND_PATHWAY, Filters
from kb.taxonomy import Taxonomy
from kb.text import Language
from web import feed
from web.address import State, read_language
from web.chips import chips
from web.context import services, store
from web.effect_chart import charts
from web.effect_filter import effect_form
from web.i18n import Translator
from web.listing import Listing, find

blueprint = Blueprint("search", __name__)
SHOWN_TERMS = 7
"""How many terms of a facet are in view before one asks for more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One term to filter by, as it is offered: how many of the listed cases have it, `second` as second pathway."""

    term: str
    label: str
    count: int
    chosen: bool
    second: int = 0


@blueprint.get("/")
def home() -> str:
    """The search field, the pathways with their counts, and questions to begin with."""
    read_language(request.args.getlist("lang"))
    counts = store().facet_counts(store().matching(Filters()))
    return render_template("home.html", counts=counts.get("pathway", {}))


@blueprint.get("/search")
def results() -> Response:
    """The cases that answer the address."""
    state = State.read(request.args.to_dict(flat=False), services().taxonomy)
    listing = find(store(), services().searcher(), state, g.language)
    path = f"{request.script_root}/search"
    page = render_template(
        "results.html",
        state=state,
        path=path,
        listing=listing,
        facets=choices(listing, services().taxonomy, g.language),
        shown_terms=SHOWN_TERMS,
        feed_title=feed.title(state, g.language),
        effects=effect_form(state, listing.facets, services().taxonomy, Translator(g.language)),
        chips=list(chips(state, services().taxonomy, Translator(g.language))),
        charts=charts(listing.figures, services().taxonomy),
    )
    response = make_response(page)
    # The form sends empty fields too; what goes into the history is the short address of the same state.
    response.headers["HX-Push-Url"] = state.address(path)
    return response


def choices(listing: Listing, taxonomy: Taxonomy, language: Language) -> dict[str, list[Choice]]:
    """Return what each facet offers: terms of the listed cases, the most frequent first, and those chosen.

    The pathways always stand all three, in their order.
    """
    offered: dict[str, list[Choice]] = {}
    for facet, vocabulary_name in FACETS.items():
        vocabulary = taxonomy.vocabularies[vocabulary_name]
        counts = listing.facets.get(facet, {})
        second = listing.facets.get(SECOND_PATHWAY, {}) if facet == "pathway" else {}
        chosen = getattr(listing.filters, facet)
        terms = list(vocabulary) if facet == "pathway" else list(dict.fromkeys([*chosen, *counts]))
        offered[facet] = [
            Choice(term, vocabulary[term].short[language], counts.get(term, 0), term in chosen, second.get(term, 0))
            for term in terms
        ]
    figures = listing.facets.get(HAS_FIGURES, {}).get("yes", 0)
    offered[HAS_FIGURES] = [Choice("yes", "", figures, listing.filters.has_figures)]
    return offered
