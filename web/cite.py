"""Citations of a case, to download: /cases/<id>/cite.bib, .ris, .json and .txt."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, request
from werkzeug.wrappers import Response

from kb.case import Case
from kb.lifecycle import Lifecycle
from web import history
from web.address import read_language
from web.citation import NOTATIONS, Citation
from web.context import absolute, link, store
from web.i18n import Translator

blueprint = Blueprint("cite", __name__)


@blueprint.get("/cases/<case_id>/cite.<ending>")
def download(case_id: str, ending: str) -> Response | tuple[str, int]:
    """One state of a case as a reference manager takes it; what stands where a retired one was."""
    read_language(request.args.getlist("lang"))
    notation = next((one for one in NOTATIONS.values() if one.ending == ending), None)
    if notation is None:
        abort(404)
    known = store().canonical(case_id)
    if known is None:
        abort(404, description=Translator(g.language)("error.no_case", id=case_id))
    if known != case_id:
        return redirect(link(f"/cases/{known}/cite.{ending}"), code=301)
    case = store().get(known)
    if case is None:
        return history.tombstone_page(Lifecycle(store()).tombstone(known) or abort(404))
    response = Response(notation.write(citation_of(case)), content_type=f"{notation.mimetype}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{case.id}.{ending}")
    return response


def citation_of(case: Case) -> Citation:
    """Return the citation of the published state of `case`, read today under its permanent address."""
    version = store().versions([case.id]).get(case.id)
    if version is None:  # retired since it was read
        abort(404, description=Translator(g.language)("error.no_case", id=case.id))
    today = store().database.clock().date()
    return Citation(case, version, g.language, absolute(f"/cases/{case.id}"), today)
