"""One SQLite file: how it is opened, what a transaction is, and plain look-ups."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteUtils

from kb.errors import StoreError
from kb.migrations import migrations
from kb.text import Text

Clock = Callable[[], datetime]
WAIT = 30
"""Seconds that a writer waits for another one."""


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class Database:
    """The file that the stores of this room share. One instance belongs to one thread.

    Every write is one transaction: either all of it is there or nothing, whatever kills the process.
    """

    def __init__(self, path: Path | None, clock: Clock = utc_now) -> None:
        """Open the database at `path` (None: in memory) and bring it to the newest shape.

        Raises StoreError when the file is no database, belongs to another program, or was made by a newer version.
        """
        self.clock = clock
        try:
            self._connection = sqlite3.connect(path or ":memory:", timeout=WAIT)
        except sqlite3.OperationalError as error:
            raise StoreError(_unusable(path, error)) from error
        try:
            self._db = SqliteUtils(self._connection, execute_plugins=False)
            self._connection.execute("PRAGMA foreign_keys = ON")
            # What has been acknowledged outlives a power cut too: the log is synced at every commit. People write
            # some times a minute, so the milliseconds that this costs are well spent.
            self._connection.execute("PRAGMA synchronous = FULL")
            fault = self._bring_up_to_date(path)
            if fault is None and path:
                self._let_readers_read()
        except (sqlite3.DatabaseError, OSError) as error:
            self._connection.close()
            raise StoreError(_unusable(path, error)) from error
        if fault is not None:
            self._connection.close()
            raise StoreError(fault)

    def _bring_up_to_date(self, path: Path | None) -> Text | None:
        """Apply the steps that are missing, or return why this file is not ours to change."""
        applied = {step.name for step in migrations.applied(self._db)}
        if unknown := applied - _KNOWN_MIGRATIONS:
            return _from_the_future(path, unknown)
        if applied == _KNOWN_MIGRATIONS:
            return None
        # The write lock first: two processes that start at once must not both apply the same step, and neither
        # may take the tables that the other is making for those of a stranger.
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            if not migrations.applied(self._db) and (strange := self._tables()):
                return _of_another_program(path, strange)
            migrations.apply(self._db)
        return None

    def _tables(self) -> list[str]:
        rows = self.rows(
            "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            " AND tbl_name != '_sqlite_migrations' ORDER BY name"
        )
        return [row["name"] for row in rows]

    def _let_readers_read(self) -> None:
        """Switch to a write-ahead log, so that readers go on while a writer writes.

        Cannot be done while another connection is at work, and does not wait: then the next opening does it.
        """
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one transaction; an error undoes all of it. Nests.

        The write lock is taken at once: what is read inside stays true until the end, so two processes never give
        the same number twice. Raises StoreError when another writer holds the lock for longer than WAIT.
        """
        if self._connection.in_transaction:
            with self._db.atomic():
                yield
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise StoreError(_busy(error)) from error
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # Also when COMMIT itself fails, as on a full disk: what is left of the transaction must not linger.
            self._connection.rollback()
            raise

    def now(self) -> str:
        """Return the present moment as the tables keep it: ISO 8601, UTC, whole seconds."""
        return stamp(self.clock())

    def run(self, sql: str, *values: Any) -> int:
        """Run one statement that writes, inside a transaction; return the id of a row that it inserted."""
        assert self._connection.in_transaction, "a write outside of a transaction would be left open"
        return int(self._connection.execute(sql, values).lastrowid or 0)

    def run_many(self, sql: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement that writes for every tuple of `values`, inside a transaction."""
        assert self._connection.in_transaction, "a write outside of a transaction would be left open"
        self._connection.executemany(sql, values)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows that a query finds, by column."""
        # Plain look-ups: Database.query() wraps each in a savepoint, which is a third of the time of a small one.
        cursor = self._connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """Return the first row that a query finds."""
        rows = self.rows(sql, *values)
        return rows[0] if rows else None


def stamp(moment: datetime) -> str:
    """Return `moment` as the tables keep it; two of them compare as text as they do in time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


_KNOWN_MIGRATIONS = {step.name for step in migrations._migrations}


def _unusable(path: Path | None, error: Exception) -> Text:
    return Text(
        de=f"Die Datenbank {path} ist nicht benutzbar: {error}. Datei prüfen oder PFADFINDER_HOME auf einen "
        "anderen Ordner setzen.",
        en=f"The database {path} cannot be used: {error}. Check the file or set PFADFINDER_HOME to another folder.",
    )


def _of_another_program(path: Path | None, tables: list[str]) -> Text:
    names = ", ".join(tables[:5])
    return Text(
        de=f"Die Datenbank {path} gehört einem anderen Programm (sie enthält {names}) und bleibt unverändert. "
        "PFADFINDER_HOME auf einen anderen Ordner setzen.",
        en=f"The database {path} belongs to another program (it holds {names}) and is left as it is. "
        "Set PFADFINDER_HOME to another folder.",
    )


def _from_the_future(path: Path | None, steps: set[str]) -> Text:
    names = ", ".join(sorted(steps))
    return Text(
        de=f"Die Datenbank {path} stammt von einer neueren Version ({names}). Bitte Pfadfinder aktualisieren.",
        en=f"The database {path} was made by a newer version ({names}). Please update Pfadfinder.",
    )


def _busy(error: Exception) -> Text:
    return Text(
        de=f"Die Datenbank ist seit {WAIT} Sekunden durch einen anderen Schreibvorgang belegt ({error}). "
        "Es wurde nichts gespeichert; bitte noch einmal versuchen.",
        en=f"The database has been held by another writer for {WAIT} seconds ({error}). "
        "Nothing was saved; please try again.",
    )
