"""Users, their passwords, and signing in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from kb.attempts import Attempts
from kb.audit import Audit
from kb.database import Database
from kb.errors import Fault, Faulty, NotFound, PfadfinderError
from kb.passwords import LENGTHS, SCRYPT, Scrypt, fits, hash_password, is_outdated, password_faults
from kb.permissions import ACCOUNT_ROLES, ANONYMOUS, COLLECTION_ACTOR, OPERATOR, Actor, Permission, Role
from kb.text import Text

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")
_RESERVED = {ANONYMOUS.name, OPERATOR.name, COLLECTION_ACTOR.name}


class InvalidAccount(Faulty):
    """A name, role or password that cannot be, with every fault by field."""


class SignInRefused(PfadfinderError):
    """Name or password are wrong, or the account is disabled: nobody is told which."""

    def __init__(self) -> None:
        super().__init__(Text(de="Name oder Passwort stimmen nicht.", en="The name or the password is wrong."))


@dataclass(frozen=True, slots=True)
class User:
    """An account. A session of it holds name and `epoch`; when the epoch rises all its sessions have ended."""

    name: str
    role: Role
    disabled: bool
    epoch: int
    has_password: bool
    created_by: str
    created_at: str
    signed_in_at: str | None

    @property
    def actor(self) -> Actor:
        """The user as history and permissions know them."""
        return Actor(self.name, self.role)

    @property
    def standing(self) -> Literal["active", "disabled", "no-password"]:
        """Whether the user can sign in, and if not, why."""
        return "disabled" if self.disabled else "active" if self.has_password else "no-password"


class Accounts:
    """The users of one database. Everything that changes one is in the audit, never with a password."""

    def __init__(self, database: Database, cost: Scrypt = SCRYPT) -> None:
        self._database = database
        self._audit = Audit(database)
        self._attempts = Attempts(database)
        self._cost = cost

    # Users

    def add(self, name: str, role: Role, by: Actor, password: str | None = None) -> User:
        """Add a user, without a password until they set one by a link. Raises Forbidden, InvalidAccount."""
        by.require(Permission.ACCOUNTS)
        name = name.strip().lower()
        faults = [*_role_faults(role), *(password_faults(password, name) if password is not None else ())]
        hashed = hash_password(password, self._cost) if password is not None and not faults else None
        with self._database.transaction():
            if faults := [*self._name_faults(name), *faults]:
                raise InvalidAccount(name, faults)
            self._database.run(
                "INSERT INTO users (name, role, password, created_by, created_at) VALUES (?, ?, ?, ?, ?)",
                *(name, role, hashed, by.name, self._database.now()),
            )
            self._audit.record(by.name, "add", "user", name, role=role)
            return self.get(name)

    def get(self, name: str) -> User:
        """Return the user with this name. Raises NotFound."""
        return _user(self._row(name))

    def all(self) -> list[User]:
        """Return every user by name, the disabled ones too."""
        return [_user(row) for row in self._database.rows("SELECT * FROM users ORDER BY name")]

    def none_yet(self) -> bool:
        """Say whether there is no admin who could sign in: the program then says how to make one."""
        row = self._database.row("SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled AND password IS NOT NULL")
        return row is None

    def set_role(self, name: str, role: Role, by: Actor) -> User:
        """Give a user another role; their sessions end. Raises Forbidden, NotFound, InvalidAccount."""
        by.require(Permission.ACCOUNTS)
        if faults := _role_faults(role):
            raise InvalidAccount(name, faults)
        return self._change(name, by, "set-role", {"role": role}, role=role)

    def disable(self, name: str, by: Actor) -> User:
        """Let a user sign in no more and end their sessions; the name stays. Raises Forbidden, InvalidAccount."""
        by.require(Permission.ACCOUNTS)
        return self._change(name, by, "disable", {"disabled": 1})

    def enable(self, name: str, by: Actor) -> User:
        """Let a disabled user sign in again. Raises Forbidden, NotFound."""
        by.require(Permission.ACCOUNTS)
        return self._change(name, by, "enable", {"disabled": 0})

    def end_sessions(self, name: str, by: Actor) -> User:
        """End every session of a user, one's own or, by an admin, another's. Raises Forbidden, NotFound."""
        if by.name != name:
            by.require(Permission.ACCOUNTS)
        return self._change(name, by, "end-sessions", {})

    def _change(self, name: str, by: Actor, action: str, changes: dict[str, Any], **detail: Any) -> User:
        """Change columns of a user and end their sessions; what stands so already is left as it is."""
        with self._database.transaction():
            row = self._row(name)
            if changes and all(row[column] == value for column, value in changes.items()):
                return _user(row)
            columns = "".join(f"{column} = ?, " for column in changes)
            self._database.run(
                f"UPDATE users SET {columns}epoch = epoch + 1 WHERE name = ?", *changes.values(), row["name"]
            )
            self._refuse_without_admin(_user(row))
            self._audit.record(by.name, action, "user", row["name"], **detail)
            return self.get(name)

    def _refuse_without_admin(self, changed: User) -> None:
        """The last admin stays one: without any, nobody could make another."""
        if (
            changed.role is Role.ADMIN
            and not changed.disabled
            and not self._database.row("SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled")
        ):
            message = Text(de="ist das letzte Administrationskonto", en="is the last admin account")
            raise InvalidAccount(changed.name, [Fault("name", message)])

    # Passwords and signing in

    def sign_in(self, name: str, password: str, address: str) -> User:
        """Return the user whom name and password belong to. `address` is where the attempt comes from.

        Raises SignInRefused, TooManyAttempts.
        """
        row = self._verified(name, password, address)
        # Hashed before the transaction: half a second with the write lock would stop every other writer.
        outdated = is_outdated(row["password"], self._cost)
        hashed = hash_password(password, self._cost) if outdated else row["password"]
        with self._database.transaction():
            self._database.run(
                "UPDATE users SET password = ?, signed_in_at = ? WHERE name = ? AND password = ?",
                *(hashed, self._database.now(), row["name"], row["password"]),
            )
            self._audit.record(row["name"], "sign-in", "user", row["name"], address=address)
        return self.get(row["name"])

    def change_password(self, name: str, old: str, new: str, address: str) -> User:
        """Set a new password for a user who knows the old one; their other sessions end.

        Raises InvalidAccount, SignInRefused, TooManyAttempts.
        """
        row = self._verified(name, old, address)
        return self.set_password(row["name"], self.hashed(row["name"], new), row["name"])

    def hashed(self, name: str, password: str) -> str:
        """Return what is kept of a new password. Takes long, so no transaction waits for it. Raises InvalidAccount."""
        if faults := password_faults(password, name):
            raise InvalidAccount(name, faults)
        return hash_password(password, self._cost)

    def set_password(self, name: str, hashed: str, by: str) -> User:
        """Set a password, for whoever has shown that they may; every session ends. Raises NotFound."""
        with self._database.transaction():
            user = self.get(name)
            self._database.run("UPDATE users SET password = ?, epoch = epoch + 1 WHERE name = ?", hashed, user.name)
            self._audit.record(by, "set-password", "user", user.name)
            return self.get(name)

    def _verified(self, name: str, password: str, address: str) -> dict[str, Any]:
        name = name.strip().lower()[:80]
        self._attempts.count(name, address)
        row = self._database.row("SELECT * FROM users WHERE name = ?", name)
        right = fits(password[: LENGTHS[1] + 1], row["password"] if row else None, self._cost)
        known = row["name"] if row else "?"
        with self._database.transaction():
            if row is not None and right and not row["disabled"]:
                self._attempts.forgive(name, address)
                return row
            # Who it was is not known: that is what was refused. The name as it was typed is not kept where nobody has
            # it, since it may be a password in the wrong field.
            self._audit.record("?", "sign-in-refused", "user", known, address=address)
        raise SignInRefused

    def of_session(self, name: str, epoch: int) -> User | None:
        """Return the user of a session that began at `epoch`, None when it has ended."""
        row = self._database.row("SELECT * FROM users WHERE name = ? AND epoch = ? AND NOT disabled", name, epoch)
        return _user(row) if row else None

    def _name_faults(self, name: str) -> list[Fault]:
        if not _NAME.fullmatch(name):
            message = Text(
                de="2 bis 80 Zeichen: Kleinbuchstaben a-z, Ziffern und . _ @ + -",
                en="2 to 80 characters: lower case letters a-z, digits and . _ @ + -",
            )
        elif name in _RESERVED or self._database.row("SELECT 1 FROM users WHERE name = ?", name):
            message = Text(de="ist schon vergeben", en="is taken already")
        else:
            return []
        return [Fault("name", message)]

    def _row(self, name: str) -> dict[str, Any]:
        row = self._database.row("SELECT * FROM users WHERE name = ?", name.strip().lower())
        if row is None:
            raise NotFound("user", name)
        return row


def _user(row: dict[str, Any]) -> User:
    return User(
        name=row["name"],
        role=Role(row["role"]),
        disabled=bool(row["disabled"]),
        epoch=row["epoch"],
        has_password=row["password"] is not None,
        created_by=row["created_by"],
        created_at=row["created_at"],
        signed_in_at=row["signed_in_at"],
    )


def _role_faults(role: Role) -> list[Fault]:
    if role in ACCOUNT_ROLES:
        return []
    allowed = ", ".join(ACCOUNT_ROLES)
    return [
        Fault("role", Text(de=f"{role} geht nicht. Erlaubt: {allowed}", en=f"{role} cannot be. Allowed: {allowed}"))
    ]
