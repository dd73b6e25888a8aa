"""The review: what waits for a curator, and one proposal with its source, its original and its edit side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from ingest.duplicates import Twin
from kb.acceptance import Criterion, Item, checklist
from kb.case import CaseId
from kb.difference import FieldChange, difference
from kb.errors import Fault, InvalidCase, PfadfinderError
from kb.lifecycle import Lifecycle
from kb.links import LinkChecks
from kb.permissions import Actor, Permission
from kb.proposal import OPEN, Action, Proposal, State
from kb.proposal_reader import ProposalLine, source_urls
from kb.proposals import EditConflict
from kb.review import NotAcceptable, Refusal, Refused, open_actions
from kb.store import CaseMoved
from kb.text import Text
from web.compared import Row, rows
from web.context import link, require, services, store

blueprint = Blueprint("review", __name__, url_prefix="/review")
PAGE_SIZE = 50
WAITING = (State.PROPOSED, State.SENT_BACK)
"""What stands in the queue, in this order, each the oldest first."""
BY_CURATOR = (Action.SEND_BACK, Action.REJECT, Action.COMMENT, Action.REOPEN)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that a curator needs to decide about a proposal.

    `twins` are published cases that are likely the same, with their titles.

    `published` is the number of the revision that stands, 0 for a new case; `moved` says what became of the case since
    the edit began; `faults` is what makes the record no valid case.
    """

    proposal: Proposal
    rows: list[Row]
    against: str
    published: int
    moved: tuple[FieldChange, ...] | None
    faults: tuple[Fault, ...]
    checklist: tuple[Item, ...]
    silent: frozenset[str]
    actions: frozenset[Action]
    twins: tuple[tuple[Twin, Text], ...]


@blueprint.get("")
def queue() -> str:
    """The proposals that wait: proposed ones first, the oldest first, then those sent back."""
    require(Permission.REVIEW)
    chosen = request.args.get("state", "")
    if chosen and chosen not in list(State):
        abort(404)
    page = max(1, request.args.get("page", default=1, type=int))
    proposals, author = store().proposals, request.args.get("by") or None
    counts = proposals.counts(author)
    lines: list[ProposalLine] = []
    skip = (page - 1) * PAGE_SIZE
    for state in (State(chosen),) if chosen else WAITING:
        # One more than is shown tells whether there is another page.
        missing = PAGE_SIZE + 1 - len(lines)
        lines += proposals.lines(states=[state], author=author, oldest_first=True, limit=missing, offset=skip)
        skip = max(0, skip - counts[state])
    return render_template(
        "review_queue.html",
        lines=lines[:PAGE_SIZE],
        more=len(lines) > PAGE_SIZE,
        page=page,
        chosen=chosen,
        counts=counts,
        states=list(State),
        by=author,
        contributors=proposals.contributors(),
        days=lambda at: (store().database.clock() - datetime.fromisoformat(at)).days,
    )


@blueprint.get("/<int:proposal_id>")
def page(proposal_id: int) -> str:
    """One proposal, with everything to decide about it."""
    actor = require(Permission.REVIEW)
    return _page(store().proposals.seen_by(proposal_id, actor), actor)


@blueprint.post("/<int:proposal_id>/accept")
def accept(proposal_id: int) -> str | Response | tuple[str, int]:
    """Accept and publish; the search knows the case before the answer is sent."""
    actor, form = require(Permission.REVIEW), request.form
    confirmed = [Criterion(word) for word in form.getlist("confirmed") if word in list(Criterion)]
    try:
        Lifecycle(store()).accept(
            proposal_id,
            form.get("version", default=0, type=int),
            actor,
            four_eyes=services().settings.four_eyes,
            confirmed=confirmed,
            reason=form.get("reason", "").strip(),
        )
    except _ERRORS as error:
        return _refused(proposal_id, actor, error)
    services().follow()
    return redirect(link(f"/review/{proposal_id}"), code=HTTPStatus.SEE_OTHER)


