"""The curators' pages in a real browser: axe-core finds nothing, nothing moves sideways, no script is needed."""

from __future__ import annotations

import copy

import pytest
from playwright.sync_api import Browser, Page, expect

from kb.case import Case
from kb.lifecycle import Lifecycle
from kb.proposal import Document
from kb.review import accept_from_file
from kb.text import LANGUAGES, Text
from tests.browser.looking import faults
from tests.curated import CASES, FOUND_BY, Curated
from tests.people import PASSWORD
from tests.proposals import CURATOR
from tests.serving import serving
from tests.strategies import complete_record

pytestmark = pytest.mark.browser

KINDS = {
    "queue": "/review",
    "new case from a document": "/review/1",
    "edit of a case that moved": "/review/2",
    "history": f"/cases/{CASES[0]}/history",
    "revision": f"/cases/{CASES[0]}/history/1",
    "history of a retired case": f"/cases/{CASES[1]}/history",
    "tombstone": f"/cases/{CASES[1]}",
    "upkeep": "/upkeep",
}


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in?lang=de", timeout=60_000)
    page.get_by_label("Name").fill("kurt")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()


def test_axe_finds_nothing_and_nothing_moves_sideways(chromium: Browser, curated: Curated) -> None:
    original = copy.deepcopy(complete_record(organisation="As the machine read it"))
    document = Document("bericht.pdf", "Die Gießerei heizt ein Viertel.\n\n" * 30, "de", "https://example.org/bericht")
    curated.proposed(document=document, original=original, summary={"de": "Weltweit führend.", "en": "World-leading."})
    curated.proposed(CASES[0], organisation="Another Name")
    lifecycle = Lifecycle(curated.store)
    lifecycle.restore(CASES[0], 1, CURATOR)
    lifecycle.retire(CASES[1], Text(de="Beendet.", en="Ended."), CURATOR, successor=CASES[0])
    found = []
    with serving(curated.services) as address:
        context = chromium.new_context(locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(60_000)
        sign_in(page, address)
        for path in KINDS.values():
            for language in LANGUAGES:
                found += faults(page, address + path, language)
        context.close()
    assert found == []


def test_what_readers_see_of_a_case_with_many_revisions_is_accessible_too(chromium: Browser, curated: Curated) -> None:
    for name in ("Second Name", "Third Name"):
        record = {**curated.store.revision(CASES[0], 1), "organisation": name}
        curated.store.publish(accept_from_file(Case.from_record(record, curated.store.taxonomy), CURATOR))
    found = []
    with serving(curated.services) as address:
        context = chromium.new_context(locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(60_000)
        for language in LANGUAGES:
            for path in ("history", "history/2"):
                found += faults(page, f"{address}/cases/{CASES[0]}/{path}", language)
        page.goto(f"{address}/cases/{CASES[0]}/history/2?lang=de")
        expect(page.get_by_text("Das ist nicht die neueste Fassung.")).to_be_visible()
        page.get_by_role("link", name="Zur neuesten Fassung").press("Enter")
        expect(page).to_have_url(f"{address}/cases/{CASES[0]}?lang=de")
        context.close()
    assert found == []


def test_a_case_is_published_and_retired_by_keyboard_without_script(chromium: Browser, curated: Curated) -> None:
    proposal = curated.proposed()
    with serving(curated.services) as address:
        context = chromium.new_context(locale="de-DE", java_script_enabled=False)
        page = context.new_page()
        page.set_default_timeout(60_000)
        sign_in(page, address)
        page.goto(f"{address}/review")
        page.get_by_role("link", name="Gießerei liefert Abwärme").press("Enter")
        tick = page.get_by_role("checkbox", name="Veröffentlichte Seite")
        tick.press("Space")
        expect(tick).to_be_checked()
        page.get_by_role("button", name="Annehmen und veröffentlichen").press("Enter")
        expect(page.get_by_text("Veröffentlicht und in der Suche.")).to_be_visible()

        page.goto(f"{address}/search?q={FOUND_BY['en']}&lang=en")
        expect(page.get_by_role("link", name="Foundry supplies waste heat", exact=True)).to_be_visible()

        page.goto(f"{address}/cases/{proposal.record['id']}/history?lang=de")
        page.get_by_label("Grund auf Deutsch").fill("Das Vorhaben wurde beendet.")
        page.get_by_label("Grund auf Englisch").fill("The project was ended.")
        page.get_by_role("button", name="Fall zurückziehen").press("Enter")
        expect(page.get_by_text("Der Fall ist zurückgezogen.")).to_be_visible()
        gone = page.goto(f"{address}/cases/{proposal.record['id']}?lang=en")
        assert gone is not None
        assert gone.status == 410
        expect(page.get_by_text("The project was ended.")).to_be_visible()
        context.close()
