"""What became of a case: its revisions read and compared by everybody, restored, retired and renamed by curators."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from kb.errors import Fault, Faulty, InvalidCase, NotFound, PfadfinderError
from kb.lifecycle import InvalidRequest, Lifecycle
from kb.permissions import Permission
from kb.proposal import OPEN
from kb.review import COLLECTION
from kb.store import CaseMoved, Revision
from kb.text import LANGUAGES, Text
from web.address import read_language
from web.case_address import elsewhere
from web.citation import NOTATIONS, plain
from web.cite import citation_of_revision
from web.compared import rows
from web.context import actor, link, require, services, store

blueprint = Blueprint("history", __name__, url_prefix="/cases/<case_id>")
RETIRED = "retired"
"""The origin of a revision that is no state of the case but its end."""
REASON_LIMIT = 1000


@blueprint.get("/history")
def page(case_id: str) -> str | Response | tuple[str, int]:
    """Every state that the case had, two of them compared; for curators, by whom and what can be done with them.

    A retired case has a tombstone here too, for everybody but curators: what it said may have been wrong, or withdrawn
    because the law demands it.
    """
    read_language(request.args.getlist("lang"))
    if (answer := elsewhere(case_id, "/history", retired_too=_inside())) is not None:
        return answer
    return _page(case_id)


@blueprint.get("/history/<int:number>")
def revision(case_id: str, number: int) -> str | Response | tuple[str, int]:
    """One state that the case had: for readers as the case was told, for curators every field as it stands.

    Readers see the fields too where the record breaks rules that are newer than itself. Of a retired case they meet the
    tombstone, as `page` says.
    """
    read_language(request.args.getlist("lang"))
    if (answer := elsewhere(case_id, f"/history/{number}", retired_too=_inside())) is not None:
        return answer
    revisions = store().revisions(case_id)
    found = next((one for one in revisions if one.number == number), None)
    if found is None:
        raise NotFound("revision", f"{case_id}/{number}")
    shown = {"case_id": case_id, "revision": found, "newest": revisions[-1].number}
    citation = None if _inside() else citation_of_revision(case_id, number)
    if citation is not None:
        shown |= {"case": citation.case, "citation": citation, "sentence": plain(citation), "notations": NOTATIONS}
        return render_template("case_revision.html", **shown)
    record = store().revision(case_id, number)
    return render_template(
        "revision.html",
        **shown,
        title=Text(**record["title"]),
        rows=rows(record, None, services().taxonomy, g.language),
        restorable=found.origin != RETIRED and found is not revisions[-1],
    )


@blueprint.post("/restore")
def restore(case_id: str) -> Response | tuple[str, int]:
    """Publish an earlier state again; the search follows before the answer is sent."""
    curator, form = require(Permission.RETIRE), request.form
    try:
        with store().transaction():
            _expect(case_id, form.get("revision", default=0, type=int))
            Lifecycle(store()).restore(case_id, form.get("number", default=0, type=int), curator)
    except (CaseMoved, InvalidCase) as error:
        return _refused(case_id, error)
    return _done(case_id)


@blueprint.post("/retire")
def retire(case_id: str) -> Response | tuple[str, int]:
    """Take the case out of search and leave a tombstone; on one that is retired, say another reason."""
    curator, form = require(Permission.RETIRE), request.form
    try:
        with store().transaction():
            _expect(case_id, form.get("revision", default=0, type=int))
            Lifecycle(store()).retire(
                case_id, _reason(case_id), curator, successor=form.get("successor", "").strip() or None
            )
    except (CaseMoved, InvalidRequest) as error:
        return _refused(case_id, error)
    return _done(case_id)


@blueprint.post("/aliases")
def add_alias(case_id: str) -> Response | tuple[str, int]:
    """Let a further address lead to the case."""
    curator = require(Permission.RENAME)
    try:
        Lifecycle(store()).add_alias(request.form.get("alias", "").strip(), case_id, curator)
    except InvalidRequest as error:
        return _refused(case_id, error)
    return _done(case_id)


def _inside() -> bool:
    """Say whether who asks may see the names, the proposals and what is retired."""
    return actor().may(Permission.HISTORY)


def _expect(case_id: str, revision: int) -> None:
    """Raise CaseMoved unless `revision`, which somebody saw, still is the newest one, and NotFound without a case."""
    revisions = store().revisions(case_id)
    if not revisions:
        raise NotFound("case", case_id)
    if revisions[-1].number != revision:
        raise CaseMoved(case_id, revision, revisions[-1].number)


def _reason(case_id: str) -> Text:
    """Return the reason in both languages: whoever comes to the tombstone reads one of them. Raises InvalidRequest."""
    words = {language: " ".join(request.form.get(f"reason.{language}", "").split()) for language in LANGUAGES}
    faults = []
    for language, said in words.items():
        if not said:
            faults.append(Fault(f"reason.{language}", Text(de="fehlt", en="is missing")))
        elif len(said) > REASON_LIMIT:
            message = Text(
                de=f"hat {len(said)} Zeichen, erlaubt sind {REASON_LIMIT}",
                en=f"has {len(said)} characters, {REASON_LIMIT} are allowed",
            )
            faults.append(Fault(f"reason.{language}", message))
    if faults:
        raise InvalidRequest(case_id, faults)
    return Text(**words)


def _done(case_id: str) -> Response:
    services().follow()
    return redirect(link(f"/cases/{case_id}/history"), code=HTTPStatus.SEE_OTHER)


def _refused(case_id: str, error: PfadfinderError) -> tuple[str, int]:
    status = HTTPStatus.CONFLICT if isinstance(error, CaseMoved) else HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(case_id, error), status


def _page(case_id: str, error: PfadfinderError | None = None) -> str:
    revisions = store().revisions(case_id)
    states = [one for one in revisions if one.origin != RETIRED]
    old, new = (_chosen(revisions, name) for name in ("old", "new"))
    new = new or states[-1]
    old = old or next((one for one in reversed(states) if one.number < new.number), new)
    compared = rows(
        store().revision(case_id, new.number),
        store().revision(case_id, old.number),
        services().taxonomy,
        g.language,
    )
    tombstone = Lifecycle(store()).tombstone(case_id)
    return render_template(
        "history.html",
        case_id=case_id,
        title=Text(**store().revision(case_id, revisions[-1].number)["title"]),
        revisions=list(reversed(revisions)),
        compares=len(states) > 1,
        retired=RETIRED,
        restorable=[one for one in reversed(states) if one is not revisions[-1]],
        tombstone=tombstone,
        old=old.number,
        new=new.number,
        rows=compared,
        proposals=store().proposals.lines(states=OPEN, case_id=case_id) if _inside() else [],
        aliases=Lifecycle(store()).aliases(case_id) if _inside() else [],
        error=error,
        faults=error.by_field(g.language) if isinstance(error, Faulty) else {},
        form=request.form,
        collection=COLLECTION,
    )


def _chosen(revisions: list[Revision], name: str) -> Revision | None:
    """Return the revision that the address asks for, None where it asks for none."""
    if name not in request.args:
        return None
    number = request.args.get(name, type=int)
    found = next((one for one in revisions if one.number == number), None)
    return found or abort(404)
