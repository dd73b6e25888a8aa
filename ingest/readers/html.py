"""HTML to a document: the article without menus, scripts and cookie banners."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ingest.readers.prose import bounded, language_of, paragraphs_of, title_of
from ingest.readers.types import Document, Paragraph, UnreadableFile, notice, unreadable

_BLOCKS = ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "blockquote", "pre", "dt", "dd", "figcaption")
_ENOUGH = 200
"""With fewer characters of article the whole page is read: short pages are taken for menus."""


def read(data: bytes, name: str, url: str | None = None) -> Document:
    """Return the article of a web page, found by trafilatura (Barbaresi 2021); `url` is where it was fetched.

    Raises UnreadableFile.
    """
    # trafilatura takes 0.7 s to import, and tells its log about every odd page.
    import trafilatura

    for logger in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        # trafilatura changes the tree that it is given.
        root = trafilatura.load_html(data)
        if root is None:
            raise unreadable(name, "ist kein lesbares HTML", "is no readable HTML")
        language = (root.get("lang") or "")[:2].lower() or None
        found: Any = trafilatura.bare_extraction(data, url=url, include_comments=False, with_metadata=True)
        raw = (
            [Paragraph(" ".join(line.split())) for line in (found.text or "").split("\n") if line.strip()]
            if found
            else []
        )
        notices = []
        if sum(len(paragraph.text) for paragraph in raw) < _ENOUGH:
            raw = blocks(data) or raw
            notices = [
                notice(
                    "(file)",
                    "der Artikel war nicht zu erkennen: die ganze Seite wurde gelesen",
                    "the article was not to be told apart: the whole page was read",
                )
            ]
        paragraphs, cut = bounded(raw)
    except (UnreadableFile, MemoryError):
        raise
    except RecursionError as error:
        raise unreadable(name, "ist zu tief verschachtelt", "is nested too deeply") from error
    except Exception as error:  # lxml and trafilatura raise almost anything on broken pages
        reason = f"{type(error).__name__}: {error}"[:200]
        raise unreadable(name, f"nicht lesbar: {reason}", f"cannot be read: {reason}") from error
    if not paragraphs:
        raise unreadable(name, "enthält keinen Text", "holds no text")
    about = {
        field: str(value)
        for field, value in (("publisher", found.sitename), ("author", found.author), ("date", found.date))
        if value
    } if found else {}  # fmt: skip
    return Document(
        file=Path(name),
        title=title_of(found.title if found else None, paragraphs),
        language=language_of(" ".join(paragraph.text for paragraph in paragraphs)) or language,
        paragraphs=paragraphs,
        url=url,
        fields=about,
        notices=(*notices, *cut),
    )


def blocks(html: bytes | str) -> list[Paragraph]:
    """Return the text of every block of `html` in order, scripts and styles left out."""
    from lxml import html as lxml_html

    found: list[Paragraph] = []
    root = lxml_html.fromstring(html, parser=lxml_html.HTMLParser(encoding="utf-8" if isinstance(html, str) else None))
    for node in root.iter("script", "style", "noscript", "template", "svg"):
        node.clear(keep_tail=True)
    taken: set[Any] = set()
    for node in root.iter(*_BLOCKS):
        if any(parent in taken for parent in node.iterancestors()):
            continue
        taken.add(node)
        cells = [" ".join(cell.text_content().split()) for cell in node] if node.tag == "tr" else None
        text = " | ".join(cell for cell in cells if cell) if cells is not None else _lines(node)
        for paragraph in paragraphs_of(text):
            found.append(Paragraph(paragraph.text, heading=node.tag in ("h1", "h2", "h3", "h4", "h5", "h6")))
    return found or paragraphs_of(root.text_content())


def _lines(node: Any) -> str:
    for line_break in node.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return str(node.text_content())
