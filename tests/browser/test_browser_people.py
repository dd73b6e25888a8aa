"""Accounts in a real browser: from the first link to the last click of whoever was locked out. axe-core looks on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from kb.accounts import Accounts
from kb.invitations import Invitations
from kb.permissions import OPERATOR, Role
from kb.text import LANGUAGES, Language
from tests.browser.looking import faults
from tests.people import PASSWORD
from tests.serving import serving
from web.settings import Settings
from web.wiring import COLLECTION_FOLDER, Services

pytestmark = pytest.mark.browser

PATHS = ["/people", "/invitations", "/audit", "/settings", "/account"]


class Site(NamedTuple):
    address: str
    password_link: str
    invitation: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own with one case, an admin, somebody without a password yet, and an invitation."""
    services = Services(Settings(home=tmp_path_factory.mktemp("people"), invitations=True))
    services.take_in(COLLECTION_FOLDER / "eta-fabrik-darmstadt.yml", "file")
    with services.store() as store:
        accounts = Accounts(store.database)
        invitations = Invitations(store.database, accounts)
        accounts.add("ada", Role.ADMIN, OPERATOR, PASSWORD)
        accounts.add("a.rather.long.name.of.somebody@transformation.example.org", Role.CURATOR, OPERATOR)
        password_link = invitations.password_link("a.rather.long.name.of.somebody@transformation.example.org", OPERATOR)
        _, invitation = invitations.invite("workshop", timedelta(days=1), OPERATOR)
    with serving(services) as address:
        yield Site(address, f"/set-password/{password_link}", f"/invited/{invitation}")


def visitor(chromium: Browser, language: str = "de-DE") -> Page:
    """A page in a browser that knows nobody yet."""
    context = chromium.new_context(locale=language, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    return context.new_page()


@pytest.fixture(scope="module")
def admin(chromium: Browser, site: Site) -> Iterator[Page]:
    page = visitor(chromium)
    sign_in(page, site, "ada", PASSWORD)
    yield page
    page.context.close()


def sign_in(page: Page, site: Site, name: str, password: str) -> None:
    page.goto(f"{site.address}/sign-in?next=/account")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Passwort").fill(password)
    page.get_by_role("main").get_by_role("button", name="Anmelden").click()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_an_admin_is_accessible_and_fits_a_phone(
    admin: Page, site: Site, path: str, language: Language
) -> None:
    assert faults(admin, site.address + path, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_link_opens_is_accessible_and_fits_a_phone(chromium: Browser, site: Site, language: Language) -> None:
    page = visitor(chromium)
    for path in (site.password_link, site.invitation):
        assert faults(page, site.address + path, language) == []
    page.context.close()


def test_from_a_link_to_a_session_that_ends_when_the_account_is_locked(
    admin: Page, chromium: Browser, site: Site
) -> None:
    admin.goto(f"{site.address}/people")
    admin.get_by_label("Anmeldename").fill("carla")
    admin.get_by_label("Rolle").first.select_option("contributor")
    admin.get_by_role("button", name="Konto anlegen").click()
    looked = admin.locator(".once code").inner_text()
    carla = visitor(chromium)
    carla.goto(looked)
    carla.get_by_label("Neues Passwort").fill("another long password")
    carla.get_by_role("main").get_by_role("button").click()
    expect(carla.get_by_role("link", name="carla")).to_be_visible()
    carla.goto(f"{site.address}/people")
    expect(carla.get_by_role("heading", level=1)).to_have_text("Nicht erlaubt")
    admin.goto(f"{site.address}/people")
    entry = admin.locator(".entries > li").filter(has_text="carla")
    entry.get_by_text("Ändern").first.click()
    entry.get_by_role("button", name="Sperren").click()
    expect(admin.get_by_role("status")).to_contain_text("carla")
    carla.goto(f"{site.address}/account")
    expect(carla.get_by_role("heading", level=1)).to_have_text("Anmelden")
    carla.goto(looked)
    expect(carla.get_by_role("main")).to_contain_text("410")
    sign_in(carla, site, "carla", "another long password")
    expect(carla.get_by_role("alert")).to_be_visible()
    admin.goto(f"{site.address}/audit?subject=user&subject_id=carla")
    done = [row.split("\n")[0] for row in admin.locator(".log tbody td:nth-child(3)").all_inner_texts()]
    assert done == ["Anmeldung abgewiesen", "gesperrt", "Passwort gesetzt", "Passwort-Link erzeugt", "angelegt"]
    carla.context.close()
