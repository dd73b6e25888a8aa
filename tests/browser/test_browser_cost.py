"""What the pages of the main paths cost: little, from nowhere else, and they stand still while they load."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.cost import cost
from tests.browser.test_browser_accessibility import KINDS

pytestmark = pytest.mark.browser

MOST_BYTES = 100_000
MOST_MOVED = 0.1
"""What web.dev calls good. Mostly it is 0; a busy machine may paint between two pieces of a page."""
PHONE = (390, 844)


@pytest.mark.parametrize("kind", ["home", "results", "case", "comparable projects", "explore", "comparison"])
def test_a_first_page_is_small_asks_no_other_host_and_stands_still(kind: str, chromium: Browser, address: str) -> None:
    for found in (cost(chromium, address + KINDS[kind]), cost(chromium, address + KINDS[kind], PHONE)):
        assert found.total < MOST_BYTES
        assert found.foreign == 0
        assert found.moved < MOST_MOVED
