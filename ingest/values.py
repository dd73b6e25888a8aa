"""Cells to values: years, days and figures as people write them, or in words why they are none. Pure."""

from __future__ import annotations

import datetime
from typing import Any

from ingest import cells
from ingest.headings import folded, spellings
from ingest.readers.types import BadCell, Cell
from kb.text import Text


class BadValue(ValueError):
    """What stands in a cell is no value of its field; `reason` says it in words."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason["en"])
        self.reason = reason


def shown(cell: Cell) -> str:
    """Return what a person sees in `cell`."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, BadCell):
        return cell.reason["en"]
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def year(cell: Cell) -> int:
    """Return the year in a cell. Raises BadValue."""
    if isinstance(cell, datetime.date):
        return cell.year
    try:
        return cells.year(shown(cell))
    except ValueError as error:
        raise BadValue(
            Text(de=f"ist kein Jahr wie 2021: {shown(cell)}", en=f"is not a year such as 2021: {shown(cell)}")
        ) from error


def day(cell: Cell) -> str:
    """Return the day in a cell as ISO 8601. Raises BadValue."""
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    try:
        return cells.day(shown(cell)).isoformat()
    except cells.Ambiguous as error:
        raise BadValue(
            Text(
                de=f"{shown(cell)} kann zwei Tage meinen: wie 2021-03-31 schreiben",
                en=f"{shown(cell)} may mean two days: write it like 2021-03-31",
            )
        ) from error
    except ValueError as error:
        raise BadValue(
            Text(
                de=f"ist kein Tag wie 31.03.2021: {shown(cell)}",
                en=f"is not a day such as 31 March 2021: {shown(cell)}",
            )
        ) from error


def figure(cell: Cell, decimal: cells.Decimal | None) -> Any:
    """Return the number in a cell; with the words around it as `bound` and `unit` where there are any.

    Raises BadValue.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else cell
    try:
        before, value, unit = cells.figure(shown(cell), decimal)
        bound = _bound(before)
    except cells.Ambiguous as error:
        raise BadValue(
            Text(
                de=f"{shown(cell)} kann zweierlei heißen: ohne Tausenderpunkt oder mit Nachkommastellen schreiben",
                en=f"{shown(cell)} may mean two numbers: write it without a thousands mark or with decimals",
            )
        ) from error
    except (ValueError, OverflowError) as error:
        raise BadValue(
            Text(de=f"muss eine Zahl sein, ist aber {shown(cell)}", en=f"must be a number, is {shown(cell)}")
        ) from error
    return {"value": value, "unit": unit or None, "bound": bound} if unit or bound else value


def _bound(words: str) -> str | None:
    if not words:
        return None
    for bound, spelled in spellings()["bounds"].items():
        if folded(words) in {folded(word) for word in spelled}:
            return str(bound)
    raise ValueError(f"no number: {words}")
