"""The measures by hand and against ir_measures, and the file of judged queries."""

from __future__ import annotations

import math
import random
import shutil
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from index.evaluate import (
    InvalidJudgements,
    Judged,
    difference,
    interval,
    measure,
    ndcg,
    read_judgements,
    recall,
    reciprocal_rank,
)
from kb.text import LANGUAGES, Language
from tests.strategies import PROPERTY

GOOD = "- {id: a, text: Abwärme, language: de, kind: question, filters: {sector: [C24]}, relevant: {x: 3, y: 1}}\n"


def judged(query_id: str, relevant: dict[str, int], language: Language = "de", kind: str = "question") -> Judged:
    return Judged(query_id, query_id, language, kind, {}, relevant)


# ---- by hand


def test_ndcg_by_hand() -> None:
    ranked = ["related", "nothing", "on the point"]
    relevant = {"on the point": 3, "related": 1}
    assert ndcg(ranked, relevant) == pytest.approx((1 / 1 + 7 / math.log2(4)) / (7 / 1 + 1 / math.log2(3)))


def test_ndcg_looks_at_the_first_ten_of_both_lists() -> None:
    relevant = {f"case-{number}": 3 for number in range(12)}
    assert ndcg(list(relevant), relevant) == pytest.approx(1)
    assert ndcg(["nothing"] * 10 + list(relevant), relevant) == 0
    assert ndcg(["case-0"], relevant, depth=1) == 1


def test_ndcg_without_anything_relevant_is_zero() -> None:
    assert ndcg(["a"], {}) == ndcg([], {"a": 3}) == 0


def test_recall_counts_the_useful_cases_in_the_first_ten() -> None:
    relevant = {"a": 3, "b": 2, "c": 1}
    assert recall(["a", "c", "x"], relevant) == 1 / 2
    assert recall(["x"] * 10 + ["a", "b"], relevant) == 0
    assert recall(["a", "b"], relevant, depth=1) == 1 / 2


def test_recall_counts_the_related_cases_where_no_other_is_known() -> None:
    assert recall(["a"], {"a": 1, "b": 1}) == 1 / 2
    assert recall(["a"], {}) == 0


def test_the_reciprocal_rank_is_that_of_the_first_useful_case() -> None:
    relevant = {"a": 3, "b": 2, "c": 1}
    assert reciprocal_rank(["c", "x", "b", "a"], relevant) == 1 / 3
    assert reciprocal_rank(["c", "x"], relevant) == 0
    assert reciprocal_rank(["x", "c"], {"c": 1}) == 1 / 2


@PROPERTY
@given(st.permutations("abcdefghijkl"), st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(1, 3), min_size=1))
def test_measures_are_shares_and_the_ideal_order_is_perfect(ranked: list[str], relevant: dict[str, int]) -> None:
    for value in (ndcg(ranked, relevant), recall(ranked, relevant), reciprocal_rank(ranked, relevant)):
        assert 0 <= value <= 1
    ideal = sorted(relevant, key=lambda case_id: -relevant[case_id])
    assert ndcg(ideal, relevant) == pytest.approx(1)
    assert reciprocal_rank(ideal, relevant) == 1


# ---- against ir_measures


def random_lists() -> tuple[dict[str, dict[str, int]], dict[str, list[str]]]:
    """Return judgements and ranked lists by the number of a query."""
    random_numbers = random.Random(1)
    cases = [f"case-{number}" for number in range(30)]
    judgements, ranked = {}, {}
    for number in range(1, 61):
        known = random_numbers.sample(cases, random_numbers.randint(1, 15))
        judgements[str(number)] = {case_id: random_numbers.randint(1, 3) for case_id in known}
        ranked[str(number)] = random_numbers.sample(cases, random_numbers.randint(1, 25))
    return judgements, ranked


