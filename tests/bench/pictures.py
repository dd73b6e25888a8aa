"""`make pictures`: the pages as a reader sees them, written to docs/pictures."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path

import waitress
from playwright.sync_api import sync_playwright

from web.app import create_app
from web.settings import Settings
from web.wiring import Services

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
PAGES = {
    "home": "/",
    "results": "/search?q=Wohin+mit+der+Abw%C3%A4rme+unserer+%C3%96fen%3F",
    "case": "/cases/aurubis-hafencity-industrial-heat",
}
WIDTHS = {"wide": (1200, 820), "phone": (390, 820)}


def main() -> None:
    """Take one picture of each page, wide and phone, in the light and in the dark scheme."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium here (Debian: apt-get install chromium)")
    PICTURES.mkdir(parents=True, exist_ok=True)
    services = Services(Settings(home=Path(tempfile.mkdtemp(prefix="pfadfinder-pictures-"))))
    services.make_ready()
    server = waitress.create_server(create_app(services), host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    arguments = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for scheme in ("light", "dark"):
            for width, (across, down) in WIDTHS.items():
                context = browser.new_context(
                    locale="de-DE", color_scheme=scheme, viewport={"width": across, "height": down}
                )
                page = context.new_page()
                for name, path in PAGES.items():
                    page.goto(f"http://127.0.0.1:{server.effective_port}{path}")
                    page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
                context.close()
        browser.close()
    server.close()


main()
