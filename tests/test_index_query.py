"""Phrases and exclusions: what people type between quotation marks and behind a minus sign."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.query import QUERY_LIMIT, Query, parse
from kb.case import Case
from web.wiring import Services


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Abwärme der Öfen", Query("Abwärme der Öfen")),
        ('"heat pump" dryer', Query("heat pump dryer", ("heat pump",))),
        ("„Druckluft als Dienstleistung“", Query("Druckluft als Dienstleistung", ("Druckluft als Dienstleistung",))),
        ("Wärme -Fernwärme", Query("Wärme", (), ("Fernwärme",))),
        ('Recycling -"Lithium-Ionen-Batterie"', Query("Recycling", (), ("Lithium-Ionen-Batterie",))),
        ("CO2-frei um -20 %", Query("CO2-frei um -20 %")),
        ("Energie – Strom - Gas", Query("Energie – Strom - Gas")),
        ("-nichts", Query("-nichts")),
        ('ein " allein', Query('ein " allein')),
    ],
)
def test_signs_are_read_as_people_mean_them(typed: str, expected: Query) -> None:
    assert parse(typed) == expected


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_whatever_is_typed_is_read_and_bounded(typed: str) -> None:
    read = parse(typed)
    assert len(read.text) <= QUERY_LIMIT
    assert all(phrase for phrase in (*read.phrases, *read.excluded))


def text_of(case: Case) -> str:
    return str(case.to_record()).lower()


def test_a_phrase_stands_word_for_word_in_every_hit(services: Services, collection: list[Case]) -> None:
    everything = {case.id for case in collection}
    hits = services.searcher().search('"waste heat"', everything)
    assert 5 < len(hits) < len(services.searcher().search("waste heat", everything)) + 50
    holding = {case.id for case in collection if "waste heat" in text_of(case)}
    assert {hit.case_id for hit in hits} <= holding


def test_an_excluded_word_stands_in_no_hit(services: Services, collection: list[Case]) -> None:
    everything = {case.id for case in collection}
    texts = {case.id: text_of(case) for case in collection}
    plain = services.searcher().search("Abwärme", everything)
    without = services.searcher().search("Abwärme -Fernwärme", everything)
    assert any("fernwärme" in texts[hit.case_id] for hit in plain)
    assert without
    assert not [hit.case_id for hit in without if " fernwärme" in texts[hit.case_id].replace("'", " ")]


def test_a_phrase_that_stands_nowhere_finds_nothing(services: Services, collection: list[Case]) -> None:
    assert services.searcher().search('"Zauberwort der Wärmepumpe"', {case.id for case in collection}) == ()
