"""Lines of a CSV file that a spreadsheet program opens as text and never as formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MARK = "\ufeff"
"""Before the first line: without it Excel takes UTF-8 for another encoding."""


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield `rows` as lines of CSV (RFC 4180, comma, UTF-8 with a mark at the beginning), one at a time."""
    yield MARK
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([guarded(value) if isinstance(value, str) else value for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def guarded(cell: str) -> str:
    """Return `cell` so that no spreadsheet takes it for a formula: with an apostrophe before what looks like one.

    The signs are those that the OWASP page on CSV injection names.
    """
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
