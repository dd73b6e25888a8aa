"""DOCX to a document."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from ingest.readers.html import blocks
from ingest.readers.prose import bounded, language_of, title_of
from ingest.readers.types import Document, UnreadableFile, unreadable


def read(data: bytes, name: str) -> Document:
    """Return the text of a Word file: headings, lists, tables and footnotes, what is struck out left out.

    Raises UnreadableFile.
    """
    # mammoth reads tracked changes, footnotes and text boxes, which python-docx passes over.
    import mammoth

    try:
        html = mammoth.convert_to_html(
            io.BytesIO(data), convert_image=mammoth.images.img_element(lambda image: {}), external_file_access=False
        ).value
        paragraphs, cut = bounded(blocks(html)) if html.strip() else ((), ())
        title = _title(data)
    except (UnreadableFile, MemoryError):
        raise
    except RecursionError as error:
        raise unreadable(name, "ist zu tief verschachtelt", "is nested too deeply") from error
    except Exception as error:  # a damaged file makes mammoth raise almost anything
        reason = f"{type(error).__name__}: {error}"[:200]
        raise unreadable(name, f"nicht lesbar: {reason}", f"cannot be read: {reason}") from error
    if not paragraphs:
        raise unreadable(name, "enthält keinen Text", "holds no text")
    return Document(
        file=Path(name),
        title=title_of(title, paragraphs),
        language=language_of(" ".join(paragraph.text for paragraph in paragraphs)),
        paragraphs=paragraphs,
        notices=cut,
    )


def _title(data: bytes) -> str | None:
    """Return the title among the properties of the file."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(archive.read("docProps/core.xml"), parser)
    title: str | None = root.findtext("{http://purl.org/dc/elements/1.1/}title")
    return title
