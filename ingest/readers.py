"""Files to raw records: what a file holds, before anybody judges it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kb.errors import Fault, Faulty
from kb.text import Text
from kb.yaml_files import parse_yaml

SIZE_LIMIT = 8 * 1024 * 1024
"""The most bytes of one file."""


class UnreadableFile(Faulty):
    """A file that holds no records."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What stands at `position` (0 for the first) of `file`. Nothing of it has been checked."""

    file: Path
    position: int
    content: Any


def find_files(path: Path) -> list[Path]:
    """Return the files that `path` means: itself, or every record file of the folder, by name.

    Raises UnreadableFile when there is nothing.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _PARSERS and file.is_file())
        if files:
            return files
        endings = ", ".join(_PARSERS)
        raise _unreadable(path, f"in diesem Ordner liegt keine Datei mit {endings}", f"no file with {endings} in it")
    if not path.exists():
        raise _unreadable(path, "gibt es nicht", "does not exist")
    return [path]


def read_records(path: Path) -> list[RawRecord]:
    """Return the records of one YAML or JSON file: one mapping, or a list of them. Raises UnreadableFile."""
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        endings = ", ".join(_PARSERS)
        raise _unreadable(
            path, f"Dateiart unbekannt, erwartet: {endings}", f"unknown kind of file, expected: {endings}"
        )
    try:
        size = path.stat().st_size
        if size > SIZE_LIMIT:
            limit = SIZE_LIMIT // 1024**2
            raise _unreadable(path, f"ist größer als {limit} MB", f"is larger than {limit} MB")
        content = parse(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _unreadable(
            path, f"ist nicht in UTF-8 geschrieben ({error})", f"is not written in UTF-8 ({error})"
        ) from error
    except RecursionError as error:
        raise _unreadable(path, "ist zu tief verschachtelt", "is nested too deeply") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise _unreadable(path, f"nicht lesbar: {reason}", f"cannot be read: {reason}") from error
    entries = content if isinstance(content, list) else [content]
    if not entries or content is None:
        raise _unreadable(path, "ist leer", "is empty")
    return [RawRecord(path, position, entry) for position, entry in enumerate(entries)]


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is given twice: JSON would silently keep the last one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return found


_PARSERS: dict[str, Callable[[str], Any]] = {".yml": parse_yaml, ".yaml": parse_yaml, ".json": _parse_json}


def _unreadable(path: Path, de: str, en: str) -> UnreadableFile:
    return UnreadableFile(path.name, [Fault("(file)", Text(de=de, en=en))])
