"""Tables to raw records: headings to fields, labels to terms, what people write to values. Nothing is dropped."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest import cells
from ingest.headings import Column, columns, folded, ignored, spellings
from ingest.readers.types import BadCell, Cell, Content, Document, RawRecord, Records, Table, notice, unreadable
from kb.errors import Fault
from kb.taxonomy import Taxonomy
from kb.text import Text

LEAST_HEADINGS = 3
"""With fewer known headings a row is no row of headings."""
HEADING_ROWS = 15
"""The row of headings is among the first so many."""
TEMPLATE_SHEETS = ("Listen – Lists", "Hinweise – Notes")
"""Sheets of the template that hold no cases."""
VOCABULARIES = {
    "role": "roles",
    "country": "countries",
    "region": "regions",
    "sector": "sectors",
    "size": "sizes",
    "year_kind": "year_kinds",
    "status": "statuses",
    "pathway": "pathways",
    "pathway_secondary": "pathways",
    "evidence": "evidence",
    "roadmap_fields": "roadmap_fields",
    "technologies": "technologies",
    "effects.metric": "metrics",
    "effects.unit": "units",
    "effects.kind": "effect_kinds",
    "effects.bound": "bounds",
    "sources.language": "languages",
}
"""Field of a table -> vocabulary of its terms."""


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
        needed = set(VOCABULARIES.values()) & set(taxonomy.vocabularies)
        self._terms = {name: _Terms(taxonomy.vocabularies[name]) for name in needed}
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
                        left_over[name] = _shown(cell)
                    continue
                try:
                    value = self._value(column, cell)
                except _BadValue as error:
                    faults.append(Fault(column.path, error.reason))
                else:
                    _place(content, column, value)
            yield RawRecord(
                self.file, position + at, _closed(content), number, self.table.sheet, tuple(faults), left_over
            )

    def _value(self, column: Column, cell: Cell) -> Any:
        if isinstance(cell, BadCell):
            raise _BadValue(cell.reason)
        if column.field == "year":
            return _year(cell)
        if column.field == "effects.value":
            return _figure(cell, self.decimal)
        if column.field == "sources.checked":
            return _day(cell)
        text = cells.unguarded(_shown(cell).strip()) if self.table.sheet is None else _shown(cell).strip()
        terms = self._terms.get(VOCABULARIES.get(column.field, ""))
        if column.shape == "list":
            values = cells.split(text)
            if terms is None:
                return _words_of(column, values)
            return [part for value in values for part in terms.several(value)]
        return text if terms is None else terms.one(text)


class _BadValue(ValueError):
    def __init__(self, reason: Text) -> None:
        super().__init__(reason["en"])
        self.reason = reason


def _shown(cell: Cell) -> str:
    """Return what a person sees in `cell`."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, BadCell):
        return cell.reason["en"]
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def _year(cell: Cell) -> int:
    if isinstance(cell, datetime.date):
        return cell.year
    try:
        return cells.year(_shown(cell))
    except ValueError as error:
        raise _BadValue(
            Text(de=f"ist kein Jahr wie 2021: {_shown(cell)}", en=f"is not a year such as 2021: {_shown(cell)}")
        ) from error


def _day(cell: Cell) -> str:
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    try:
        return cells.day(_shown(cell)).isoformat()
    except cells.Ambiguous as error:
        raise _BadValue(
            Text(
                de=f"{_shown(cell)} kann zwei Tage meinen: wie 2021-03-31 schreiben",
                en=f"{_shown(cell)} may mean two days: write it like 2021-03-31",
            )
        ) from error
    except ValueError as error:
        raise _BadValue(
            Text(
                de=f"ist kein Tag wie 31.03.2021: {_shown(cell)}",
                en=f"is not a day such as 31 March 2021: {_shown(cell)}",
            )
        ) from error


def _figure(cell: Cell, decimal: cells.Decimal | None) -> Any:
    """Return the number in a cell; with the words around it as `bound` and `unit` where there are any."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else cell
    try:
        before, value, unit = cells.figure(_shown(cell), decimal)
        bound = _bound(before)
    except cells.Ambiguous as error:
        raise _BadValue(
            Text(
                de=f"{_shown(cell)} kann zweierlei heißen: ohne Tausenderpunkt oder mit Nachkommastellen schreiben",
                en=f"{_shown(cell)} may mean two numbers: write it without a thousands mark or with decimals",
            )
        ) from error
    except (ValueError, OverflowError) as error:
        raise _BadValue(
            Text(de=f"muss eine Zahl sein, ist aber {_shown(cell)}", en=f"must be a number, is {_shown(cell)}")
        ) from error
    return {"value": value, "unit": unit or None, "bound": bound} if unit or bound else value


def _bound(words: str) -> str | None:
    if not words:
        return None
    for bound, spelled in spellings()["bounds"].items():
        if folded(words) in {folded(word) for word in spelled}:
            return str(bound)
    raise ValueError(f"no number: {words}")


class _Terms:
    """One vocabulary, found by what people call its terms: id, label or short label in either language."""

    def __init__(self, vocabulary: Mapping[str, Any]) -> None:
        self._vocabulary = vocabulary
        found: dict[str, str | None] = {}
        for term in vocabulary.values():
            labels = {term.id, choice(term)}
            labels |= {text for label in (term.label, term.short) for text in (label.de, label.en) if text}
            if hasattr(term, "number"):
                labels.add(str(term.number))
            for label in {_key(label) for label in labels}:
                # What two terms are called names neither.
                found[label] = term.id if found.get(label, term.id) == term.id else None
        self._labels = found

    def one(self, text: str) -> str:
        """Return the id of the term that `text` names; else `text` itself, for the rules to refuse by name."""
        if text in self._vocabulary:
            return text
        return self._labels.get(_key(text)) or text

    def several(self, text: str) -> list[str]:
        """Return the ids that one entry names; commas separate only where every part is a term."""
        whole = self.one(text)
        if whole in self._vocabulary or "," not in text:
            return [whole]
        parts = [self.one(part.strip()) for part in text.split(",") if part.strip()]
        return parts if all(part in self._vocabulary for part in parts) else [text]


def _key(label: str) -> str:
    # Units such as t and t/a differ only in their marks.
    return folded(label) if sum(character.isalpha() for character in label) > 3 else "".join(label.casefold().split())


def choice(term: Any) -> str:
    """Return how the template offers a term: its id with the labels of both languages."""
    return f"{term.id} – {term.short['de']} / {term.short['en']}"


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
