"""Exploring, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def test_a_point_is_reached_by_keyboard_says_its_name_and_opens_its_case(page: Page, address: str) -> None:
    page.goto(f"{address}/search?q=Druckluft")
    page.get_by_role("link", name="Diese Fälle als Karte").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Erkunden")

    page.get_by_role("link", name="Karte überspringen").focus()
    page.keyboard.press("Tab")
    point = page.locator(".points a").first
    expect(point).to_be_focused()
    expect(point.locator(".tip")).to_be_visible()
    title = point.get_attribute("aria-label")
    page.keyboard.press("Enter")
    assert title is not None
    heading = page.get_by_role("heading", level=1)
    expect(heading).not_to_have_text("Erkunden")
    assert title.startswith(heading.inner_text())


def test_every_picture_has_a_twin_that_opens_and_leads_on(page: Page, address: str) -> None:
    page.goto(f"{address}/explore")
    page.get_by_text("Als Liste, nach Themen").click()
    expect(page.locator(".clusters a")).to_have_count(page.locator(".points a").count())
    for heading, table in (("Regionen", "Fälle nach Region"), ("Zeitleiste", "Fälle nach Jahr und Pfad")):
        section = page.get_by_role("region", name=heading, exact=True)
        section.get_by_text("Als Tabelle").click()
        expect(section.get_by_role("table", name=table)).to_be_visible()
    page.get_by_role("link", name="6 Fälle: Maschinenbau, Verbrauch senken").click()
    expect(page.get_by_role("status")).to_contain_text("6 Fälle")


def test_a_bar_a_country_and_a_missing_case_lead_on(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?pathway=cooperation")
    bar = page.locator(".years a").last
    said = bar.get_attribute("aria-label") or ""
    year, count = said.split(": ")
    # In its middle the bar of a quiet year is empty: the whole column answers.
    bar.locator(".reach").click()
    expect(page.get_by_role("status")).to_have_text(count)
    expect(page.get_by_label("von", exact=True)).to_have_value(year)

    page.goto(f"{address}/explore")
    country = page.locator(".abroad a").first
    said = country.get_attribute("aria-label") or ""
    country.click()
    expect(page.get_by_role("status")).to_have_text(said.split(": ")[1])
    expect(page.get_by_role("link", name=f"Filter entfernen: {said.split(': ')[0]}")).to_be_visible()

    page.goto(f"{address}/explore")
    page.locator(".coverage .call").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    expect(page.get_by_text("Einen Fall vorschlagen kann")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("query", ["", "?q=Abw%C3%A4rme", "?q=zzz&sector=C11"])
def test_no_picture_scrolls_the_page_sideways(chromium: Browser, address: str, width: int, query: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="de-DE", java_script_enabled=True)
    page = context.new_page()
    page.goto(f"{address}/explore{query}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
