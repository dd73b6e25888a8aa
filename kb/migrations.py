"""The shape of the database: numbered steps, only ever appended to, each in one transaction with its record."""

from __future__ import annotations

import uuid

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from kb.passages import text_hash

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


@migrations(name="002_review")
def _review(db: Database) -> None:
    """Proposals and what was said about them, people, the audit, and what keeps cases true."""
    # Who made a revision, and from which proposal: for those of the first version nobody knows.
    db.execute("ALTER TABLE revisions ADD COLUMN by TEXT")
    db.execute("ALTER TABLE revisions ADD COLUMN proposal INTEGER REFERENCES proposals (id)")
    db.execute(
        """CREATE TABLE proposals (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             version INTEGER NOT NULL,
             state TEXT NOT NULL
               CHECK (state IN ('draft', 'proposed', 'sent-back', 'published', 'rejected', 'withdrawn')),
             case_id TEXT REFERENCES cases (id),
             base_revision INTEGER,
             record TEXT NOT NULL,
             origin TEXT NOT NULL,
             created_by TEXT NOT NULL,
             created_at TEXT NOT NULL,
             changed_by TEXT NOT NULL,
             changed_at TEXT NOT NULL,
             CHECK ((case_id IS NULL) = (base_revision IS NULL))
           ) STRICT"""
    )
    db.execute("CREATE INDEX proposals_by_state ON proposals (state, id)")
    db.execute("CREATE INDEX proposals_by_case ON proposals (case_id)")
    # Apart from the proposal: every save rewrites its row, and a document is a thousand times as long.
    db.execute(
        """CREATE TABLE proposal_origins (
             proposal INTEGER PRIMARY KEY REFERENCES proposals (id),
             original TEXT,
             document TEXT,
             suggestions TEXT NOT NULL
           ) STRICT"""
    )
    db.execute(
        """CREATE TABLE proposal_versions (
             proposal INTEGER NOT NULL REFERENCES proposals (id),
             number INTEGER NOT NULL,
             record TEXT NOT NULL,
             by TEXT NOT NULL,
             at TEXT NOT NULL,
             PRIMARY KEY (proposal, number)
           ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX proposal_versions_by_author ON proposal_versions (by, proposal)")
    db.execute(
        """CREATE TABLE proposal_events (
             seq INTEGER PRIMARY KEY AUTOINCREMENT,
             proposal INTEGER NOT NULL REFERENCES proposals (id),
             version INTEGER NOT NULL,
             action TEXT NOT NULL,
             state TEXT NOT NULL,
             by TEXT NOT NULL,
             at TEXT NOT NULL,
             reason TEXT NOT NULL
           ) STRICT"""
    )
    db.execute("CREATE INDEX proposal_events_by_proposal ON proposal_events (proposal)")
    db.execute(
        """CREATE TABLE tombstones (
             case_id TEXT PRIMARY KEY REFERENCES cases (id),
             reason TEXT NOT NULL,
             successor TEXT REFERENCES cases (id),
             by TEXT NOT NULL,
             at TEXT NOT NULL
           ) STRICT"""
    )
    # A user is disabled and never deleted: the name in history and audit must not come to mean somebody else.
    db.execute(
        """CREATE TABLE users (
             name TEXT PRIMARY KEY,
             role TEXT NOT NULL CHECK (role IN ('contributor', 'curator', 'admin')),
             password TEXT,
             disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
             epoch INTEGER NOT NULL DEFAULT 1,
             created_by TEXT NOT NULL,
             created_at TEXT NOT NULL,
             signed_in_at TEXT
           ) STRICT"""
    )
    # Only hashes: whoever reads the file or a backup of it holds no link that works.
    db.execute(
        """CREATE TABLE tokens (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password')),
             hash TEXT NOT NULL UNIQUE,
             user TEXT REFERENCES users (name),
             label TEXT NOT NULL,
             created_by TEXT NOT NULL,
             created_at TEXT NOT NULL,
             expires_at TEXT NOT NULL,
             ended_at TEXT,
             CHECK ((kind = 'password') = (user IS NOT NULL))
           ) STRICT"""
    )
    db.execute(
        """CREATE TABLE sign_in_attempts (
             key TEXT PRIMARY KEY,
             attempts INTEGER NOT NULL,
             since TEXT NOT NULL
           ) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE audit (
             seq INTEGER PRIMARY KEY AUTOINCREMENT,
             at TEXT NOT NULL,
             actor TEXT NOT NULL,
             action TEXT NOT NULL,
             subject TEXT NOT NULL,
             subject_id TEXT NOT NULL,
             detail TEXT NOT NULL
           ) STRICT"""
    )
    db.execute("CREATE INDEX audit_by_subject ON audit (subject, subject_id)")
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit"
            " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )
    # What the shipped collection last said of a case: tells an edit that was made here from a state that it brought.
    db.execute(
        """CREATE TABLE collection_states (
             case_id TEXT PRIMARY KEY,
             hash TEXT NOT NULL
           ) STRICT, WITHOUT ROWID"""
    )
    last = "SELECT case_id, max(number), record FROM revisions WHERE origin = 'collection' GROUP BY case_id"
    for case_id, _, record in db.execute(last).fetchall():
        db.execute("INSERT INTO collection_states (case_id, hash) VALUES (?, ?)", [case_id, text_hash(record)])
    db.execute(
        """CREATE TABLE link_checks (
             url TEXT PRIMARY KEY,
             answered INTEGER NOT NULL CHECK (answered IN (0, 1)),
             status INTEGER,
             detail TEXT NOT NULL,
             at TEXT NOT NULL,
             failing_since TEXT
           ) STRICT"""
    )


@migrations(name="003_effects")
def _effects(db: Database) -> None:
    """The figures of the published cases as rows, so that a search can ask for them."""
    # As the source gives them, in its unit. Derived from `record`, written in the same transaction.
    db.execute(
        """CREATE TABLE effects (
             case_id TEXT NOT NULL REFERENCES cases (id),
             position INTEGER NOT NULL,
             metric TEXT NOT NULL,
             value REAL NOT NULL,
             unit TEXT NOT NULL,
             kind TEXT NOT NULL,
             bound TEXT,
             PRIMARY KEY (case_id, position)
           ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX effects_by_metric ON effects (metric, case_id)")
    db.execute(
        """INSERT INTO effects (case_id, position, metric, value, unit, kind, bound)
           SELECT cases.id, one.key, json_extract(one.value, '$.metric'),
                  CAST(json_extract(one.value, '$.value') AS REAL), json_extract(one.value, '$.unit'),
                  json_extract(one.value, '$.kind'), json_extract(one.value, '$.bound')
           FROM cases, json_each(cases.record, '$.effects') AS one
           WHERE cases.state = 'published'"""
    )


@migrations(name="004_imports")
def _imports(db: Database) -> None:
    """What people bring in by file or address: how far it is, and the rows that wait for a decision."""
    db.execute(
        """CREATE TABLE import_jobs (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             state TEXT NOT NULL
               CHECK (state IN ('running', 'ready', 'taking', 'done', 'failed', 'interrupted')),
             origin TEXT NOT NULL,
             name TEXT NOT NULL,
             created_by TEXT NOT NULL,
             created_at TEXT NOT NULL,
             worker TEXT NOT NULL,
             done INTEGER NOT NULL DEFAULT 0,
             total INTEGER NOT NULL DEFAULT 0,
             detail TEXT NOT NULL DEFAULT '{}',
             proposal INTEGER REFERENCES proposals (id)
           ) STRICT"""
    )
    db.execute("CREATE INDEX import_jobs_by_person ON import_jobs (created_by, id)")
    db.execute(
        """CREATE TABLE import_rows (
             job INTEGER NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
             number INTEGER NOT NULL,
             state TEXT NOT NULL,
             record TEXT,
             detail TEXT NOT NULL,
             PRIMARY KEY (job, number)
           ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX import_rows_by_state ON import_rows (job, state, number)")
    # Whether a row of a file is in a proposal already is asked for every row of every file.
    db.execute("CREATE INDEX proposals_by_record ON proposals (json_extract(record, '$.id'))")
    db.execute("CREATE INDEX proposal_origins_by_record ON proposal_origins (json_extract(original, '$.id'))")


@migrations(name="005_country")
def _country(db: Database) -> None:
    """The country of the published cases as a facet, so that a search can ask for it."""
    db.execute(
        """INSERT INTO facets (facet, term, case_id)
           SELECT 'country', json_extract(record, '$.country'), id FROM cases WHERE state = 'published'"""
    )


@migrations(name="006_moved_links")
def _moved_links(db: Database) -> None:
    """Where an address has moved to for good, so that whoever looks after the cases can write the new one down."""
    db.execute("ALTER TABLE link_checks ADD COLUMN moved_to TEXT")
