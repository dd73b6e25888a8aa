"""The pages about people: accounts, invitations, the menu by role, and what the operator has set."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from flask.testing import FlaskClient

from kb.accounts import Accounts
from kb.audit import Audit
from kb.permissions import ACCOUNT_ROLES, OPERATOR, Role
from kb.store import CaseStore
from tests.people import begin_session, send
from tests.serving import serving
from web import settings as settings_module
from web.app import create_app
from web.settings import VARIABLES, InvalidSetting, Settings
from web.wiring import Services

NEXT = "another long password"
# Places of the menu whose pages do not stand yet.


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, invitations=True)


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    with Services(settings).store() as store:
        yield store


@pytest.fixture
def accounts(store: CaseStore) -> Accounts:
    """A user of every role, by its name."""
    accounts = Accounts(store.database)
    for role in ACCOUNT_ROLES:
        accounts.add(f"the-{role}", role, OPERATOR)
    return accounts


@pytest.fixture
def browser(settings: Settings, accounts: Accounts) -> Callable[..., FlaskClient]:
    """Give a browser of the user of a role, with `changes` to the settings."""

    def of(role: Role, **changes: bool) -> FlaskClient:
        client = create_app(Services(replace(settings, **changes))).test_client()
        begin_session(client, accounts.get(f"the-{role}"))
        return client

    return of


@pytest.fixture
def admin(browser: Callable[..., FlaskClient]) -> FlaskClient:
    return browser(Role.ADMIN)


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def link_on(text: str) -> str:
    """The link that a page shows once, without the name of the host."""
    found = re.search(r"<code>http://localhost(/[^<]+)</code>", text)
    assert found
    return found.group(1)


# Accounts


def test_an_account_is_added_and_its_link_is_shown_once(admin: FlaskClient, accounts: Accounts) -> None:
    answer = send(admin, "/people", name="Berta@Example.org", role="curator")
    assert answer.headers["Cache-Control"] == "private, no-store"
    address = link_on(answer.get_data(as_text=True))
    assert (accounts.get("berta@example.org").role, accounts.get("berta@example.org").standing) == (
        *(Role.CURATOR, "no-password"),
    )
    assert address not in page(admin, "/people")
    guest = create_app(admin.application.extensions["pfadfinder"]).test_client()
    assert send(guest, address, new=NEXT).location == "/account"
    assert accounts.get("berta@example.org").standing == "active"


@pytest.mark.parametrize(
    ("fields", "lang", "said"),
    [
        ({"name": "the-curator", "role": "curator"}, "de", "Anmeldename: ist schon vergeben"),
        ({"name": "Ä ö", "role": "curator"}, "en", "User name: 2 to 80 characters"),
        ({"name": "berta", "role": "reader"}, "en", "Allowed: contributor, curator, admin"),
        ({"name": "berta"}, "de", "Erlaubt: contributor, curator, admin"),
    ],
)
def test_an_account_that_cannot_be_is_told_why_and_nothing_is_kept(
    admin: FlaskClient, accounts: Accounts, store: CaseStore, fields: dict[str, str], lang: str, said: str
) -> None:
    before = len(Audit(store.database).entries())
    answer = send(admin, f"/people?lang={lang}", **fields)
    text = html.unescape(answer.get_data(as_text=True))
    assert (answer.status_code, said in text) == (422, True)
    assert f'value="{fields["name"]}"' in text
    assert len(accounts.all()) == 3
    assert len(Audit(store.database).entries()) == before


def test_an_admin_changes_role_and_standing_and_is_told(admin: FlaskClient, accounts: Accounts) -> None:
    for action, fields, said in [
        ("role", {"role": "curator"}, "Rolle von the-contributor geändert: Redaktion."),
        ("disable", {}, "the-contributor ist gesperrt."),
        ("enable", {}, "the-contributor ist zugelassen."),
        ("end-sessions", {}, "Alle Sitzungen von the-contributor sind beendet."),
    ]:
        epoch = accounts.get("the-contributor").epoch
        answer = send(admin, f"/people/the-contributor/{action}", **fields)
        assert (answer.status_code, answer.location) == (302, "/people")
        assert said in page(admin, "/people")
        assert said not in page(admin, "/people")
        assert accounts.get("the-contributor").epoch == epoch + 1
    assert accounts.get("the-contributor").role is Role.CURATOR


def test_the_last_admin_cannot_be_taken_away(admin: FlaskClient, accounts: Accounts) -> None:
    for action in ("role", "disable"):
        answer = send(admin, f"/people/the-admin/{action}?lang=en", role="curator")
        assert (answer.status_code, "is the last admin account" in answer.get_data(as_text=True)) == (422, True)
    assert accounts.get("the-admin").role is Role.ADMIN


def test_a_new_password_link_ends_the_one_before(admin: FlaskClient) -> None:
    first, second = (link_on(send(admin, "/people/the-curator/password-link").get_data(as_text=True)) for _ in range(2))
    assert page(admin, first, 410)
    assert "the-curator" in page(admin, second)


def test_a_link_to_be_sent_begins_with_https_where_the_site_does(browser: Callable[..., FlaskClient]) -> None:
    client = browser(Role.ADMIN, https=True)
    # As behind a proxy: what reaches the server is plain; the cookie is sent over https alone.
    over_https = client.get("/people", base_url="https://localhost").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', over_https)
    signed = client.get_cookie("pfadfinder")
    assert token
    assert signed
    plain = client.application.test_client(use_cookies=False)
    text = plain.post(
        "/people/the-curator/password-link",
        data={"csrf_token": token.group(1)},
        headers={"Cookie": f"pfadfinder={signed.value}"},
    ).get_data(as_text=True)
    assert "<code>https://localhost/set-password/" in text


def test_nobody_is_a_page_of_their_own(admin: FlaskClient) -> None:
    answer = send(admin, "/people/nobody/disable?lang=en")
    assert (answer.status_code, "There is no such user: nobody" in answer.get_data(as_text=True)) == (404, True)


# Invitations


def test_an_invitation_is_made_shown_once_and_revoked(browser: Callable[..., FlaskClient]) -> None:
    curator = browser(Role.CURATOR)
    text = send(curator, "/invitations", label="Workshop <Mai>", days="7").get_data(as_text=True)
    address = link_on(text)
    assert "Workshop &lt;Mai&gt;" in text
    listed = page(curator, "/invitations")
    assert address not in listed
    assert "1 Einladung<" in listed
    found = re.search(r'action="(/invitations/\d+/revoke)"', listed)
    assert found
    assert send(curator, found.group(1)).location == "/invitations"
    told = page(curator, "/invitations")
    assert "Die Einladung ist widerrufen." in told
    assert "/revoke" not in told
    assert page(curator, address, 410)


@pytest.mark.parametrize("days", ["0", "-1", "367", "x", "", "9" * 30, "²"])
def test_an_invitation_lasts_from_a_day_to_a_year(browser: Callable[..., FlaskClient], days: str) -> None:
    answer = send(browser(Role.CURATOR), "/invitations?lang=en", label="Workshop", days=days)
    text = answer.get_data(as_text=True)
    assert (answer.status_code, "a life of up to a year" in text) == (422, True)
    assert 'value="Workshop"' in text


@pytest.mark.parametrize(("lang", "said"), [("de", "Einladungen sind ausgeschaltet"), ("en", "are switched off")])
def test_where_invitations_are_off_the_page_says_how_to_switch_them_on(
    browser: Callable[..., FlaskClient], lang: str, said: str
) -> None:
    curator = browser(Role.CURATOR, invitations=False)
    text = page(curator, f"/invitations?lang={lang}")
    assert said in text
    assert "PFADFINDER_INVITATIONS=1" in text
    assert 'name="label"' not in text
    assert send(curator, "/invitations", label="x", days="1").status_code == 404


# The menu


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.CONTRIBUTOR, "/proposals /bring-in /export"),
        (Role.CURATOR, "/proposals /bring-in /review /upkeep /export /invitations"),
        (Role.ADMIN, "/proposals /bring-in /review /upkeep /export /invitations /people /audit /settings"),
    ],
)
def test_the_menu_offers_what_the_role_may_open(browser: Callable[..., FlaskClient], role: Role, expected: str) -> None:
    client = browser(role)
    menu = "".join(page(client, "/account?lang=en").split('<nav class="menu"')[1:]).split("</nav>")[0]
    found = re.findall(r'href="([^"?]+)\?lang=en"', menu)
    assert found == expected.split()
    # This browser has no index, and what an export offers is found by one.
    for place in set(found) - {"/export"}:
        assert f'<a href="{place}?lang=en" aria-current="page">' in page(client, f"{place}?lang=en")


def test_readers_have_no_menu(browser: Callable[..., FlaskClient]) -> None:
    client = browser(Role.ADMIN)
    client.delete_cookie("pfadfinder")
    assert '<nav class="menu"' not in page(client, "/sign-in")


# Settings


def test_the_page_of_the_settings_names_every_variable_that_is_read(admin: FlaskClient) -> None:
    source = Path(settings_module.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r"PFADFINDER_[A-Z_]+", source)) | {"PORT"}
    assert set(VARIABLES) == read
    assert set(VARIABLES.values()) == set(Settings.__slots__) - {"host"}
    text = page(admin, "/settings")
    assert all(f"<code>{variable}</code>" in text for variable in VARIABLES)


def test_what_is_set_is_shown_beside_what_it_would_be(browser: Callable[..., FlaskClient], tmp_path: Path) -> None:
    text = page(browser(Role.ADMIN, four_eyes=True), "/settings?lang=en")
    four_eyes = text.split("PFADFINDER_FOUR_EYES")[1].split("</div>")[0]
    assert "<strong>on</strong>" in four_eyes
    assert "otherwise: off" in four_eyes
    assert "otherwise" not in text.split("PFADFINDER_HTTPS")[1].split("</div>")[0]
    assert str(tmp_path) in text


# Behind a proxy


@pytest.mark.parametrize(
    ("proxy", "seen"), [("127.0.0.1", "192.0.2.7"), (None, "127.0.0.1"), ("192.0.2.1", "127.0.0.1")]
)
def test_only_the_proxy_that_is_named_says_where_a_request_came_from(
    settings: Settings, accounts: Accounts, store: CaseStore, proxy: str | None, seen: str
) -> None:
    with serving(Services(replace(settings, proxy=proxy))) as site:
        address = f"{site}/sign-in"
        with urlopen(address, timeout=30) as answer:
            token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
            signed = answer.headers["Set-Cookie"].split(";")[0]
        assert token
        headers = {"Cookie": signed, "X-Forwarded-For": "192.0.2.7"}
        sent = Request(address, data=f"csrf_token={token.group(1)}&name=the-admin&password=x".encode(), headers=headers)
        with pytest.raises(OSError, match="403"):
            urlopen(sent, timeout=30)
    (refused,) = [entry for entry in Audit(store.database).entries() if entry.action == "sign-in-refused"]
    assert refused.detail["address"] == seen


def test_a_proxy_is_an_ip_address() -> None:
    assert Settings.from_environment({"PFADFINDER_PROXY": " ::1 "}).proxy == "::1"
    assert Settings.from_environment({}).proxy is None
    with pytest.raises(InvalidSetting, match=r"no IP address: proxy\.example\.org"):
        Settings.from_environment({"PFADFINDER_PROXY": "proxy.example.org"})
