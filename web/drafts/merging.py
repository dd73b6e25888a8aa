"""Two people changed one proposal: what differs, and both versions brought together by choice. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb.difference import Piece, words
from web.drafts.fields import FIELDS

Record = Mapping[str, Any]
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Clash:
    """One field at which the versions differ, each as text; '' where it has nothing. A list is one field.

    `prefer_mine`: only I changed it since the version that I began from, or both did; else only they did.
    """

    field: str
    mine: str
    theirs: str
    changed_by_both: bool
    prefer_mine: bool

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Both texts, aligned word by word: `old` is theirs, `new` mine."""
        return words(self.theirs, self.mine)


def clashes(base: Record, mine: Record, theirs: Record) -> tuple[Clash, ...]:
    """Return every field at which `mine` and `theirs` differ; `base` is the version that I began from."""
    found = []
    for path in _paths(base, mine, theirs):
        was, my, their = (_get(record, path) for record in (base, mine, theirs))
        if _key(my) != _key(their):
            i_did, they_did = _key(my) != _key(was), _key(their) != _key(was)
            found.append(Clash(".".join(path), _said(my), _said(their), i_did and they_did, i_did))
    return tuple(found)


def brought_together(base: Record, mine: Record, theirs: Record, picked: Collection[str]) -> dict[str, Any]:
    """Return `theirs` with my version of every field in `picked`."""
    record: dict[str, Any] = dict(theirs)
    for path in _paths(base, mine, theirs):
        if ".".join(path) not in picked:
            continue
        name, *languages = path
        value = _get(mine, path)
        for language in languages:
            parts = {**record.get(name, {}), language: value}
            value = {key: part for key, part in parts.items() if part is not _MISSING} or _MISSING
        if value is _MISSING:
            record.pop(name, None)
        else:
            record[name] = value
    return record


def _paths(*records: Record) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all fields; of a text each language is one, where all records hold it by language."""
    for name in dict.fromkeys(name for record in records for name in record):
        values = [record[name] for record in records if name in record]
        if name in FIELDS and FIELDS[name].languages and all(isinstance(value, Mapping) and value for value in values):
            yield from ((name, language) for language in dict.fromkeys(key for value in values for key in value))
        else:
            yield (name,)


def _get(record: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        record = record.get(part, _MISSING) if isinstance(record, Mapping) else _MISSING
    return record


def _key(value: Any) -> str:
    # 1 and true and 1.0 are equal in Python, but not the same in a record.
    return "" if value is _MISSING else json.dumps(value, sort_keys=True)


def _said(value: Any) -> str:
    """Return a value as lines of text: words as they are, one entry of a list a line."""
    if value is _MISSING or value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_said(entry) for entry in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_said(part)}" for name, part in value.items())
    return str(value)
