"""What people bring in by file or address: how far each is, and the rows that wait for a decision. In SQLite, so that
it survives whatever becomes of a page or a process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from kb.audit import Audit
from kb.database import Database, stamp
from kb.errors import Fault, NotFound
from kb.permissions import Actor, Permission
from kb.text import Text

KEPT = timedelta(days=14)
"""How long a decision can wait; then the rows are forgotten."""


class JobState(StrEnum):
    """How far an import is."""

    RUNNING = "running"
    READY = "ready"
    TAKING = "taking"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


AT_WORK = (JobState.RUNNING, JobState.TAKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """One file or address that somebody brought in. `worker` names the lock that is held while something is done.

    `done` of `total` rows have been looked at. `counts` are rows by what they would do; `notices` say what was not
    taken over, `faults` why nothing was. `taken` proposals were made; a document became the one `proposal`.
    """

    id: int
    state: JobState
    origin: str
    name: str
    created_by: str
    created: str
    worker: str
    done: int = 0
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    taken: int = 0
    moved: int = 0
    proposal: int | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether something is being done right now, unless whoever did it was killed."""
        return self.state in AT_WORK


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of a file: what it would do (`state`), the record unless it is faulty, and what there is to say."""

    number: int
    state: str
    record: Mapping[str, Any] | None
    detail: Mapping[str, Any]


class ImportJobs:
    """The imports of everybody. Each belongs to whoever began it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = Audit(database)

    def begin(self, origin: str, name: str, worker: str, actor: Actor) -> int:
        """Keep a new import that `worker` is at; forget those that waited too long. Raises Forbidden."""
        actor.require(Permission.FETCH if origin == "address" else Permission.BRING_IN)
        with self._database.transaction():
            old = stamp(self._database.clock() - KEPT)
            self._database.run("DELETE FROM import_jobs WHERE created_at < ?", old)
            return self._database.run(
                "INSERT INTO import_jobs (state, origin, name, created_by, created_at, worker)"
                " VALUES ('running', ?, ?, ?, ?, ?)",
                *(origin, name, actor.name, self._database.now(), worker),
            )

    def get(self, job_id: int, actor: Actor) -> ImportJob:
        """Return an import of `actor`. Raises NotFound, also for those of others."""
        row = self._database.row("SELECT * FROM import_jobs WHERE id = ? AND created_by = ?", job_id, actor.name)
        if row is None:
            raise NotFound("import", job_id)
        return _job(row)

    def of(self, actor: Actor, limit: int = 10) -> list[ImportJob]:
        """Return the imports of `actor`, the newest first."""
        rows = self._database.rows(
            "SELECT * FROM import_jobs WHERE created_by = ? ORDER BY id DESC LIMIT ?", actor.name, limit
        )
        return [_job(row) for row in rows]

    def progress(self, job_id: int, done: int, total: int) -> None:
        """Note how many rows have been looked at."""
        with self._database.transaction():
            self._database.run("UPDATE import_jobs SET done = ?, total = ? WHERE id = ?", done, total, job_id)

    def ready(self, job_id: int, rows: Sequence[ImportRow], notices: Iterable[Fault], *, moved: int = 0) -> None:
        """Keep what the rows of a file would do, for a person to decide. `moved` of them have changed since before."""
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.state] = counts.get(row.state, 0) + 1
        prepared = [
            (
                *(job_id, row.number, row.state),
                None if row.record is None else json.dumps(row.record, ensure_ascii=False),
                json.dumps(row.detail, ensure_ascii=False),
            )
            for row in rows
        ]
        with self._database.transaction():
            self._database.run("DELETE FROM import_rows WHERE job = ?", job_id)
            self._database.run_many(
                "INSERT INTO import_rows (job, number, state, record, detail) VALUES (?, ?, ?, ?, ?)", prepared
            )
            self._set(job_id, JobState.READY, {"counts": counts, "notices": _plain(notices), "moved": moved})

    def take(self, job_id: int, worker: str, actor: Actor) -> bool:
        """Let `worker` begin to take what waits. False where it does not wait any more: a second click, or another tab.

        Raises NotFound.
        """
        with self._database.transaction():
            if self.get(job_id, actor).state is not JobState.READY:
                return False
            self._database.run("UPDATE import_jobs SET state = 'taking', worker = ? WHERE id = ?", worker, job_id)
            return True

    def done(self, job_id: int, actor: Actor, *, taken: int, proposal: int | None = None) -> None:
        """Note, in the transaction that makes the proposals, that they were made."""
        with self._database.transaction():
            job = self.get(job_id, actor)
            self._set(
                job_id, JobState.DONE, {"counts": dict(job.counts), "notices": _plain(job.notices), "taken": taken}
            )
            self._database.run("UPDATE import_jobs SET proposal = ? WHERE id = ?", proposal, job_id)
            self._audit.record(actor.name, "bring-in", "import", job_id, origin=job.origin, name=job.name, taken=taken)

    def forget_rows(self, job_id: int) -> None:
        """Forget the rows of an import that is done: a transaction of its own, so that nobody waits for both."""
        with self._database.transaction():
            self._database.run("DELETE FROM import_rows WHERE job = ?", job_id)

    def fail(self, job_id: int, faults: Iterable[Fault]) -> None:
        """Note why nothing was taken."""
        with self._database.transaction():
            self._set(job_id, JobState.FAILED, {"faults": _plain(faults)})
            self._database.run("DELETE FROM import_rows WHERE job = ?", job_id)

    def interrupt(self, job_id: int, worker: str) -> None:
        """Note that `worker` is gone. What it had not finished it has not done: a transaction is whole or nothing."""
        with self._database.transaction():
            self._database.run(
                "UPDATE import_jobs SET state = 'interrupted' WHERE id = ? AND worker = ?"
                " AND state IN ('running', 'taking')",
                *(job_id, worker),
            )

    def discard(self, job_id: int, actor: Actor) -> None:
        """Forget an import that is not at work. Raises NotFound."""
        with self._database.transaction():
            if not self.get(job_id, actor).is_at_work:
                self._database.run("DELETE FROM import_jobs WHERE id = ?", job_id)

    def rows(self, job_id: int, states: Iterable[str], limit: int = -1, offset: int = 0) -> list[ImportRow]:
        """Return the rows in `states`, in the order of the file."""
        rows = self._database.rows(
            "SELECT number, state, record, detail FROM import_rows WHERE job = ?"
            " AND state IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ? OFFSET ?",
            *(job_id, json.dumps(list(states)), limit, offset),
        )
        return [
            ImportRow(
                row["number"],
                row["state"],
                json.loads(row["record"]) if row["record"] else None,
                json.loads(row["detail"]),
            )
            for row in rows
        ]

    def _set(self, job_id: int, state: JobState, detail: Mapping[str, Any]) -> None:
        self._database.run(
            "UPDATE import_jobs SET state = ?, detail = ? WHERE id = ?",
            *(state, json.dumps(detail, ensure_ascii=False), job_id),
        )


def _plain(faults: Iterable[Fault]) -> list[list[str | None]]:
    return [[fault.field, fault.message.de, fault.message.en] for fault in faults]


def _faults(plain: Iterable[Sequence[str]]) -> tuple[Fault, ...]:
    return tuple(Fault(name, Text(de=de, en=en)) for name, de, en in plain)


def _job(row: Mapping[str, Any]) -> ImportJob:
    detail = json.loads(row["detail"])
    return ImportJob(
        id=row["id"],
        state=JobState(row["state"]),
        origin=row["origin"],
        name=row["name"],
        created_by=row["created_by"],
        created=row["created_at"],
        worker=row["worker"],
        done=row["done"],
        total=row["total"],
        counts=detail.get("counts", {}),
        notices=_faults(detail.get("notices", ())),
        faults=_faults(detail.get("faults", ())),
        taken=detail.get("taken", 0),
        moved=detail.get("moved", 0),
        proposal=row["proposal"],
    )
