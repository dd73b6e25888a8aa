"""The main paths of a reader, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def test_a_reader_searches_filters_opens_a_case_and_comes_back_to_the_same_list(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Wonach suchen Sie?").fill("Abwärme")
    page.get_by_role("button", name="Suchen").click()
    expect(page).to_have_url(re.compile(r"/search\?q=Abw%C3%A4rme$"))
    before = page.get_by_role("status").inner_text()

    page.get_by_role("checkbox", name="Kreislauf gemeinsam").check()
    expect(page).to_have_url(re.compile(r"/search\?q=Abw%C3%A4rme&pathway=cooperation$"))
    expect(page.get_by_role("status")).not_to_have_text(before)
    expect(page.get_by_role("checkbox", name="Kreislauf gemeinsam")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Kreislauf gemeinsam")).to_be_focused()
    filtered = page.get_by_role("status").inner_text()
    title = page.locator(".cases h2 a").first.inner_text()

    page.locator(".cases h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)

    page.go_back()
    expect(page).to_have_url(re.compile("pathway=cooperation"))
    expect(page.get_by_role("status")).to_have_text(filtered)
    expect(page.get_by_role("checkbox", name="Kreislauf gemeinsam")).to_be_checked()

    page.go_back()
    expect(page.get_by_role("status")).to_have_text(before)
    expect(page.get_by_role("checkbox", name="Kreislauf gemeinsam")).not_to_be_checked()
    expect(page.get_by_label("Wonach suchen Sie?")).to_have_value("Abwärme")


def test_a_new_question_keeps_the_filters_without_leaving_the_page(page: Page, address: str) -> None:
    page.goto(f"{address}/search?q=heat&pathway=services&lang=en")
    page.evaluate("window.stayed = true")
    page.get_by_label("What are you looking for?").fill("compressed air")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=compressed\+air&pathway=services&lang=en$"))
    expect(page.get_by_role("status")).to_contain_text("compressed air")
    assert page.evaluate("window.stayed") is True


def test_a_range_of_years_is_changed_one_end_at_a_time_and_answered_when_whole(page: Page, address: str) -> None:
    page.goto(f"{address}/search?q=heat&year_from=2012&year_to=2015&lang=en")
    page.evaluate("window.stayed = true")
    page.get_by_label("from", exact=True).fill("2020")
    page.keyboard.press("Tab")
    expect(page.get_by_label("to", exact=True)).to_be_focused()
    page.keyboard.type("2022")
    page.get_by_role("button", name="Apply years").click()
    expect(page).to_have_url(re.compile(r"q=heat&year_from=2020&year_to=2022&lang=en$"))
    expect(page.get_by_role("link", name="Remove filter: 2020 to 2022")).to_be_visible()
    assert page.evaluate("window.stayed") is True
    page.get_by_role("checkbox", name="Germany").check()
    expect(page).to_have_url(re.compile(r"q=heat&country=DE&year_from=2020&year_to=2022&lang=en$"))
    page.get_by_role("link", name="Remove filter: 2020 to 2022").click()
    expect(page.get_by_label("from", exact=True)).to_have_value("")


def test_the_language_switch_keeps_the_search(page: Page, address: str) -> None:
    page.goto(f"{address}/search?q=Druckluft&pathway=efficiency")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile("q=Druckluft&pathway=efficiency&lang=en"))
    page.locator(".cases h2 a").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_everything_works_without_javascript(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/search?q=Abw%C3%A4rme")
    page.get_by_role("checkbox", name="Kreislauf gemeinsam").check()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.get_by_role("checkbox", name="Kreislauf gemeinsam")).to_be_checked()
    expect(page).to_have_url(re.compile("pathway=cooperation"))
    context.close()


def test_a_keyboard_is_enough_to_skip_to_the_content_and_search(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Wonach suchen Sie?")).to_be_focused()
    page.keyboard.type("Wasserstoff")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Wasserstoff")


@pytest.mark.parametrize(
    "path", ["/", "/match", "/search?q=heat&lang=en", "/cases/eta-fabrik-darmstadt", "/about/search", "/nowhere"]
)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(chromium: Browser, address: str, path: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_filters_are_folded_on_a_phone_and_open_on_a_wide_screen(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{address}/search?lang=en")
    expect(page.get_by_role("checkbox", name="Circular cooperation")).not_to_be_visible()
    page.locator(".filters > summary").click()
    expect(page.get_by_role("checkbox", name="Circular cooperation")).to_be_visible()
    page.set_viewport_size({"width": 1200, "height": 800})
    page.reload()
    expect(page.get_by_role("checkbox", name="Circular cooperation")).to_be_visible()
    page.close()
