"""What keeps the collection true: what is due, which addresses are silent, and sources that somebody has read again."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from kb.due import Reason, due
from kb.errors import NotFound
from kb.lifecycle import Lifecycle
from kb.links import LinkChecks
from kb.permissions import Permission
from web.context import link, require, services, store

blueprint = Blueprint("upkeep", __name__, url_prefix="/upkeep")
DAYS = 365
"""After how many days a source is due again, unless the address says otherwise."""
MOST_DAYS = 36_500
PAGE_SIZE = 50


@blueprint.get("")
def page() -> str:
    """What is due, by reason, with boxes to tick for the sources that were read again."""
    require(Permission.UPKEEP)
    chosen, days = request.args.get("reason", ""), request.args.get("days", default=DAYS, type=int)
    number = request.args.get("page", default=1, type=int)
    if (chosen and chosen not in list(Reason)) or not 0 <= days <= MOST_DAYS or number < 1:
        abort(404)
    links = LinkChecks(store().database)
    failing = {check.url: check for check in links.failing()}
    moved = {check.url: check.moved_to for check in links.moved()}
    found = due(store().all(), Lifecycle(store()).today(), days, failing, moved)
    counts = {reason: sum(entry.reason is reason for entry in found) for reason in Reason}
    listed = [entry for entry in found if not chosen or entry.reason == chosen]
    start = (number - 1) * PAGE_SIZE
    return render_template(
        "upkeep.html",
        entries=listed[start : start + PAGE_SIZE],
        more=len(listed) > start + PAGE_SIZE,
        page=number,
        days=days,
        chosen=chosen,
        counts=counts,
        failing=failing,
        moved=moved,
        by_source=(Reason.SOURCE_SILENT, Reason.SOURCE_MOVED, Reason.SOURCE_UNCHECKED),
        done=request.args.get("done", type=int),
        waiting=request.args.get("waiting", type=int),
    )


@blueprint.post("/checked")
def checked() -> Response:
    """Note today's date at the sources that were ticked, given as `<id of the case> <address>`."""
    actor, form = require(Permission.UPKEEP), request.form
    by_case: dict[str, list[str]] = {}
    for ticked in form.getlist("source"):
        case_id, _, url = ticked.partition(" ")
        by_case.setdefault(case_id, []).append(url)
    done = waiting = 0
    for case_id, urls in by_case.items():
        try:
            made = Lifecycle(store()).check_sources(case_id, urls, actor, four_eyes=services().settings.four_eyes)
        except NotFound:
            continue  # retired since the page was opened
        if made is not None:
            done, waiting = done + made[1], waiting + (not made[1])
    if done:
        services().follow()
    kept = {name: form[name] for name in ("reason", "days", "page") if form.get(name)}
    address = link("/upkeep", **kept, done=str(done), waiting=str(waiting))
    return redirect(address, code=HTTPStatus.SEE_OTHER)
