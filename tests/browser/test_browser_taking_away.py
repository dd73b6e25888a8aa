"""A reader takes cases away: cites one, prints it, downloads the hits of a search."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_the_page_of_a_case_may_hold_its_linked_data_and_prints_what_counts(page: Page, address: str) -> None:
    # The fixture `page` fails on any message of the console: a violation of the content security policy is one.
    page.goto(f"{address}/cases/aurubis-hafencity-industrial-heat")
    said = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    assert said["url"] == f"{address}/cases/aurubis-hafencity-industrial-heat"
    expect(page.get_by_role("heading", name="Diesen Fall zitieren")).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    for gone in ("header.top", "footer.bottom", ".comparable", ".cite .files"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator(".citation")).to_be_visible()
    printed = page.locator(".sources a").first.evaluate("link => getComputedStyle(link, '::after').content")
    assert " <http" in printed
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_the_hits_of_a_search_are_downloaded_under_a_name_that_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}/search?q=Abw%C3%A4rme&pathway=cooperation")
    found = int(page.get_by_role("status").inner_text().split()[0])
    page.get_by_role("link", name="Treffer exportieren").click()
    expect(page.get_by_role("heading", name="Exportieren")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSONL").click()
    assert download.value.suggested_filename == f"pfadfinder-abwaerme-cooperation-{found}-faelle.jsonl"
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == found
