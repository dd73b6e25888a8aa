"""Numbers and amounts as readers of each language write them."""

from __future__ import annotations

import pytest

from kb.case import Effect
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.numbers import amount, number


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (0, "0", "0"),
        (-30, "−30", "−30"),
        (160000, "160.000", "160,000"),
        (-1234567.5, "−1.234.567,5", "−1,234,567.5"),
        (0.001, "0,001", "0.001"),
        (2.0, "2", "2"),
    ],
)
def test_numbers_have_the_separators_of_their_language(value: float, german: str, english: str) -> None:
    assert number(value, "de") == german
    assert number(value, "en") == english


@pytest.mark.parametrize(
    ("effect", "language", "expected"),
    [
        (Effect("energy", -30, "%", "claimed", "up-to"), "de", "bis zu −30\u202f%"),
        (Effect("energy", -30, "%", "claimed", "up-to"), "en", "up to −30%"),
        (Effect("co2e", -1200, "t/a", "measured"), "de", "−1.200\u202ft/Jahr"),
        (Effect("co2e", -1200, "t/a", "measured"), "en", "−1,200\u202ft/year"),
        (Effect("reach", 7000, "count", "expected", "about"), "de", "rund 7.000"),
    ],
)
def test_an_amount_reads_as_a_phrase(effect: Effect, language: Language, expected: str, taxonomy: Taxonomy) -> None:
    assert amount(effect, language, taxonomy) == expected
