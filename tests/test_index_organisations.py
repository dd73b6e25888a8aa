"""Hits spread over organisations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.organisations import FIRST, firm, of_one_firm, spread
from tests.strategies import PROPERTY

names = st.lists(st.sampled_from("abcdef"), max_size=30)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Siemens AG", "Siemens AG, Elektronikwerk Amberg (EWA)", True),
        ("Robert Bosch GmbH, Werk Homburg", "Robert Bosch GmbH, Werk Feuerbach", True),
        ("thyssenkrupp", "thyssenkrupp Steel Europe", True),
        ("ZINQ GmbH & Co. KG", "ZINQ", True),
        ("Süß GmbH", "Suess AG", True),
        ("Bosch Rexroth", "Robert Bosch GmbH", False),
        ("SKF", "SKS", False),
        ("dm-drogerie markt", "Evonik", False),
    ],
)
def test_a_firm_is_known_by_its_name_without_place_and_legal_form(one: str, other: str, same: bool) -> None:
    assert of_one_firm(one, other) is of_one_firm(other, one) is same


@pytest.mark.parametrize("name", ["AG", "(unnamed)", "...", ","])
def test_an_odd_name_is_a_firm_of_its_own(name: str) -> None:
    assert firm(name)
    assert of_one_firm(name, name)
    assert not of_one_firm(name, "Evonik")


def test_a_third_case_of_one_firm_waits_until_after_the_first_ten() -> None:
    items = [("x", n) for n in range(5)] + [(letter, 0) for letter in "abcdefghijkl"]
    order = spread(items, lambda item: item[0])
    assert order[:FIRST] == [("x", 0), ("x", 1), *[(letter, 0) for letter in "abcdefgh"]]
    assert order[FIRST:] == [("x", 2), ("x", 3), ("x", 4), *[(letter, 0) for letter in "ijkl"]]


@PROPERTY
@given(names, st.integers(1, 3))
def test_nothing_is_lost_and_no_firm_fills_the_first_ten(items: list[str], most: int) -> None:
    pairs = list(enumerate(items))
    order = spread(pairs, lambda pair: pair[1], most)
    assert sorted(order) == pairs
    assert not order or order[0] == pairs[0]
    if sum(min(most, items.count(name)) for name in set(items)) >= FIRST:
        assert all([name for _, name in order[:FIRST]].count(name) <= most for name in set(items))
