"""The page of one case."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from index.manifest import IndexUnusable
from kb.case import Case
from kb.filters import Filters
from web.address import read_language
from web.context import link, services, store
from web.i18n import Translator

blueprint = Blueprint("cases", __name__)
SIMILAR = 4


@blueprint.get("/cases/<case_id>")
def case(case_id: str) -> str | Response:
    """The whole case with its sources, and the cases nearest to it."""
    read_language(request.args.getlist("lang"))
    found = store().get(case_id)
    if found is None:
        abort(404, description=Translator(g.language)("error.no_case", id=case_id))
    if found.id != case_id:
        return redirect(link(f"/cases/{found.id}"), code=301)
    return render_template("case.html", case=found, similar=similar(found))


def similar(case: Case) -> list[Case]:
    """Return the cases nearest to `case` by meaning, one of each organisation; none while there is no index."""
    try:
        near = services().searcher().similar(case.id, store().matching(Filters()), SIMILAR * 5)
    except IndexUnusable:
        return []
    nearest: dict[str, Case] = {}
    for other in store().get_many([case_id for case_id, _ in near]):
        nearest.setdefault(other.organisation, other)
    return list(nearest.values())[:SIMILAR]
