"""Tables to raw records: headings to fields, labels to terms, what people write to values. Nothing is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest import cells
from ingest.headings import Column, columns, folded, ignored
from ingest.labels import Terms
from ingest.readers.types import BadCell, Cell, Content, Document, RawRecord, Records, Table, notice, unreadable
from ingest.values import BadValue, day, figure, shown, year
from kb.errors import Fault
from kb.taxonomy import VOCABULARY_OF, Taxonomy

LEAST_HEADINGS = 3
"""With fewer known headings a row is no row of headings."""
HEADING_ROWS = 15
"""The row of headings is among the first so many."""
TEMPLATE_SHEETS = ("Listen – Lists", "Hinweise – Notes")
"""Sheets of the template that hold no cases."""


def records_of(content: Content, taxonomy: Taxonomy) -> Records:
    """Return the records that `content` holds. Raises UnreadableFile for a document and a table without headings."""
    if isinstance(content, Records):
        return content
    name = content.file.name
    if isinstance(content, Document):
        raise unreadable(
            name,
            "ist ein Text und keine Liste von Fällen: im Browser vorschlagen",
            "is a text and not a list of cases: propose it in the browser",
        )
    found: list[RawRecord] = []
    notices = list(content.notices)
    known = False
    for table in content.tables:
        if table.sheet in TEMPLATE_SHEETS:
            continue
        head = _headings(table)
        if head is None:
            if table.sheet is not None:
                notices.append(
                    notice(table.sheet, "hat keine bekannten Überschriften", "has no headings that are known")
                )
            continue
        known = True
        mapped = _Mapped(content.file, table, head, taxonomy)
        notices += mapped.notices
        found += mapped.records(len(found))
    if not known:
        raise unreadable(
            name,
            "keine Zeile mit bekannten Überschriften gefunden: die Vorlage zeigt, welche es gibt",
            "no row of known headings was found: the template shows which there are",
        )
    if not found:
        raise unreadable(name, "ist leer", "is empty")
    return Records(content.file, tuple(found), tuple(notices))


def _headings(table: Table) -> int | None:
    """Return which of the first rows holds the most known headings, or None where there are too few."""
    counts = [sum(column is not None for column in columns(_words(row))) for _, row in table.rows[:HEADING_ROWS]]
    best = max(range(len(counts)), key=lambda at: (counts[at], -at), default=0)
    return best if counts and counts[best] >= LEAST_HEADINGS else None


def _words(row: Sequence[Cell]) -> list[str]:
    return [cell if isinstance(cell, str) else "" for cell in row]


class _Mapped:
    """One table with its row of headings understood."""

    def __init__(self, file: Path, table: Table, head: int, taxonomy: Taxonomy) -> None:
        self.file, self.table = file, table
        needed = set(VOCABULARY_OF.values()) & set(taxonomy.vocabularies)
        self._terms = {name: Terms(taxonomy.vocabularies[name]) for name in needed}
        number, row = table.rows[head]
        self.names = [" ".join(word.split()) for word in _words(row)]
        self.columns = columns(self.names)
        self.body = table.rows[head + 1 :]
        self.notices = [*self._above(head), *self._strange_columns(number)]
        values = (cell for column, cell in self._all_cells() if column.field == "effects.value")
        self.decimal = cells.decimal_of(cell for cell in values if isinstance(cell, str))

    def _all_cells(self) -> Iterator[tuple[Column, Cell]]:
        for _, row in self.body:
            for column, cell in zip(self.columns, row, strict=False):
                if column is not None and cell is not None:
                    yield column, cell

    def _at(self, row: int) -> str:
        return f"{self.table.sheet}!{row}" if self.table.sheet else str(row)

    def _above(self, head: int) -> list[Fault]:
        return [
            notice(
                self._at(number), "steht über den Überschriften und zählt nicht", "is above the headings, not counted"
            )
            for number, _ in self.table.rows[:head]
        ]

    def _strange_columns(self, number: int) -> list[Fault]:
        found = []
        seen: dict[str, str] = {}
        for at, (name, column) in enumerate(zip(self.names, self.columns, strict=True)):
            if column is None:
                if name and folded(name) not in ignored():
                    found.append(
                        notice(
                            f"{self._at(number)}: {name}",
                            "diese Überschrift ist unbekannt, die Spalte wird nicht übernommen",
                            "this heading is not known, the column is not taken over",
                        )
                    )
            elif column.path in seen:
                other = seen[column.path]
                found.append(
                    notice(
                        f"{self._at(number)}: {name}",
                        f"meint dasselbe Feld wie „{other}“, die Spalte wird nicht übernommen",
                        f"means the same field as “{other}”, the column is not taken over",
                    )
                )
                self.columns[at] = None
            else:
                seen[column.path] = name
        return found

    def records(self, position: int) -> Iterator[RawRecord]:
        """Yield a record for every row below the headings."""
        for at, (number, row) in enumerate(self.body):
            faults: list[Fault] = []
            left_over: dict[str, str] = {}
            content: dict[str, Any] = {}
            for index, cell in enumerate(row):
                if cell is None:
                    continue
                column = self.columns[index] if index < len(self.columns) else None
                if column is None:
                    name = (self.names[index] if index < len(self.names) else "") or f"column {index + 1}"
                    if folded(name) not in ignored():
                        left_over[name] = shown(cell)
                    continue
                try:
                    value = self._value(column, cell)
                except BadValue as error:
                    faults.append(Fault(column.path, error.reason))
                else:
                    _place(content, column, value)
            yield RawRecord(
                self.file, position + at, _closed(content), number, self.table.sheet, tuple(faults), left_over
            )

    def _value(self, column: Column, cell: Cell) -> Any:
        if isinstance(cell, BadCell):
            raise BadValue(cell.reason)
        if column.field == "year":
            return year(cell)
        if column.field == "effects.value":
            return figure(cell, self.decimal)
        if column.field == "sources.checked":
            return day(cell)
        text = cells.unguarded(shown(cell).strip()) if self.table.sheet is None else shown(cell).strip()
        terms = self._terms.get(column.vocabulary)
        if column.shape == "list":
            values = cells.split(text)
            if terms is None:
                return _words_of(column, values)
            return [part for value in values for part in terms.several(value)]
        return text if terms is None else terms.one(text)


def _words_of(column: Column, values: list[str]) -> list[str]:
    """Return the entries of a list; a single one with commas is several keywords, for that is how people type them."""
    if column.field == "keywords" and len(values) == 1:
        return [part.strip() for part in values[0].split(",") if part.strip()]
    return values


def _place(content: dict[str, Any], column: Column, value: Any) -> None:
    group, _, inner = column.field.partition(".")
    if not inner:
        if column.language:
            content.setdefault(group, {})[column.language] = value
        else:
            content[group] = value
        return
    entry = content.setdefault(group, {}).setdefault(column.number, {})
    if column.language:
        entry.setdefault(inner, {})[column.language] = value
    elif isinstance(value, dict):
        # A unit or bound beside the number counts where no column of its own holds one.
        entry["value"] = value["value"]
        entry.update({name: value[name] for name in ("unit", "bound") if value[name] and name not in entry})
    else:
        entry[inner] = value


def _closed(content: dict[str, Any]) -> dict[str, Any]:
    """Turn numbered groups into lists; a number that is left out, as in 1 and 3, closes up."""
    for group in ("effects", "sources"):
        if group in content:
            content[group] = [content[group][number] for number in sorted(content[group])]
    return content
