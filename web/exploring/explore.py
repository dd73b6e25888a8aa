"""The collection as pictures: by meaning, by sector and pathway, by region, by year; all by the present search."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from web.address import State
from web.chips import chips
from web.context import services, store
from web.exploring import meaning_map, pathway_grid, tile_map, timeline
from web.i18n import Translator
from web.listing import Listing, found
from web.search import SHOWN_TERMS, choices

blueprint = Blueprint("explore", __name__)


@blueprint.get("/explore")
def explore() -> str:
    """The cases that answer the address, drawn."""
    taxonomy = services().taxonomy
    state = State.read(request.args.to_dict(flat=False), taxonomy).on_page(1)
    searcher = services().searcher()
    ids = found(store(), searcher, state)
    everything = {case.id: case for case in store().outlines()}
    hits = [everything[case_id] for case_id in ids if case_id in everything]
    listing = Listing(state.query, state.filters, len(ids), 1, (), store().facet_counts(ids))
    return render_template(
        "explore.html",
        state=state,
        path=f"{request.script_root}/explore",
        list_path=f"{request.script_root}/search",
        total=len(hits),
        facets=choices(listing, taxonomy, g.language),
        shown_terms=SHOWN_TERMS,
        chips=list(chips(state, taxonomy, Translator(g.language))),
        meaning=meaning_map.draw(hits, searcher.generation.map, taxonomy, g.language),
        grid=pathway_grid.draw(hits, list(everything.values()), taxonomy),
        regions=tile_map.draw(hits),
        years=timeline.draw(hits, list(taxonomy.pathways)),
        geometry={"meaning": meaning_map, "tiles": tile_map, "years": timeline},
    )
