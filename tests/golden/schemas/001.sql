-- The database after step 001, as it went out. Never changed: a later step brings its own file.
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
  at TEXT NOT NULL,
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
