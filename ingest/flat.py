"""Cases as rows of a table: which columns they need, and what stands in each cell. The opposite of mapping.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ingest import cells
from ingest.headings import Column, spellings
from kb.text import LANGUAGES

_ORDER = (
    "id", "title", "organisation", "role", "partners", "country", "region", "place", "sector", "size", "year",
    "year_kind", "status", "pathway", "pathway_secondary", "roadmap_fields", "technologies", "summary", "problem",
    "solution", "result", "lessons", "keywords", "evidence",
)  # fmt: skip


def layout(effects: int, sources: int) -> list[Column]:
    """Return the columns of a table that holds so many effects and sources a case."""
    data = spellings()
    found = []
    for field in _ORDER:
        shape: Any = "list" if field in data["lists"] or field in data["text_lists"] else "value"
        if field in data["texts"] or field in data["text_lists"]:
            found += [Column(field, shape, language) for language in LANGUAGES]
        else:
            found.append(Column(field, shape))
    for group, count in (("effects", effects), ("sources", sources)):
        parts = data["groups"][group]
        for number in range(1, count + 1):
            found += [Column(f"{group}.{inner}", number=number) for inner in parts["fields"]]
            for inner in parts.get("texts", {}):
                found += [Column(f"{group}.{inner}", "value", language, number) for language in LANGUAGES]
    return found


def layout_for(records: Iterable[Mapping[str, Any]]) -> list[Column]:
    """Return the columns that `records` need."""
    effects = sources = 1
    for record in records:
        effects = max(effects, len(record.get("effects", ())))
        sources = max(sources, len(record.get("sources", ())))
    return layout(effects, sources)


def cell(record: Mapping[str, Any], column: Column) -> str | int | float | None:
    """Return what stands in `column` for `record` (as Case.to_record gives it), None where nothing does."""
    group, _, inner = column.field.partition(".")
    value: Any = record.get(group)
    if inner:
        entries = value or ()
        at = (column.number or 1) - 1
        value = entries[at].get(inner) if at < len(entries) else None
    if column.language and value is not None:
        value = value.get(column.language)
    if isinstance(value, list | tuple):
        return cells.join(value) if value else None
    return value  # type: ignore[no-any-return]
