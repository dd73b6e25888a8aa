"""What readers give: records, tables or a document, and how each crosses the border of a process as JSON."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from kb.errors import Fault, Faulty
from kb.text import Text


class UnreadableFile(Faulty):
    """A file that holds no records and no text."""


def unreadable(name: str, de: str, en: str) -> UnreadableFile:
    """Return the error that says why the file called `name` cannot be read."""
    return UnreadableFile(name, [Fault("(file)", Text(de=de, en=en))])


def notice(place: str, de: str, en: str) -> Fault:
    """Return what a reader has to say without refusing the file."""
    return Fault(place, Text(de=de, en=en))


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What stands at `position` (0 for the first) of `file`. Nothing of it has been checked.

    `row` and `sheet` are those that a spreadsheet program shows. `faults` are cells that gave no value, by field;
    `left_over` holds what no field takes, by heading.
    """

    file: Path
    position: int
    content: Any
    row: int | None = None
    sheet: str | None = None
    faults: tuple[Fault, ...] = ()
    left_over: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the record stands, as faults say it: `[3]`, and in tables `7` or `Cases!7` as spreadsheets write it."""
        if self.row is None:
            return f"[{self.position}]"
        return f"{self.sheet}!{self.row}" if self.sheet else str(self.row)

    def at(self, field_path: str) -> str:
        """Return where `field_path` of this record stands in its file."""
        return f"{self.place}.{field_path}" if self.row is None else f"{self.place}: {field_path}"


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one file, in its order, and what there is to say about the file as a whole."""

    file: Path
    records: tuple[RawRecord, ...]
    notices: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell without a value, such as a formula that was never calculated, and why."""

    reason: Text


Cell = str | int | float | bool | datetime.date | BadCell | None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet with their numbers (1 for the first), empty rows left out. `sheet` is None in CSV."""

    sheet: str | None
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """The sheets of one file, in its order."""

    file: Path
    tables: tuple[Table, ...]
    notices: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One piece of running text. `page` (1 for the first) only where the format has pages."""

    text: str
    page: int | None = None
    heading: bool = False


@dataclass(frozen=True)
class Document:
    """Running text with its places. `language` is ISO 639-1, None where the text does not tell.

    `fields` holds what the file says about itself (front matter, publisher, date), as it stands there.
    """

    file: Path
    title: str | None
    language: str | None
    paragraphs: tuple[Paragraph, ...]
    url: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Fault, ...] = ()

    @cached_property
    def text(self) -> str:
        """The paragraphs, with an empty line between."""
        return "\n\n".join(paragraph.text for paragraph in self.paragraphs)

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(paragraph.text) + 2 for paragraph in self.paragraphs), initial=0))[:-1]

    def number_at(self, offset: int) -> int:
        """Return the number (0 for the first) of the paragraph that holds character `offset` of `text`."""
        return max(0, bisect_right(self._starts, offset) - 1)


Content = Records | Tables | Document


def to_json(content: Content) -> dict[str, Any]:
    """Return `content` as plain data that JSON can hold; `from_json` reads it back."""
    plain: dict[str, Any] = {"notices": [_fault_to_json(fault) for fault in content.notices]}
    if isinstance(content, Records):
        return plain | {
            "is": "records",
            "records": [
                {"content": jsonable(record.content), "left_over": dict(record.left_over)} for record in content.records
            ],
        }
    if isinstance(content, Tables):
        tables = [
            {
                "sheet": table.sheet,
                "rows": [[number, [_cell_to_json(cell) for cell in row]] for number, row in table.rows],
            }
            for table in content.tables
        ]
        return plain | {"is": "tables", "tables": tables}
    return plain | {
        "is": "document",
        "title": content.title,
        "language": content.language,
        "paragraphs": [[paragraph.text, paragraph.page, paragraph.heading] for paragraph in content.paragraphs],
        "url": content.url,
        "fields": jsonable(content.fields),
    }


def from_json(plain: Mapping[str, Any], file: Path) -> Content:
    """Return what `to_json` was given, as the content of `file`."""
    notices = tuple(fault_from_json(fault) for fault in plain["notices"])
    if plain["is"] == "records":
        records = (
            RawRecord(file, position, entry["content"], left_over=entry["left_over"])
            for position, entry in enumerate(plain["records"])
        )
        return Records(file, tuple(records), notices)
    if plain["is"] == "tables":
        tables = (
            Table(
                table["sheet"],
                tuple((number, tuple(_cell_from_json(cell) for cell in row)) for number, row in table["rows"]),
            )
            for table in plain["tables"]
        )
        return Tables(file, tuple(tables), notices)
    return Document(
        file,
        plain["title"],
        plain["language"],
        tuple(Paragraph(*paragraph) for paragraph in plain["paragraphs"]),
        plain["url"],
        plain["fields"],
        notices,
    )


def jsonable(value: Any) -> Any:
    """Return `value` without what JSON cannot hold: dates as ISO 8601, keys as words.

    Raises ValueError where something would be lost, such as bytes or two keys that become one.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [jsonable(part) for part in value]
    if isinstance(value, Mapping):
        found = {key if isinstance(key, str) else str(key): jsonable(part) for key, part in value.items()}
        if len(found) < len(value):
            raise ValueError("two keys of a mapping are the same word")
        return found
    raise ValueError(f"a value of the kind {type(value).__name__} has no place in a record")


def _fault_to_json(fault: Fault) -> list[Any]:
    return [fault.field, fault.message.de, fault.message.en]


def fault_from_json(plain: list[Any]) -> Fault:
    """Return the fault that crossed the border as [field, German, English]."""
    field_name, de, en = plain
    return Fault(field_name, Text(de=de, en=en))


def faults_to_json(error: Faulty) -> list[list[Any]]:
    """Return the faults of `error` as plain data."""
    return [_fault_to_json(fault) for fault in error.faults]


def _cell_to_json(cell: Cell) -> Any:
    if isinstance(cell, datetime.date):
        return {"date": cell.isoformat()[:10]}
    if isinstance(cell, BadCell):
        return {"de": cell.reason.de, "en": cell.reason.en}
    return cell


def _cell_from_json(plain: Any) -> Cell:
    if isinstance(plain, dict):
        return datetime.date.fromisoformat(plain["date"]) if "date" in plain else BadCell(Text(**plain))
    cell: Cell = plain
    return cell
