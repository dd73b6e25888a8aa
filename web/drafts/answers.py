"""What a draft is answered with: the form, to htmx what changed of it, and the page that shows two versions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from ingest.duplicates import Twin
from kb.case import Case
from kb.proposal import OPEN, Action, Proposal, State
from kb.proposal_reader import ProposalLine
from kb.review import open_actions
from web.context import actor, link, services, store
from web.drafts.fields import FIELDS, ROWS, SECTIONS
from web.drafts.merging import clashes
from web.drafts.sheet import anchor, group_label, label, sheet
from web.i18n import Translator

Page = str | tuple[str, int] | Response
DOCUMENT_SHOWN = 30_000
"""How many characters of a document that was brought in stand beside the form."""
DONE = ("saved", "added", "merged", "restored", "proposed", "withdrawn", "reopened", "commented")
"""What the page may say that has just been done."""


def record_at(proposal: Proposal, version: int) -> Mapping[str, Any]:
    """Return the record as it stood at `version`: actions have versions too, and save none."""
    if version >= proposal.version:
        return proposal.record
    kept = [entry for entry in store().proposals.versions(proposal.id) if entry.number <= version]
    return kept[-1].record if kept else proposal.record


def form_page(
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
    if is_htmx():
        return changes(proposal, message=message or None, status=status)
    found = sheet(store().proposals, proposal, record, g.language, strict=strict, offered=offered)
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
        **words_for_templates(),
    )
    return template, status


def changes(proposal: Proposal, *, message: str | None = None, status: int = 200, conflict: bool = False) -> Response:
    """Answer htmx: the line of the saving, the version, and the faults by field; nobody's focus moves."""
    strict = request.form.get("strict") == "1"
    found = sheet(store().proposals, proposal, proposal.record, g.language, strict=strict)
    page = render_template(
        "proposal_changes.html",
        proposal=proposal,
        sheet=found,
        fields=FIELDS,
        message=message,
        conflict=conflict,
        **words_for_templates(),
    )
    response = make_response(page, status)
    if status == 200:
        response.headers["Draft-Version"] = str(proposal.version)
        response.headers["HX-Trigger"] = "saved"
    return response


def conflict_page(theirs: Proposal, mine: dict[str, Any], since: int) -> Page:
    """Show both versions: nothing was overwritten, and nothing that was typed is lost."""
    if is_htmx():
        message = Translator(g.language)("proposal.conflict.line", name=theirs.changed_by)
        return changes(theirs, message=message, status=409, conflict=True)
    page = render_template(
        "proposal_conflict.html",
        proposal=theirs,
        clashes=clashes(record_at(theirs, since), mine, theirs.record),
        mine=json.dumps(mine, ensure_ascii=False),
        since=since,
        **words_for_templates(),
    )
    return page, 409


def words_for_templates() -> dict[str, Any]:
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


def lead_to(proposal: Proposal, fragment: str = "", **parameters: str) -> Response:
    """Lead to the page of a proposal, so that loading it again sends nothing twice."""
    address = link(f"/proposals/{proposal.id}", **parameters)
    return redirect(f"{address}#{fragment}" if fragment else address, code=303)


def is_htmx() -> bool:
    """Say whether a script asks, which puts the answer into the page that is there."""
    return request.headers.get("HX-Request") == "true"


def _same_document(proposal: Proposal) -> list[ProposalLine]:
    """Return the open proposals that were made from the document of this one: the work may be done already."""
    if proposal.document is None or proposal.state not in OPEN:
        return []
    return store().proposals.of_same_document(proposal.id, actor())
