"""Imports at work, each in a thread of its own: read, compare, wait for a decision, take. Their state is in SQLite."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from ingest.drafts import draft_of
from ingest.fetch import FetchError, fetch
from ingest.mapping import records_of
from ingest.plan import PlannedRow, State, plan
from ingest.readers import Content, Document, RawRecord
from ingest.sandbox import read_safely
from ingest.taking import TAKEN, Moved, Seen, take
from kb.case import Case
from kb.difference import FieldChange
from kb.errors import Fault, Faulty, PfadfinderError
from kb.import_jobs import ImportJob, ImportJobs, ImportRow
from kb.permissions import Actor
from kb.store import CaseStore
from kb.text import Text
from web.wiring import Services
from web.worker_lock import WorkerLock, is_held

AT_ONCE = 4
"""Imports of one process at a time: each may hold a file of 25 MB."""
_free = threading.BoundedSemaphore(AT_ONCE)
Work = Callable[[CaseStore, int], None]


class Busy(PfadfinderError):
    """Others are bringing in files; nothing was kept."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                de="Gerade werden schon mehrere Dateien eingelesen. Bitte in einer Minute noch einmal versuchen.",
                en="Several files are being read already. Please try again in a minute.",
            )
        )


def bring_in_file(services: Services, data: bytes, name: str, actor: Actor) -> tuple[int, threading.Thread]:
    """Begin to read a file that somebody uploaded; return the import and the thread. Raises Busy, Forbidden."""
    return _begin(services, "file", name, actor, lambda: (read_safely(data, name), None))


def bring_in_address(services: Services, url: str, actor: Actor) -> tuple[int, threading.Thread]:
    """Begin to fetch and read a page; return the import and the thread. Raises Busy, Forbidden."""

    def read() -> tuple[Content, str | None]:
        page = fetch(url)
        return read_safely(page.data, page.name, url=page.url), page.url

    return _begin(services, "address", url, actor, read)


def take_rows(services: Services, job_id: int, actor: Actor, *, twins: bool, submit: bool) -> threading.Thread | None:
    """Begin to make proposals of what waits; None where nothing does any more. Raises Busy, NotFound."""
    lock = _lock(services)
    try:
        with services.store() as store:
            begun = ImportJobs(store.database).take(job_id, lock.name, actor)
    except BaseException:
        _unlock(lock)
        raise
    if not begun:
        _unlock(lock)
        return None
    return _start(services, job_id, lock, lambda store, job: _take(store, job, actor, twins, submit))


def looked_after(services: Services, job: ImportJob, jobs: ImportJobs, actor: Actor) -> ImportJob:
    """Return `job` as it is: where whoever was at work on it is gone, it is interrupted."""
    if job.is_at_work and not is_held(_folder(services), job.worker):
        jobs.interrupt(job.id, job.worker)
        return jobs.get(job.id, actor)
    return job


def _folder(services: Services) -> Path:
    return services.settings.home / "imports"


def _lock(services: Services) -> WorkerLock:
    if not _free.acquire(blocking=False):
        raise Busy
    try:
        return WorkerLock(_folder(services))
    except BaseException:
        _free.release()
        raise


def _unlock(lock: WorkerLock) -> None:
    lock.release()
    _free.release()


def _begin(
    services: Services, origin: str, name: str, actor: Actor, read: Callable[[], tuple[Content, str | None]]
) -> tuple[int, threading.Thread]:
    lock = _lock(services)
    try:
        with services.store() as store:
            job_id = ImportJobs(store.database).begin(origin, name, lock.name, actor)
    except BaseException:
        _unlock(lock)
        raise

    def work(store: CaseStore, job: int) -> None:
        content, url = read()
        if isinstance(content, Document):
            _draft(services, store, job, content, url, actor)
        else:
            _compare(services, store, job, content, actor)

    return job_id, _start(services, job_id, lock, work)


def _start(services: Services, job_id: int, lock: WorkerLock, work: Work) -> threading.Thread:
    # A daemon: a server that is told to stop does not wait for a file of thousands; the import is then interrupted.
    thread = threading.Thread(target=_run, args=(services, job_id, lock, work), name=f"import {job_id}", daemon=True)
    thread.start()
    return thread


