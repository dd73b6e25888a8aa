"""The judged queries that ship: what they ask for is there, and no training text holds one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.evaluate import NEGATIVE, Judged
from index.generation import name_key
from index.report import SETS, shipped_queries

TRAINING = Path(__file__).parent.parent / "index" / "training"
TELLING = 3
"""From how many words on a query says something of its own: a shorter one is a term like those of a glossary."""


@pytest.mark.parametrize("name", SETS)
def test_the_judged_queries_ask_for_shipped_cases(name: str, records: dict[str, dict[str, Any]]) -> None:
    queries = shipped_queries(name)
    assert records.keys() >= {case_id for query in queries for case_id in query.relevant}
    assert all(3 in query.relevant.values() for query in queries if query.kind != NEGATIVE)


def test_both_languages_and_every_kind_are_asked_for() -> None:
    asked = {
        name: Counter((query.language, query.kind == NEGATIVE) for query in shipped_queries(name)) for name in SETS
    }
    assert asked["dev"] == {("de", False): 41, ("en", False): 27, ("de", True): 6, ("en", True): 6}
    assert asked["check"] == {("de", False): 12, ("en", False): 12, ("de", True): 2, ("en", True): 2}
    assert asked["negatives"] == {("de", True): 30, ("en", True): 30}
    kinds = {query.kind for query in shipped_queries("dev")}
    assert kinds == {"question", "keywords", "project", "entity", NEGATIVE}


def leaks(queries: list[Judged], cells: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the id of every query that is a cell of a training line or, from TELLING words on, stands in one."""
    keys = {name_key(cell): cell for cell in cells}
    everything = "\n".join(f" {key} " for key in keys)
    for query in queries:
        key = name_key(query.text)
        if key in keys or (len(key.split()) >= TELLING and f" {key} " in everything):
            yield query.id, query.text


def training_cells() -> list[str]:
    lines = [line for path in TRAINING.glob("*.tsv") for line in path.read_text(encoding="utf-8").splitlines()]
    return [cell for line in lines for cell in line.split("\t")]


@pytest.mark.parametrize("name", SETS)
def test_no_training_line_is_or_holds_a_judged_query(name: str) -> None:
    cells = training_cells()
    assert len(cells) > 30_000
    assert list(leaks(shipped_queries(name), cells)) == []


def test_a_leak_is_seen_whatever_its_spelling() -> None:
    queries = [
        Judged("equal", "Abwärme", "de", "keywords", {}, {"x": 3}),
        Judged("inside", "Wohin mit der Abwärme?", "de", "question", {}, {"x": 3}),
        Judged("term", "Öfen", "de", "keywords", {}, {"x": 3}),
        Judged("part", "mit der Abwärme heizen", "de", "question", {}, {"x": 3}),
    ]
    cells = ["ABWAERME", "Wir fragen uns: wohin, mit der Abwaerme unserer Oefen?"]
    assert [name for name, _ in leaks(queries, cells)] == ["equal", "inside"]
