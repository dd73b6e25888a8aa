"""Who did what when. Rows are only ever added; the database itself refuses to change or delete one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb.database import Database


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did: `action` to the `subject` (case, proposal, user, invitation) with `subject_id`."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    subject_id: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for. `since` and `until` are moments or days (ISO 8601, UTC), the second one exclusive."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    subject_id: str | None = None
    since: str | None = None
    until: str | None = None


class Audit:
    """The log. The stores write to it inside the transaction of what they do, so neither is there without the other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, actor: str, action: str, subject: str, subject_id: str | int, **detail: Any) -> None:
        """Add one row. Detail that is None is left out."""
        self._database.run(
            "INSERT INTO audit (at, actor, action, subject, subject_id, detail) VALUES (?, ?, ?, ?, ?, ?)",
            *(self._database.now(), actor, action, subject, str(subject_id), _plain(detail)),
        )

    def record_many(
        self, actor: str, action: str, subject: str, entries: Iterable[tuple[str | int, Mapping[str, Any]]]
    ) -> None:
        """Add a row for every (id of the subject, detail) of `entries`, in one statement."""
        self._database.run(
            "INSERT INTO audit (at, actor, action, subject, subject_id, detail)"
            " SELECT ?, ?, ?, ?, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"
            " ORDER BY key",
            *(self._database.now(), actor, action, subject),
            json.dumps([(str(subject_id), _plain(detail)) for subject_id, detail in entries]),
        )

    def entries(
        self, wanted: AuditFilter | None = None, *, before: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """Return the newest entries first, those below sequence number `before`: the next page after it."""
        where, values = _where(wanted or AuditFilter())
        if before is not None:
            where, values = f"{where} AND seq < ?", [*values, before]
        rows = self._database.rows(f"SELECT * FROM audit WHERE {where} ORDER BY seq DESC LIMIT ?", *values, limit)
        return [_entry(row) for row in rows]

    def export(self, wanted: AuditFilter | None = None) -> Iterator[AuditEntry]:
        """Yield every entry, the oldest first."""
        where, values = _where(wanted or AuditFilter())
        seq = 0
        # In pages: a log of years must not stand in memory whole.
        while rows := self._database.rows(
            f"SELECT * FROM audit WHERE {where} AND seq > ? ORDER BY seq LIMIT 1000", *values, seq
        ):
            yield from (_entry(row) for row in rows)
            seq = rows[-1]["seq"]

    def actions(self) -> list[str]:
        """Return every action that occurs, for a choice to filter by."""
        return [row["action"] for row in self._database.rows("SELECT DISTINCT action FROM audit ORDER BY action")]


def _plain(detail: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in detail.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _where(wanted: AuditFilter) -> tuple[str, list[Any]]:
    conditions, values = ["1"], []
    for column in ("actor", "action", "subject", "subject_id"):
        if (value := getattr(wanted, column)) is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    for column, operator in (("since", ">="), ("until", "<")):
        if (value := getattr(wanted, column)) is not None:
            conditions.append(f"at {operator} ?")
            values.append(value)
    return " AND ".join(conditions), values


def _entry(row: dict[str, Any]) -> AuditEntry:
    return AuditEntry(**{**row, "detail": json.loads(row["detail"])})
