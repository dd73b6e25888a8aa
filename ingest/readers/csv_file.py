"""CSV to a table, whatever separates its cells."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ingest.readers.kinds import decoded
from ingest.readers.types import Cell, Table, Tables, notice, unreadable

DELIMITERS = ";,\t|"
ROW_LIMIT = 50_000
COLUMN_LIMIT = 600


def read(data: bytes, name: str) -> Tables:
    """Return the rows of a CSV file in UTF-8, UTF-16 or Windows-1252; every cell is text. Raises UnreadableFile."""
    text = decoded(data, name, windows=True)
    notices = []
    if not _is_utf8(data) and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        notices.append(
            notice(
                "(file)",
                "ist nicht in UTF-8 geschrieben und wurde als Windows-1252 gelesen: Umlaute prüfen",
                "is not written in UTF-8 and was read as Windows-1252: check the umlauts",
            )
        )
    csv.field_size_limit(1_000_000)
    try:
        rows = _rows(text)
    except csv.Error as error:
        raise unreadable(name, f"nicht lesbar: {error}", f"cannot be read: {error}") from error
    if len(rows) > ROW_LIMIT:
        raise unreadable(name, f"hat mehr als {ROW_LIMIT} Zeilen", f"has more than {ROW_LIMIT} rows")
    if any(len(cells) > COLUMN_LIMIT for _, cells in rows):
        raise unreadable(name, f"hat mehr als {COLUMN_LIMIT} Spalten", f"has more than {COLUMN_LIMIT} columns")
    if not rows:
        raise unreadable(name, "ist leer", "is empty")
    return Tables(Path(name), (Table(None, tuple(rows)),), tuple(notices))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: str) -> list[tuple[int, tuple[Cell, ...]]]:
    """Read with the delimiter that gives the first ten rows the most cells: headings are many and hold few marks."""
    sample = "\n".join(text.split("\n", 40)[:40])
    delimiter = max(DELIMITERS, key=lambda mark: _widest(sample, mark))
    found: list[tuple[int, tuple[Cell, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, cells in enumerate(reader, start=1):
        if any(cell.strip() for cell in cells):
            found.append((number, tuple(cell if cell.strip() else None for cell in cells)))
            if len(found) > ROW_LIMIT:
                break
    return found


def _widest(sample: str, delimiter: str) -> int:
    try:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error:
        return 0
    return max((len(row) for row in rows[:10]), default=0)
