"""Judged queries run through the searcher in use, saved, and held against a run before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.build import CACHE
from index.directions import Ground, Run, grounds, run
from index.evaluate import InvalidJudgements, Summary, difference, read_judgements
from kb.errors import Fault, PfadfinderError
from kb.text import Text
from web.wiring import Services


class CannotSave(PfadfinderError):
    """A run that cannot be written where it was asked for."""


def measure(services: Services, file: Path) -> tuple[Run, list[str]]:
    """Return what every leg scores on the judged queries of `file`, and the judged ids that are in no published case.

    Raises InvalidJudgements, and InvalidFilter for a filter of a query that does not exist.
    """
    queries = read_judgements(file)
    with services.store() as store:
        cases = tuple(store.all())
    unknown = {case_id for query in queries for case_id in query.relevant} - {case.id for case in cases}
    both = Ground(cases, services.searcher())
    with grounds(cases, services.encoder, services.taxonomy, services.settings.index / CACHE) as narrow:
        return run(queries, both, narrow, services.taxonomy), sorted(unknown)


def refuse_unless_writable(file: Path) -> None:
    """Raise CannotSave where `file` cannot be written: said before anybody waits for a run that cannot be kept."""
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise CannotSave(_cannot_save(file, "kein Schreibrecht oder kein Ordner", "no right to write, or no folder"))


def save_run(file: Path, result: Run) -> None:
    """Write what `measure` found to `file`. Raises CannotSave."""
    try:
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotSave(_cannot_save(file, str(error), str(error))) from error


def _cannot_save(file: Path, de: str, en: str) -> Text:
    return Text(de=f"{file} ist nicht zu schreiben: {de}", en=f"{file} cannot be written: {en}")


def read_run(file: Path) -> Run:
    """Return the run that `save_run` wrote. Raises InvalidJudgements."""
    try:
        found: Run = json.loads(file.read_text(encoding="utf-8"))
        if all(_is_summary(summary) for summary in found["legs"].values()):
            return found
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    message = Text(de="ist kein gespeicherter Lauf (eval --save)", en="is no saved run (eval --save)")
    raise InvalidJudgements(file.name, [Fault("(file)", message)])


def _is_summary(summary: Mapping[str, Any]) -> bool:
    groups = [group for by in summary.get("by", {}).values() for group in by.values()]
    return all(
        isinstance(group["each"], dict) and all(isinstance(value, int | float) for value in group["each"].values())
        for group in (summary, *groups)
    )


def compare(result: Run, before: Run) -> Run:
    """Return `result` with the change `against` the run before in every leg, and in every group that both have."""
    legs = {
        leg: _compared(summary, before["legs"][leg]) if leg in before["legs"] else summary
        for leg, summary in result["legs"].items()
    }
    return {**result, "legs": legs}


def _compared(summary: Summary, before: Summary) -> Summary:
    compared = {**summary, "against": difference(summary["each"], before["each"])}
    if "by" in summary:
        compared["by"] = {
            grouping: {
                name: _compared(group, known[name]) if name in known else group for name, group in groups.items()
            }
            for grouping, groups in summary["by"].items()
            for known in [before.get("by", {}).get(grouping, {})]
        }
    return compared
