"""What differs between two records and two texts."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.case_ids import LENGTH, suggest_id
from kb.difference import WORDS_LIMIT, FieldChange, difference, words
from kb.rules import _ID
from tests.strategies import PROPERTY, case_records, complete_record

EFFECTS = complete_record()["effects"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"year": 2020}, [FieldChange("year", 2018, 2020)]),
        ({"size": None}, [FieldChange("size", "large", None)]),
        ({"title": {"de": "Neu"}}, [
            FieldChange("title.de", "Gießerei liefert Abwärme", "Neu"),
            FieldChange("title.en", "Foundry supplies waste heat", None),
        ]),
        ({"partners": ["New", "Example Town", "Example Grid"]}, [FieldChange("partners[0]", None, "New")]),
        ({"partners": ["Example Grid"]}, [FieldChange("partners[0]", "Example Town", None)]),
        ({"effects": [EFFECTS[0], EFFECTS[1] | {"value": -13}]}, [FieldChange("effects[1].value", -12.5, -13)]),
        ({"effects": [EFFECTS[1]]}, [FieldChange("effects[0]", EFFECTS[0], None)]),
        ({"effects": "none"}, [FieldChange("effects", EFFECTS, "none")]),
        ({"extra": True}, [FieldChange("extra", None, True)]),
    ],
    ids=range(10),
)  # fmt: skip
def test_each_place_that_differs_is_named_once(changes: dict[str, Any], expected: list[FieldChange]) -> None:
    old = complete_record()
    assert list(difference(old, old | changes)) == expected


def test_a_number_that_became_a_truth_value_is_a_difference() -> None:
    assert difference({"a": [1], "b": 1}, {"a": [True], "b": 1.0}) == (
        FieldChange("a[0]", 1, True),
        FieldChange("b", 1, 1.0),
    )


def test_a_new_case_differs_from_nothing_in_every_field() -> None:
    found = difference(None, complete_record())
    assert all(change.old is None for change in found)
    assert {change.field.split(".")[0].split("[")[0] for change in found} == set(complete_record())


@PROPERTY
@given(case_records(), case_records())
def test_records_differ_exactly_where_they_are_not_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert difference(one, copy.deepcopy(one)) == ()
    assert bool(difference(one, other)) is (one != other)
    assert all(change.old != change.new for change in difference(one, other))


@PROPERTY
@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_give_both_texts_again(old: str, new: str) -> None:
    pieces = words(old, new)
    assert "".join(text for kind, text in pieces if kind != "new") == old
    assert "".join(text for kind, text in pieces if kind != "old") == new


def test_only_the_changed_word_is_marked() -> None:
    assert words("Die Wärme ging verloren.", "Die Kälte ging verloren.") == (
        ("same", "Die "),
        ("old", "Wärme"),
        ("new", "Kälte"),
        ("same", " ging verloren."),
    )


def test_texts_that_are_too_long_to_align_are_shown_whole() -> None:
    old, new = "a " * WORDS_LIMIT, "b " * WORDS_LIMIT
    assert words(old, new) == (("old", old), ("new", new))


# Ids of new cases


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {"organisation": "Müller & Söhne GmbH", "title": {"de": "Abwärme", "en": "Waste heat"}},
            "mueller-soehne-gmbh-waste-heat",
        ),
        ({"organisation": "Aço Çelik", "title": {"de": "Größe"}}, "aco-celik-groesse"),
        ({"title": "Only words"}, "only-words"),
        ({"organisation": 5, "title": {"en": "鉄鋼"}}, "case"),
        ({}, "case"),
    ],
)
def test_an_id_is_suggested_from_what_there_is(record: dict[str, Any], expected: str) -> None:
    assert suggest_id(record, lambda _: False) == expected


def test_a_suggested_id_is_never_taken() -> None:
    taken = {"only-words", "only-words-2"}
    assert suggest_id({"title": "Only words"}, taken.__contains__) == "only-words-3"


@PROPERTY
@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_was_typed_gives_an_id_that_the_rules_allow(organisation: str, title: str) -> None:
    found = suggest_id({"organisation": organisation, "title": {"en": title}}, lambda _: False)
    assert _ID.fullmatch(found)
    assert len(found) <= LENGTH
