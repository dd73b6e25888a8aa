"""`make share-picture`: the picture that networks show beside a shared address, written to web/static/share.png."""

from __future__ import annotations

from tests.browser.launching import launched
from web.app import STATIC
from web.i18n import Translator

SIZE = {"width": 1200, "height": 630}
"""What the Open Graph protocol is drawn for by most networks; the templates name it too."""
STYLE = """
body { margin: 0; width: 1200px; height: 630px; display: grid; grid-template-columns: 25rem 1fr; align-items: center;
       background: #0d4f4a; color: #f3efe4; font-family: "DejaVu Sans", sans-serif; }
svg { width: 18rem; height: 18rem; justify-self: center; border-radius: 2.5rem; }
h1 { font-size: 5rem; margin: 0 0 1.2rem; letter-spacing: -.02em; }
p { font-size: 2rem; line-height: 1.35; margin: 0; max-width: 36rem; }
p + p { margin-top: 1rem; opacity: .8; font-size: 1.6rem; }
"""


def main() -> None:
    """Draw the mark, the name and what the site is in both languages."""
    mark = (STATIC / "mark.svg").read_text(encoding="utf-8")
    lines = "".join(f"<p>{Translator(language)('share.claim')}</p>" for language in ("de", "en"))
    with launched() as browser:
        page = browser.new_page(viewport=SIZE)
        page.set_content(f"<style>{STYLE}</style>{mark}<div><h1>{Translator('de')('site.name')}</h1>{lines}</div>")
        page.screenshot(path=STATIC / "share.png")


main()
