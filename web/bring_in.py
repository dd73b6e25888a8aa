"""Files and web addresses come in: upload, progress, a preview to decide about, and a draft from a document."""

from __future__ import annotations

import io
import threading
from functools import cache

from flask import Blueprint, abort, flash, g, make_response, redirect, render_template, request, send_file
from werkzeug.wrappers import Response

from ingest.flat import layout
from ingest.headings import label
from ingest.plan import State
from ingest.sandbox import DEFAULT, safe_name
from ingest.workbook import write_template
from kb.import_jobs import ImportJob, ImportJobs, JobState
from kb.permissions import Permission
from kb.text import Language
from web.context import actor, link, require, services, store
from web.i18n import Translator
from web.importing import Busy, bring_in_address, bring_in_file, looked_after, take_rows

blueprint = Blueprint("bring_in", __name__, url_prefix="/bring-in")
Page = str | tuple[str, int] | Response
FILE_LIMIT = DEFAULT.file_bytes
"""The most bytes of a file."""
FORM_LIMIT = FILE_LIMIT + 64 * 1024
QUICK = 1.5
"""Seconds that an answer waits for the import: most are done by then, and nobody sees a bar for them."""
PAGE_SIZE = 50
ADDRESS_LIMIT = 2000
ORDER = (State.NEW, State.CHANGED, State.TWIN, State.PENDING, State.FAULTY, State.UNCHANGED)
"""The order in which a preview speaks of its rows."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def allow_file() -> None:
    """Let somebody who may send a file; asked before the body is read. Raises SignInNeeded, Forbidden."""
    if request.endpoint == "bring_in.upload":
        require(Permission.BRING_IN)
        request.max_content_length = FORM_LIMIT


@blueprint.teardown_request
def forget_file(error: BaseException | None) -> None:
    """Close what was uploaded: Werkzeug keeps it in a file without a name, which is gone when it is closed."""
    request.close()


@blueprint.get("")
def page() -> Page:
    """What can be brought in, and what one brought in lately."""
    require(Permission.BRING_IN)
    return _page()


@blueprint.post("")
def upload() -> Page:
    """Begin to read a file."""
    who = require(Permission.BRING_IN)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(422, fault=Translator(g.language)("bring_in.no_file"))
    try:
        begun = bring_in_file(services(), file.stream.read(), safe_name(file.filename), who)
    except Busy as error:
        return _page(503, fault=error.message[g.language])
    return _watch(*begun)


@blueprint.post("/address")
def address() -> Page:
    """Begin to fetch a web address and to read what is there."""
    who = require(Permission.FETCH)
    if not services().settings.fetching:
        abort(404)
    url = request.form.get("url", "").strip()
    if not url or len(url) > ADDRESS_LIMIT:
        return _page(422, fault=Translator(g.language)("bring_in.no_address", limit=ADDRESS_LIMIT))
    try:
        begun = bring_in_address(services(), url if "://" in url else f"https://{url}", who)
    except Busy as error:
        return _page(503, fault=error.message[g.language], url=url)
    return _watch(*begun)


@blueprint.get("/template.xlsx")
def template() -> Response:
    """The workbook to fill in, with headings in both languages."""
    require(Permission.BRING_IN)
    out = io.BytesIO()
    write_template(services().taxonomy, out)
    out.seek(0)
    return send_file(out, mimetype=WORKBOOK, as_attachment=True, download_name="pfadfinder-vorlage-template.xlsx")


@blueprint.get("/<int:job_id>")
def watch(job_id: int) -> Page:
    """How far an import is, and then what it would do or has done. To htmx only that part."""
    require(Permission.BRING_IN)
    job = _job(job_id)
    if job.proposal is not None and job.state is JobState.DONE:
        return _lead(link(f"/proposals/{job.proposal}"))
    counted = [(state.value, job.counts.get(state.value, 0)) for state in ORDER]
    chosen = request.args.get("show", "")
    if chosen not in job.counts:
        chosen = next((state for state, number in counted if number), "")
    number = max(1, request.args.get("page", default=1, type=int))
    waits = job.state is JobState.READY
    rows = _jobs().rows(job.id, [chosen], PAGE_SIZE, (number - 1) * PAGE_SIZE) if waits else []
    return render_template(
        "import_part.html" if _is_htmx() else "import.html",
        job=job,
        counted=counted,
        chosen=chosen,
        rows=rows,
        page=number,
        pages=-(-job.counts.get(chosen, 0) // PAGE_SIZE),
        takes=job.counts.get("new", 0) + job.counts.get("changed", 0),
        heading=lambda path: _headings(g.language).get(path, path),
    )


@blueprint.post("/<int:job_id>/take")
def take(job_id: int) -> Page:
    """Make proposals of the rows. A second click, or one in another tab, does nothing and sees the same page."""
    who = require(Permission.BRING_IN)
    twins, submit = "twins" in request.form, request.form.get("as") != "draft"
    try:
        thread = take_rows(services(), job_id, who, twins=twins, submit=submit)
    except Busy as error:
        flash(error.message[g.language])
        thread = None
    return _watch(job_id, thread)


@blueprint.post("/<int:job_id>/discard")
def discard(job_id: int) -> Page:
    """Forget an import."""
    _jobs().discard(job_id, require(Permission.BRING_IN))
    return redirect(link("/bring-in"), code=303)


def _page(status: int = 200, **shown: object) -> Page:
    jobs = _jobs()
    lately = [looked_after(services(), job, jobs, actor()) for job in jobs.of(actor())]
    fetching = services().settings.fetching and actor().may(Permission.FETCH)
    limit = FILE_LIMIT // 1024**2
    return render_template("bring_in.html", jobs=lately, fetching=fetching, limit=limit, **shown), status


def _jobs() -> ImportJobs:
    return ImportJobs(store().database)


def _job(job_id: int) -> ImportJob:
    jobs = _jobs()
    return looked_after(services(), jobs.get(job_id, actor()), jobs, actor())


def _watch(job_id: int, thread: threading.Thread | None) -> Response:
    if thread is not None:
        thread.join(QUICK)
    return redirect(link(f"/bring-in/{job_id}"), code=303)


def _lead(target: str) -> Response:
    """Lead the whole page on, also where only a part of it was asked for."""
    if not _is_htmx():
        return redirect(target, code=303)
    response = make_response("")
    response.headers["HX-Redirect"] = target
    return response


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


@cache
def _headings(language: Language) -> dict[str, str]:
    """Return path of a field -> its heading in a table, which is what somebody with a file in hand looks for."""
    columns = layout(effects=20, sources=20)
    found = {column.path: label(column, language) for column in columns}
    # A fault of both languages of a text stands at the field as a whole.
    whole = {column.path.rpartition(".")[0]: label(column, language) for column in columns if column.language}
    return {path: words.rpartition(" (")[0] for path, words in whole.items()} | found
