"""A real server on loopback and a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.launching import CHROMIUM, MISSING, launched
from tests.serving import serving
from web.wiring import Services


@pytest.fixture(scope="session")
def address(services: Services) -> Iterator[str]:
    """The address of a server over the whole collection, which ends with the tests."""
    with serving(services) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(f"{MISSING}: the browser tests did not run")
    with launched() as browser:
        yield browser


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh German browser."""
    context = chromium.new_context(locale="de-DE", viewport={"width": 1200, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """A page whose console stays clean and which asks no other host for anything."""
    page = context.new_page()
    complaints: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(address) else foreign.append(request.url))
    yield page
    assert complaints == []
    assert foreign == []
