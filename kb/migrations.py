"""The shape of the database: numbered steps, only ever appended to, each in one transaction with its record."""

from __future__ import annotations

import uuid

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("pfadfinder")


@migrations(name="001_cases")
def _cases(db: Database) -> None:
    """Cases as they stand, every state they had, and the sequence of changes that an index follows."""
    db.execute(
        """CREATE TABLE cases (
             id TEXT PRIMARY KEY,
             state TEXT NOT NULL CHECK (state IN ('published', 'retired')),
             revision INTEGER NOT NULL,
             record TEXT NOT NULL,
             FOREIGN KEY (id, revision) REFERENCES revisions (case_id, number) DEFERRABLE INITIALLY DEFERRED
           ) STRICT"""
    )
    db.execute(
        """CREATE TABLE revisions (
             case_id TEXT NOT NULL,
             number INTEGER NOT NULL,
             record TEXT NOT NULL,
             origin TEXT NOT NULL,
             at TEXT NOT NULL,
             PRIMARY KEY (case_id, number)
           ) STRICT"""
    )
    # AUTOINCREMENT: a sequence number is never used again, so an index that has seen n misses nothing after n.
    db.execute(
        """CREATE TABLE changes (
             seq INTEGER PRIMARY KEY AUTOINCREMENT,
             case_id TEXT NOT NULL,
             revision INTEGER NOT NULL,
             kind TEXT NOT NULL CHECK (kind IN ('published', 'retired')),
             at TEXT NOT NULL,
             FOREIGN KEY (case_id, revision) REFERENCES revisions (case_id, number)
           ) STRICT"""
    )
    db.execute(
        """CREATE TABLE aliases (
             alias TEXT PRIMARY KEY,
             case_id TEXT NOT NULL REFERENCES cases (id)
           ) STRICT"""
    )
    # What a case can be filtered by and is counted under. Derived from `record`, written in the same transaction.
    db.execute(
        """CREATE TABLE facets (
             facet TEXT NOT NULL,
             term TEXT NOT NULL,
             case_id TEXT NOT NULL REFERENCES cases (id),
             PRIMARY KEY (facet, term, case_id)
           ) STRICT, WITHOUT ROWID"""
    )
    # Tells an index that was built from another database from its own.
    db.execute("CREATE TABLE identity (id TEXT PRIMARY KEY) STRICT")
    db.execute("INSERT INTO identity (id) VALUES (?)", [uuid.uuid4().hex])
    db.execute("CREATE INDEX facets_by_case ON facets (case_id)")
