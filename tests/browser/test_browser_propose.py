"""Writing a proposal in a real browser: it saves itself, two writers are told, axe-core finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kb.proposal import Document, Suggestion
from kb.text import LANGUAGES
from tests.browser.looking import faults, violations
from tests.browser.test_browser_curators import sign_in
from tests.curated import Curated
from tests.proposals import CONTRIBUTOR, CURATOR
from tests.serving import serving
from tests.strategies import complete_record

pytestmark = pytest.mark.browser


@pytest.fixture
def served(curated: Curated) -> Iterator[str]:
    with serving(curated.services) as address:
        yield address


@pytest.fixture
def writer(served: str, context: BrowserContext) -> Page:
    """A page of kurt, who is signed in."""
    context.set_default_timeout(60_000)
    page = context.new_page()
    sign_in(page, served)
    return page


def saved(page: Page, version: int) -> None:
    """Wait until the page says that the server has a version."""
    expect(page.locator("#saved-words")).to_contain_text(f"Version {version}", timeout=60_000)


def test_what_is_typed_is_saved_by_itself_and_checked_and_leaving_loses_nothing(
    writer: Page, served: str, curated: Curated
) -> None:
    proposal = curated.store.proposals.create({}, CURATOR, "form")
    writer.goto(f"{served}/proposals/{proposal.id}?lang=de")
    writer.get_by_label("Deutsch – Titel").fill("Gießerei heizt die Stadt")
    saved(writer, 2)
    assert curated.store.proposals.get(proposal.id).record == {"title": {"de": "Gießerei heizt die Stadt"}}

    year = writer.get_by_label("Jahr", exact=True)
    year.fill("neulich")
    expect(writer.locator("#year-fault")).not_to_be_empty(timeout=60_000)
    expect(year).to_have_attribute("aria-invalid", "true")
    expect(year).to_be_focused()
    year.fill("2024")
    expect(writer.locator("#year-fault")).to_be_empty(timeout=60_000)

    # Gone before the wait after the last key is over.
    writer.get_by_label("Ort", exact=True).fill("Singen")
    writer.goto(f"{served}/?lang=de")
    for _ in range(100):
        if curated.store.proposals.get(proposal.id).record.get("place") == "Singen":
            break
        writer.wait_for_timeout(200)
    writer.goto(f"{served}/proposals/{proposal.id}?lang=de")
    expect(writer.get_by_label("Ort", exact=True)).to_have_value("Singen")
    expect(writer.get_by_label("Jahr", exact=True)).to_have_value("2024")


def test_a_list_of_terms_is_searched_and_a_choice_saved(writer: Page, served: str, curated: Curated) -> None:
    proposal = curated.store.proposals.create({}, CURATOR, "form")
    writer.goto(f"{served}/proposals/{proposal.id}?lang=de")
    listed = writer.locator("#technologies .option:visible")
    before = listed.count()
    writer.get_by_label("Technik durchsuchen").fill("abwarme")
    expect(listed.first).to_contain_text("Abwärme")
    assert listed.count() < before
    listed.first.get_by_role("checkbox").check()
    expect(writer.locator("#technologies-chosen .tag")).to_have_count(1, timeout=60_000)
    assert len(curated.store.proposals.get(proposal.id).record["technologies"]) == 1


def test_two_who_write_are_told_and_choose_field_by_field(writer: Page, served: str, curated: Curated) -> None:
    proposals = curated.store.proposals
    proposal = proposals.create({"place": "Ulm"}, CONTRIBUTOR, "form")
    writer.goto(f"{served}/proposals/{proposal.id}?lang=de")
    proposals.save(proposal.id, 1, {"place": "Aalen", "organisation": "Example"}, CONTRIBUTOR)
    writer.get_by_label("Ort", exact=True).fill("Essen")
    expect(writer.locator("#saved-words")).to_contain_text("carla hat den Vorschlag", timeout=60_000)
    assert proposals.get(proposal.id).record["place"] == "Aalen"
    writer.get_by_role("button", name="Fassungen vergleichen").click()
    expect(writer.get_by_role("heading", level=1)).to_have_text("Zwei Fassungen", timeout=60_000)
    assert violations(writer) == []
    expect(writer.get_by_role("group", name="Ort").get_by_role("radio").first).to_be_checked()
    writer.get_by_role("button", name="Auswahl speichern").click()
    expect(writer.get_by_label("Ort", exact=True)).to_have_value("Essen", timeout=60_000)
    assert proposals.get(proposal.id).record == {"place": "Essen", "organisation": "Example"}


def test_a_suggestion_is_taken_by_a_click_with_what_was_typed(writer: Page, served: str, curated: Curated) -> None:
    kept = (Suggestion("pathway", "efficiency", "spart Strom", 0.8),)
    proposal = curated.store.proposals.create({}, CURATOR, "document", suggestions=kept)
    writer.goto(f"{served}/proposals/{proposal.id}?lang=de")
    writer.get_by_label("Ort", exact=True).fill("Essen")
    writer.locator("#help").get_by_role("button", name="Übernehmen").first.click()
    expect(writer.get_by_role("group", name="Hauptpfad").get_by_role("radio", checked=True)).to_have_count(1)
    assert curated.store.proposals.get(proposal.id).record == {"place": "Essen", "pathway": "efficiency"}


def test_axe_finds_nothing_and_nothing_moves_sideways(chromium: Browser, served: str, curated: Curated) -> None:
    proposals = curated.store.proposals
    document = Document("bericht.pdf", "Die Gießerei spart Strom.", "de", "https://example.org/bericht")
    kept = (Suggestion("pathway", "efficiency", "spart Strom", 0.8),)
    whole = complete_record(colour="blue", year="recently")
    del whole["pathway"]
    made = proposals.create(whole, CURATOR, "document", document=document, suggestions=kept)
    context = chromium.new_context(locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    sign_in(page, served)

    def wait_for_help(page: Page) -> None:
        if "?of=" not in page.url:
            page.locator(".help-part").first.wait_for()

    found = []
    for path in ("/proposals?of=everybody", f"/proposals/{made.id}", f"/proposals/{made.id}/help"):
        for language in LANGUAGES:
            found += faults(page, served + path, language, wait_for_help)
    # What is missing is told above, with the focus on it.
    page.goto(f"{served}/proposals/{made.id}?lang=de")
    page.get_by_role("button", name="Zur Prüfung vorschlagen").click()
    expect(page.locator(".summary")).to_be_focused()
    found += violations(page)
    page.locator(".summary").get_by_role("link", name="Jahr", exact=True).click()
    expect(page.get_by_label("Jahr", exact=True)).to_be_focused()
    context.close()
    assert found == []
