"""CaseStore: the record of cases in SQLite, and the only SQL over them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from kb.case import Case, CaseId
from kb.errors import StoreError
from kb.filters import Filters, facet_terms
from kb.migrations import migrations
from kb.taxonomy import Taxonomy
from kb.text import Text

COLLECTION = "collection"
"""The origin of revisions that come from the shipped collection."""


class Outcome(Enum):
    """What publishing a case did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The case was edited here since; the edit stays."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the sequence that an index follows."""

    seq: int
    case_id: CaseId
    kind: str


class CaseStore:
    """Cases, their revisions and changes in one SQLite file.

    One instance belongs to one thread. Every write is one transaction: either all of it is there or nothing.
    """

    def __init__(self, path: Path | None, taxonomy: Taxonomy) -> None:
        """Open the database at `path` (None: in memory) and bring it to the newest shape.

        Raises StoreError when the file is no database or was made by a newer version.
        """
        self.taxonomy = taxonomy
        try:
            self._connection = sqlite3.connect(path or ":memory:", timeout=30)
        except sqlite3.OperationalError as error:
            raise StoreError(_unusable(path, error)) from error
        try:
            self._db = Database(self._connection, execute_plugins=False)
            self._connection.execute("PRAGMA foreign_keys = ON")
            unknown = {step.name for step in migrations.applied(self._db)} - _KNOWN_MIGRATIONS
            if not unknown and migrations.pending(self._db):
                # The write lock first: two processes that start at once must not both apply the same step.
                self._connection.execute("BEGIN IMMEDIATE")
                with self._connection:
                    migrations.apply(self._db)
            if path:
                self._let_readers_read()
        except (sqlite3.DatabaseError, OSError) as error:
            self._connection.close()
            raise StoreError(_unusable(path, error)) from error
        if unknown:
            self._connection.close()
            raise StoreError(_from_the_future(path, unknown))

    def _let_readers_read(self) -> None:
        """Switch to a write-ahead log, so that readers go on while a writer writes.

        Cannot be done while another connection is at work, and does not wait: then the next opening does it.
        """
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Close the database file."""
        self._db.close()

    def __enter__(self) -> CaseStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one transaction; an error undoes all of it. Nests."""
        with self._db.atomic():
            yield

    def publish(self, case: Case, origin: str, *, at: datetime | None = None) -> Outcome:
        """Make `case` the published state of its id: case, revision, change and facets in one transaction.

        A case from the shipped collection never overwrites a state that came from elsewhere (Outcome.KEPT).
        """
        record = json.dumps(case.to_record(), ensure_ascii=False, sort_keys=True)
        with self._db.atomic():
            # Take the write lock before reading, or two processes number the same revision.
            self._connection.execute("UPDATE cases SET state = state WHERE 0")
            row = self._one(
                "SELECT c.record, c.state, c.revision, r.origin FROM cases c"
                " JOIN revisions r ON r.case_id = c.id AND r.number = c.revision WHERE c.id = ?",
                case.id,
            )
            if row is not None:
                if row["record"] == record and row["state"] == "published":
                    return Outcome.UNCHANGED
                if origin == COLLECTION and (row["origin"] != COLLECTION or row["state"] == "retired"):
                    return Outcome.KEPT
            number = row["revision"] + 1 if row else 1
            time = (at or datetime.now(UTC)).isoformat(timespec="seconds")
            self._run(
                "INSERT INTO revisions (case_id, number, record, origin, at) VALUES (?, ?, ?, ?, ?)",
                *(case.id, number, record, origin, time),
            )
            self._run(
                "INSERT INTO cases (id, state, revision, record) VALUES (?1, 'published', ?2, ?3)"
                " ON CONFLICT (id) DO UPDATE SET state = 'published', revision = ?2, record = ?3",
                *(case.id, number, record),
            )
            self._run(
                "INSERT INTO changes (case_id, revision, kind, at) VALUES (?, ?, 'published', ?)",
                *(case.id, number, time),
            )
            self._run("DELETE FROM facets WHERE case_id = ?", case.id)
            self._connection.executemany(
                "INSERT INTO facets (facet, term, case_id) VALUES (?, ?, ?)",
                [(facet, term, case.id) for facet, term in facet_terms(case)],
            )
        return Outcome.CHANGED if row else Outcome.NEW

    def get(self, case_id: str) -> Case | None:
        """Return the published case with this id or alias, or None."""
        row = self._one(
            "SELECT record FROM cases WHERE state = 'published'"
            " AND id = coalesce((SELECT case_id FROM aliases WHERE alias = ?1), ?1)",
            case_id,
        )
        return self._case(row["record"]) if row else None

    def get_many(self, case_ids: Sequence[str]) -> list[Case]:
        """Return the published cases with these ids, in the order asked for; unknown ids are left out."""
        rows = self._all(
            "SELECT id, record FROM cases WHERE state = 'published' AND id IN (SELECT value FROM json_each(?))",
            json.dumps(list(case_ids)),
        )
        records = {row["id"]: row["record"] for row in rows}
        return [self._case(records[case_id]) for case_id in case_ids if case_id in records]

    def all(self) -> Iterator[Case]:
        """Yield every published case, by id."""
        for row in self._all("SELECT record FROM cases WHERE state = 'published' ORDER BY id"):
            yield self._case(row["record"])

    def matching(self, filters: Filters) -> frozenset[CaseId]:
        """Return the ids of all published cases that pass `filters`."""
        conditions, values = ["state = 'published'"], []
        for facet, terms in filters.selected():
            conditions.append(
                "id IN (SELECT case_id FROM facets WHERE facet = ? AND term IN (SELECT value FROM json_each(?)))"
            )
            values += [facet, json.dumps(terms)]
        rows = self._all(f"SELECT id FROM cases WHERE {' AND '.join(conditions)}", *values)
        return frozenset(row["id"] for row in rows)

    def newest_first(self, case_ids: Collection[str]) -> list[CaseId]:
        """Return `case_ids` by year, the newest first, then by id; those without a year last."""
        rows = self._all(
            "SELECT id FROM cases WHERE id IN (SELECT value FROM json_each(?))"
            " ORDER BY json_extract(record, '$.year') DESC NULLS LAST, id",
            json.dumps(list(case_ids)),
        )
        return [row["id"] for row in rows]

    def facet_counts(self, case_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """Return facet -> term -> number of the cases in `case_ids`, the largest number first."""
        rows = self._all(
            "SELECT facet, term, count(*) AS cases FROM facets"
            " WHERE case_id IN (SELECT value FROM json_each(?)) GROUP BY facet, term ORDER BY cases DESC, term",
            json.dumps(list(case_ids)),
        )
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            counts.setdefault(row["facet"], {})[row["term"]] = row["cases"]
        return counts

    def count(self) -> int:
        """Return the number of published cases."""
        row = self._one("SELECT count(*) AS cases FROM cases WHERE state = 'published'")
        return int(row["cases"]) if row else 0

    def revisions(self, case_id: str) -> list[dict[str, Any]]:
        """Return number, origin and time of every state that a case had, the oldest first."""
        rows = self._all("SELECT number, origin, at FROM revisions WHERE case_id = ? ORDER BY number", case_id)
        return [dict(row) for row in rows]

    def identity(self) -> str:
        """Return what tells this database from every other."""
        row = self._one("SELECT id FROM identity")
        return str(row["id"]) if row else ""

    def last_change(self) -> int:
        """Return the newest sequence number, 0 when nothing has ever changed."""
        row = self._one("SELECT coalesce(max(seq), 0) AS seq FROM changes")
        return int(row["seq"]) if row else 0

    def changes_after(self, seq: int) -> list[Change]:
        """Return the changes with a sequence number above `seq`, in order."""
        rows = self._all("SELECT seq, case_id, kind FROM changes WHERE seq > ? ORDER BY seq", seq)
        return [Change(row["seq"], row["case_id"], row["kind"]) for row in rows]

    def _case(self, record: str) -> Case:
        return _read(record, self.taxonomy)

    def _run(self, sql: str, *values: Any) -> None:
        self._connection.execute(sql, values)

    def _all(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        # Plain look-ups: Database.query() wraps each in a savepoint, which is a third of the time of a small one.
        cursor = self._connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        rows = self._all(sql, *values)
        return rows[0] if rows else None


@lru_cache(maxsize=1024)
def _read(record: str, taxonomy: Taxonomy) -> Case:
    """Return the case that a stored record holds. Cases are frozen, so requests may share them."""
    return Case.from_record(json.loads(record), taxonomy)


_KNOWN_MIGRATIONS = {step.name for step in migrations._migrations}


def _unusable(path: Path | None, error: Exception) -> Text:
    return Text(
        de=f"Die Datenbank {path} ist nicht benutzbar: {error}. Datei prüfen oder PFADFINDER_HOME auf einen "
        "anderen Ordner setzen.",
        en=f"The database {path} cannot be used: {error}. Check the file or set PFADFINDER_HOME to another folder.",
    )


def _from_the_future(path: Path | None, steps: set[str]) -> Text:
    names = ", ".join(sorted(steps))
    return Text(
        de=f"Die Datenbank {path} stammt von einer neueren Version ({names}). Bitte Pfadfinder aktualisieren.",
        en=f"The database {path} was made by a newer version ({names}). Please update Pfadfinder.",
    )
