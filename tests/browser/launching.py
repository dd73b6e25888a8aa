"""A real Chromium of this machine, for tests, pictures and figures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = "no Chromium here (Debian: apt-get install chromium)"


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a browser that asks nobody for anything by itself. Raises SystemExit where there is none."""
    if CHROMIUM is None:
        raise SystemExit(MISSING)
    arguments = ["--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()
