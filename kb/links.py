"""Which addresses answered when they were last tried. Others try them: this room has no network."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from kb.audit import Audit
from kb.database import Database
from kb.permissions import Actor, Permission
from kb.text import Text


class Tried(NamedTuple):
    """What came of trying one address: its HTTP status, None where nothing answered; why; where it moved for good."""

    url: str
    answered: bool
    status: int | None
    reason: Text | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """The newest try of one address, when that was, and since when it fails, if it does."""

    url: str
    answered: bool
    status: int | None
    reason: Text | None
    at: str
    failing_since: str | None
    moved_to: str | None = None


class LinkChecks:
    """The newest try of every address, and since when those that fail do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, tried: Collection[Tried], actor: Actor) -> None:
        """Keep what became of a run. Raises Forbidden."""
        actor.require(Permission.UPKEEP)
        with self._database.transaction():
            now = self._database.now()
            self._database.run_many(
                "INSERT INTO link_checks (url, answered, status, detail, at, failing_since, moved_to)"
                " VALUES (?1, ?2, ?3, ?4, ?5, iif(?2, NULL, ?5), ?6)"
                " ON CONFLICT (url) DO UPDATE SET answered = ?2, status = ?3, detail = ?4, at = ?5,"
                " failing_since = iif(?2, NULL, coalesce(failing_since, ?5)), moved_to = ?6",
                [(one.url, int(one.answered), one.status, _detail(one.reason), now, one.moved_to) for one in tried],
            )
            failed = sum(not one.answered for one in tried)
            Audit(self._database).record(actor.name, "check-links", "links", "all", tried=len(tried), failed=failed)

    def answers(self, urls: Collection[str]) -> dict[str, bool]:
        """Return of those addresses that have been tried whether they answered."""
        rows = self._database.rows(
            "SELECT url, answered FROM link_checks WHERE url IN (SELECT value FROM json_each(?))",
            json.dumps(list(urls)),
        )
        return {row["url"]: bool(row["answered"]) for row in rows}

    def failing(self) -> list[LinkCheck]:
        """Return the addresses that did not answer, the longest silent first."""
        rows = self._database.rows("SELECT * FROM link_checks WHERE NOT answered ORDER BY failing_since, url")
        return [_check(row) for row in rows]

    def moved(self) -> list[LinkCheck]:
        """Return the addresses that answered at another one for good, by address."""
        rows = self._database.rows("SELECT * FROM link_checks WHERE answered AND moved_to IS NOT NULL ORDER BY url")
        return [_check(row) for row in rows]


def _check(row: Mapping[str, Any]) -> LinkCheck:
    return LinkCheck(
        url=row["url"],
        answered=bool(row["answered"]),
        status=row["status"],
        reason=Text(**json.loads(row["detail"])) if row["detail"] else None,
        at=row["at"],
        failing_since=row["failing_since"],
        moved_to=row["moved_to"],
    )


def _detail(reason: Text | None) -> str:
    return json.dumps(asdict(reason), ensure_ascii=False) if reason else ""
