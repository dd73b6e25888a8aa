"""Judged queries run through the searcher in use: each leg alone, and all together as the product answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index.evaluate import DEPTH, InvalidJudgements, Judged, difference, measure, read_judgements
from kb.case import CaseId
from kb.errors import Fault, PfadfinderError
from kb.filters import resolve
from kb.text import Text
from web.wiring import Services


class CannotSave(PfadfinderError):
    """A run that cannot be written where it was asked for."""


def evaluate(services: Services, file: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the measures by leg, and the judged ids that are in no published case.

    Raises InvalidJudgements, and InvalidFilter for a filter of a query that does not exist.
    """
    queries = read_judgements(file)
    searcher = services.searcher()
    with services.store() as store:
        within = {query.id: store.matching(resolve(query.filters, services.taxonomy)) for query in queries}
        known = {case.id for case in store.all()}
    legs: dict[str, Callable[[Judged], Sequence[CaseId]]] = {
        "hybrid": lambda query: [hit.case_id for hit in searcher.search(query.text, within[query.id])],
    }
    rankers = {"words": searcher.words, "grams": searcher.grams, "meaning": searcher.meaning}
    for name, ranker in rankers.items():

        def ranked(query: Judged, ranker: Any = ranker) -> list[CaseId]:
            return [case_id for case_id, _ in ranker.rank(query.text, DEPTH, within[query.id])]

        legs[name] = ranked
    unknown = sorted({case_id for query in queries for case_id in query.relevant} - known)
    return {name: measure(queries, leg) for name, leg in legs.items()}, unknown


def save_run(file: Path, result: dict[str, Any]) -> None:
    """Write what `evaluate` measured to `file`. Raises CannotSave."""
    try:
        file.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotSave(
            Text(de=f"{file} ist nicht zu schreiben: {error}", en=f"{file} cannot be written: {error}")
        ) from error


def read_run(file: Path) -> dict[str, Any]:
    """Return the run that `save_run` wrote. Raises InvalidJudgements."""
    try:
        run: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if all(isinstance(leg["each"], dict) for leg in run.values()):
            return run
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    message = Text(de="ist kein gespeicherter Lauf (eval --save)", en="is no saved run (eval --save)")
    raise InvalidJudgements(file.name, [Fault("(file)", message)])


def compare(result: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return `result` with the change of every leg `against` the run before."""
    return {
        leg: {**scores, "against": difference(scores["each"], before[leg]["each"])} if leg in before else scores
        for leg, scores in result.items()
    }
