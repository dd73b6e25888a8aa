"""Every kind of page in a real browser: axe-core finds nothing, nothing moves sideways, the keyboard does it all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from kb.text import LANGUAGES, Language
from tests.browser.looking import faults

pytestmark = pytest.mark.browser

KINDS = {
    "home": "/",
    "all cases": "/search",
    "results": "/search?q=waste+heat&pathway=efficiency",
    "phrase": "/search?q=%22waste+heat%22+-steel",
    "nothing fits": "/search?q=Rezept+Apfelkuchen+Zimt",
    "slip of the hand": "/search?q=Drukluft",
    "case": "/cases/eta-fabrik-darmstadt",
    "revisions": "/cases/eta-fabrik-darmstadt/history",
    "revision": "/cases/eta-fabrik-darmstadt/history/1",
    "effects": "/search?q=Strom&metric=electricity&at_least=10&kind=claimed&sort=effect&compare=eta-fabrik-darmstadt",
    "comparison": "/compare?ids=eta-fabrik-darmstadt,henkel-digital-backbone,holcim-plants-of-tomorrow",
    "nothing to compare": "/compare?ids=no-such-case",
    "comparable projects": "/match",
    "explore": "/explore",
    "explore a search": "/explore?q=waste+heat&pathway=efficiency",
    "nothing to explore": "/explore?q=Rezept+Apfelkuchen+Zimt",
    "about the search": "/about/search",
    "about the data": "/about/data",
    "criteria": "/about/criteria",
    "accessibility": "/about/accessibility",
    "easy words": "/about/easy",
    "export": "/export?q=waste+heat&pathway=efficiency",
    "nothing to export": "/export?q=Rezept+Apfelkuchen+Zimt",
    "sign in": "/sign-in",
    "no such page": "/nowhere",
    "no such filter": "/search?pathway=x&page=0",
}


@pytest.fixture(scope="module")
def plain(chromium: Browser) -> Iterator[Page]:
    """One page for all: what is looked at does not depend on what was looked at before."""
    context = chromium.new_context(locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_in_either_scheme_and_at_400_percent_nothing_moves_sideways(
    kind: str, language: Language, plain: Page, address: str
) -> None:
    assert faults(plain, address + KINDS[kind], language) == []


def test_in_forced_colours_controls_keep_their_borders(chromium: Browser, address: str) -> None:
    context = chromium.new_context(forced_colors="active", locale="de-DE")
    page = context.new_page()
    page.goto(address + KINDS["results"])
    for control in ("input[type=search]", ".search button"):
        style = "e => { const s = getComputedStyle(e); return s.borderTopStyle + s.borderTopWidth; }"
        assert page.locator(control).first.evaluate(style) not in ("none0px", "none"), control
    context.close()


def focused(page: Page) -> str:
    """Return the text, label or name of what has the focus, and assert that the focus can be seen."""
    shown = page.evaluate(
        """() => {
            const e = document.activeElement, s = getComputedStyle(e);
            if (e === document.body) return null;  // past the last stop, before the first
            const box = e.getBoundingClientRect();
            return {
                name: (e.labels?.[0]?.innerText || e.getAttribute('aria-label') || e.innerText || '').trim(),
                ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
                seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
            };
        }"""
    )
    if shown is None:
        return ""
    assert shown["ring"], f"no focus to be seen on {shown['name']!r}"
    assert shown["seen"], f"{shown['name']!r} has the focus out of sight"
    return str(shown["name"])


def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until `name` has the focus; each stop on the way must show its focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"{name!r} is not reached with {most} times Tab")


def test_the_keyboard_alone_searches_filters_opens_a_case_and_comes_back(page: Page, address: str) -> None:
    page.goto(address + "/?lang=de")
    page.keyboard.press("Tab")
    assert focused(page) == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    tab_to(page, "Wonach suchen Sie?")
    page.keyboard.type("Abwärme nutzen")
    page.keyboard.press("Enter")
    count = page.get_by_role("status")
    expect(count).to_contain_text("Fälle")
    everything = count.inner_text()
    tab_to(page, "Kreislauf gemeinsam")
    page.keyboard.press("Space")
    expect(count).not_to_have_text(everything)
    first = page.locator(".cases :is(h2, h3) a").first.inner_text()
    tab_to(page, first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    page.go_back()  # Alt and the arrow are keys of the browser, not of the page
    expect(count).not_to_have_text(everything)


def test_the_keyboard_alone_compares_a_plan(page: Page, address: str) -> None:
    page.goto(address + "/?lang=en")
    tab_to(page, "Comparable projects")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Comparable projects")
    tab_to(page, "Your plant and your plan")
    page.keyboard.type("Our bakery has too much bread left in the evening. We want to forecast demand with AI.")
    tab_to(page, "Show comparable cases")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("comparable cases")
