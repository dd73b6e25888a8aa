"""Cases to files: YAML, CSV, XLSX, JSON and JSONL. Every one of them reads back as the same cases."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import IO, Any

import yaml

from ingest import cells
from ingest.flat import cell, layout_for
from ingest.headings import label
from kb.case import Case
from kb.text import Language

Cases = Callable[[], Iterable[Case]]
"""Gives the cases from the start each time: tables are gone through twice, so that no more than one is held."""

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive: the same cases give the same bytes."""


def to_yaml(case: Case) -> str:
    """Return `case` as the YAML file that a collection holds."""
    text: str = yaml.dump(case.to_record(), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text


def write_yaml(cases: Cases, out: IO[bytes]) -> None:
    """Write a ZIP archive with one YAML file a case, sorted by id."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for case in sorted(cases(), key=lambda case: case.id):
            archive.writestr(zipfile.ZipInfo(f"{case.id}.yml", _NO_TIME), to_yaml(case), zipfile.ZIP_DEFLATED)


def write_jsonl(cases: Cases, out: IO[bytes]) -> None:
    """Write one record in JSON a line, in the order given."""
    for case in cases():
        out.write(json.dumps(case.to_record(), ensure_ascii=False).encode() + b"\n")


def write_json(cases: Cases, out: IO[bytes]) -> None:
    """Write one list of records, in the order given."""
    mark = b"[\n"
    for case in cases():
        out.write(mark + json.dumps(case.to_record(), ensure_ascii=False).encode())
        mark = b",\n"
    out.write(b"[]\n" if mark == b"[\n" else b"\n]\n")


def write_csv(cases: Cases, out: IO[bytes], language: Language) -> None:
    """Write one row a case, as spreadsheet programs of `language` open it: marks, headings, a byte order mark.

    Text that such a program would take for a formula has an apostrophe before it, which the reader takes off.
    """
    columns = layout_for(case.to_record() for case in cases())
    records = (case.to_record() for case in cases())
    rows = ([cell(record, column) for column in columns] for record in records)
    write_table(chain([[label(column, language) for column in columns]], rows), out, language)


def write_table(rows: Iterable[Sequence[str | int | float | None]], out: IO[bytes], language: Language) -> None:
    """Write `rows` as CSV for spreadsheet programs of `language`: marks, a byte order mark, no text as a formula."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    # Every text is in quotes: a semicolon inside it never starts a cell, whichever mark the program expects.
    writer = csv.writer(text, delimiter=";" if language == "de" else ",", quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        writer.writerow([_csv_cell(value, language) for value in row])
    # The caller's file stays open.
    text.detach()


class _Number(float):
    """A number that csv writes without quotes, as it was written out."""

    def __new__(cls, value: float, written: str) -> _Number:
        self = super().__new__(cls, value)
        self.written = written
        return self

    written: str

    def __repr__(self) -> str:
        return self.written

    __str__ = __repr__


def _csv_cell(value: str | int | float | None, language: Language) -> str | int | float | None:
    if isinstance(value, str):
        return cells.guarded(value)
    if isinstance(value, float):
        return _Number(value, _written(value, language))
    return value


def _written(value: float, language: Language) -> str:
    """Return `value` with the decimal mark of `language`; never with three decimals alone, which could be thousands."""
    text = repr(value)
    whole, mark, fraction = text.partition(".")
    if mark and len(fraction) == 3 and fraction.isdigit():
        fraction += "0"
    return f"{whole},{fraction}" if mark and language == "de" else f"{whole}{mark}{fraction}"


def write_xlsx(cases: Cases, out: IO[bytes], language: Language) -> None:
    """Write a workbook with one row a case. Texts are texts whatever they begin with; there is no formula."""
    from ingest.workbook import write_rows

    columns = layout_for(case.to_record() for case in cases())
    records = (case.to_record() for case in cases())
    rows = ([_xlsx_cell(cell(record, column)) for column in columns] for record in records)
    write_rows([label(column, language) for column in columns], rows, out, "Fälle" if language == "de" else "Cases")


def _xlsx_cell(value: str | int | float | None) -> str | int | float | None:
    # openpyxl writes sixteen digits of a number; one that needs seventeen is kept whole as text.
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        return _written(value, "en")
    return value
