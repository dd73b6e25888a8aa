"""What every implementation of a contract of index/types.py must obey.

A law is a function that takes an implementation and asserts. test_index_contracts.py runs every law over every one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder_transformers import TransformersEncoder, bundled_as_sentence_transformer
from index.types import Encoder, Ranker, Rows, VectorIndex, Vectors
from kb.case import CaseId

TEXTS = ["Abwärme heizt die Halle", "Waste heat warms the hall", "Druckluft", "x", "CO2 (−12,5 %)", "Abwärme " * 200]
UNKNOWN = ["", " ", "\n\t", "…", "語", "\U0001f600"]
"""Texts in which a model may find no piece that it knows."""
QUESTIONS = ["Wie nutzen wir Abwärme zum Heizen?", "compressed air leaks", "Brötchen", "qqq zzz", "", "die und the"]
"""None is the name of a case: a name puts its cases first, whatever their scores."""


# ---- encoders


def key_and_dim_say_what_the_vectors_are(encoder: Encoder) -> None:
    assert encoder.key.strip()
    assert encoder.key == encoder.key
    assert encoder.passages(TEXTS).shape == encoder.queries(TEXTS).shape == (len(TEXTS), encoder.dim)


def vectors_are_float32_of_unit_length(encoder: Encoder) -> None:
    for vectors in (encoder.passages(TEXTS), encoder.queries(TEXTS)):
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def a_text_has_one_vector_alone_or_in_a_batch(encoder: Encoder) -> None:
    for encode in (encoder.passages, encoder.queries):
        batch = encode(TEXTS)
        np.testing.assert_allclose(encode(TEXTS[::-1])[::-1], batch, atol=1e-6)
        for text, vector in zip(TEXTS, batch, strict=True):
            np.testing.assert_allclose(encode([text])[0], vector, atol=1e-6)


def different_texts_have_different_vectors(encoder: Encoder) -> None:
    heat, _, air, *_ = encoder.passages(TEXTS)
    assert float(heat @ air) < 0.999


def no_text_gives_no_rows(encoder: Encoder) -> None:
    for vectors in (encoder.passages([]), encoder.queries([])):
        assert vectors.shape == (0, encoder.dim)
        assert vectors.dtype == np.float32


def a_text_without_any_known_piece_still_has_unit_length(encoder: Encoder) -> None:
    for vectors in (encoder.passages(UNKNOWN), encoder.queries(UNKNOWN)):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


ENCODER_LAWS: list[Callable[[Encoder], None]] = [
    key_and_dim_say_what_the_vectors_are,
    vectors_are_float32_of_unit_length,
    a_text_has_one_vector_alone_or_in_a_batch,
    different_texts_have_different_vectors,
    no_text_gives_no_rows,
    a_text_without_any_known_piece_still_has_unit_length,
]


# ---- rankers


def at_most_k_cases_and_fewer_are_the_first_of_more(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    for question in QUESTIONS:
        longest = ranker.rank(question, len(ids), ids)
        for k in (0, 1, 3, 1000):
            assert ranker.rank(question, k, ids) == longest[:k]


def every_case_is_real_and_stands_there_once(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    for question in QUESTIONS:
        found = [case_id for case_id, _ in ranker.rank(question, len(ids), ids)]
        assert len(set(found)) == len(found)
        assert ids.issuperset(found)


def the_order_is_by_falling_score_and_then_by_id(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    for question in QUESTIONS:
        found = ranker.rank(question, len(ids), ids)
        assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))


def nothing_is_found_within_nothing(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    for question in QUESTIONS:
        assert ranker.rank(question, len(ids), set()) == []


def nothing_is_found_outside_of_within(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    within = frozenset(sorted(ids)[::2])
    for question in QUESTIONS:
        assert within.issuperset(case_id for case_id, _ in ranker.rank(question, len(ids), within))
        assert ranker.rank(question, len(ids), within | {CaseId("no-such-case")}) == ranker.rank(
            question, len(ids), within
        )


def a_filter_changes_who_is_listed_and_never_who_is_ahead(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    within = frozenset(sorted(ids)[::2])
    for question in QUESTIONS:
        everywhere = ranker.rank(question, len(ids), ids)
        filtered = ranker.rank(question, len(ids), within)
        both = {case_id for case_id, _ in everywhere} & {case_id for case_id, _ in filtered}
        assert [pair for pair in filtered if pair[0] in both] == [pair for pair in everywhere if pair[0] in both]


def something_is_found(ranker: Ranker, ids: frozenset[CaseId]) -> None:
    assert ranker.rank("Wie nutzen wir Abwärme zum Heizen?", len(ids), ids)


RANKER_LAWS: list[Callable[[Ranker, frozenset[CaseId]], None]] = [
    at_most_k_cases_and_fewer_are_the_first_of_more,
    every_case_is_real_and_stands_there_once,
    the_order_is_by_falling_score_and_then_by_id,
    nothing_is_found_within_nothing,
    nothing_is_found_outside_of_within,
    a_filter_changes_who_is_listed_and_never_who_is_ahead,
    something_is_found,
]


# ---- vector indexes


class NumpyIndex:
    """The contract VectorIndex in three lines: what an index answers has to agree with."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, vector: NDArray[np.float32], k: int, within: Rows) -> tuple[Rows, NDArray[np.float32]]:
        """See index.types.VectorIndex.search."""
        products = self._vectors[within] @ vector
        order = np.lexsort((within, -products))[:k]
        return within[order], products[order]


