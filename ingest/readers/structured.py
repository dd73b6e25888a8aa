"""YAML, JSON and JSONL to raw records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from ingest.readers.kinds import decoded
from ingest.readers.types import RawRecord, Records, unreadable
from kb.yaml_files import parse_yaml


def read(data: bytes, name: str, kind: str) -> Records:
    """Return the records of a `yaml`, `json` or `jsonl` file: one mapping, or a list of them.

    Raises UnreadableFile.
    """
    text = decoded(data, name)
    try:
        content = {"yaml": parse_yaml, "json": parse_json, "jsonl": _parse_lines}[kind](text)
    except RecursionError as error:
        raise unreadable(name, "ist zu tief verschachtelt", "is nested too deeply") from error
    except (ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise unreadable(name, f"nicht lesbar: {reason}", f"cannot be read: {reason}") from error
    entries = content if isinstance(content, list) else [content]
    if not entries or content is None:
        raise unreadable(name, "ist leer", "is empty")
    file = Path(name)
    return Records(file, tuple(RawRecord(file, position, entry) for position, entry in enumerate(entries)))


def parse_json(text: str) -> Any:
    """Return what the JSON `text` holds. Raises ValueError, also for repeated keys."""
    return json.loads(text, object_pairs_hook=_once)


def _parse_lines(text: str) -> list[Any]:
    """Return one entry a line; empty lines are none."""
    found = []
    # Only line feeds end a line of JSONL: other separators may stand inside a string.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append(parse_json(line))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is given twice: JSON would silently keep the last one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return found
