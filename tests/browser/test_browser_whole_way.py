"""The whole way of a case in real browsers: brought in, sent back, mended, published, found abroad, retired."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import documents
from tests.curated import Curated
from tests.documents import GERMAN
from tests.people import PASSWORD
from tests.serving import serving

pytestmark = pytest.mark.browser

FIELDS = {
    "title.de": "Gießerei gibt Ofenwärme ans Wärmenetz der Stadt",
    "organisation": "Beispielgießerei",
    "summary.de": "Eine Gießerei speist die Abwärme ihrer Öfen in das Wärmenetz der Stadt.",
    "problem.de": "Die Wärme der Schmelzöfen ging ungenutzt in die Luft.",
    "solution.de": "Wärmetauscher an den Öfen speisen das Netz, eine Regelung verteilt die Wärme.",
    "result.de": "Nach Angaben des Unternehmens sinken die CO2-Emissionen um rund 30 Prozent.",
    "keywords.de": "Abwärme, Gießerei, Wärmenetz",
    "id": "beispielgiesserei-ofenwaerme",
    "sources[0].url": "https://example.org/ofenwaerme",
    "sources[0].title": "Ofenwärme für die Stadt",
    "sources[0].publisher": "Example",
}
CHOICES = {"role": "operator", "country": "DE", "evidence": "high", "sources[0].language": "de"}


@pytest.fixture
def address(curated: Curated) -> Iterator[str]:
    with serving(curated.services) as address:
        yield address


def somebody(chromium: Browser, address: str, name: str = "", locale: str = "de-DE") -> Page:
    """Return a browser of its own, signed in if a name is given."""
    context = chromium.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    if name:
        page.goto(f"{address}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Anmelden").click()
        expect(page.get_by_role("link", name=name)).to_be_visible()
    return page


def test_a_case_goes_the_whole_way(chromium: Browser, address: str) -> None:
    carla, kurt = (somebody(chromium, address, name) for name in ("carla", "kurt"))
    reader = somebody(chromium, address, locale="en-GB")

    # A contributor brings in a PDF and completes the draft.
    carla.goto(f"{address}/bring-in")
    carla.get_by_label("Datei wählen").set_input_files(
        {"name": "bericht.pdf", "mimeType": "application/pdf", "buffer": documents.pdf([GERMAN], title="Ofenwärme")}
    )
    carla.get_by_role("button", name="Einlesen").click()
    carla.wait_for_url("**/proposals/*")
    draft = carla.url.split("?")[0].split("#")[0]
    for name, words in FIELDS.items():
        carla.locator(f'[name="{name}"]').fill(words)
    for name, term in CHOICES.items():
        carla.locator(f'select[name="{name}"]').select_option(term)
    carla.locator('input[name="pathway"][value="cooperation"]').check()
    carla.locator('input[name="sector"][value="C24"]').check()
    carla.locator('input[name="technologies"][value="waste-heat"]').check()
    carla.get_by_role("button", name="Zur Prüfung vorschlagen").click()
    expect(carla.get_by_text("Die Redaktion sieht ihn jetzt.")).to_be_visible()

    # A curator sends it back, the contributor reads why and mends it.
    kurt.goto(f"{address}/review")
    kurt.get_by_role("link", name=FIELDS["title.de"]).click()
    review = kurt.url.split("?")[0]
    expect(kurt.get_by_text(GERMAN[2])).to_be_visible()
    kurt.get_by_label("Begründung oder Kommentar").fill("Bitte den Ort ergänzen.")
    kurt.get_by_role("button", name="Zurückgeben").click()
    carla.goto(draft)
    expect(carla.get_by_text("Bitte den Ort ergänzen.").first).to_be_visible()
    carla.locator('[name="place"]').fill("Solingen")
    carla.get_by_role("button", name="Zur Prüfung vorschlagen").click()
    expect(carla.get_by_text("Die Redaktion sieht ihn jetzt.")).to_be_visible()

    # The curator publishes it, and a reader finds it in the other language.
    kurt.goto(review)
    for box in kurt.locator('input[type="checkbox"]').all():
        box.check()
    kurt.get_by_role("button", name="Annehmen und veröffentlichen").click()
    expect(kurt.get_by_text("Veröffentlicht und in der Suche.")).to_be_visible()
    reader.goto(f"{address}/search?q=foundry+furnace+heat+for+district+heating&lang=en")
    found = reader.get_by_role("heading", level=2).get_by_role("link", name=FIELDS["title.de"])
    expect(found).to_be_visible()
    found.click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text(FIELDS["title.de"])
    expect(reader.locator("h1 [lang=de], h1[lang=de]")).to_have_text(FIELDS["title.de"])

    # The curator retires it: gone from the search, and its address says why.
    case = f"{address}/cases/{FIELDS['id']}"
    kurt.goto(f"{case}/history")
    kurt.get_by_label("Grund auf Deutsch").fill("Das Netz wurde stillgelegt.")
    kurt.get_by_label("Grund auf Englisch").fill("The grid was shut down.")
    kurt.get_by_role("button", name="Fall zurückziehen").click()
    expect(kurt.get_by_text("Der Fall ist zurückgezogen.")).to_be_visible()
    reader.goto(f"{address}/search?q=foundry+furnace+heat+for+district+heating&lang=en")
    expect(reader.get_by_role("link", name=FIELDS["title.de"])).to_have_count(0)
    gone = reader.goto(f"{case}?lang=en")
    assert gone is not None
    assert gone.status == 410
    expect(reader.get_by_text("The grid was shut down.")).to_be_visible()
    for page in (carla, kurt, reader):
        page.context.close()