def by_ir_measures(measure_of: ir_measures.Measure) -> list[float]:
    judgements, ranked = random_lists()
    runs = {query: {case_id: -float(rank) for rank, case_id in enumerate(found)} for query, found in ranked.items()}
    values = {row.query_id: row.value for row in ir_measures.iter_calc([measure_of], judgements, runs)}
    return [values[query] for query in judgements]


@pytest.mark.skipif(shutil.which("perl") is None, reason="ir_measures computes this measure with gdeval.pl")
def test_ndcg_agrees_with_ir_measures() -> None:
    judgements, ranked = random_lists()
    own = [ndcg(ranked[query], judgements[query]) for query in judgements]
    assert own == pytest.approx(by_ir_measures(nDCG(dcg="exp-log2") @ 10), abs=2e-5)  # gdeval rounds to five places


def test_ndcg_agrees_with_ir_measures_given_the_gains() -> None:
    judgements, ranked = random_lists()
    own = [ndcg(ranked[query], judgements[query]) for query in judgements]
    assert own == pytest.approx(by_ir_measures(nDCG(gains={1: 1, 2: 3, 3: 7}) @ 10), abs=1e-9)


def test_recall_and_reciprocal_rank_agree_with_ir_measures_where_a_useful_case_is_known() -> None:
    judgements, ranked = random_lists()
    useful = [query for query, relevant in judgements.items() if max(relevant.values()) >= 2]
    numbers = [list(judgements).index(query) for query in useful]
    theirs = by_ir_measures(R(rel=2) @ 10)
    assert [recall(ranked[query], judgements[query]) for query in useful] == pytest.approx([theirs[n] for n in numbers])
    theirs = by_ir_measures(RR(rel=2))
    own = [reciprocal_rank(ranked[query], judgements[query]) for query in useful]
    assert own == pytest.approx([theirs[number] for number in numbers])


# ---- means


def test_means_are_over_the_answered_queries_and_by_language_and_kind() -> None:
    queries = [
        judged("a", {"x": 3}),
        judged("b", {"y": 3}, "en"),
        judged("c", {"x": 3}, "en", "keywords"),
    ]
    result = measure(queries, lambda query: ["x"])
    assert (result["ndcg@10"], result["recall@10"], result["mrr"]) == (0.6667, 0.6667, 0.6667)
    assert result["queries"] == 3
    assert result["by"]["language"]["de"] == {
        **{"ndcg@10": 1.0, "recall@10": 1.0, "mrr": 1.0, "success@1": 1.0, "refused": 0.0, "rejected": None},
        "intervals": dict.fromkeys(("ndcg@10", "recall@10", "mrr", "success@1", "refused"), [1.0, 1.0])
        | {"refused": [0.0, 0.0]},
        "queries": 1,
        "negatives": 0,
        "each": {"a": 1.0},
    }
    assert result["by"]["language"]["en"]["ndcg@10"] == 0.5
    assert result["by"]["kind"]["keywords"]["queries"] == 1
    assert result["rejected"] is None


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = [0.2, 0.4, 0.9, 1.0, 0.5, 0.7]
    low, high = interval(values)
    assert low < sum(values) / len(values) < high
    assert interval(values) == (low, high)
    assert interval([0.5] * 8) == (0.5, 0.5)


def test_a_small_change_between_runs_is_called_noise_and_a_steady_one_is_not() -> None:
    before = {str(number): 0.5 for number in range(20)}
    wild = {key: 0.5 + (0.3 if int(key) % 2 else -0.29) for key in before}
    steady = {key: 0.55 for key in before}
    noisy = difference(wild, before)
    assert noisy is not None
    assert (noisy["change"], noisy["noise"]) == (0.005, True)
    assert difference(steady, before) == {"change": 0.05, "interval": [0.05, 0.05], "queries": 20, "noise": False}
    assert difference({"x": 1.0}, before) is None


def test_refusing_an_answerable_query_is_counted() -> None:
    result = measure([judged("a", {"x": 3}), judged("b", {"x": 3})], lambda query: ["x"] if query.id == "a" else [])
    assert (result["refused"], result["success@1"]) == (0.5, 0.5)
    assert result["each"] == {"a": 1.0, "b": 0.0}


