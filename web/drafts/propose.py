"""Proposals as their authors see them: the list, the form that saves itself, and what to do when two people write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, abort, g, redirect, render_template, request

from ingest.duplicates import Twin
from kb.case import Case, CaseId
from kb.errors import InvalidCase, NotFound
from kb.permissions import Permission
from kb.proposal import OPEN, Action, InvalidProposal, Proposal, State
from kb.proposals import EditConflict, Proposals
from kb.review import Refused, open_actions
from kb.taxonomy import VOCABULARY_OF
from web.context import actor, link, require, services, store
from web.drafts.advice import Offer, offers, twins
from web.drafts.answers import Page, changes, conflict_page, form_page, is_htmx, lead_to, record_at, words_for_templates
from web.drafts.fields import ROWS
from web.drafts.form import record_of, rows, taken, without_leftover, without_row
from web.drafts.merging import brought_together, clashes
from web.drafts.start_values import start_values

blueprint = Blueprint("propose", __name__)
PAGE_SIZE = 50


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
        return lead_to(_proposals().create(start_values(request.form, services().taxonomy), who, "form"))
    case = store().get(case_id)
    if case is None:
        raise NotFound("case", case_id)
    mine = _proposals().lines(author=who.name, case_id=case.id, states=OPEN, limit=1)
    if mine:
        return redirect(link(f"/proposals/{mine[0].id}"), code=303)
    return lead_to(_proposals().create(case.to_record(), who, "form", case_id=case.id))


@blueprint.get("/proposals/<int:proposal_id>")
def page(proposal_id: int) -> Page:
    """The form."""
    found = _seen(proposal_id)
    return form_page(found, found.record, offered=request.args.get("add", ""), done=request.args.get("done", ""))


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
        "draft_help.html" if is_htmx() else "proposal_help.html",
        proposal=found,
        offers=offered,
        twins=_twins(found),
        editable=editable,
        **words_for_templates(),
    )


@blueprint.post("/proposals/<int:proposal_id>")
def save(proposal_id: int) -> Page:
    """Save what was typed and do what the button says. To htmx only what changed on the page is answered."""
    found = _seen(proposal_id)
    version = request.form.get("version", default=0, type=int)
    base = record_at(found, version)
    what, _, which = request.form.get("do", "save").partition(" ")
    record = _changed(record_of(request.form.to_dict(flat=False), base, g.language), what, which)
    try:
        saved = _keep(found, version, record, base)
        if what in ("propose", "withdraw"):
            return _move_on(saved, what, which)
    except EditConflict as error:
        return conflict_page(error.theirs, record, version)
    except Refused as error:
        # The words stay on the page: the state changed under the hands of whoever typed them.
        return form_page(_proposals().get(found.id), record, message=error.message[g.language], status=409)
    except InvalidProposal as error:
        return form_page(found, record, message=error.message[g.language], status=422)
    if is_htmx():
        return changes(saved)
    if what == "add" and which in ROWS:
        return lead_to(saved, f"{which}-{rows(saved.record, which)}", add=which)
    if what == "remove":
        return lead_to(saved, f"section-{which.split(' ')[0]}", done="saved")
    if what == "take":
        return lead_to(saved, "help", done="added")
    return lead_to(saved, done="restored" if what == "restore" else "saved")


@blueprint.post("/proposals/<int:proposal_id>/merge")
def merge(proposal_id: int) -> Page:
    """Save my version brought together with theirs, as chosen field by field."""
    found = _seen(proposal_id)
    version, since = (request.form.get(name, default=0, type=int) for name in ("version", "since"))
    base = record_at(found, since)
    mine, theirs = _posted_record(), record_at(found, version)
    picked = [clash.field for clash in clashes(base, mine, theirs) if request.form.get(f"pick.{clash.field}") == "mine"]
    record = brought_together(base, mine, theirs, picked)
    try:
        return lead_to(_proposals().save(found.id, version, record, actor()), done="merged")
    except EditConflict as error:
        return conflict_page(error.theirs, record, version)
    except (Refused, InvalidProposal) as error:
        return form_page(_proposals().get(found.id), record, message=error.message[g.language], status=409)


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
        return form_page(now, now.record, message=error.message[g.language], status=409)
    return lead_to(saved, "events", done=done)


def _proposals() -> Proposals:
    return store().proposals


def _seen(proposal_id: int) -> Proposal:
    """Return a proposal that who asks may see. Raises SignInNeeded, Forbidden, NotFound."""
    return _proposals().seen_by(proposal_id, require(Permission.PROPOSE))


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
                return form_page(saved, saved.record, alike=alike, status=422)
        moved = _proposals().act(saved.id, saved.version, Action(what), actor())
    except InvalidCase:
        return form_page(saved, saved.record, strict=True, status=422)
    return lead_to(moved, done="proposed" if what == "propose" else "withdrawn")


def _twins(proposal: Proposal) -> list[tuple[Twin, Case]]:
    """Return the likely twins of a draft with their cases."""
    found = twins(proposal.record, proposal.case_id, services().twins(store()))
    cases = {case.id: case for case in store().get_many([twin.case_id for twin in found])}
    return [(twin, cases[CaseId(twin.case_id)]) for twin in found if twin.case_id in cases]


def _posted_record() -> dict[str, Any]:
    try:
        mine = json.loads(request.form.get("mine", ""))
    except (ValueError, RecursionError):
        abort(400)
    if not isinstance(mine, dict):
        abort(400)
    return mine
