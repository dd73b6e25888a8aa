"""A record as the fields of a form, and back: nothing typed is lost, and what nobody touched stays as it is. Pure.

A field is named as the rules name it in a fault (`title.de`, `effects[0].value`). What a form cannot show (an unknown
key, a number where a text belongs) is left over: it survives every save until somebody removes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kb.text import LANGUAGES, Language
from web.drafts.fields import FIELDS, ROWS, Field, Kind
from web.drafts.paths import MISSING, Path, get, name_of, put, remove
from web.drafts.typed import as_sent, as_typed, empty, read, words_of

Typed = Mapping[str, Sequence[str]]
"""What a form sends, or shows: name of a field -> its words; several for a choice of many, else one."""
Record = Mapping[str, Any]
MOST_ROWS = 40
"""The most rows of a group that a page shows; the rules allow half of it."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something in a record that the form has no field for, as JSON."""

    name: str
    json: str


def fields_of(record: Record, language: Language) -> dict[str, list[str]]:
    """Return every field of the form with the words that it shows; numbers as readers of `language` write them."""
    return {
        name_of(path): words_of(field.kind, get(record, path), language) or empty(field.kind)
        for path, field in _leaves({group: rows(record, group) for group in ROWS})
    }


def record_of(typed: Typed, base: Record, language: Language) -> dict[str, Any]:
    """Return `base` with what was typed. A field that is not sent, or sent as it was shown, keeps its value untouched.

    Words that cannot be read (a year in words) are kept as they are, for the rules to name the fault.
    """
    record: dict[str, Any] = json.loads(json.dumps(base))
    counts = {group: max(rows(base, group), _rows_typed(typed, group)) for group in ROWS}
    for path, field in _leaves(counts):
        given = typed.get(name_of(path))
        if given is None:
            continue
        words = [as_typed(word) for word in given]
        old = get(base, path)
        shown = words_of(field.kind, old, language) or empty(field.kind)
        if field.kind is Kind.TERMS:
            words = [word for word in words if word]
            if set(words) == set(shown):
                continue
            # The order of a record is its author's, that of a page the vocabulary's.
            words = [word for word in dict.fromkeys([*shown, *words]) if word in words]
        elif [as_sent(word) for word in shown] == words:
            continue
        value = read(field.kind, words)
        if value is MISSING:
            remove(record, path)
        else:
            put(record, path, value)
    return record


def rows(record: Record, group: str) -> int:
    """Return how many rows of `group` the form shows."""
    entries = record.get(group)
    return min(len(entries), MOST_ROWS) if isinstance(entries, list) else 0


def without_row(record: Record, group: str, number: int) -> dict[str, Any]:
    """Return the record without one row; unchanged where there is none such."""
    entries = record.get(group)
    if not isinstance(entries, list) or not 0 <= number < len(entries):
        return dict(record)
    return {**record, group: [entry for at, entry in enumerate(entries) if at != number]}


def leftovers(record: Record) -> list[Leftover]:
    """Return what the form cannot show."""
    return [Leftover(name_of(path), json.dumps(value, ensure_ascii=False)) for path, value in _left(record)]


def without_leftover(record: Record, name: str) -> dict[str, Any]:
    """Return the record without what `leftovers` lists as `name`; unchanged where it lists none such."""
    copy: dict[str, Any] = json.loads(json.dumps(record))
    for path, _ in list(_left(copy)):
        if name_of(path) == name:
            remove(copy, path)
            break
    return copy


def taken(record: Record, name: str, value: Any) -> dict[str, Any]:
    """Return the record with a suggestion for the field `name`: put in, or added where the field holds several.

    Raises ValueError for a field that does not exist.
    """
    field = FIELDS.get(name.split(".")[0])
    group = name if name in ROWS else None
    if group is None and (field is None or field.languages is not name.endswith((".de", ".en"))):
        raise ValueError(f"no such field: {name}")
    copy: dict[str, Any] = json.loads(json.dumps(record))
    path = tuple(name.split("."))
    if group or (field and field.kind in (Kind.TERMS, Kind.WORDS, Kind.LINES)):
        old = get(copy, path)
        entries = list(old) if isinstance(old, list) else []
        added = value if isinstance(value, list) else [value]
        put(copy, path, [*entries, *(entry for entry in added if entry not in entries)])
    else:
        put(copy, path, value)
    return copy


def field_at(fault: str, names: Collection[str]) -> str:
    """Return the name, among `names`, of the field that a fault belongs to; else of its section, or `leftovers`."""
    path = fault
    while path:
        if path in names:
            return path
        if f"{path}.de" in names:
            return f"{path}.de"
        if path in ROWS:
            return path
        path = re.sub(r"(\[\d+\]|\.?[^.\[\]]*)$", "", path)
    return "leftovers"


def _leaves(counts: Mapping[str, int]) -> Iterator[tuple[Path, Field]]:
    """Yield the path of every single field, with `counts` rows of each group."""
    for field in FIELDS.values():
        yield from _by_language((), field)
    for group, fields in ROWS.items():
        for number in range(counts[group]):
            for field in fields:
                yield from _by_language((group, number), field)


def _by_language(before: Path, field: Field) -> Iterator[tuple[Path, Field]]:
    if not field.languages:
        yield (*before, field.name), field
        return
    for language in LANGUAGES:
        yield (*before, field.name, language), replace(field, languages=False)


def _rows_typed(typed: Typed, group: str) -> int:
    """Return how many rows were sent, empty ones at the end aside: an offered row that stays empty is none."""
    found = 0
    for name, words in typed.items():
        match = re.match(rf"{group}\[(\d{{1,3}})\]\.", name)
        if match and int(match[1]) < MOST_ROWS and any(word.strip() for word in words):
            found = max(found, int(match[1]) + 1)
    return found


def _left(record: Record) -> Iterator[tuple[Path, Any]]:
    yield from _left_in((), record, FIELDS.values(), ROWS)
    for group, fields in ROWS.items():
        entries = record.get(group, [])
        if not isinstance(entries, list):
            yield (group,), entries
            continue
        for number, entry in enumerate(entries):
            if number >= MOST_ROWS or not isinstance(entry, Mapping):
                yield (group, number), entry
            else:
                yield from _left_in((group, number), entry, fields, ())


def _left_in(
    before: Path, record: Record, fields: Collection[Field], others: Collection[str]
) -> Iterator[tuple[Path, Any]]:
    known = {field.name: field for field in fields}
    for name, value in record.items():
        field, path = known.get(name), (*before, name)
        if field is None:
            if name not in others:
                yield path, value
        elif not field.languages:
            if words_of(field.kind, value, "en") is None:
                yield path, value
        elif not isinstance(value, Mapping):
            yield path, value
        else:
            for language, words in value.items():
                if language not in LANGUAGES or words_of(field.kind, words, "en") is None:
                    yield (*path, language), words
