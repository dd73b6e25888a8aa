"""The audit, the addresses that answer, and what is due."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kb.audit import Audit, AuditEntry, AuditFilter
from kb.case import Case
from kb.database import Database
from kb.due import Due, Reason, due
from kb.errors import Forbidden, StoreError
from kb.links import LinkCheck, LinkChecks, Tried
from kb.taxonomy import shipped_taxonomy
from kb.text import Text
from tests.proposals import CONTRIBUTOR, CURATOR, Hands
from tests.strategies import complete_record

TODAY = date(2026, 2, 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "upkeep.sqlite"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def database(file: Path, clock: Hands) -> Iterator[Database]:
    database = Database(file, clock)
    yield database
    database.close()


def case(case_id: str, **changes: Any) -> Case:
    return Case.from_record(complete_record(id=case_id, **changes), shipped_taxonomy())


# Audit


@pytest.fixture
def audit(database: Database, clock: Hands) -> Audit:
    audit = Audit(database)
    for actor, action, case_id in (("ada", "publish", "a"), ("kurt", "retire", "a"), ("ada", "publish", "b")):
        with database.transaction():
            audit.record(actor, action, "case", case_id, revision=1, note=None)
        clock.move(days=1)
    return audit


def seqs(entries: list[AuditEntry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_entries_come_newest_first_in_pages_and_for_export_oldest_first(audit: Audit) -> None:
    assert seqs(audit.entries()) == [3, 2, 1]
    assert seqs(audit.entries(limit=2)) == [3, 2]
    assert seqs(audit.entries(limit=2, before=2)) == [1]
    assert seqs(list(audit.export())) == [1, 2, 3]
    assert next(audit.export()) == AuditEntry(
        1, "2026-02-01T12:00:00+00:00", "ada", "publish", "case", "a", {"revision": 1}
    )
    assert audit.actions() == ["publish", "retire"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"actor": "ada"}, [3, 1]),
        ({"action": "retire"}, [2]),
        ({"subject": "case", "subject_id": "a"}, [2, 1]),
        ({"subject": "user"}, []),
        ({"since": "2026-02-02"}, [3, 2]),
        ({"until": "2026-02-02"}, [1]),
        ({"since": "2026-02-02", "until": "2026-02-03", "actor": "kurt"}, [2]),
    ],
    ids=range(7),
)
def test_entries_are_filtered(audit: Audit, wanted: dict[str, str], found: list[int]) -> None:
    assert seqs(audit.entries(AuditFilter(**wanted))) == found
    assert seqs(list(audit.export(AuditFilter(**wanted)))) == found[::-1]


def test_a_long_log_is_exported_whole(database: Database) -> None:
    audit = Audit(database)
    with database.transaction():
        for number in range(2500):
            audit.record("ada", "publish", "case", number)
    assert seqs(list(audit.export())) == list(range(1, 2501))


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit WHERE seq = 2"])
def test_the_database_itself_lets_nobody_change_the_past(audit: Audit, file: Path, statement: str) -> None:
    with (
        closing(sqlite3.connect(file)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="the audit is append-only"),
    ):
        connection.execute(statement)
    assert seqs(audit.entries()) == [3, 2, 1]


def test_what_was_undone_is_not_in_the_audit(database: Database, audit: Audit) -> None:
    with suppress(ZeroDivisionError), database.transaction():
        audit.record("ada", "publish", "case", "c")
        raise ZeroDivisionError
    assert len(audit.entries()) == 3


# The database


def test_a_write_outside_of_a_transaction_is_a_mistake_of_ours(database: Database) -> None:
    with pytest.raises(AssertionError, match="outside of a transaction"):
        database.run("DELETE FROM link_checks")


def test_a_writer_who_waits_too_long_is_told_in_words(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.database.WAIT", 0)
    other = Database(file)
    with database.transaction(), pytest.raises(StoreError, match="held by another writer"), other.transaction():
        pass
    other.close()


def test_what_is_acknowledged_is_on_the_disk(database: Database) -> None:
    assert database.row("PRAGMA synchronous") == {"synchronous": 2}
    assert database.row("PRAGMA journal_mode") == {"journal_mode": "wal"}


# Addresses


def test_the_newest_try_counts_and_silence_has_a_beginning(database: Database, clock: Hands) -> None:
    links = LinkChecks(database)
    slow, gone = Text(de="dauert zu lange", en="takes too long"), Text(de="nicht gefunden", en="not found")
    links.record([Tried("https://a.example", True, 200, None), Tried("https://b.example", False, 404, gone)], CURATOR)
    clock.move(days=1)
    links.record([Tried("https://a.example", False, None, slow), Tried("https://b.example", False, 404, None)], CURATOR)
    assert links.failing() == [
        LinkCheck("https://b.example", False, 404, None, "2026-02-02T12:00:00+00:00", "2026-02-01T12:00:00+00:00"),
        LinkCheck("https://a.example", False, None, slow, "2026-02-02T12:00:00+00:00", "2026-02-02T12:00:00+00:00"),
    ]
    links.record([Tried("https://b.example", True, 200, None)], CURATOR)
    assert links.answers(["https://a.example", "https://b.example", "https://c.example"]) == {
        "https://a.example": False,
        "https://b.example": True,
    }
    assert [check.url for check in links.failing()] == ["https://a.example"]
    assert Audit(database).entries()[-1].detail == {"failed": 1, "tried": 2}


def test_an_address_has_moved_until_it_answers_by_itself_again(database: Database) -> None:
    links = LinkChecks(database)
    links.record([Tried("https://a.example", True, 200, None, "https://b.example")], CURATOR)
    assert [(check.url, check.moved_to) for check in links.moved()] == [("https://a.example", "https://b.example")]
    assert links.failing() == []
    links.record([Tried("https://a.example", True, 200)], CURATOR)
    assert links.moved() == []


def test_only_curators_record_what_answers(database: Database) -> None:
    with pytest.raises(Forbidden):
        LinkChecks(database).record([], CONTRIBUTOR)


# What is due


def source(url: str, checked: str | None) -> dict[str, Any]:
    return {"url": url, "title": "T", "publisher": "P", "language": "de", "checked": checked}


def test_nothing_is_due_of_a_case_that_was_just_seen_to() -> None:
    assert due([case("a")], TODAY, 365) == []


def test_everything_that_is_due_is_named_with_the_most_pressing_first() -> None:
    cases = [
        case("old", sources=[source("https://a.example", "2024-01-01"), source("https://b.example", "2026-01-31")]),
        case("never", sources=[source("https://c.example", None)]),
        case("unknown", status="unknown"),
        case("past", status="planned", year=2025),
        case("coming", status="planned", year=2026),
        case("german", result={"de": "160 GWh."}),
    ]
    titles = {found.id: found.title for found in cases}
    assert due(cases, TODAY, 365, silent=["https://b.example"], moved=["https://c.example"]) == [
        Due(case_id, titles[case_id], reason, detail, last)
        for case_id, reason, detail, last in (
            (cases[0].id, Reason.SOURCE_SILENT, "https://b.example", "2026-01-31"),
            (cases[1].id, Reason.SOURCE_MOVED, "https://c.example", None),
            (cases[1].id, Reason.SOURCE_UNCHECKED, "https://c.example", None),
            (cases[0].id, Reason.SOURCE_UNCHECKED, "https://a.example", "2024-01-01"),
            (cases[2].id, Reason.STATUS_UNKNOWN, "", None),
            (cases[3].id, Reason.STATUS_PAST, "2025", None),
            (cases[5].id, Reason.LANGUAGE_MISSING, "en", None),
        )
    ]


@pytest.mark.parametrize(("days", "is_due"), [(30, True), (31, False)])
def test_a_source_is_due_after_the_days_that_were_set(days: int, is_due: bool) -> None:
    assert bool(due([case("a", sources=[source("https://a.example", "2026-01-01")])], TODAY, days)) is is_due
