"""The page of one case."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request
from werkzeug.wrappers import Response

from index.manifest import IndexUnusable
from kb.case import Case
from web.address import read_language
from web.case_address import elsewhere
from web.citation import NOTATIONS, plain
from web.cite import citation_of
from web.comparable import Likeness, like_case
from web.context import absolute, services, store
from web.linked_data import linked_data

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases/<case_id>")
def case(case_id: str) -> str | Response | tuple[str, int]:
    """The whole case with its sources, and the cases nearest to it; a tombstone where a retired one was."""
    read_language(request.args.getlist("lang"))
    if (answer := elsewhere(case_id)) is not None:
        return answer
    found = store().get(case_id) or abort(404)
    citation = citation_of(found)
    return render_template(
        "case.html",
        case=found,
        similar=similar(found),
        citation=citation,
        sentence=plain(citation),
        notations=NOTATIONS,
        linked_data=linked_data(
            *(found, citation.version, g.language, services().taxonomy),
            url=absolute(f"/cases/{found.id}"),
            home=absolute("/"),
        ),
    )


def similar(case: Case) -> list[Likeness]:
    """Return the cases comparable with `case`; none while there is no index."""
    try:
        return like_case(store(), services().comparer(), case, g.language)
    except IndexUnusable:
        return []