IndexOf = Callable[[Vectors], VectorIndex]


def some_rows(random: np.random.Generator, of: int) -> Rows:
    """Return a random set of rows, ascending."""
    return np.sort(random.permutation(of)[: random.integers(1, of + 1)]).astype(np.int64)


def it_agrees_with_an_exact_scan_under_every_filter(index_of: IndexOf) -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(97, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = index_of(vectors)
    for _ in range(60):
        within, k, vector = some_rows(random, len(vectors)), int(random.integers(1, 120)), vectors[random.integers(97)]
        rows, products = index.search(vector, k, within)
        scan = sorted((-float(vectors[row] @ vector), int(row)) for row in within)[:k]
        assert rows.tolist() == [row for _, row in scan]
        np.testing.assert_allclose(products, [-product for product, _ in scan], atol=1e-5)


def equal_products_come_by_row(index_of: IndexOf) -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 0], [-1, 0], [1, 0], [0, 1]], np.float32)
    rows, products = index_of(vectors).search(np.array([1, 0], np.float32), 6, np.arange(6))
    assert rows.tolist() == [0, 2, 4, 1, 5, 3]
    assert products.tolist() == [1, 1, 1, 0, 0, -1]


def where_equal_products_are_cut_the_first_rows_stay(index_of: IndexOf) -> None:
    random = np.random.default_rng(2)
    for _ in range(60):
        vectors = random.integers(0, 3, size=(20, 2)).astype(np.float32)
        within, k, vector = some_rows(random, 20), int(random.integers(1, 20)), np.array([1, 0], np.float32)
        rows, _ = index_of(vectors).search(vector, k, within)
        scan = sorted((-float(vectors[row] @ vector), int(row)) for row in within)[:k]
        assert rows.tolist() == [row for _, row in scan]


def nothing_is_near_within_no_rows(index_of: IndexOf) -> None:
    none = np.empty(0, np.int64)
    for vectors in (np.eye(3, dtype=np.float32), np.empty((0, 3), np.float32)):
        rows, products = index_of(vectors).search(np.array([1, 0, 0], np.float32), 5, none)
        assert rows.shape == products.shape == (0,)


def no_row_is_found_for_k_of_zero(index_of: IndexOf) -> None:
    rows, products = index_of(np.eye(3, dtype=np.float32)).search(np.array([1, 0, 0], np.float32), 0, np.arange(3))
    assert rows.shape == products.shape == (0,)


VECTOR_LAWS: list[Callable[[IndexOf], None]] = [
    it_agrees_with_an_exact_scan_under_every_filter,
    equal_products_come_by_row,
    where_equal_products_are_cut_the_first_rows_stay,
    nothing_is_near_within_no_rows,
    no_row_is_found_for_k_of_zero,
]


def transformers_encoder_in(folder: Path) -> TransformersEncoder:
    """Save the bundled model as sentence-transformers would in `folder` and load it from there, offline."""
    bundled_as_sentence_transformer().save(str(folder))
    return TransformersEncoder(str(folder))
