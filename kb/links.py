"""Which addresses answered when they were last tried. Others try them: this room has no network."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

from kb.audit import Audit
from kb.database import Database
from kb.permissions import Actor, Permission
from kb.text import Text


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """The newest try of one address. `status` is the HTTP status, None where nothing answered; `reason` says why."""

    url: str
    answered: bool
    status: int | None
    reason: Text | None
    at: str
    failing_since: str | None


class LinkChecks:
    """The newest try of every address, and since when those that fail do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, checks: Collection[tuple[str, bool, int | None, Text | None]], actor: Actor) -> None:
        """Keep what became of a run: (address, answered, status, reason) for each. Raises Forbidden."""
        actor.require(Permission.UPKEEP)
        with self._database.transaction():
            now = self._database.now()
            self._database.run_many(
                "INSERT INTO link_checks (url, answered, status, detail, at, failing_since)"
                " VALUES (?1, ?2, ?3, ?4, ?5, iif(?2, NULL, ?5))"
                " ON CONFLICT (url) DO UPDATE SET answered = ?2, status = ?3, detail = ?4, at = ?5,"
                " failing_since = iif(?2, NULL, coalesce(failing_since, ?5))",
                [
                    (url, int(answered), status, json.dumps(asdict(reason), ensure_ascii=False) if reason else "", now)
                    for url, answered, status, reason in checks
                ],
            )
            failed = sum(not answered for _, answered, _, _ in checks)
            Audit(self._database).record(actor.name, "check-links", "links", "all", tried=len(checks), failed=failed)

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
        return [
            LinkCheck(
                url=row["url"],
                answered=bool(row["answered"]),
                status=row["status"],
                reason=Text(**json.loads(row["detail"])) if row["detail"] else None,
                at=row["at"],
                failing_since=row["failing_since"],
            )
            for row in rows
        ]
