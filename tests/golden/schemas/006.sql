-- The database after step 005, as it went out. Never changed: a later step brings its own file.
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE cases (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('published', 'retired')),
  revision INTEGER NOT NULL,
  record TEXT NOT NULL,
  FOREIGN KEY (id, revision) REFERENCES revisions (case_id, number) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE TABLE revisions (
  case_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  record TEXT NOT NULL,
  origin TEXT NOT NULL,
  at TEXT NOT NULL, by TEXT, proposal INTEGER REFERENCES proposals (id),
  PRIMARY KEY (case_id, number)
) STRICT;
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('published', 'retired')),
  at TEXT NOT NULL,
  FOREIGN KEY (case_id, revision) REFERENCES revisions (case_id, number)
) STRICT;
CREATE TABLE aliases (
  alias TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id)
) STRICT;
CREATE TABLE facets (
  facet TEXT NOT NULL,
  term TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES cases (id),
  PRIMARY KEY (facet, term, case_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE identity (id TEXT PRIMARY KEY) STRICT;
CREATE INDEX facets_by_case ON facets (case_id);
CREATE TABLE proposals (
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
) STRICT;
CREATE INDEX proposals_by_state ON proposals (state, id);
CREATE INDEX proposals_by_case ON proposals (case_id);
CREATE TABLE proposal_origins (
  proposal INTEGER PRIMARY KEY REFERENCES proposals (id),
  original TEXT,
  document TEXT,
  suggestions TEXT NOT NULL
) STRICT;
CREATE TABLE proposal_versions (
  proposal INTEGER NOT NULL REFERENCES proposals (id),
  number INTEGER NOT NULL,
  record TEXT NOT NULL,
  by TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (proposal, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_versions_by_author ON proposal_versions (by, proposal);
CREATE TABLE proposal_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  proposal INTEGER NOT NULL REFERENCES proposals (id),
  version INTEGER NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  by TEXT NOT NULL,
  at TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX proposal_events_by_proposal ON proposal_events (proposal);
CREATE TABLE tombstones (
  case_id TEXT PRIMARY KEY REFERENCES cases (id),
  reason TEXT NOT NULL,
  successor TEXT REFERENCES cases (id),
  by TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE TABLE users (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('contributor', 'curator', 'admin')),
  password TEXT,
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  epoch INTEGER NOT NULL DEFAULT 1,
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  signed_in_at TEXT
) STRICT;
CREATE TABLE tokens (
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
) STRICT;
CREATE TABLE sign_in_attempts (
  key TEXT PRIMARY KEY,
  attempts INTEGER NOT NULL,
  since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, subject_id);
CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TABLE collection_states (
  case_id TEXT PRIMARY KEY,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE link_checks (
  url TEXT PRIMARY KEY,
  answered INTEGER NOT NULL CHECK (answered IN (0, 1)),
  status INTEGER,
  detail TEXT NOT NULL,
  at TEXT NOT NULL,
  failing_since TEXT
, moved_to TEXT) STRICT;
CREATE TABLE import_jobs (
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
) STRICT;
CREATE INDEX import_jobs_by_person ON import_jobs (created_by, id);
CREATE TABLE import_rows (
  job INTEGER NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  record TEXT,
  detail TEXT NOT NULL,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_rows_by_state ON import_rows (job, state, number);
CREATE INDEX proposals_by_record ON proposals (json_extract(record, '$.id'));
CREATE INDEX proposal_origins_by_record ON proposal_origins (json_extract(original, '$.id'));
CREATE TABLE effects (
  case_id TEXT NOT NULL REFERENCES cases (id),
  position INTEGER NOT NULL,
  metric TEXT NOT NULL,
  value REAL NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL,
  bound TEXT,
  PRIMARY KEY (case_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX effects_by_metric ON effects (metric, case_id);
