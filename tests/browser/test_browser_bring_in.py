"""A table comes in through a real browser: upload, progress, preview, proposals. axe-core looks on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from index.encoder import BundledEncoder
from kb.accounts import Accounts
from kb.case import Case
from kb.import_jobs import ImportJobs
from kb.permissions import OPERATOR, Role
from kb.proposal import State
from kb.review import accept_from_file
from tests import documents
from tests.browser.looking import moves_sideways, violations
from tests.documents import GERMAN
from tests.people import PASSWORD
from tests.serving import serving
from tests.strategies import complete_record
from web import bring_in
from web.settings import Settings
from web.wiring import Services

pytestmark = pytest.mark.browser


@pytest.fixture
def services(tmp_path: Path, bundled: BundledEncoder, collection: list[Case]) -> Services:
    services = Services(Settings(home=tmp_path))
    services.encoder = bundled
    with services.store() as store:
        Accounts(store.database).add("carla", Role.CONTRIBUTOR, OPERATOR, PASSWORD)
        for case in collection[:10]:
            store.publish(accept_from_file(case, OPERATOR))
    return services


@pytest.fixture
def site(services: Services) -> Iterator[str]:
    with serving(services) as address:
        yield address


def signed_in(chromium: Browser, site: str, *, scripts: bool = True) -> Page:
    context = chromium.new_context(locale="de-DE", viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.get_by_label("Name").fill("carla")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    page.goto(f"{site}/bring-in")
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_table_is_uploaded_watched_previewed_and_proposed(
    chromium: Browser,
    site: str,
    services: Services,
    collection: list[Case],
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,
) -> None:
    seen_at_work = threading.Event()
    keep = ImportJobs.progress

    def progress(self: ImportJobs, job_id: int, done: int, total: int) -> None:
        keep(self, job_id, done, total)
        assert seen_at_work.wait(60)

    monkeypatch.setattr(ImportJobs, "progress", progress)
    monkeypatch.setattr(bring_in, "QUICK", 0)
    rows = [
        collection[0].to_record() | {"place": "Kassel"},
        complete_record(id="brand-new"),
        complete_record(id="broken", role="owner"),
    ]
    data = yaml.safe_dump(rows, allow_unicode=True).encode()
    page = signed_in(chromium, site, scripts=scripts)
    if scripts:
        assert violations(page) == []
        assert not moves_sideways(page)
    page.get_by_label("Datei wählen").set_input_files({"name": "fälle.yml", "mimeType": "text/yaml", "buffer": data})
    page.get_by_role("button", name="Einlesen").click()
    expect(page.get_by_text("0 von 3 Zeilen").or_(page.get_by_text("1 von 3 Zeilen"))).to_be_visible()
    seen_at_work.set()
    # The page goes on by itself.
    expect(page.get_by_text("So würde die Datei wirken")).to_be_visible()
    expect(page.get_by_text("brand-new")).to_be_visible()
    if scripts:
        assert violations(page) == []
        assert not moves_sideways(page)
    page.get_by_role("link", name="1 fehlerhaft").click()
    expect(page.get_by_text("Rolle:")).to_be_visible()
    page.get_by_role("link", name="1 geändert").click()
    expect(page.get_by_text("Kassel")).to_be_visible()
    page.get_by_role("button", name="Zur Prüfung vorschlagen").click()
    expect(page.get_by_text("2 Vorschläge angelegt.")).to_be_visible()
    with services.store() as store:
        assert store.proposals.counts()[State.PROPOSED] == 2
    page.context.close()


def test_a_document_leads_to_its_draft(chromium: Browser, site: str) -> None:
    page = signed_in(chromium, site)
    file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": documents.pdf([GERMAN], title="Abwärme")}
    page.get_by_label("Datei wählen").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Einlesen").click()
    page.wait_for_url("**/proposals/1")
    expect(page.locator("[name='title.de']")).to_have_value("Abwärme")
    page.context.close()
