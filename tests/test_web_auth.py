"""Signing in and out, sessions and their cookie, forged forms, and the links that stand for a right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kb.accounts import Accounts
from kb.attempts import NAME_ATTEMPTS
from kb.invitations import Invitations
from kb.passwords import Scrypt
from kb.permissions import OPERATOR, Role
from kb.store import CaseStore
from tests.people import PASSWORD, begin_session, form_token, send, sign_in
from web.app import create_app
from web.settings import Settings
from web.wiring import Services

NEXT = "another long password"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, invitations=True)


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    with Services(settings).store() as store:
        yield store


@pytest.fixture
def accounts(store: CaseStore) -> Accounts:
    """Accounts with the users ada, an admin, and kurt, a curator. Hashed cheaply, checked at whatever cost."""
    accounts = Accounts(store.database, Scrypt(n=16, r=1, p=1))
    accounts.add("ada", Role.ADMIN, OPERATOR, PASSWORD)
    accounts.add("kurt", Role.CURATOR, OPERATOR, PASSWORD)
    return accounts


@pytest.fixture
def invitations(store: CaseStore, accounts: Accounts) -> Invitations:
    return Invitations(store.database, accounts)


@pytest.fixture
def app(settings: Settings, accounts: Accounts) -> Flask:
    return create_app(Services(settings))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def cookie(response: TestResponse) -> str:
    return response.headers.get("Set-Cookie", "")


def signed_in_as(client: FlaskClient) -> str | None:
    """The name in the account menu, None for nobody."""
    found = re.search(
        r'<a class="who" href="/account[^"]*">([^<]+)</a>', client.get("/no-such-page").get_data(as_text=True)
    )
    return found.group(1) if found else None


# Signing in


def test_name_and_password_sign_in_and_the_way_back_is_taken(client: FlaskClient) -> None:
    answer = client.get("/account?lang=en")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=%2Faccount%3Flang%3Den&lang=en")
    assert 'name="next" value="/account?lang=en"' in client.get(answer.location).get_data(as_text=True)
    answer = sign_in(client, "ada", next="/account?lang=en")
    assert (answer.status_code, answer.location) == (302, "/account?lang=en")
    assert "ada, admin" in client.get(answer.location).get_data(as_text=True)


@pytest.mark.parametrize(
    ("lang", "said"), [("de", "Name oder Passwort stimmen nicht."), ("en", "The name or the password is wrong.")]
)
@pytest.mark.parametrize(("name", "password"), [("ada", "wrong password"), ("nobody", PASSWORD), ("", "")])
def test_what_was_wrong_is_said_and_not_told_apart(
    client: FlaskClient, lang: str, said: str, name: str, password: str
) -> None:
    answer = sign_in(client, name, password, lang=lang, next="/account")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert said in page
    assert 'name="next" value="/account"' in page
    assert password not in page or not password
    assert signed_in_as(client) is None


@pytest.mark.parametrize(("lang", "said"), [("de", "in 15 Minuten"), ("en", "in 15 minutes")])
def test_who_guesses_waits_and_is_told_how_long(client: FlaskClient, lang: str, said: str) -> None:
    for _ in range(NAME_ATTEMPTS):
        assert sign_in(client, "ada", "wrong password").status_code == 403
    answer = sign_in(client, "ada", PASSWORD, lang=lang)
    assert answer.status_code == 429
    assert said in answer.get_data(as_text=True)
    assert signed_in_as(client) is None


def test_guessing_at_the_change_of_a_password_is_the_same_guessing(client: FlaskClient) -> None:
    sign_in(client, "ada")
    for _ in range(NAME_ATTEMPTS):
        assert send(client, "/account/password", old="wrong password", new=NEXT).status_code == 403
    answer = send(client, "/account/password?lang=en", old=PASSWORD, new=NEXT)
    assert answer.status_code == 429
    assert "Too many attempts" in answer.get_data(as_text=True)


def test_the_disabled_do_not_sign_in(client: FlaskClient, accounts: Accounts) -> None:
    accounts.disable("kurt", OPERATOR)
    assert sign_in(client, "kurt").status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org/",
        "\\\\example.org",
        "/\t/example.org",
        "\n//example.org",
        "///example.org",
        "javascript:alert(1)",
        "//[",
        "http://[",
        "account",
        "",
    ],
)
def test_the_way_back_never_leads_to_another_host(client: FlaskClient, target: str) -> None:
    answer = sign_in(client, "ada", next=target)
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/sign-in", query_string={"next": target}).location == "/"


def test_the_page_says_how_to_make_the_first_admin(tmp_path: Path) -> None:
    empty = create_app(Services(Settings(home=tmp_path / "empty"))).test_client()
    assert "pfadfinder user add NAME --role admin" in empty.get("/sign-in").get_data(as_text=True)


def test_with_an_admin_the_page_says_no_such_thing(client: FlaskClient) -> None:
    assert "user add" not in client.get("/sign-in").get_data(as_text=True)


# The cookie


def test_a_reader_gets_no_cookie(client: FlaskClient) -> None:
    for address in ("/no-such-page", "/search?page=0", "/static/mark.svg"):
        with client.get(address) as answer:
            assert cookie(answer) == ""


@pytest.mark.parametrize("https", [False, True])
def test_scripts_and_other_sites_do_not_get_the_cookie_and_with_https_nor_does_the_wire(
    settings: Settings, accounts: Accounts, https: bool
) -> None:
    client = create_app(Services(replace(settings, https=https))).test_client()
    said = cookie(client.get("/sign-in", base_url="https://localhost" if https else "http://localhost"))
    assert said.startswith("pfadfinder=")
    assert "HttpOnly" in said
    assert "SameSite=Lax" in said
    assert ("Secure" in said) is https


def test_a_page_of_somebody_stays_in_no_cache(client: FlaskClient) -> None:
    sign_in(client, "ada")
    for address in ("/account", "/no-such-page", "/api/v1/cases/none"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"
    with client.get("/static/mark.svg") as answer:
        assert "max-age" in answer.headers["Cache-Control"]


def test_a_session_that_somebody_prepared_is_left_at_sign_in(client: FlaskClient) -> None:
    with client.session_transaction() as prepared:
        prepared["planted"] = "by another"
    before = form_token(client)
    sign_in(client, "ada")
    with client.session_transaction() as session:
        assert set(session) == {"user", "epoch", "_permanent"}
    assert client.post("/account/end-sessions", data={"csrf_token": before}).status_code == 400


def test_a_cookie_that_was_tampered_with_is_nobody(client: FlaskClient) -> None:
    sign_in(client, "kurt")
    signed = client.get_cookie("pfadfinder")
    assert signed is not None
    client.set_cookie("pfadfinder", "x" + signed.value[1:])
    assert client.get("/account").location.startswith("/sign-in")


# Ending a session


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    sign_in(client, "ada")
    assert signed_in_as(client) == "ada"
    assert send(client, "/sign-out").location == "/"
    assert signed_in_as(client) is None
    assert client.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.set_role("kurt", Role.CONTRIBUTOR, OPERATOR),
        lambda accounts: accounts.disable("kurt", OPERATOR),
        lambda accounts: accounts.end_sessions("kurt", OPERATOR),
    ],
    ids=["role", "disabled", "ended"],
)
def test_a_change_by_an_admin_ends_the_session_with_the_next_click(
    client: FlaskClient, accounts: Accounts, change: Callable[[Accounts], object]
) -> None:
    sign_in(client, "kurt")
    assert client.get("/account").status_code == 200
    change(accounts)
    assert client.get("/account").location.startswith("/sign-in")
    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    ("address", "fields"),
    [("/account/password", {"old": PASSWORD, "new": NEXT}), ("/account/end-sessions", {})],
    ids=["password", "end"],
)
def test_another_password_and_ending_the_others_leave_this_session_alone(
    app: Flask, accounts: Accounts, address: str, fields: dict[str, str]
) -> None:
    here, there = app.test_client(), app.test_client()
    for client in (here, there):
        begin_session(client, accounts.get("ada"))
        assert client.get("/account").status_code == 200
    assert "have ended" in send(here, f"{address}?lang=en", **fields).get_data(as_text=True)
    assert here.get("/account").status_code == 200
    assert there.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize(("lang", "said"), [("de", "braucht 12 bis 200 Zeichen"), ("en", "needs 12 to 200 characters")])
def test_a_new_password_that_is_none_is_told_why(client: FlaskClient, accounts: Accounts, lang: str, said: str) -> None:
    begin_session(client, accounts.get("ada"))
    answer = send(client, f"/account/password?lang={lang}", old=PASSWORD, new="short")
    assert (answer.status_code, said in answer.get_data(as_text=True)) == (422, True)


def test_behind_a_form_that_was_sent_the_languages_lead_to_a_page(client: FlaskClient, accounts: Accounts) -> None:
    begin_session(client, accounts.get("ada"))
    page = send(client, "/account/end-sessions").get_data(as_text=True)
    assert 'href="/account?lang=en"' in page
    assert client.get("/account?lang=en").status_code == 200


# Forged forms


@pytest.mark.parametrize(
    ("lang", "said"), [("de", "Das Formular gehört zu einer anderen"), ("en", "The form belongs to another session")]
)
@pytest.mark.parametrize("token", [None, "", "made up"])
def test_a_form_without_the_token_of_the_session_is_refused_in_words(
    client: FlaskClient, accounts: Accounts, lang: str, said: str, token: str | None
) -> None:
    begin_session(client, accounts.get("ada"))
    for address in ("/sign-in", "/sign-out", "/account/password", "/account/end-sessions", "/invited/x"):
        answer = client.post(f"{address}?lang={lang}", data={} if token is None else {"csrf_token": token})
        assert (answer.status_code, said in answer.get_data(as_text=True)) == (400, True)
    assert client.get("/account").status_code == 200


def test_the_token_of_another_session_is_refused(app: Flask, accounts: Accounts) -> None:
    mine, foreign = app.test_client(), app.test_client()
    begin_session(mine, accounts.get("ada"))
    token = form_token(foreign)
    assert mine.post("/account/end-sessions", data={"csrf_token": token}).status_code == 400


# Links that set a password


def test_a_link_sets_the_password_once_and_signs_in(client: FlaskClient, invitations: Invitations) -> None:
    address = f"/set-password/{invitations.password_link('kurt', OPERATOR)}"
    assert "kurt" in client.get(address).get_data(as_text=True)
    refused = send(client, f"{address}?lang=en", new="short")
    assert (refused.status_code, "needs 12 to 200" in refused.get_data(as_text=True)) == (422, True)
    assert send(client, address, new=NEXT).location == "/account"
    assert signed_in_as(client) == "kurt"
    send(client, "/sign-out")
    for used in (client.get(address), send(client, address, new=PASSWORD)):
        assert used.status_code == 410
    assert sign_in(client, "kurt", NEXT).status_code == 302


@pytest.mark.parametrize(
    ("lang", "said"),
    [("de", "Dieser Link gilt nicht oder nicht mehr."), ("en", "This link does not work, or no longer.")],
)
def test_a_link_that_was_never_made_or_is_of_a_disabled_user_is_said_alike(
    client: FlaskClient, accounts: Accounts, invitations: Invitations, lang: str, said: str
) -> None:
    token = invitations.password_link("kurt", OPERATOR)
    accounts.disable("kurt", OPERATOR)
    for address in (f"/set-password/{token}", "/set-password/made-up", "/invited/made-up"):
        answer = client.get(f"{address}?lang={lang}")
        assert (answer.status_code, said in answer.get_data(as_text=True)) == (410, True)


# Invitations


def test_the_invited_begin_a_session_by_a_click_and_are_told_apart(app: Flask, invitations: Invitations) -> None:
    _, token = invitations.invite("Workshop", timedelta(days=1), OPERATOR)
    guests = []
    for client in (app.test_client(), app.test_client()):
        assert client.get(f"/invited/{token}").status_code == 200
        with client.session_transaction() as session:
            assert "invitation" not in session
        assert send(client, f"/invited/{token}").location == "/proposals"
        with client.session_transaction() as session:
            guests.append(session["guest"])
    assert len(set(guests)) == 2


def test_the_link_followed_again_leads_back_to_ones_own_proposals(
    client: FlaskClient, invitations: Invitations
) -> None:
    _, token = invitations.invite("Workshop", timedelta(days=1), OPERATOR)
    send(client, f"/invited/{token}")
    with client.session_transaction() as session:
        guest = session["guest"]
    assert client.get(f"/invited/{token}").location == "/proposals"
    assert send(client, f"/invited/{token}").location == "/proposals"
    with client.session_transaction() as session:
        assert session["guest"] == guest


def test_the_invited_have_no_account_page_and_may_sign_in(client: FlaskClient, invitations: Invitations) -> None:
    _, token = invitations.invite("Workshop", timedelta(days=1), OPERATOR)
    send(client, f"/invited/{token}")
    answer = client.get("/account")
    assert answer.location == "/sign-in?next=%2Faccount"
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "Eingeladen" in page.get_data(as_text=True)
    assert sign_in(client, "ada").status_code == 302
    assert signed_in_as(client) == "ada"


def test_whoever_is_signed_in_is_told_that_an_invitation_signs_them_out(
    client: FlaskClient, accounts: Accounts, invitations: Invitations
) -> None:
    _, token = invitations.invite("Workshop", timedelta(days=1), OPERATOR)
    begin_session(client, accounts.get("ada"))
    assert "signs you out" in client.get(f"/invited/{token}?lang=en").get_data(as_text=True)
    send(client, f"/invited/{token}")
    assert client.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize("end", ["revoked", "switched off"])
def test_a_session_of_the_invited_ends_with_the_invitation(
    settings: Settings, client: FlaskClient, invitations: Invitations, end: str
) -> None:
    invitation, token = invitations.invite("Workshop", timedelta(days=1), OPERATOR)
    send(client, f"/invited/{token}")
    page = client.get("/no-such-page").get_data(as_text=True)
    assert "Eingeladen" in page
    if end == "revoked":
        invitations.revoke(invitation.id, OPERATOR)
    else:
        signed = client.get_cookie("pfadfinder")
        assert signed is not None
        client = create_app(Services(replace(settings, invitations=False))).test_client()
        client.set_cookie("pfadfinder", signed.value)
        assert client.get(f"/invited/{token}").status_code == 404
    assert "Eingeladen" not in client.get("/no-such-page").get_data(as_text=True)
