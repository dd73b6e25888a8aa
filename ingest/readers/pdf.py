"""PDF to a document, page by page."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.readers.prose import bounded, language_of, paragraphs_of, title_of
from ingest.readers.types import Document, Paragraph, UnreadableFile, notice, unreadable

if TYPE_CHECKING:
    from pypdf import PdfReader

PAGE_LIMIT = 300


def read(data: bytes, name: str) -> Document:
    """Return the text of a PDF with its pages. Raises UnreadableFile, also for one that only holds pictures."""
    # pypdf takes 0.1 s to import, and tells its log about every oddity of every file.
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return _document(pypdf.PdfReader(io.BytesIO(data)), name)
    except (UnreadableFile, MemoryError):
        raise
    except RecursionError as error:
        raise unreadable(name, "ist zu tief verschachtelt", "is nested too deeply") from error
    except Exception as error:  # a damaged file makes pypdf raise almost anything
        reason = f"{type(error).__name__}: {error}"[:200]
        raise unreadable(name, f"nicht lesbar: {reason}", f"cannot be read: {reason}") from error


def _document(pdf: PdfReader, name: str) -> Document:
    # Many files are encrypted with an empty password, only to forbid printing.
    if pdf.is_encrypted and not pdf.decrypt(""):
        raise unreadable(
            name,
            "ist mit einem Kennwort verschlüsselt: ohne Kennwort speichern",
            "is encrypted with a password: save it without one",
        )
    pages = len(pdf.pages)
    notices = []
    if pages > PAGE_LIMIT:
        notices.append(
            notice(
                "(file)",
                f"hat {pages} Seiten: gelesen wurden die ersten {PAGE_LIMIT}",
                f"has {pages} pages: the first {PAGE_LIMIT} were read",
            )
        )
    found: list[Paragraph] = []
    blank: list[str] = []
    for number in range(1, min(pages, PAGE_LIMIT) + 1):
        on_page = paragraphs_of(pdf.pages[number - 1].extract_text(), number)
        found += on_page
        if not on_page:
            blank.append(str(number))
    if not found:
        raise unreadable(
            name,
            "enthält keinen Text, nur Bilder (gescannt?): zuerst durch eine Texterkennung schicken",
            "holds no text, only pictures (scanned?): send it through text recognition first",
        )
    if blank:
        numbers = ", ".join(blank[:20]) + (" …" if len(blank) > 20 else "")
        notices.append(notice("(file)", f"Seiten ohne Text: {numbers}", f"pages without text: {numbers}"))
    paragraphs, cut = bounded(found)
    title = pdf.metadata.title if pdf.metadata else None
    return Document(
        file=Path(name),
        title=title_of(title if isinstance(title, str) else None, paragraphs),
        language=language_of(" ".join(paragraph.text for paragraph in paragraphs)),
        paragraphs=paragraphs,
        notices=(*notices, *cut),
    )
