"""How often somebody has tried to sign in, so that guessing passwords takes longer than anybody has."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from math import ceil

from kb.database import Database, stamp
from kb.errors import PfadfinderError
from kb.text import Text

WINDOW = timedelta(minutes=15)
"""How long attempts are counted together."""
NAME_ATTEMPTS, ADDRESS_ATTEMPTS, ACCOUNT_ATTEMPTS = 5, 30, 100
"""The most attempts in a window: for a name from one address, from one address, for a name from everywhere."""


class TooManyAttempts(PfadfinderError):
    """Too many attempts to sign in; `until` is when the next one counts again (ISO 8601, UTC)."""

    def __init__(self, until: datetime, now: datetime) -> None:
        self.until = stamp(until)
        minutes = ceil((until - now) / timedelta(minutes=1))
        super().__init__(
            Text(
                de=f"Zu viele Anmeldeversuche. Wieder möglich in {minutes} Minute{'n' if minutes != 1 else ''}.",
                en=f"Too many attempts to sign in. Possible again in {minutes} minute{'s' if minutes != 1 else ''}.",
            )
        )


class Attempts:
    """Counts in the database and not in memory: several processes serve, and a restart must not forgive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, name: str, address: str) -> None:
        """Count an attempt before its password is looked at, or a thousand at once would all still be allowed.

        Raises TooManyAttempts.
        """
        now = self._database.clock()
        limits = {
            _key("both", name, address): NAME_ATTEMPTS,
            _key("name", name): ACCOUNT_ATTEMPTS,
            _key("address", address): ADDRESS_ATTEMPTS,
        }
        until = now
        with self._database.transaction():
            self._database.run("DELETE FROM sign_in_attempts WHERE since <= ?", stamp(now - WINDOW))
            for key, limit in limits.items():
                self._database.run(
                    "INSERT INTO sign_in_attempts (key, attempts, since) VALUES (?1, 1, ?2)"
                    " ON CONFLICT (key) DO UPDATE SET attempts = attempts + 1",
                    *(key, stamp(now)),
                )
                row = self._database.row("SELECT attempts, since FROM sign_in_attempts WHERE key = ?", key)
                if row and row["attempts"] > limit:
                    until = max(until, datetime.fromisoformat(row["since"]) + WINDOW)
        if until > now:
            raise TooManyAttempts(until, now)

    def forgive(self, name: str, address: str) -> None:
        """Forget the attempts of a name after a success; those of the address stay, or one success pays for others."""
        for key in (_key("both", name, address), _key("name", name)):
            self._database.run("DELETE FROM sign_in_attempts WHERE key = ?", key)


def _key(*parts: str) -> str:
    # Hashed, as people type their password into the field of the name.
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()