def _run(services: Services, job_id: int, lock: WorkerLock, work: Work) -> None:
    try:
        with services.store() as store:
            jobs = ImportJobs(store.database)
            try:
                work(store, job_id)
            except Faulty as error:
                jobs.fail(job_id, error.faults)
            except PfadfinderError as error:
                jobs.fail(job_id, [Fault("(address)" if isinstance(error, FetchError) else "(file)", error.message)])
            except Exception:
                logging.getLogger(__name__).exception("import %s", job_id)
                jobs.fail(job_id, [Fault("(file)", _UNEXPECTED)])
    except Exception:
        # The database itself: the import stays marked as at work, and is interrupted as soon as somebody looks.
        logging.getLogger(__name__).exception("import %s", job_id)
    finally:
        _unlock(lock)


def _draft(services: Services, store: CaseStore, job_id: int, content: Document, url: str | None, actor: Actor) -> None:
    draft = draft_of(content, services.suggester(store).suggest(content.text), url)
    with store.transaction():
        made = store.proposals.create(
            draft.record,
            actor,
            "address" if url else "document",
            original=draft.record,
            document=draft.document,
            suggestions=draft.suggestions,
        )
        ImportJobs(store.database).done(job_id, actor, taken=1, proposal=made.id)


def _compare(services: Services, store: CaseStore, job_id: int, content: Content, actor: Actor) -> None:
    jobs = ImportJobs(store.database)
    found = plan(
        records_of(content, services.taxonomy),
        services.taxonomy,
        store.get,
        services.twins(store),
        lambda done, of: jobs.progress(job_id, done, of),
        waiting=lambda case_ids: store.proposals.known(case_ids, actor),
        is_taken=store.proposals.is_taken,
    )
    jobs.ready(job_id, _stored(found.rows), found.notices)


def _take(store: CaseStore, job_id: int, actor: Actor, twins: bool, submit: bool) -> None:
    jobs = ImportJobs(store.database)
    wanted = {state.value for state in TAKEN} | ({State.TWIN.value} if twins else set())
    rows = jobs.rows(job_id, [state.value for state in State])
    numbers = [row.number for row in rows if row.state in wanted]
    seen = [_seen(row, store) for row in rows if row.state in wanted]
    try:
        take(seen, store, actor, submit=submit, note=lambda taken: jobs.done(job_id, actor, taken=taken))
        jobs.forget_rows(job_id)
    except Moved as moved:
        now = dict(zip(numbers, _stored(moved.rows, numbers), strict=True))
        # What tells a twin apart is not asked again.
        kept = [
            row if row.number not in now or now[row.number].state == row.state == State.TWIN.value else now[row.number]
            for row in rows
        ]
        jobs.ready(job_id, kept, jobs.get(job_id, actor).notices, moved=moved.moved)


def _stored(rows: Iterable[PlannedRow], numbers: Iterable[int] | None = None) -> list[ImportRow]:
    """Return the rows as the database keeps them, numbered as they come or by `numbers`."""
    listed = list(rows)
    found = []
    for number, row in zip(numbers if numbers is not None else range(len(listed)), listed, strict=True):
        record = row.case.to_record() if row.case else None
        detail = row.to_json()
        if row.proposal is not None:
            detail["version"] = row.proposal.version
            detail["visible"] = row.proposal.is_own
        if row.case is not None:
            detail["title"] = {"de": row.case.title.de, "en": row.case.title.en}
        found.append(ImportRow(number, row.state.value, record, detail))
    return found


def _seen(row: ImportRow, store: CaseStore) -> Seen:
    assert row.record is not None
    case = Case.from_record(row.record, store.taxonomy)
    detail = row.detail
    return Seen(
        PlannedRow(
            RawRecord(Path(), row.number, row.record),
            State(row.state),
            case,
            tuple(FieldChange(d["field"], d["old"], d["new"]) for d in detail["differences"]),
        ),
        case,
        (detail["proposal"], detail["version"]) if detail["proposal"] else None,
    )


_UNEXPECTED = Text(
    de="Beim Einlesen ist ein unerwarteter Fehler aufgetreten; er steht im Protokoll des Servers. Es wurde nichts"
    " übernommen.",
    en="An unexpected error came up while reading; it stands in the log of the server. Nothing was taken.",
)
