"""Who may do what: one table of roles and permissions, asked by every room that changes something."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.errors import Forbidden
from kb.text import Text


class Role(StrEnum):
    """What a person is here for. Readers have no account; an invited one holds a link and has none either."""

    READER = "reader"
    INVITED = "invited"
    CONTRIBUTOR = "contributor"
    CURATOR = "curator"
    ADMIN = "admin"


ACCOUNT_ROLES = (Role.CONTRIBUTOR, Role.CURATOR, Role.ADMIN)
"""The roles that an account may have, the smallest first."""


class Permission(StrEnum):
    """One thing that not everybody may do."""

    READ = "read"
    """Search, read published cases in all their states and what stands where a retired one was, export them."""
    PROPOSE = "propose"
    """Make proposals; see, edit, comment and withdraw one's own."""
    BRING_IN = "bring-in"
    """Hand in files and documents."""
    FETCH = "fetch"
    """Have the server fetch a web address: it acts in the operator's name, so only for people with an account."""
    REVIEW = "review"
    """See and edit every proposal; send back, accept and reject."""
    HISTORY = "history"
    """See who made each revision of a case and what is proposed to it; read what a retired one said."""
    RETIRE = "retire"
    """Retire a case, restore an earlier revision."""
    RENAME = "rename"
    """Give a case a further address."""
    UPKEEP = "upkeep"
    """See what is due, record which sources answer."""
    INVITE = "invite"
    """Make and revoke links by which people without an account may propose."""
    ACCOUNTS = "accounts"
    """Add, change and disable users, make links to set a password."""
    AUDIT = "audit"
    """Read and export who did what."""


_CONTRIBUTOR = frozenset({Permission.READ, Permission.PROPOSE, Permission.BRING_IN, Permission.FETCH})
_CURATOR = _CONTRIBUTOR | {
    *(Permission.REVIEW, Permission.HISTORY, Permission.RETIRE, Permission.RENAME),
    *(Permission.UPKEEP, Permission.INVITE),
}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.READER: frozenset({Permission.READ}),
    Role.INVITED: frozenset({Permission.READ, Permission.PROPOSE, Permission.BRING_IN}),
    Role.CONTRIBUTOR: _CONTRIBUTOR,
    Role.CURATOR: _CURATOR,
    Role.ADMIN: _CURATOR | {Permission.ACCOUNTS, Permission.AUDIT},
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something: the name that history and audit keep, and the role that decides."""

    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Say whether the table gives this role the permission."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless `may`."""
        if not self.may(permission):
            raise Forbidden(
                Text(
                    de=f"Dafür fehlt die Berechtigung ({permission.value}). Mit einem Konto anmelden, das sie hat.",
                    en=f"This needs a permission that is missing ({permission.value}). Sign in with an account that"
                    " has it.",
                )
            )


ANONYMOUS = Actor("", Role.READER)
OPERATOR = Actor("terminal", Role.ADMIN)
"""Whoever runs commands on the machine: can read and write the database file, so nothing is kept from them."""
COLLECTION_ACTOR = Actor("collection", Role.INVITED)
"""In whose name a new state of the shipped collection is proposed."""
