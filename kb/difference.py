"""What is different between two records, field by field, and between two texts, word by word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal

WORDS_LIMIT = 4000
"""The most words of two texts together that are aligned; the time grows with the square of it."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One place at which two records differ (`title.de`, `sources[1].url`). None stands for nothing there.

    The number of an entry is its place in the new list, for an entry that is gone its place in the old one.
    """

    field: str
    old: Any
    new: Any


def difference(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[FieldChange, ...]:
    """Return every place at which the records differ, in the order of their fields. They may be faulty drafts."""
    return tuple(_values("", old or {}, new or {}))


def _values(path: str, old: Any, new: Any) -> Iterator[FieldChange]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from _values(f"{path}.{name}" if path else str(name), old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(path, old, new)
    elif _key(old) != _key(new):
        yield FieldChange(path, old, new)


def _lists(path: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[FieldChange]:
    """Align entries that are the same, so that one put in at the front does not make all the others look changed."""
    matcher = SequenceMatcher(None, [_key(entry) for entry in old], [_key(entry) for entry in new], autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(range(old_from, old_to), range(new_from, new_to))
        for old_number, new_number in pairs:
            if old_number is None:
                yield FieldChange(f"{path}[{new_number}]", None, new[new_number])
            elif new_number is None:
                yield FieldChange(f"{path}[{old_number}]", old[old_number], None)
            else:
                yield from _values(f"{path}[{new_number}]", old[old_number], new[new_number])


def _key(value: Any) -> str:
    # 1 and true and 1.0 are equal in Python, but not the same in a record.
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


Piece = tuple[Literal["same", "old", "new"], str]


def words(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as pieces that are the same, only in the old one, or only in the new one.

    The pieces without `new` joined give the old text again, those without `old` the new one.
    """
    before, after = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (old, new))
    if len(before) + len(after) > WORDS_LIMIT:
        matches: list[tuple[str, int, int, int, int]] = [("replace", 0, len(before), 0, len(after))]
    else:
        matches = list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in matches:
        if kind == "equal":
            pieces.append(("same", "".join(before[old_from:old_to])))
            continue
        pieces += [("old", "".join(before[old_from:old_to])), ("new", "".join(after[new_from:new_to]))]
    return tuple(piece for piece in pieces if piece[1])
