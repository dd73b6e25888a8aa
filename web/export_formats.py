"""All cases of a search as one file, in the formats that a person or a program takes them in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from ingest import export as writers
from kb.case import Case, CaseId
from kb.store import CaseStore
from kb.text import Language
from web.address import State
from web.citation import Citation, bibtex
from web.i18n import Translator

BATCH = 100
"""The cases that are held at a time."""
NAME_LIMIT = 60
"""The most characters that a file name says about the search."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: cases of a store in an order, for readers of one language.

    `address` gives the permanent address of a case, None where nobody has said where the site is reached.
    """

    store: CaseStore
    ids: tuple[CaseId, ...]
    language: Language
    address: Callable[[CaseId], str | None]

    def cases(self) -> Iterator[Case]:
        """Yield the cases, from the start each time; one that was retired meanwhile is left out."""
        for start in range(0, len(self.ids), BATCH):
            yield from self.store.get_many(self.ids[start : start + BATCH])


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its ending, its media type, and what writes it."""

    name: str
    ending: str
    mimetype: str
    write: Callable[[Export, IO[bytes]], None]


def _bibtex(export: Export, out: IO[bytes]) -> None:
    versions = export.store.versions(export.ids)
    for case in export.cases():
        if version := versions.get(case.id):
            out.write((bibtex(Citation(case, version, export.language, export.address(case.id))) + "\n").encode())


FORMATS = {
    "csv": Format("CSV", ".csv", "text/csv", lambda of, out: writers.write_csv(of.cases, out, of.language)),
    "xlsx": Format(
        "XLSX",
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda of, out: writers.write_xlsx(of.cases, out, of.language),
    ),
    "json": Format("JSON", ".json", "application/json", lambda of, out: writers.write_json(of.cases, out)),
    "jsonl": Format("JSONL", ".jsonl", "application/jsonl", lambda of, out: writers.write_jsonl(of.cases, out)),
    "yaml": Format("YAML", ".zip", "application/zip", lambda of, out: writers.write_yaml(of.cases, out)),
    "bibtex": Format("BibTeX", ".bib", "application/x-bibtex", _bibtex),
}


def file_name(state: State, number: int, format: str, language: Language) -> str:
    """Return what the file is called: after the query, the filters and the number of cases, in plain ASCII."""
    terms = [state.query, *(term for _, term in state.filters.parameters())]
    said = _plain(" ".join(terms))[:NAME_LIMIT].strip("-")
    count = _plain(Translator(language)("export.count", n=number))
    marks = ["pfadfinder", said, count, "yaml" if format == "yaml" else ""]
    return "-".join(mark for mark in marks if mark) + FORMATS[format].ending


def _plain(text: str) -> str:
    folded = text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    letters = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
