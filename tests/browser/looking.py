"""Whether a page can be used by people who do not see it as its makers do: axe-core, both schemes, 400 percent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kb.text import Language

WIDE = {"width": 1280, "height": 900}
REFLOW = {"width": 320, "height": 256}
"""1280 by 1024 points at 400 % (WCAG 2.2, 1.4.10)."""
SCHEMES: dict[Language, Literal["light", "dark"]] = {"de": "light", "en": "dark"}
"""The scheme in which a language is looked at: colours do not depend on words, so that two looks see all there is."""
OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
    "preload": False,
    "iframes": False,
}


def violations(page: Page) -> list[str]:
    """Return what axe-core complains of on the page as it is, a line each."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def moves_sideways(page: Page) -> bool:
    """Say whether the page is wider than its window at 400 percent."""
    page.set_viewport_size(REFLOW)
    wider: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.set_viewport_size(WIDE)
    return wider


def in_language(path: str, language: Language) -> str:
    """Return the address of the page in a language."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def faults(
    page: Page, address: str, language: Language, ready: Callable[[Page], object] = lambda page: None
) -> list[str]:
    """Open a page in a language and its scheme, with all that folds open, and return what is wrong with it.

    `ready` waits for what a script fetches.
    """
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme=SCHEMES[language])
    page.goto(in_language(address, language))
    expect(page.locator("html")).to_have_attribute("lang", language)
    ready(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = violations(page) + (["moves sideways"] if moves_sideways(page) else [])
    return [f"{page.url} {SCHEMES[language]}: {line}" for line in found]
