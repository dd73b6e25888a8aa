"""Proposals as their authors see them: the list, the form that saves itself, and what to do when two people write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, abort, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from ingest.duplicates import Twin
from kb.case import Case, CaseId
from kb.errors import InvalidCase, NotFound
from kb.permissions import Permission
from kb.proposal import OPEN, Action, InvalidProposal, Proposal, State
from kb.proposal_reader import ProposalLine
from kb.proposals import EditConflict, Proposals
from kb.review import Refused, open_actions
from kb.taxonomy import VOCABULARY_OF
from web.advice import Offer, offers, twins
from web.context import actor, link, require, services, store
from web.draft_page import anchor, group_label, label, sheet
from web.form import record_of, rows, taken, without_leftover, without_row
from web.form_fields import FIELDS, ROWS, SECTIONS
from web.i18n import Translator
from web.merging import brought_together, clashes
from web.start_values import start_values

blueprint = Blueprint("propose", __name__)
Page = str | tuple[str, int] | Response
PAGE_SIZE = 50
DOCUMENT_SHOWN = 30_000
"""How many characters of a document that was brought in stand beside the form."""
DONE = ("saved", "added", "merged", "restored", "proposed", "withdrawn", "reopened", "commented")
"""What the page may say that has just been done."""


@blueprint.get("/proposals")
def overview() -> Page:
    """One's own proposals, or for a curator everybody's, the last changed first."""
    who = require(Permission.PROPOSE)
    everybody = who.may(Permission.REVIEW) and request.args.get("of") == "everybody"
    author = None if everybody else who.name
    page = max(1, request.args.get("page", default=1, type=int))
    # One more than is shown tells whether there is another page.
    lines = _proposals().lines(author=author, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    waiting = _proposals().counts()[State.PROPOSED] if who.may(Permission.REVIEW) else 0
    return render_template(
        "proposals.html",
        lines=lines[:PAGE_SIZE],
        more=len(lines) > PAGE_SIZE,
        page=page,
        waiting=waiting,
        everybody=everybody,
        start_values=start_values(request.args, services().taxonomy),
        vocabulary_of=VOCABULARY_OF,
    )


@blueprint.post("/proposals")
def start() -> Page:
    """A new draft: empty but for `sector` and `pathway`, or of a published `case` as it stands.

    One's open edit of that case is gone on with.
    """
    who = require(Permission.PROPOSE)
    case_id = request.form.get("case")
    if not case_id:
        return _to(_proposals().create(start_values(request.form, services().taxonomy), who, "form"))
    case = store().get(case_id)
    if case is None:
        raise NotFound("case", case_id)
    mine = _proposals().lines(author=who.name, case_id=case.id, states=OPEN, limit=1)
    if mine:
        return redirect(link(f"/proposals/{mine[0].id}"), code=303)
    return _to(_proposals().create(case.to_record(), who, "form", case_id=case.id))


@blueprint.get("/proposals/<int:proposal_id>")
def page(proposal_id: int) -> Page:
    """The form."""
    found = _seen(proposal_id)
    return _form(found, found.record, offered=request.args.get("add", ""), done=request.args.get("done", ""))


@blueprint.get("/proposals/<int:proposal_id>/help")
def advise(proposal_id: int) -> Page:
    """What the text suggests, and likely twins. To htmx the panel alone, which is fetched beside the form."""
    found = _seen(proposal_id)
    editable = "save" in open_actions(found, actor(), four_eyes=services().settings.four_eyes)
    offered: dict[str, list[Offer]] = {}
    if editable:
        suggester = services().suggester(store())
        offered = offers(found.record, found.suggestions, suggester, services().taxonomy, g.language)
    return render_template(
        "draft_help.html" if _is_htmx() else "proposal_help.html",
        proposal=found,
        offers=offered,
        twins=_twins(found),
        editable=editable,
        **_words(),
    )


@blueprint.post("/proposals/<int:proposal_id>")
def save(proposal_id: int) -> Page:
    """Save what was typed and do what the button says. To htmx only what changed on the page is answered."""
    found = _seen(proposal_id)
    version = request.form.get("version", default=0, type=int)
    base = _record_at(found, version)
    what, _, which = request.form.get("do", "save").partition(" ")
    record = _changed(record_of(request.form.to_dict(flat=False), base, g.language), what, which)
    try:
        saved = _keep(found, version, record, base)
        if what in ("propose", "withdraw"):
            return _move_on(saved, what, which)
    except EditConflict as error:
        return _conflict(error.theirs, record, version)
    except Refused as error:
        # The words stay on the page: the state changed under the hands of whoever typed them.
        return _form(_proposals().get(found.id), record, message=error.message[g.language], status=409)
    except InvalidProposal as error:
        return _form(found, record, message=error.message[g.language], status=422)
    if _is_htmx():
        return _changes(saved)
    if what == "add" and which in ROWS:
        return _to(saved, f"{which}-{rows(saved.record, which)}", add=which)
    if what == "remove":
        return _to(saved, f"section-{which.split(' ')[0]}", done="saved")
    if what == "take":
        return _to(saved, "help", done="added")
    return _to(saved, done="restored" if what == "restore" else "saved")


@blueprint.post("/proposals/<int:proposal_id>/merge")
def merge(proposal_id: int) -> Page:
    """Save my version brought together with theirs, as chosen field by field."""
    found = _seen(proposal_id)
    version, since = (request.form.get(name, default=0, type=int) for name in ("version", "since"))
    base = _record_at(found, since)
    mine, theirs = _posted_record(), _record_at(found, version)
    picked = [clash.field for clash in clashes(base, mine, theirs) if request.form.get(f"pick.{clash.field}") == "mine"]
    record = brought_together(base, mine, theirs, picked)
    try:
        return _to(_proposals().save(found.id, version, record, actor()), done="merged")
    except EditConflict as error:
        return _conflict(error.theirs, record, version)
    except (Refused, InvalidProposal) as error:
        return _form(_proposals().get(found.id), record, message=error.message[g.language], status=409)


@blueprint.post("/proposals/<int:proposal_id>/comment")
def comment(proposal_id: int) -> Page:
    """Say something to all who work on a proposal."""
    return _act(proposal_id, Action.COMMENT, "commented")


@blueprint.post("/proposals/<int:proposal_id>/reopen")
def reopen(proposal_id: int) -> Page:
    """Take up a proposal that was withdrawn or rejected."""
    return _act(proposal_id, Action.REOPEN, "reopened")


def _act(proposal_id: int, action: Action, done: str) -> Page:
    found = _seen(proposal_id)
    version = request.form.get("version", default=0, type=int)
    try:
        saved = _proposals().act(found.id, version, action, actor(), request.form.get("reason", ""))
    except (Refused, EditConflict) as error:
        now = _proposals().get(found.id)
        return _form(now, now.record, message=error.message[g.language], status=409)
    return _to(saved, "events", done=done)


def _proposals() -> Proposals:
    return store().proposals


def _seen(proposal_id: int) -> Proposal:
    """Return a proposal that who asks may see. Raises SignInNeeded, Forbidden, NotFound."""
    return _proposals().seen_by(proposal_id, require(Permission.PROPOSE))


def _record_at(proposal: Proposal, version: int) -> Mapping[str, Any]:
    """Return the record as it stood at `version`: actions have versions too, and save none."""
    if version >= proposal.version:
        return proposal.record
    kept = [entry for entry in _proposals().versions(proposal.id) if entry.number <= version]
    return kept[-1].record if kept else proposal.record


def _changed(record: dict[str, Any], what: str, which: str) -> dict[str, Any]:
    """Return the record after the button `what` for `which`; buttons that change nothing in it give it back."""
    try:
        if what == "remove":
            group, number = which.split(" ")
            return without_row(record, group, int(number)) if group in ROWS else record
        if what == "drop":
            return without_leftover(record, which)
        if what == "take":
            suggestion = json.loads(which)
            return taken(record, suggestion["field"], suggestion["value"])
    except (ValueError, KeyError, TypeError, RecursionError):
        abort(400)
    return record


def _keep(found: Proposal, version: int, record: dict[str, Any], base: Mapping[str, Any]) -> Proposal:
    """Save. Raises EditConflict, Refused, InvalidProposal.

    A page that sends twice before it has heard an answer names what it sent first (`before`): where just that stands
    now, by the same person, it is no conflict.
    """
    try:
        return _proposals().save(found.id, version, record, actor())
    except EditConflict as error:
        before = parse_qs(request.form.get("before", ""), keep_blank_values=True)
        own = error.theirs.changed_by == actor().name
        if not (own and before and record_of(before, base, g.language) == error.theirs.record):
            raise
        return _proposals().save(found.id, error.theirs.version, record, actor())


def _move_on(saved: Proposal, what: str, which: str) -> Page:
    """Propose or withdraw what has just been saved. Raises EditConflict, Refused.

    Likely twins are named once before a faultless draft is proposed; `anyway` says that they were seen.
    """
    try:
        if what == "propose" and which != "anyway":
            _proposals().check(saved)
            if alike := _twins(saved):
                return _form(saved, saved.record, alike=alike, status=422)
        moved = _proposals().act(saved.id, saved.version, Action(what), actor())
    except InvalidCase:
        return _form(saved, saved.record, strict=True, status=422)
    return _to(moved, done="proposed" if what == "propose" else "withdrawn")


def _twins(proposal: Proposal) -> list[tuple[Twin, Case]]:
    """Return the likely twins of a draft with their cases."""
    found = twins(proposal.record, proposal.case_id, services().twins(store()))
    cases = {case.id: case for case in store().get_many([twin.case_id for twin in found])}
    return [(twin, cases[CaseId(twin.case_id)]) for twin in found if twin.case_id in cases]


def _same_document(proposal: Proposal) -> list[ProposalLine]:
    """Return the open proposals that were made from the document of this one: the work may be done already."""
    if proposal.document is None or proposal.state not in OPEN:
        return []
    return _proposals().of_same_document(proposal.id, actor())


def _posted_record() -> dict[str, Any]:
    try:
        mine = json.loads(request.form.get("mine", ""))
    except (ValueError, RecursionError):
        abort(400)
    if not isinstance(mine, dict):
        abort(400)
    return mine


def _form(
    proposal: Proposal,
    record: Mapping[str, Any],
    *,
    strict: bool = False,
    offered: str = "",
    done: str = "",
    message: str = "",
    alike: Sequence[tuple[Twin, Case]] = (),
    status: int = 200,
) -> Page:
    """Return the page with `record` in its fields, which the proposal holds or could not be made to hold."""
    if _is_htmx():
        return _changes(proposal, message=message or None, status=status)
    found = sheet(_proposals(), proposal, record, g.language, strict=strict, offered=offered)
    actions = open_actions(proposal, actor(), four_eyes=services().settings.four_eyes)
    template = render_template(
        "proposal.html",
        proposal=proposal,
        sheet=found,
        sections=SECTIONS,
        fields=FIELDS,
        row_fields=ROWS,
        actions=actions,
        strict=strict,
        offered=offered,
        done=done if done in DONE else "",
        message=message,
        twins=alike,
        same_document=_same_document(proposal),
        told=_told(proposal),
        document_shown=DOCUMENT_SHOWN,
        **_words(),
    )
    return template, status


def _changes(proposal: Proposal, *, message: str | None = None, status: int = 200, conflict: bool = False) -> Response:
    """Answer htmx: the line of the saving, the version, and the faults by field; nobody's focus moves."""
    strict = request.form.get("strict") == "1"
    found = sheet(_proposals(), proposal, proposal.record, g.language, strict=strict)
    page = render_template(
        "proposal_changes.html",
        proposal=proposal,
        sheet=found,
        fields=FIELDS,
        message=message,
        conflict=conflict,
        **_words(),
    )
    response = make_response(page, status)
    if status == 200:
        response.headers["Draft-Version"] = str(proposal.version)
        response.headers["HX-Trigger"] = "saved"
    return response


