"""XLSX to tables: values only, never a formula."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

from ingest.readers.csv_file import COLUMN_LIMIT, ROW_LIMIT
from ingest.readers.types import BadCell, Cell, Table, Tables, UnreadableFile, unreadable
from kb.text import Text

NEVER_CALCULATED = Text(
    de="ist eine Formel ohne berechneten Wert: den Wert selbst eintragen",
    en="is a formula without a calculated value: enter the value itself",
)


def read(data: bytes, name: str) -> Tables:
    """Return every sheet with its rows. Of a formula the value last calculated counts. Raises UnreadableFile."""
    # openpyxl takes 0.2 s to import.
    import openpyxl

    try:
        values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True) if _has_formulas(data) else None
        tables = []
        for sheet in values.worksheets:
            twin = formulas[sheet.title] if formulas else None
            rows = tuple(_rows(sheet, twin, name))
            if rows:
                tables.append(Table(sheet.title, rows))
    except (UnreadableFile, MemoryError):
        raise
    except Exception as error:  # a damaged workbook makes openpyxl raise almost anything
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise unreadable(name, f"nicht lesbar: {reason}", f"cannot be read: {reason}") from error
    if not tables:
        raise unreadable(name, "ist leer", "is empty")
    return Tables(Path(name), tuple(tables))


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(
            re.search(rb"<(?:\w+:)?f[\s>/]", archive.read(name))
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
        )


def _rows(sheet: Any, formulas: Any, name: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    # What a sheet says about its own size may be wrong.
    sheet.reset_dimensions()
    if formulas is not None:
        formulas.reset_dimensions()
    found = 0
    pairs = zip(sheet.iter_rows(), formulas.iter_rows() if formulas is not None else repeat(()), strict=False)
    for number, (cells, twins) in enumerate(pairs, start=1):
        row = tuple(_cell(cell, twin) for cell, twin in zip(cells, twins or repeat(None), strict=False))
        while row and row[-1] is None:
            row = row[:-1]
        if not row:
            continue
        found += 1
        if found > ROW_LIMIT:
            raise unreadable(name, f"hat mehr als {ROW_LIMIT} Zeilen", f"has more than {ROW_LIMIT} rows")
        if len(row) > COLUMN_LIMIT:
            raise unreadable(name, f"hat mehr als {COLUMN_LIMIT} Spalten", f"has more than {COLUMN_LIMIT} columns")
        yield number, row


def _cell(cell: Any, twin: Any) -> Cell:
    value = cell.value
    if value is None:
        return BadCell(NEVER_CALCULATED) if twin is not None and twin.data_type == "f" else None
    if cell.data_type == "e":
        return BadCell(Text(de=f"hält den Fehler {value}", en=f"holds the error {value}"))
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        # A percentage is kept as a share of one: what the person sees is a hundred times as much.
        return f"{round(value * 100, 10):.10g} %" if "%" in (cell.number_format or "") else value
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    text = str(value)
    return text if text.strip() else None
