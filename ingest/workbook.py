"""Workbooks that the product writes: exports, and the template that people fill in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from ingest.flat import layout
from ingest.headings import Column, both_labels
from ingest.labels import choice
from ingest.mapping import TEMPLATE_SHEETS
from kb.rules import KEYWORDS, LIMITS, NAME_LIMIT, TECHNOLOGIES
from kb.taxonomy import VOCABULARY_OF, Taxonomy
from kb.text import Text

TEMPLATE_ROWS = 500
"""The rows of the template that offer lists to choose from."""
_REQUIRED = {
    "id", "title", "organisation", "role", "country", "sector", "pathway", "technologies", "summary", "problem",
    "solution", "result", "keywords", "evidence",
    "sources.url", "sources.title", "sources.publisher", "sources.language",
}  # fmt: skip


def write_rows(
    headings: Sequence[str], rows: Iterable[Sequence[str | int | float | None]], out: IO[bytes], sheet: str
) -> None:
    """Write a workbook of one sheet, row by row."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "B2"

    def safe(value: str | int | float | None) -> Any:
        """Return a cell whose text is text: openpyxl takes one that begins with = for a formula."""
        if not isinstance(value, str) or not value.startswith(("=", "#")):
            return value
        found = WriteOnlyCell(page, value)
        found.data_type = "s"
        return found

    head = [WriteOnlyCell(page, heading) for heading in headings]
    for cell in head:
        cell.font = Font(bold=True)
    page.append(head)
    for row in rows:
        page.append([safe(value) for value in row])
    book.save(out)


def write_template(taxonomy: Taxonomy, out: IO[bytes]) -> None:
    """Write the workbook that people fill in: headings in both languages, lists to choose from, and the rules."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    columns = layout(effects=3, sources=2)
    book = Workbook()
    lists, notes = (book.create_sheet(name) for name in TEMPLATE_SHEETS)
    page = book.active
    assert page is not None
    page.title = "Fälle – Cases"
    page.freeze_panes = "B2"
    ranges = {}
    for at, name in enumerate(sorted(set(VOCABULARY_OF.values()) & set(taxonomy.vocabularies)), start=1):
        terms = taxonomy.vocabularies[name]
        lists.cell(1, at, name).font = Font(bold=True)
        for row, term in enumerate(terms.values(), start=2):
            lists.cell(row, at, choice(term)).data_type = "s"
        letter = get_column_letter(at)
        lists.column_dimensions[letter].width = 40
        ranges[name] = f"'{lists.title}'!${letter}$2:${letter}${len(terms) + 1}"
    notes.append(["Überschrift / Heading", "Regel", "Rule"])
    for at, column in enumerate(columns, start=1):
        letter = get_column_letter(at)
        head = page.cell(1, at, both_labels(column))
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        page.column_dimensions[letter].width = 28
        vocabulary = column.vocabulary
        if vocabulary in ranges and column.shape == "value":
            valid = DataValidation(type="list", formula1=ranges[vocabulary], allow_blank=True, showErrorMessage=False)
            valid.add(f"{letter}2:{letter}{TEMPLATE_ROWS + 1}")
            page.add_data_validation(valid)
        rule = rule_of(column, taxonomy)
        notes.append([both_labels(column), rule["de"], rule["en"]])
    for letter, width in (("A", 50), ("B", 80), ("C", 80)):
        notes.column_dimensions[letter].width = width
    book.save(out)


def rule_of(column: Column, taxonomy: Taxonomy) -> Text:
    """Return in one line what may stand in `column`."""
    required = column.field in _REQUIRED and (column.number or 1) == 1
    parts = [Text(de="nötig", en="required") if required else Text(de="freiwillig", en="optional")]
    vocabulary = column.vocabulary
    bounds = {"keywords": KEYWORDS, "technologies": TECHNOLOGIES, "roadmap_fields": (0, 4), "partners": (0, 40)}
    if column.language and required:
        parts.append(Text(de="eine der beiden Sprachen genügt", en="one of the two languages is enough"))
    if column.shape == "list":
        least, most = bounds[column.field]
        parts.append(
            Text(de=f"{least} bis {most} Einträge, mit ; getrennt", en=f"{least} to {most} entries, separated by ;")
        )
    if vocabulary in taxonomy.vocabularies:
        parts.append(
            Text(de=f"Kennung oder Bezeichnung der Liste {vocabulary}", en=f"id or label of the list {vocabulary}")
        )
    elif column.field == "id":
        parts.append(
            Text(
                de="Kleinbuchstaben, Ziffern und Bindestriche; bleibt für immer",
                en="lower case letters, digits and hyphens; stays for ever",
            )
        )
    elif column.field == "effects.value":
        parts.append(
            Text(de="Zahl in der Einheit; eine Einsparung ist negativ", en="number in the unit; a saving is negative")
        )
    elif column.field == "year":
        parts.append(Text(de="vierstellig", en="four digits"))
    elif column.field == "sources.checked":
        parts.append(Text(de="Tag wie 31.03.2026", en="day such as 31 March 2026"))
    elif column.shape == "value":
        limit = LIMITS.get(column.field, 2000 if column.field == "sources.url" else NAME_LIMIT)
        parts.append(Text(de=f"höchstens {limit} Zeichen", en=f"at most {limit} characters"))
    return Text(de="; ".join(part["de"] for part in parts), en="; ".join(part["en"] for part in parts))
