"""From a wish for effects to cases side by side, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
TWO = "/compare?ids=eta-fabrik-darmstadt,henkel-digital-backbone"


def test_a_reader_asks_for_an_effect_sees_the_chart_and_compares(page: Page, address: str) -> None:
    page.goto(f"{address}/search")
    page.locator("#facet-metric").get_by_role("link", name="Strom").click()
    page.get_by_label("Mindestens").fill("20")
    page.get_by_label("Mindestens").press("Tab")
    expect(page).to_have_url(re.compile(r"metric=electricity&direction=better&at_least=20&unit=%25$"))
    expect(page.get_by_label("Einheit")).to_have_value("%")
    page.get_by_role("checkbox", name="angegeben").check()
    expect(page).to_have_url(re.compile("kind=claimed"))
    expect(page.get_by_role("link", name="Filter entfernen: mindestens 20")).to_be_visible()

    page.get_by_text("Als Tabelle").first.click()
    expect(page.locator(".chart table")).to_be_visible()
    page.get_by_role("link", name="Größe der Wirkung").click()
    page.get_by_role("link", name="Zum Vergleich hinzufügen").nth(0).click()
    page.get_by_role("link", name="Zum Vergleich hinzufügen").nth(0).click()
    expect(page.get_by_role("complementary", name="Vergleich")).to_contain_text("2 von 4")
    page.get_by_role("link", name="Jetzt vergleichen").click()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    expect(page.get_by_role("rowheader", name="Strom", exact=True)).to_be_visible()


def test_a_dot_leads_to_its_case(page: Page, address: str) -> None:
    page.goto(f"{address}/search?metric=electricity")
    dot = page.locator(".chart > svg a").first
    title = (dot.locator("title").text_content() or "").split(":")[0]
    dot.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("path", [f"{TWO},holcim-plants-of-tomorrow", "/search?metric=co2e", "/compare"])
def test_a_narrow_screen_needs_no_sideways_scroll_of_the_page(
    chromium: Browser, address: str, path: str, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 700}, locale="de-DE")
    page = context.new_page()
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_on_a_phone_two_cases_fit_beside_each_other_and_are_still_a_table(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 700}, locale="de-DE")
    page = context.new_page()
    page.goto(address + TWO)
    for header in page.get_by_role("columnheader").all():
        box = header.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    expect(page.get_by_role("rowheader", name="Ort")).to_be_visible()
    expect(page.get_by_role("region", name="Fälle vergleichen")).to_have_attribute("tabindex", "0")
    context.close()


def test_without_javascript_a_size_is_asked_for_by_the_form(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/search?metric=co2e")
    page.get_by_label("Mindestens").fill("50")
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.get_by_role("link", name="Filter entfernen: mindestens 50")).to_be_visible()
    context.close()