def _conflict(theirs: Proposal, mine: dict[str, Any], since: int) -> Page:
    """Show both versions: nothing was overwritten, and nothing that was typed is lost."""
    if _is_htmx():
        message = Translator(g.language)("proposal.conflict.line", name=theirs.changed_by)
        return _changes(theirs, message=message, status=409, conflict=True)
    page = render_template(
        "proposal_conflict.html",
        proposal=theirs,
        clashes=clashes(_record_at(theirs, since), mine, theirs.record),
        mine=json.dumps(mine, ensure_ascii=False),
        since=since,
        **_words(),
    )
    return page, 409


def _words() -> dict[str, Any]:
    """Return what the templates call fields and groups by."""
    words = Translator(g.language)
    return {
        "anchor": anchor,
        "label": lambda name: label(name, words),
        "group_label": lambda vocabulary, group: group_label(vocabulary, group, services().taxonomy, words),
    }


def _told(proposal: Proposal) -> str:
    """Return the reason that the authors have to read first: why it came back or was rejected."""
    for event in reversed(proposal.events):
        if event.action in (Action.SEND_BACK, Action.REJECT):
            return event.reason if proposal.state in (State.SENT_BACK, State.REJECTED) else ""
    return ""


def _to(proposal: Proposal, fragment: str = "", **parameters: str) -> Response:
    """Lead to the page of a proposal, so that loading it again sends nothing twice."""
    address = link(f"/proposals/{proposal.id}", **parameters)
    return redirect(f"{address}#{fragment}" if fragment else address, code=303)


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"
