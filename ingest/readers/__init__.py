"""Files to raw records, tables or documents: what a file holds, before anybody judges it. One module a format."""

from __future__ import annotations

from pathlib import Path

from ingest.readers import structured
from ingest.readers.kinds import RECORD_ENDINGS, kind_of
from ingest.readers.types import (
    BadCell,
    Cell,
    Content,
    Document,
    Paragraph,
    RawRecord,
    Records,
    Table,
    Tables,
    UnreadableFile,
    unreadable,
)

__all__ = [
    "BadCell",
    "Cell",
    "Content",
    "Document",
    "Paragraph",
    "RawRecord",
    "Records",
    "SIZE_LIMIT",
    "Table",
    "Tables",
    "UnreadableFile",
    "find_files",
    "load",
    "read",
    "unreadable",
]

SIZE_LIMIT = 8 * 1024 * 1024
"""The most bytes of one file with records."""


def read(data: bytes, name: str, url: str | None = None) -> Content:
    """Return what `data` holds. `name` is what the file is called; `url` where it was fetched.

    Only for files of the house: `ingest.sandbox` reads those of strangers. Raises UnreadableFile.
    """
    kind = kind_of(data, name)
    if kind in ("yaml", "json", "jsonl"):
        return structured.read(data, name, kind)
    # Each reader is imported when its kind comes: some take most of a second.
    if kind == "csv":
        from ingest.readers import csv_file

        return csv_file.read(data, name)
    if kind == "xlsx":
        from ingest.readers import xlsx

        return xlsx.read(data, name)
    if kind == "pdf":
        from ingest.readers import pdf

        return pdf.read(data, name)
    if kind == "docx":
        from ingest.readers import docx

        return docx.read(data, name)
    if kind == "html":
        from ingest.readers import html

        return html.read(data, name, url)
    from ingest.readers import markdown

    return markdown.read(data, name)


def find_files(path: Path) -> list[Path]:
    """Return the files that `path` means: itself, or every record file of the folder, by name.

    Raises UnreadableFile when there is nothing.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in RECORD_ENDINGS and file.is_file())
        if files:
            return files
        endings = ", ".join(RECORD_ENDINGS)
        raise unreadable(
            path.name, f"in diesem Ordner liegt keine Datei mit {endings}", f"no file with {endings} in it"
        )
    if not path.exists():
        raise unreadable(path.name, "gibt es nicht", "does not exist")
    return [path]


def load(path: Path) -> Content:
    """Return what the file at `path` holds. Raises UnreadableFile."""
    try:
        size = path.stat().st_size
        if size > SIZE_LIMIT:
            limit = SIZE_LIMIT // 1024**2
            raise unreadable(path.name, f"ist größer als {limit} MB", f"is larger than {limit} MB")
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path.name, f"nicht lesbar: {error}", f"cannot be read: {error}") from error
    return read(data, path.name)
