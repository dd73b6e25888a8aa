"""The shape of the database, held against the shapes that went out."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kb.case import Case
from kb.errors import StoreError
from kb.filters import Filters
from kb.migrations import migrations
from kb.store import CaseStore, Change, Outcome
from kb.taxonomy import Taxonomy
from tests.proposals import by_hand, shipped
from tests.strategies import complete_record

SCHEMAS = sorted((Path(__file__).parent / "golden" / "schemas").glob("*.sql"))
RECORD = json.dumps(complete_record())
# Rows as the first version wrote them: one case with two revisions, one that is retired, and an old address.
FIRST_ROWS = f"""
INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('pfadfinder', '001_cases', '2026-01-01');
INSERT INTO identity (id) VALUES ('the-identity');
INSERT INTO revisions (case_id, number, record, origin, at) VALUES
  ('example-foundry-waste-heat', 1, '{{}}', 'collection', '2026-01-01T00:00:00+00:00'),
  ('example-foundry-waste-heat', 2, '{RECORD}', 'editor', '2026-01-02T00:00:00+00:00'),
  ('gone', 1, '{{}}', 'collection', '2026-01-03T00:00:00+00:00');
INSERT INTO cases (id, state, revision, record) VALUES
  ('example-foundry-waste-heat', 'published', 2, '{RECORD}'),
  ('gone', 'retired', 1, '{{}}');
INSERT INTO changes (case_id, revision, kind, at) VALUES
  ('example-foundry-waste-heat', 1, 'published', '2026-01-01T00:00:00+00:00'),
  ('example-foundry-waste-heat', 2, 'published', '2026-01-02T00:00:00+00:00'),
  ('gone', 1, 'retired', '2026-01-03T00:00:00+00:00');
INSERT INTO aliases (alias, case_id) VALUES ('old-address', 'example-foundry-waste-heat');
INSERT INTO facets (facet, term, case_id) VALUES ('sector', 'C24', 'example-foundry-waste-heat');
"""


def schema(file: Path) -> dict[str, str]:
    """Everything that the database was made from, by name; white space does not count."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        return {name: " ".join(sql.split()) for name, sql in rows}


def content(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def run(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database of the first version, with rows."""
    file = tmp_path / "first.sqlite"
    run(file, SCHEMAS[0].read_text(encoding="utf-8") + FIRST_ROWS)
    return file


def test_every_step_has_the_schema_that_it_left_behind() -> None:
    steps = [step.name.split("_")[0] for step in migrations._migrations]
    assert [file.stem for file in SCHEMAS] == steps == sorted(set(steps))


def test_a_fresh_database_has_exactly_the_newest_schema(tmp_path: Path, taxonomy: Taxonomy) -> None:
    fresh, golden = tmp_path / "fresh.sqlite", tmp_path / "golden.sqlite"
    CaseStore(fresh, taxonomy).close()
    run(golden, SCHEMAS[-1].read_text(encoding="utf-8"))
    assert schema(fresh) == schema(golden)


def test_an_upgraded_database_has_the_schema_of_a_fresh_one(first: Path, tmp_path: Path, taxonomy: Taxonomy) -> None:
    fresh = tmp_path / "fresh.sqlite"
    CaseStore(fresh, taxonomy).close()
    CaseStore(first, taxonomy).close()
    assert schema(first) == schema(fresh)


def test_an_upgrade_keeps_cases_history_and_addresses(first: Path, taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(), taxonomy)
    with CaseStore(first, taxonomy) as store:
        assert store.identity() == "the-identity"
        assert list(store.all()) == [case]
        assert store.get("old-address") == case
        assert store.get("gone") is None
        assert [(row.number, row.origin) for row in store.revisions(case.id)] == [
            (1, "collection"),
            (2, "editor"),
        ]
        assert store.changes_after(1) == [Change(2, case.id, "published"), Change(3, "gone", "retired")]
        assert store.matching(Filters(sector=("C24",))) == {case.id}


def test_an_upgraded_database_goes_on_where_it_stopped(first: Path, taxonomy: Taxonomy) -> None:
    with CaseStore(first, taxonomy) as store:
        changed = Case.from_record(complete_record(year=2020), taxonomy)
        assert store.publish(by_hand(changed)) is Outcome.CHANGED
        assert store.revisions(changed.id)[-1].number == 3
        assert store.changes_after(3) == [Change(4, changed.id, "published")]


def test_an_upgraded_database_knows_which_cases_were_edited_here(first: Path, taxonomy: Taxonomy) -> None:
    with CaseStore(first, taxonomy) as store:
        shipped_again = Case.from_record(complete_record(year=2022), taxonomy)
        assert store.publish(shipped(shipped_again)) is Outcome.PROPOSED
        assert store.get(shipped_again.id) == Case.from_record(complete_record(), taxonomy)
        assert [revision.by for revision in store.revisions(shipped_again.id)] == [None, None]


def test_an_upgraded_database_knows_the_countries_of_its_published_cases(first: Path, taxonomy: Taxonomy) -> None:
    with CaseStore(first, taxonomy) as store:
        (case,) = store.all()
        assert store.matching(Filters(country=(case.country,))) == {case.id}
        assert store.matching(Filters(country=("AT",))) == frozenset()
        assert store.facet_counts([case.id, "gone"])["country"] == {case.country: 1}


def test_an_upgrade_that_fails_leaves_the_old_database_as_it_was(first: Path, taxonomy: Taxonomy) -> None:
    run(first, "CREATE TABLE users (name TEXT)")
    before = content(first)
    with pytest.raises(StoreError, match="users already exists"):
        CaseStore(first, taxonomy)
    assert content(first) == before


def test_opening_again_changes_nothing(first: Path, taxonomy: Taxonomy) -> None:
    CaseStore(first, taxonomy).close()
    before = content(first)
    CaseStore(first, taxonomy).close()
    assert content(first) == before


def test_every_row_points_to_rows_that_are_there(first: Path, taxonomy: Taxonomy) -> None:
    CaseStore(first, taxonomy).close()
    with closing(sqlite3.connect(first)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO users (name, role, created_by, created_at) VALUES ('a', 'reader', '', '')",
        "INSERT INTO cases (id, state, revision, record) VALUES ('a', 'draft', 1, '{}')",
        "INSERT INTO changes (case_id, revision, kind, at) VALUES ('gone', 1, 'lost', '')",
        "UPDATE cases SET revision = 'two'",
        "INSERT INTO revisions (case_id, number, record, origin, at) VALUES ('gone', 1, '{}', '', '')",
        "INSERT INTO aliases (alias, case_id) VALUES ('old-address', 'gone')",
    ],
)
def test_the_schema_refuses_what_cannot_be(first: Path, taxonomy: Taxonomy, statement: str) -> None:
    CaseStore(first, taxonomy).close()
    with closing(sqlite3.connect(first)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
