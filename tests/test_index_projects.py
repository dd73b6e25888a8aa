"""How well descriptions of plants and plans find comparable cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.evaluate import Judged, measure, read_judgements
from index.types import Ranker
from web.wiring import Services

MEASURED = 0.89
"""nDCG@10 on golden/projects.yml when they were written."""
LEEWAY = 0.03
"""How far another training of the model may move it."""


@pytest.fixture(scope="module")
def projects() -> list[Judged]:
    return read_judgements(Path(__file__).parent / "golden" / "projects.yml")


def test_the_descriptions_ask_for_shipped_cases(services: Services, projects: list[Judged]) -> None:
    known = set(services.searcher().generation.lexicon.case_ids)
    assert {case_id for query in projects for case_id in query.relevant} <= known
    assert all(3 in query.relevant.values() for query in projects)


def test_descriptions_find_what_they_found_and_no_less_than_in_the_search_field(
    services: Services, projects: list[Judged]
) -> None:
    comparer, searcher = services.comparer(), services.searcher()
    everything = frozenset(searcher.generation.lexicon.case_ids)

    def of(ranker: Ranker) -> float:
        found = measure(projects, lambda query: [case_id for case_id, _ in ranker.rank(query.text, 10, everything)])
        return float(found["ndcg@10"])

    assert of(comparer) >= MEASURED - LEEWAY
    assert of(comparer) >= of(searcher) - 0.01
