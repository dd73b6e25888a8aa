"""Comparable projects, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
PLAN = (
    "Unsere Lohnhärterei mit 90 Leuten betreibt zwölf gasbeheizte Öfen. Wir wollen Isolierung und Steuerung erneuern"
    " und die Restwärme für die Waschanlage nutzen."
)


def describe(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Vergleichbare Projekte", exact=True).click()
    page.get_by_label("Ihr Betrieb und Ihr Vorhaben").fill(PLAN)
    page.get_by_role("button", name="Vergleichbare Fälle zeigen").click()


def test_a_reader_describes_a_plan_filters_opens_a_case_and_comes_back(page: Page, address: str) -> None:
    describe(page, address)
    expect(page.get_by_role("status")).to_contain_text("vergleichbare Fälle")
    expect(page.get_by_text("gleiche Technik: Abwärmenutzung („Restwärme“)").first).to_be_visible()
    assert page.url == f"{address}/match"
    everything = page.get_by_role("status").inner_text()

    page.get_by_role("checkbox", name="Kreislauf gemeinsam").check()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.get_by_role("status")).not_to_have_text(everything)
    expect(page.get_by_role("checkbox", name="Kreislauf gemeinsam")).to_be_checked()
    expect(page.get_by_label("Ihr Betrieb und Ihr Vorhaben")).to_have_value(PLAN)
    page.get_by_role("button", name="Alle Filter entfernen").click()
    expect(page.get_by_role("status")).to_have_text(everything)

    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_text("Seite 2 von")).to_be_visible()
    title = page.locator(".cases h3 a").first.inner_text()
    page.locator(".cases h3 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.go_back()
    expect(page.get_by_text("Seite 2 von")).to_be_visible()
    expect(page.get_by_label("Ihr Betrieb und Ihr Vorhaben")).to_have_value(PLAN)


def test_a_metric_narrows_the_answer_and_is_given_up_again(page: Page, address: str) -> None:
    describe(page, address)
    everything = page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Treibhausgase").click()
    expect(page.get_by_label("Richtung")).to_be_visible()
    narrowed = page.get_by_role("status").inner_text()
    assert narrowed != everything
    page.get_by_label("Mindestens").fill("10")
    page.get_by_label("Einheit").select_option("%")
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.get_by_role("status")).not_to_have_text(narrowed)
    expect(page.get_by_label("Mindestens")).to_have_value("10")
    page.get_by_role("button", name="andere Größe").click()
    expect(page.get_by_role("status")).to_have_text(everything)
    expect(page.get_by_label("Ihr Betrieb und Ihr Vorhaben")).to_have_value(PLAN)


def test_the_language_switch_keeps_the_text_and_the_answer(page: Page, address: str) -> None:
    describe(page, address)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("status")).to_contain_text("comparable cases")
    expect(page.get_by_label("Your plant and your plan")).to_have_value(PLAN)


def test_comparable_projects_need_no_javascript(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    describe(page, address)
    expect(page.get_by_role("status")).to_contain_text("vergleichbare Fälle")
    page.get_by_role("checkbox", name="Verbrauch senken").check()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.get_by_role("checkbox", name="Verbrauch senken")).to_be_checked()
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_answer_scrolls_sideways(chromium: Browser, address: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="de-DE")
    page = context.new_page()
    describe(page, address)
    expect(page.get_by_role("status")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
