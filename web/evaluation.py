"""Judged queries run through the searcher in use: each leg alone, and all together as the product answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index.evaluate import DEPTH, Judged, measure, read_judgements
from kb.case import CaseId
from kb.filters import resolve
from web.wiring import Services


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
