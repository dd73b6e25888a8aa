"""Measures as a reader sees them: on a scale from 0 to 100, with their intervals, and groups by name."""

from __future__ import annotations

from collections.abc import Iterator

from index.evaluate import Summary
from kb.text import Language
from web.i18n import Translator, catalogue
from web.numbers import MINUS

GROUPINGS = ("language", "direction", "kind")
_GERMAN = str.maketrans(".", ",")


def points(value: float | None, language: Language, places: int = 1, sign: bool = False) -> str:
    """Return a share as points from 0 to 100, such as `83.9`; a dash for None."""
    if value is None:
        return "–"
    if value == 1:
        places = 0
    plain = f"{value * 100:{'+' if sign else ''}.{places}f}".replace("-", MINUS)
    return plain.translate(_GERMAN) if language == "de" else plain


def span(summary: Summary, measure: str, language: Language) -> str:
    """Return the 95 % interval of `measure` as points, such as `79–88`; nothing where there is none."""
    found = summary["intervals"].get(measure)
    return "–".join(points(bound, language, places=0) for bound in found) if found else ""


def groups(summary: Summary, words: Translator) -> Iterator[tuple[str, str, Summary]]:
    """Yield the groups of a summary: what it is grouped by, the name of the group, and its own summary."""
    for grouping in GROUPINGS:
        for name, group in summary["by"].get(grouping, {}).items():
            yield grouping, name_of(grouping, name, words), group


def name_of(grouping: str, name: str, words: Translator) -> str:
    """Return what a group is called; a kind of somebody's own is called what its file says."""
    key = f"group.{grouping}.{name}"
    return words(key) if key in catalogue(words.language) else name