@blueprint.post("/<int:proposal_id>/onto")
def onto(proposal_id: int) -> str | Response | tuple[str, int]:
    """Bring an edit onto the state that the case has by now, which somebody has compared it with."""
    actor, form = require(Permission.REVIEW), request.form
    proposal = store().proposals.seen_by(proposal_id, actor)
    try:
        store().proposals.save(
            proposal_id,
            form.get("version", default=0, type=int),
            proposal.record,
            actor,
            onto=form.get("revision", default=0, type=int) or None,
        )
    except _ERRORS as error:
        return _refused(proposal_id, actor, error)
    return redirect(link(f"/review/{proposal_id}"), code=HTTPStatus.SEE_OTHER)


@blueprint.post("/<int:proposal_id>/<action>")
def act(proposal_id: int, action: str) -> str | Response | tuple[str, int]:
    """Send back, reject, comment or reopen."""
    actor, form = require(Permission.REVIEW), request.form
    if action not in BY_CURATOR:
        abort(404)
    try:
        store().proposals.act(
            proposal_id,
            form.get("version", default=0, type=int),
            Action(action),
            actor,
            form.get("reason", ""),
        )
    except _ERRORS as error:
        return _refused(proposal_id, actor, error)
    return redirect(link(f"/review/{proposal_id}"), code=HTTPStatus.SEE_OTHER)


_ERRORS = (EditConflict, CaseMoved, NotAcceptable, Refused, InvalidCase)


def _refused(proposal_id: int, actor: Actor, error: PfadfinderError) -> tuple[str, int]:
    """Return the page as it stands now, with what went wrong above it and what was typed still in it."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, EditConflict | CaseMoved) or (
        isinstance(error, Refused) and error.refusal in (Refusal.STATE, Refusal.OWN)
    ):
        status = HTTPStatus.CONFLICT
    return _page(store().proposals.seen_by(proposal_id, actor), actor, error), status


def _page(proposal: Proposal, actor: Actor, error: PfadfinderError | None = None) -> str:
    return render_template(
        "review.html",
        sheet=sheet_of(proposal, actor),
        error=error,
        reason=request.form.get("reason", ""),
        confirmed=request.form.getlist("confirmed"),
        four_eyes=services().settings.four_eyes,
    )


def sheet_of(proposal: Proposal, actor: Actor) -> Sheet:
    """Return what a curator needs to decide about `proposal`."""
    case_id, base = proposal.case_id, proposal.base_revision
    revisions = store().revisions(case_id) if case_id else []
    published = revisions[-1].number if revisions else 0
    # What was published from this proposal is compared with what stood before it.
    own = next((one.number for one in revisions if one.proposal == proposal.id), None)
    before = own - 1 if own else published
    old = store().revision(case_id, before) if case_id and before else None
    moved = case_id is not None and base is not None and own is None and base != published
    against = "original" if old is None and proposal.original is not None else "published"
    if request.args.get("against") == "original" and proposal.original is not None:
        against = "original"
    answers = LinkChecks(store().database).answers(source_urls(proposal.record))
    return Sheet(
        proposal=proposal,
        rows=rows(
            proposal.record,
            proposal.original if against == "original" else old,
            services().taxonomy,
            g.language,
            proposal.original,
        ),
        against=against if old is not None or against == "original" else "",
        published=published,
        moved=difference(store().revision(case_id, base), old) if moved and case_id and base else None,
        faults=_faults(proposal),
        checklist=checklist(proposal.record, Lifecycle(store()).today(), answers),
        silent=frozenset(url for url, answered in answers.items() if not answered),
        actions=open_actions(proposal, actor, four_eyes=services().settings.four_eyes),
        twins=_twins(proposal) if proposal.state in OPEN else (),
    )


def _twins(proposal: Proposal) -> tuple[tuple[Twin, Text], ...]:
    (found,) = services().twins(store()).find([{**proposal.record, "id": proposal.case_id or ""}])
    titles = {case.id: case.title for case in store().get_many([twin.case_id for twin in found])}
    return tuple((twin, titles[CaseId(twin.case_id)]) for twin in found if twin.case_id in titles)


def _faults(proposal: Proposal) -> tuple[Fault, ...]:
    if proposal.state is State.PUBLISHED:
        return ()
    try:
        store().proposals.check(proposal)
    except InvalidCase as error:
        return error.faults
    return ()
