"""Links that stand for a right: to propose without an account, or to set the password of one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kb.accounts import Accounts, InvalidAccount, User
from kb.audit import Audit
from kb.database import Database, stamp
from kb.errors import Fault, NotFound, PfadfinderError
from kb.permissions import Actor, Permission, Role
from kb.text import Text

LABEL_LIMIT = 120
PASSWORD_LINK_LIFE = timedelta(days=2)


class LinkExpired(PfadfinderError):
    """A link that was never made, is used up, was revoked, or is too old: nobody is told which."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                de="Dieser Link gilt nicht oder nicht mehr. Bitte einen neuen anfordern.",
                en="This link does not work, or no longer. Please ask for a new one.",
            )
        )


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link by which several people may propose, until it expires or is revoked. `label` says whom it was for."""

    id: int
    label: str
    created_by: str
    created_at: str
    expires_at: str
    ended_at: str | None

    def actor(self, session: str) -> Actor:
        """Return one of those who come by this link, as history and permissions know them.

        `session` tells them apart, or each could read and change what another one typed.
        """
        return Actor(f"invitation:{self.id}:{session}", Role.INVITED)


class Invitations:
    """Links, of which only the hash is kept: each is shown once, when it is made."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts
        self._audit = Audit(database)

    def invite(self, label: str, life: timedelta, by: Actor) -> tuple[Invitation, str]:
        """Make a link for people without an account; return it with its token. Raises Forbidden, InvalidAccount."""
        by.require(Permission.INVITE)
        label = label.strip()
        if not 0 < len(label) <= LABEL_LIMIT or not timedelta(0) < life <= timedelta(days=366):
            message = Text(
                de=f"braucht eine Bezeichnung bis {LABEL_LIMIT} Zeichen und eine Dauer bis zu einem Jahr",
                en=f"needs a label of up to {LABEL_LIMIT} characters and a life of up to a year",
            )
            raise InvalidAccount(label, [Fault("label", message)])
        with self._database.transaction():
            token_id, token = self._make("invitation", None, label, life, by)
            self._audit.record(by.name, "invite", "invitation", token_id, label=label)
            return self.get(token_id), token

    def invited(self, token: str) -> Invitation:
        """Return the invitation of `token`. Raises LinkExpired."""
        return self.get(self._valid("invitation", token)["id"])

    def get(self, invitation_id: int) -> Invitation:
        """Return one invitation. Raises NotFound."""
        found = [invitation for invitation in self.all() if invitation.id == invitation_id]
        if not found:
            raise NotFound("invitation", invitation_id)
        return found[0]

    def all(self) -> list[Invitation]:
        """Return every invitation, the newest first."""
        rows = self._database.rows(
            "SELECT id, label, created_by, created_at, expires_at, ended_at FROM tokens"
            " WHERE kind = 'invitation' ORDER BY id DESC"
        )
        return [Invitation(**row) for row in rows]

    def is_valid(self, invitation: Invitation) -> bool:
        """Say whether a session that began by this invitation may go on."""
        return invitation.ended_at is None and invitation.expires_at > self._database.now()

    def revoke(self, invitation_id: int, by: Actor) -> None:
        """Let an invitation end now. Raises Forbidden, NotFound."""
        by.require(Permission.INVITE)
        with self._database.transaction():
            self.get(invitation_id)
            self._end(invitation_id)
            self._audit.record(by.name, "revoke", "invitation", invitation_id)

    def password_link(self, name: str, by: Actor) -> str:
        """Return a token with which the user sets a password, once; earlier ones end. Raises Forbidden, NotFound."""
        by.require(Permission.ACCOUNTS)
        with self._database.transaction():
            user = self._accounts.get(name)
            self._database.run(
                "UPDATE tokens SET ended_at = ? WHERE user = ? AND ended_at IS NULL", self._database.now(), user.name
            )
            _, token = self._make("password", user.name, "", PASSWORD_LINK_LIFE, by)
            self._audit.record(by.name, "password-link", "user", user.name)
            return token

    def set_password(self, token: str, password: str) -> User:
        """Set the password of the user whom `token` is for. A password that is refused does not use it up.

        Raises LinkExpired, InvalidAccount.
        """
        hashed = self._accounts.hashed(self.password_for(token).name, password)
        with self._database.transaction():
            user = self.password_for(token)
            self._end(self._valid("password", token)["id"])
            return self._accounts.set_password(user.name, hashed, user.name)

    def password_for(self, token: str) -> User:
        """Return the user whose password `token` may set, for the form. Raises LinkExpired."""
        user = self._accounts.get(self._valid("password", token)["user"])
        if user.disabled:
            raise LinkExpired
        return user

    def _make(self, kind: str, user: str | None, label: str, life: timedelta, by: Actor) -> tuple[int, str]:
        token = secrets.token_urlsafe(32)
        token_id = self._database.run(
            "INSERT INTO tokens (kind, hash, user, label, created_by, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(kind, _hash(token), user, label, by.name, self._database.now()),
            stamp(self._database.clock() + life),
        )
        return token_id, token

    def _valid(self, kind: str, token: str) -> dict[str, Any]:
        row = self._database.row(
            "SELECT id, user FROM tokens WHERE kind = ? AND hash = ? AND ended_at IS NULL AND expires_at > ?",
            *(kind, _hash(token), self._database.now()),
        )
        if row is None:
            raise LinkExpired
        return row

    def _end(self, token_id: int) -> None:
        self._database.run(
            "UPDATE tokens SET ended_at = coalesce(ended_at, ?) WHERE id = ?", self._database.now(), token_id
        )


def _hash(token: str) -> str:
    # A token is 256 random bits: nobody guesses it, so a fast hash is enough to make a stolen file useless.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