def test_negatives_are_counted_apart() -> None:
    queries = [judged("a", {"x": 3}), judged("n", {}, "de", "negative"), judged("m", {}, "en", "negative")]
    result = measure(queries, lambda query: [] if query.id == "n" else ["x"])
    assert (result["rejected"], result["intervals"]["rejected"]) == (0.5, [0.0, 1.0])
    assert (result["ndcg@10"], result["queries"], result["negatives"]) == (1.0, 1, 2)
    assert result["by"]["kind"].keys() == {"question"}
    by_language = result["by"]["language"]
    assert (by_language["de"]["rejected"], by_language["en"]["rejected"]) == (1.0, 0.0)
    assert by_language["en"]["ndcg@10"] is None


def test_without_any_answered_query_there_is_no_mean() -> None:
    result = measure([judged("n", {}, "de", "negative")], lambda query: [])
    assert (result["ndcg@10"], result["queries"], result["rejected"]) == (None, 0, 1.0)


# ---- the file


def faults(path: Path, content: str) -> list[str]:
    """Return the fields of the faults of a file of judged queries, which are said in both languages."""
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidJudgements) as refused:
        read_judgements(path)
    for language in LANGUAGES:
        assert path.name in refused.value.describe(language)
    return [fault.field for fault in refused.value.faults]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "queries.yml"
    path.write_text(GOOD + "- {id: n, text: Oper, language: en, kind: negative, filters: {}, relevant: {}}\n", "utf-8")
    first, negative = read_judgements(path)
    assert first == Judged("a", "Abwärme", "de", "question", {"sector": ["C24"]}, {"x": 3, "y": 1})
    assert (negative.kind, negative.relevant) == ("negative", {})


@pytest.mark.parametrize(
    "entry",
    [
        "just words",
        "{}",
        "{id: b, text: T, language: de, kind: question, filters: {}}",
        "{id: b, text: T, language: de, kind: question, filters: {}, relevant: {x: 3}, more: 1}",
        "{id: b, text: ' ', language: de, kind: question, filters: {}, relevant: {x: 3}}",
        "{id: 7, text: T, language: de, kind: question, filters: {}, relevant: {x: 3}}",
        "{id: b, text: T, language: fr, kind: question, filters: {}, relevant: {x: 3}}",
        "{id: b, text: T, language: de, kind: question, filters: [], relevant: {x: 3}}",
        "{id: b, text: T, language: de, kind: question, filters: {}, relevant: [x]}",
        "{id: b, text: T, language: de, kind: question, filters: {}, relevant: {x: 4}}",
        "{id: b, text: T, language: de, kind: question, filters: {}, relevant: {x: [3]}}",
        "{id: b, text: T, language: de, kind: question, filters: {}, relevant: {}}",
        "{id: b, text: T, language: de, kind: negative, filters: {}, relevant: {x: 3}}",
    ],
)
def test_an_entry_that_breaks_the_rules_is_reported_with_its_number(entry: str, tmp_path: Path) -> None:
    assert faults(tmp_path / "queries.yml", f"{GOOD}- {entry}\n") == ["[1]"]


def test_every_fault_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    assert faults(tmp_path / "queries.yml", f"- one\n{GOOD}- three\n{GOOD}") == ["[0]", "[2]", "id"]


@pytest.mark.parametrize("content", ["", "[]", "{}", "words", "- [", "- {id: a, id: b}", "a: &a 1\nb: *a"])
def test_a_file_that_holds_no_list_of_queries_is_reported(content: str, tmp_path: Path) -> None:
    assert "(file)" in faults(tmp_path / "queries.yml", content)


def test_a_missing_file_and_one_that_is_no_text_are_reported(tmp_path: Path) -> None:
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.yml", "binary.yml"):
        with pytest.raises(InvalidJudgements):
            read_judgements(tmp_path / name)
