"""How well the search answers judged queries: it may not get worse, and all legs together beat every one alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index.evaluate import NEGATIVE, Judged, measure, read_judgements
from index.types import Ranker
from web.wiring import Services

MEASURED = 0.855
"""nDCG@10 of all legs together on these queries when they were written."""
LEEWAY = 0.03
"""How far another training of the model may move it."""


@pytest.fixture(scope="module")
def queries() -> list[Judged]:
    return read_judgements(Path(__file__).parent / "golden" / "queries.yml")


@pytest.fixture(scope="module")
def measured(services: Services, queries: list[Judged]) -> dict[str, dict[str, Any]]:
    """The measures of all legs together and of each alone."""
    searcher = services.searcher()
    everything = frozenset(searcher.generation.lexicon.case_ids)
    legs: dict[str, Ranker] = {
        "all": searcher,
        "meaning": searcher.meaning,
        "words": searcher.words,
        "grams": searcher.grams,
    }

    def of(ranker: Ranker) -> dict[str, Any]:
        return measure(queries, lambda query: [case_id for case_id, _ in ranker.rank(query.text, 10, everything)])

    return {name: of(ranker) for name, ranker in legs.items()}


def test_the_judged_queries_ask_for_shipped_cases_in_both_languages(
    queries: list[Judged], records: dict[str, dict[str, Any]]
) -> None:
    answered = [query for query in queries if query.kind != NEGATIVE]
    assert Counter(query.language for query in answered) == {"de": 12, "en": 12}
    assert {query.kind for query in queries} == {"question", "keywords", "entity", NEGATIVE}
    assert records.keys() >= {case_id for query in queries for case_id in query.relevant}
    assert all(3 in query.relevant.values() for query in answered)


def test_the_answers_are_as_good_as_they_were(measured: dict[str, dict[str, Any]]) -> None:
    assert measured["all"]["ndcg@10"] >= MEASURED - LEEWAY


@pytest.mark.parametrize("leg", ["meaning", "words", "grams"])
def test_all_legs_together_answer_better_than_one_alone(leg: str, measured: dict[str, dict[str, Any]]) -> None:
    assert measured["all"]["ndcg@10"] > measured[leg]["ndcg@10"]


def test_names_are_answered_without_fault(measured: dict[str, dict[str, Any]]) -> None:
    assert measured["all"]["by"]["kind"]["entity"]["mrr"] == 1.0


def test_neither_language_is_left_behind(measured: dict[str, dict[str, Any]]) -> None:
    by_language = measured["all"]["by"]["language"]
    assert min(of["ndcg@10"] for of in by_language.values()) >= MEASURED - 0.1


def test_most_queries_that_nothing_answers_get_no_answer(measured: dict[str, dict[str, Any]]) -> None:
    assert measured["all"]["rejected"] > 0.5
