"""Citations of a case and of each of its revisions, to download: cite.bib, .ris, .json and .txt below its address."""

from __future__ import annotations

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from kb.case import Case
from kb.errors import InvalidCase, NotFound
from kb.store import Version
from web.address import read_language
from web.case_address import elsewhere
from web.citation import NOTATIONS, Citation
from web.context import absolute, services, store
from web.i18n import Translator

blueprint = Blueprint("cite", __name__, url_prefix="/cases/<case_id>")


@blueprint.get("/cite.<ending>")
@blueprint.get("/history/<int:number>/cite.<ending>")
def download(case_id: str, ending: str, number: int | None = None) -> str | Response | tuple[str, int]:
    """One state of a case as a reference manager takes it, the published one unless a number says which.

    What stands where a retired case was; 404 for a state that the rules of today do not let through.
    """
    read_language(request.args.getlist("lang"))
    notation = next((one for one in NOTATIONS.values() if one.ending == ending), None)
    if notation is None:
        abort(404)
    below = "" if number is None else f"/history/{number}"
    if (answer := elsewhere(case_id, f"{below}/cite.{ending}")) is not None:
        return answer
    if number is None:
        citation = citation_of(store().get(case_id) or abort(404))
    else:
        citation = citation_of_revision(case_id, number) or abort(404)
    response = Response(notation.write(citation), content_type=f"{notation.mimetype}; charset=utf-8")
    name = case_id if number is None else f"{case_id}-{number}"
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{ending}")
    return response


def citation_of(case: Case) -> Citation:
    """Return the citation of the published state of `case`, read today."""
    version = store().versions([case.id]).get(case.id)
    if version is None:  # retired since it was read
        abort(404, description=Translator(g.language)("error.no_case", id=case.id))
    return _read_today(case, version)


def citation_of_revision(case_id: str, number: int) -> Citation | None:
    """Return the citation of one state that a case had, read today. Raises NotFound.

    None where its record breaks rules that are newer than itself.
    """
    revisions = store().revisions(case_id)
    found = next((one for one in revisions if one.number == number), None)
    if found is None:
        raise NotFound("revision", f"{case_id}/{number}")
    try:
        case = Case.from_record(store().revision(case_id, number), services().taxonomy)
    except InvalidCase:
        return None
    return _read_today(case, Version(found.number, found.at, revisions[0].at))


def _read_today(case: Case, version: Version) -> Citation:
    today = store().database.clock().date()
    return Citation(case, version, g.language, absolute(f"/cases/{case.id}"), today)
