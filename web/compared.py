"""Two records side by side: every field with its words, and what became of them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kb.difference import Piece, difference, words
from kb.taxonomy import VOCABULARY_OF, Taxonomy
from kb.text import Language, is_language
from web.i18n import catalogue

Kind = Literal["same", "changed", "added", "removed"]
ORDER = (
    *("id", "title", "organisation", "role", "partners", "country", "region", "place", "sector", "size", "year"),
    *("year_kind", "status", "pathway", "pathway_secondary", "roadmap_fields", "technologies", "summary", "problem"),
    *("solution", "result", "lessons", "effects", "keywords", "sources", "evidence"),
    *("metric", "bound", "value", "unit", "kind", "note", "url", "publisher", "language", "checked"),
)
"""The fields as a case is told, those of effects and sources among themselves; others follow as they come."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a record that may be faulty. `parts` are the steps of its path: names, and numbers from 1.

    `pieces` are its words with what is gone and what is new; `original` is what the machine had made of it.
    """

    path: str
    parts: tuple[str | int, ...]
    kind: Kind
    pieces: tuple[Piece, ...]
    original: str | None = None


def rows(
    record: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    taxonomy: Taxonomy,
    language: Language,
    original: Mapping[str, Any] | None = None,
) -> list[Row]:
    """Return every field of `record` in the order of a case, as it differs from `old`, those that are gone among them.

    Without `old` nothing is a difference.
    """

    def shown(path: str, value: Any) -> str:
        return words_of(path, value, taxonomy, language)

    made = {path: shown(path, value) for path, value in _leaves("", original or {})}
    now = dict(_leaves("", record))
    if old is None:
        found = [Row(path, steps(path), "same", (("same", shown(path, value)),)) for path, value in now.items()]
    else:
        found = list(_compared(old, record, now, shown))
    with_original = [
        Row(row.path, row.parts, row.kind, row.pieces, None if row.kind == "removed" else made.get(row.path))
        for row in found
    ]
    return sorted(with_original, key=lambda row: tuple(map(_place, row.parts)))


def _compared(old: Mapping[str, Any], record: Mapping[str, Any], now: dict[str, Any], shown: Any) -> Iterator[Row]:
    before = dict(_leaves("", old))
    changes = {change.field: change for change in difference(old, record)}
    lists = {field: _without_number(field) for field in changes}
    changed_lists = {path for path in lists.values() if path in now and path in before}
    for path, value in now.items():
        text = shown(path, value)
        if path in changed_lists:
            yield Row(path, steps(path), "changed", words(shown(path, before[path]), text))
        elif path in changes and changes[path].old is not None:
            yield Row(path, steps(path), "changed", words(shown(path, changes[path].old), text))
        elif any(ancestor in changes for ancestor in (path, *_ancestors(path))):
            yield Row(path, steps(path), "added", (("new", text),))
        else:
            yield Row(path, steps(path), "same", (("same", text),))
    for field, change in changes.items():
        if change.old is None or lists[field] in changed_lists or (field in now and change.new is not None):
            continue
        for path, value in _leaves(field, change.old):
            yield Row(path, steps(path), "removed", (("old", shown(path, value)),))


def words_of(path: str, value: Any, taxonomy: Taxonomy, language: Language) -> str:
    """Return a value as a reviewer reads it: terms by their label and id, whatever else as it stands."""
    if isinstance(value, list):
        return ", ".join(words_of(path, entry, taxonomy, language) for entry in value)
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    name = [part for part in steps(path) if isinstance(part, str)][-1]
    vocabulary = taxonomy.vocabularies.get(VOCABULARY_OF.get(name, ""))
    return f"{vocabulary[value].label[language]} ({value})" if vocabulary and value in vocabulary else value


def label(parts: tuple[str | int, ...], language: Language) -> str:
    """Return the name of a field for a reader: `Sources 2: Address`, `Title (German)`."""
    known = catalogue(language)
    found = ""
    for part in parts:
        if isinstance(part, int):
            found += f" {part}"
        elif is_language(part) and found:
            found += f" ({known[f'language.{part}']})"
        else:
            found += (": " if found else "") + known.get(f"record.{part}", part)
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) for everything inside `value` that is shown in one row; a list of words is one."""
    if isinstance(value, Mapping) and (value or not path):
        for name, part in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), part)
    elif isinstance(value, list) and any(isinstance(part, Mapping | list) for part in value):
        for number, part in enumerate(value):
            yield from _leaves(f"{path}[{number}]", part)
    else:
        yield path, value


def _without_number(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path)


def _ancestors(path: str) -> Iterator[str]:
    while path := re.sub(r"(\[\d+\]|(^|\.)[^.\[\]]*)$", "", path):
        yield path


def steps(path: str) -> tuple[str | int, ...]:
    """Return the steps of a path; entries are counted from 1, as people do."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    return tuple(int(number) + 1 if number else name for number, name in found) or ("",)


def _place(step: str | int) -> int:
    return step if isinstance(step, int) else ORDER.index(step) if step in ORDER else len(ORDER)
