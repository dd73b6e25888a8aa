"""Users, passwords, attempts and links."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.accounts import Accounts, InvalidAccount, SignInRefused, User
from kb.attempts import ADDRESS_ATTEMPTS, NAME_ATTEMPTS, WINDOW, TooManyAttempts
from kb.audit import Audit
from kb.database import Database
from kb.errors import Forbidden, NotFound
from kb.invitations import PASSWORD_LINK_LIFE, Invitations, LinkExpired
from kb.passwords import LENGTHS, SCRYPT, Scrypt, fits, hash_password, is_outdated, password_faults
from kb.permissions import OPERATOR, Actor, Role
from tests.proposals import CONTRIBUTOR, CURATOR, Hands
from tests.strategies import PROPERTY

CHEAP = Scrypt(n=16, r=1, p=1)
PASSWORD = "correct horse battery"
NEXT = "another long password"
HOME = "192.0.2.1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.sqlite"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def database(file: Path, clock: Hands) -> Iterator[Database]:
    database = Database(file, clock)
    yield database
    database.close()


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database, CHEAP)


@pytest.fixture
def invitations(database: Database, accounts: Accounts) -> Invitations:
    return Invitations(database, accounts)


@pytest.fixture
def ada(accounts: Accounts) -> Actor:
    """The admin of the tests."""
    return accounts.add("ada", Role.ADMIN, OPERATOR, PASSWORD).actor


def dump(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(connection.iterdump())


# Passwords


def test_a_hash_says_how_it_was_made_and_fits_its_password_alone() -> None:
    hashed = hash_password(PASSWORD, CHEAP)
    assert hashed.startswith("scrypt$16$1$1$")
    assert PASSWORD not in hashed
    assert hashed != hash_password(PASSWORD, CHEAP)
    assert fits(PASSWORD, hashed)
    assert not fits(PASSWORD + " ", hashed)
    assert not fits(PASSWORD, None)


def test_the_cost_that_is_used_in_earnest_works_and_an_older_one_is_noticed() -> None:
    hashed = hash_password(PASSWORD)
    assert fits(PASSWORD, hashed)
    assert not is_outdated(hashed)
    assert is_outdated(hash_password(PASSWORD, CHEAP))
    assert 128 * SCRYPT.n * SCRYPT.r == 32 * 1024**2


def test_the_same_password_typed_on_another_keyboard_fits() -> None:
    assert fits("Wa\u0308rmepumpe im Keller", hash_password("Wärmepumpe im Keller", CHEAP))


@PROPERTY
@given(st.text(max_size=250), st.text(max_size=250))
def test_any_two_passwords_are_told_apart_and_none_breaks_the_check(one: str, other: str) -> None:
    hashed = hash_password(PASSWORD, CHEAP)
    assert fits(one, hashed) is (one == PASSWORD)
    assert isinstance(password_faults(other, "ada"), list)


def test_a_stored_hash_that_is_none_is_an_error_and_never_a_fit() -> None:
    for broken in ("", "scrypt$1", "bcrypt$16$1$1$AA==$AA==", "scrypt$a$1$1$AA==$AA=="):
        with pytest.raises(ValueError, match="cannot be read"):
            fits(PASSWORD, broken)


@pytest.mark.parametrize(
    ("password", "english", "german"),
    [
        ("short", "needs 12 to 200 characters", "braucht 12 bis 200 Zeichen"),
        ("x1y2z" * 41, "needs 12 to 200 characters", "braucht 12 bis 200 Zeichen"),
        ("my name is Ada, you know", "contains the user name", "enthält den Anmeldenamen"),
        ("aaaaaaaaaaaaaaaa", "too few different signs", "zu wenigen verschiedenen Zeichen"),
        ("a long \ud800 password", "invalid characters", "ungültige Zeichen"),
    ],
)
def test_a_password_that_is_none_is_told_why(accounts: Accounts, password: str, english: str, german: str) -> None:
    with pytest.raises(InvalidAccount) as caught:
        accounts.add("ada", Role.ADMIN, OPERATOR, password)
    assert any(english in message for message in caught.value.by_field("en")["password"])
    assert any(german in message for message in caught.value.by_field("de")["password"])
    assert accounts.all() == []


def test_any_words_of_the_right_length_are_a_password() -> None:
    assert password_faults("ein paar Wörter", "ada") == []
    assert len("x" * LENGTHS[0]) == 12


# Users


def test_a_user_is_added_and_comes_back_and_the_password_is_nowhere(accounts: Accounts, file: Path) -> None:
    user = accounts.add(" Ada@Example.org ", Role.CURATOR, OPERATOR, PASSWORD)
    assert user == accounts.get("ada@example.org") == accounts.all()[0]
    assert user == User(
        *("ada@example.org", Role.CURATOR, False, 1, True, "terminal", "2026-02-01T12:00:00+00:00", None)
    )
    assert user.actor == Actor("ada@example.org", Role.CURATOR)
    assert PASSWORD not in dump(file)


@pytest.mark.parametrize("name", ["", "a", "Ä", "a b", "-a", "a" * 81, "collection", "terminal", "invitation:1", "ada"])
def test_a_name_that_cannot_be_or_is_taken_is_refused(accounts: Accounts, ada: Actor, name: str) -> None:
    with pytest.raises(InvalidAccount) as caught:
        accounts.add(name, Role.CURATOR, ada)
    assert [fault.field for fault in caught.value.faults] == ["name"]


@pytest.mark.parametrize("role", [Role.READER, Role.INVITED])
def test_an_account_has_the_role_of_an_account(accounts: Accounts, ada: Actor, role: Role) -> None:
    with pytest.raises(InvalidAccount, match="Allowed: contributor, curator, admin"):
        accounts.add("berta", role, ada)
    with pytest.raises(InvalidAccount, match="Allowed: contributor, curator, admin"):
        accounts.set_role("ada", role, ada)


def test_only_an_admin_changes_accounts(accounts: Accounts, invitations: Invitations, ada: Actor) -> None:
    for refused in (
        lambda: accounts.add("berta", Role.ADMIN, CURATOR),
        lambda: accounts.set_role("ada", Role.CURATOR, CURATOR),
        lambda: accounts.disable("ada", CURATOR),
        lambda: accounts.enable("ada", CURATOR),
        lambda: accounts.end_sessions("ada", CURATOR),
        lambda: invitations.password_link("ada", CURATOR),
        lambda: invitations.invite("x", timedelta(days=1), CONTRIBUTOR),
        lambda: invitations.revoke(1, CONTRIBUTOR),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_the_last_admin_stays_one(accounts: Accounts, ada: Actor) -> None:
    for refused in (lambda: accounts.disable("ada", ada), lambda: accounts.set_role("ada", Role.CURATOR, ada)):
        with pytest.raises(InvalidAccount, match="is the last admin account"):
            refused()
    assert accounts.get("ada").role is Role.ADMIN
    accounts.add("berta", Role.ADMIN, ada)
    assert accounts.set_role("ada", Role.CURATOR, ada).role is Role.CURATOR
    with pytest.raises(InvalidAccount, match="is the last admin account"):
        accounts.disable("berta", OPERATOR)


def test_without_an_admin_who_could_sign_in_the_program_can_tell(accounts: Accounts, ada: Actor) -> None:
    assert not accounts.none_yet()


def test_an_admin_without_a_password_is_none_yet(accounts: Accounts) -> None:
    assert accounts.none_yet()
    accounts.add("ada", Role.ADMIN, OPERATOR)
    assert accounts.none_yet()


def test_who_is_not_there_is_said(accounts: Accounts, ada: Actor) -> None:
    with pytest.raises(NotFound, match="no such user: berta"):
        accounts.disable("berta", ada)


# Signing in


def test_name_and_password_together_sign_in(accounts: Accounts, ada: Actor) -> None:
    user = accounts.sign_in(" ADA ", PASSWORD, HOME)
    assert (user.name, user.signed_in_at) == ("ada", "2026-02-01T12:00:00+00:00")


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong password"), ("berta", PASSWORD), ("", ""), ("ada", "")])
def test_what_is_wrong_is_not_told_apart(accounts: Accounts, ada: Actor, name: str, password: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        accounts.sign_in(name, password, HOME)
    assert caught.value.describe("en") == "The name or the password is wrong."


def test_the_disabled_and_those_without_a_password_do_not_sign_in(accounts: Accounts, ada: Actor) -> None:
    accounts.add("berta", Role.CURATOR, ada, PASSWORD)
    accounts.add("carla", Role.CURATOR, ada)
    accounts.disable("berta", ada)
    for name in ("berta", "carla"):
        with pytest.raises(SignInRefused):
            accounts.sign_in(name, PASSWORD, HOME)
    accounts.enable("berta", ada)
    accounts.sign_in("berta", PASSWORD, HOME)


def test_a_hash_of_another_cost_is_made_anew_at_the_next_sign_in(
    database: Database, accounts: Accounts, ada: Actor
) -> None:
    dearer = Scrypt(n=32, r=1, p=1)
    later = Accounts(database, dearer)
    epoch = later.sign_in("ada", PASSWORD, HOME).epoch
    row = database.row("SELECT password FROM users")
    assert row is not None
    assert row["password"].startswith("scrypt$32$1$1$")
    assert later.of_session("ada", epoch) is not None
    later.sign_in("ada", PASSWORD, HOME)


def test_a_session_ends_when_role_password_or_standing_change(accounts: Accounts, ada: Actor) -> None:
    accounts.add("berta", Role.CURATOR, ada, PASSWORD)
    berta = Actor("berta", Role.CURATOR)
    for change in (
        lambda: accounts.set_role("berta", Role.CONTRIBUTOR, ada),
        lambda: accounts.change_password("berta", PASSWORD, NEXT, HOME),
        lambda: accounts.end_sessions("berta", berta),
        lambda: accounts.disable("berta", ada),
        lambda: accounts.enable("berta", ada),
    ):
        epoch = accounts.get("berta").epoch
        change()
        assert accounts.of_session("berta", epoch) is None
    assert accounts.of_session("berta", accounts.get("berta").epoch) == accounts.get("berta")
    assert accounts.of_session("nobody", 1) is None


def test_a_change_that_changes_nothing_ends_no_session(accounts: Accounts, ada: Actor) -> None:
    assert accounts.set_role("ada", Role.ADMIN, ada).epoch == accounts.enable("ada", ada).epoch == 1


def test_the_old_password_is_needed_for_a_new_one(accounts: Accounts, ada: Actor) -> None:
    with pytest.raises(SignInRefused):
        accounts.change_password("ada", "wrong password", NEXT, HOME)
    with pytest.raises(InvalidAccount):
        accounts.change_password("ada", PASSWORD, "short", HOME)
    accounts.change_password("ada", PASSWORD, NEXT, HOME)
    accounts.sign_in("ada", NEXT, HOME)
    with pytest.raises(SignInRefused):
        accounts.sign_in("ada", PASSWORD, HOME)


# Attempts


def fail(accounts: Accounts, times: int, name: str = "ada", address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            accounts.sign_in(name, "wrong password", address)


def test_after_some_failures_even_the_right_password_waits(accounts: Accounts, ada: Actor, clock: Hands) -> None:
    fail(accounts, NAME_ATTEMPTS)
    with pytest.raises(TooManyAttempts) as caught:
        accounts.sign_in("ada", PASSWORD, HOME)
    assert caught.value.until == "2026-02-01T12:15:00+00:00"
    assert caught.value.describe("de").endswith("in 15 Minuten.")
    assert accounts.sign_in("ada", PASSWORD, "192.0.2.2").name == "ada"
    clock.now += WINDOW
    assert accounts.sign_in("ada", PASSWORD, HOME).name == "ada"


def test_a_success_forgives_the_name_and_not_the_address(accounts: Accounts, ada: Actor) -> None:
    for _ in range(ADDRESS_ATTEMPTS // NAME_ATTEMPTS):
        fail(accounts, NAME_ATTEMPTS - 1)
        accounts.sign_in("ada", PASSWORD, HOME)
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("ada", PASSWORD, HOME)


def test_many_names_from_one_address_are_one_attack(accounts: Accounts, ada: Actor) -> None:
    for number in range(ADDRESS_ATTEMPTS):
        fail(accounts, 1, name=f"user{number}")
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("ada", PASSWORD, HOME)


def test_another_process_and_a_restart_count_on(accounts: Accounts, ada: Actor, file: Path, clock: Hands) -> None:
    fail(accounts, NAME_ATTEMPTS)
    other = Database(file, clock)
    with pytest.raises(TooManyAttempts):
        Accounts(other, CHEAP).sign_in("ada", PASSWORD, HOME)
    other.close()


def test_guesses_made_at_once_are_counted_before_they_are_looked_at(
    accounts: Accounts, ada: Actor, file: Path, clock: Hands
) -> None:
    start = threading.Barrier(8)

    def guess(_: int) -> type[Exception]:
        own = Database(file, clock)
        start.wait()
        with pytest.raises((SignInRefused, TooManyAttempts)) as caught:
            Accounts(own, CHEAP).sign_in("ada", "wrong password", HOME)
        own.close()
        return caught.type

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(guess, range(8)))
    assert found.count(SignInRefused) == NAME_ATTEMPTS


def test_what_was_typed_as_a_name_is_kept_nowhere(accounts: Accounts, ada: Actor, file: Path) -> None:
    fail(accounts, 1, name="my secret password")
    assert "my secret password" not in dump(file)


# Links


def test_a_password_link_works_once_and_for_its_user(accounts: Accounts, invitations: Invitations, ada: Actor) -> None:
    accounts.add("berta", Role.CURATOR, ada)
    token = invitations.password_link("berta", ada)
    assert invitations.password_for(token).name == "berta"
    with pytest.raises(InvalidAccount):
        invitations.set_password(token, "short")
    assert invitations.set_password(token, PASSWORD).has_password
    accounts.sign_in("berta", PASSWORD, HOME)
    with pytest.raises(LinkExpired):
        invitations.set_password(token, NEXT)


def test_a_newer_password_link_ends_the_older(accounts: Accounts, invitations: Invitations, ada: Actor) -> None:
    old = invitations.password_link("ada", ada)
    new = invitations.password_link("ada", ada)
    with pytest.raises(LinkExpired):
        invitations.password_for(old)
    assert invitations.password_for(new).name == "ada"


def test_links_expire_and_are_no_good_for_something_else(
    accounts: Accounts, invitations: Invitations, ada: Actor, clock: Hands
) -> None:
    password = invitations.password_link("ada", ada)
    _, invitation = invitations.invite("Workshop", timedelta(days=1), ada)
    for wrong in (lambda: invitations.invited(password), lambda: invitations.password_for(invitation)):
        with pytest.raises(LinkExpired):
            wrong()
    clock.now += PASSWORD_LINK_LIFE
    for expired in (lambda: invitations.password_for(password), lambda: invitations.invited(invitation)):
        with pytest.raises(LinkExpired):
            expired()


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 10_000])
def test_a_made_up_token_opens_nothing(invitations: Invitations, token: str) -> None:
    with pytest.raises(LinkExpired):
        invitations.invited(token)


def test_a_link_of_a_disabled_user_is_dead(accounts: Accounts, invitations: Invitations, ada: Actor) -> None:
    accounts.add("berta", Role.CURATOR, ada)
    token = invitations.password_link("berta", ada)
    accounts.disable("berta", ada)
    with pytest.raises(LinkExpired):
        invitations.set_password(token, PASSWORD)


def test_an_invitation_serves_several_who_are_told_apart_until_it_is_revoked(
    invitations: Invitations, ada: Actor, file: Path
) -> None:
    invitation, token = invitations.invite(" Workshop ", timedelta(days=30), CURATOR)
    assert invitations.invited(token) == invitation == invitations.all()[0]
    assert (invitation.label, invitation.created_by) == ("Workshop", "kurt")
    assert invitation.actor("one") == Actor(f"invitation:{invitation.id}:one", Role.INVITED)
    assert invitation.actor("one") != invitation.actor("two")
    assert invitations.is_valid(invitation)
    assert token not in dump(file)
    invitations.revoke(invitation.id, CURATOR)
    assert not invitations.is_valid(invitations.get(invitation.id))
    with pytest.raises(LinkExpired):
        invitations.invited(token)
    with pytest.raises(NotFound):
        invitations.revoke(99, CURATOR)


@pytest.mark.parametrize(
    ("label", "life"),
    [("", timedelta(days=1)), ("x" * 121, timedelta(days=1)), ("x", timedelta(0)), ("x", timedelta(400))],
)
def test_an_invitation_has_a_label_and_an_end(invitations: Invitations, label: str, life: timedelta) -> None:
    with pytest.raises(InvalidAccount):
        invitations.invite(label, life, CURATOR)


# Audit


def test_who_did_what_with_accounts_is_in_the_audit_without_a_secret(
    database: Database, accounts: Accounts, invitations: Invitations, ada: Actor
) -> None:
    accounts.add("berta", Role.CURATOR, ada, PASSWORD)
    fail(accounts, 1, name="berta")
    accounts.sign_in("berta", PASSWORD, HOME)
    accounts.set_role("berta", Role.ADMIN, ada)
    invitations.set_password(invitations.password_link("berta", ada), NEXT)
    accounts.disable("berta", ada)
    log: list[Any] = [(entry.actor, entry.action, entry.subject_id) for entry in Audit(database).export()]
    assert log == [
        ("terminal", "add", "ada"),
        ("ada", "add", "berta"),
        ("?", "sign-in-refused", "berta"),
        ("berta", "sign-in", "berta"),
        ("ada", "set-role", "berta"),
        ("ada", "password-link", "berta"),
        ("berta", "set-password", "berta"),
        ("ada", "disable", "berta"),
    ]
    assert not any(PASSWORD in str(entry.detail) or NEXT in str(entry.detail) for entry in Audit(database).export())
