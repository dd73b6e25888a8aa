"""The page of one case."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from index.manifest import IndexUnusable
from kb.case import Case
from kb.lifecycle import Lifecycle
from web import history
from web.address import read_language
from web.citation import NOTATIONS, plain
from web.cite import citation_of
from web.comparable import Likeness, like_case
from web.context import absolute, link, services, store
from web.i18n import Translator
from web.linked_data import linked_data

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases/<case_id>")
def case(case_id: str) -> str | Response | tuple[str, int]:
    """The whole case with its sources, and the cases nearest to it; a tombstone where a retired one was."""
    read_language(request.args.getlist("lang"))
    known = store().canonical(case_id)
    if known is None:
        abort(404, description=Translator(g.language)("error.no_case", id=case_id))
    if known != case_id:
        return redirect(link(f"/cases/{known}"), code=301)
    found = store().get(known)
    if found is None:
        return history.tombstone_page(Lifecycle(store()).tombstone(known) or abort(404))
    revision = store().revisions(known)[-1]
    citation = citation_of(found)
    return render_template(
        "case.html",
        case=found,
        similar=similar(found),
        citation=plain(citation),
        notations=NOTATIONS,
        revision=revision,
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
