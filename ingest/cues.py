"""Words that speak for a term: data in cues.yml, found in a text with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kb.yaml_files import read_yaml


@cache
def data() -> Mapping[str, Any]:
    """Return what cues.yml holds."""
    found: dict[str, Any] = read_yaml(Path(__file__).parent / "cues.yml")
    return found


def pattern(cues: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of `cues`: `*` is the rest of a word, a blank is blanks or a hyphen; capitals count in
    abbreviations alone.
    """
    parts = sorted((_part(str(cue)) for cue in cues), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def _part(cue: str) -> str:
    part = re.escape(cue.replace("-", " ")).replace(r"\*", r"\w*").replace(r"\ ", r"[\s\-]+")
    # AI is no ai and AR no ar, but Sensor is sensor.
    return part if cue.isupper() and cue.isalpha() and len(cue) <= 4 else f"(?i:{part})"


@cache
def patterns(part: str) -> Mapping[str, re.Pattern[str]]:
    """Return term -> pattern for one part of cues.yml, such as `technologies`."""
    return {term: pattern(cues) for term, cues in data()[part].items()}
