"""Who may do what, as one table."""

from __future__ import annotations

import pytest

from kb.errors import Forbidden
from kb.permissions import ACCOUNT_ROLES, ANONYMOUS, COLLECTION_ACTOR, OPERATOR, PERMISSIONS, Actor, Permission, Role

# Each row by hand: whom the permission is for, in the order of Role.
TABLE = {
    #                      reader invited contributor curator admin
    Permission.READ: "     yes    yes     yes         yes     yes",
    Permission.PROPOSE: "  no     yes     yes         yes     yes",
    Permission.BRING_IN: " no     yes     yes         yes     yes",
    Permission.FETCH: "    no     no      yes         yes     yes",
    Permission.REVIEW: "   no     no      no          yes     yes",
    Permission.HISTORY: "  no     no      no          yes     yes",
    Permission.RETIRE: "   no     no      no          yes     yes",
    Permission.RENAME: "   no     no      no          yes     yes",
    Permission.UPKEEP: "   no     no      no          yes     yes",
    Permission.INVITE: "   no     no      no          yes     yes",
    Permission.ACCOUNTS: " no     no      no          no      yes",
    Permission.AUDIT: "    no     no      no          no      yes",
}
CELLS = [
    (role, permission, answer == "yes")
    for permission, row in TABLE.items()
    for role, answer in zip(Role, row.split(), strict=True)
]


def test_the_table_speaks_of_every_role_and_every_permission() -> None:
    assert set(TABLE) == set(Permission)
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize(("role", "permission", "allowed"), CELLS)
def test_a_role_may_do_what_the_table_says(role: Role, permission: Permission, allowed: bool) -> None:
    actor = Actor("somebody", role)
    assert actor.may(permission) is allowed
    if allowed:
        actor.require(permission)
    else:
        with pytest.raises(Forbidden) as caught:
            actor.require(permission)
        assert permission.value in caught.value.describe("en")
        assert permission.value in caught.value.describe("de")


def test_whoever_has_no_account_has_no_role_of_an_account() -> None:
    assert {ANONYMOUS.role, COLLECTION_ACTOR.role}.isdisjoint(ACCOUNT_ROLES)
    assert OPERATOR.role is Role.ADMIN
