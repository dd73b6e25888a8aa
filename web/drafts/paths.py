"""Where a value stands in a record: to look it up, put it in and take it out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]
MISSING: Any = object()
"""What stands where nothing does."""


def name_of(path: Path) -> str:
    """Return a path as the rules write it: `effects[0].note.de`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def get(record: Any, path: Path) -> Any:
    for part in path:
        if isinstance(part, int):
            record = record[part] if isinstance(record, list) and part < len(record) else MISSING
        else:
            record = record.get(part, MISSING) if isinstance(record, Mapping) else MISSING
    return record


def put(record: dict[str, Any], path: Path, value: Any) -> None:
    """Put a value in; what stands in the way of it (a text where languages belong) gives way."""
    here: Any = record
    for part, following in zip(path, [*path[1:], None], strict=True):
        if isinstance(part, int):
            here.extend({} for _ in range(part + 1 - len(here)))
        if following is None:
            here[part] = value
            return
        wanted = list if isinstance(following, int) else dict
        found = here[part] if isinstance(part, int) else here.get(part)
        if not isinstance(found, wanted):
            here[part] = wanted()
        here = here[part]


def remove(record: dict[str, Any], path: Path) -> None:
    """Take a value out, and what held nothing but it; a row stays until somebody removes it as a row."""
    *before, last = path
    holder = get(record, tuple(before))
    if isinstance(holder, list) and isinstance(last, int):
        del holder[last]
    elif isinstance(holder, dict):
        holder.pop(last, None)
        if not holder and before and isinstance(before[-1], str):
            remove(record, tuple(before))
