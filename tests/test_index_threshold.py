"""Whether a best case answers a query at all, as a pure function."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.threshold import Threshold, threshold_for
from index.types import Legs

THRESHOLD = Threshold(meaning=10, grams=5, length=1, bias=-8, narrow_bias=-6)


@pytest.mark.parametrize("name", ["words", "grams"])
def test_a_case_that_holds_half_of_what_was_typed_always_answers(name: str) -> None:
    weak = Legs(meaning=-1, words=0, grams=0, facts=0)
    assert not THRESHOLD.answered(weak, 1, narrow=False)
    assert THRESHOLD.answered(replace(weak, **{name: 0.6}), 1, narrow=False)


def test_a_longer_query_is_answered_by_weaker_evidence() -> None:
    best = Legs(meaning=0.6, words=0, grams=0, facts=0)
    assert not THRESHOLD.answered(best, 3, narrow=False)
    assert THRESHOLD.answered(best, 10, narrow=False)


def test_texts_in_one_language_answer_by_weaker_evidence() -> None:
    best = Legs(meaning=0.55, words=0, grams=0, facts=0)
    assert not THRESHOLD.answered(best, 4, narrow=False)
    assert THRESHOLD.answered(best, 4, narrow=True)


def test_a_model_that_nobody_calibrated_has_no_threshold() -> None:
    assert threshold_for("some-model@1+f4") is None
