"""How well the search answers judged queries: as well as the shipped report says, and not worse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.directions import HYBRID
from index.encoder import BundledEncoder
from index.evaluate import MEASURES, SHARES
from index.report import SETS, TUNING, Report, is_worse, measure_shipped, shipped_queries, shipped_report
from kb.case import Case
from kb.taxonomy import Taxonomy

SAME = 0.005
"""How far two processors may differ: one of them may decide a tie otherwise."""
STALE = "the report is not of this search: `make report` makes it anew"


@pytest.fixture(scope="module")
def measured(collection: list[Case], bundled: BundledEncoder, taxonomy: Taxonomy) -> Report:
    return measure_shipped(collection, bundled, taxonomy)


def figures(report: Report) -> Iterator[tuple[str, float | None]]:
    """Yield every mean of a report with where it stands."""
    for name, found in report.items():
        for leg, summary in found["legs"].items():
            groups = {f"{by}.{group}": of for by, names in summary["by"].items() for group, of in names.items()}
            for group, of in {"all": summary, **groups}.items():
                for measure in (*MEASURES, *SHARES, "queries", "negatives"):
                    yield f"{name} {leg} {group} {measure}", of[measure]


def test_the_search_is_not_worse_than_the_report_by_more_than_a_point(measured: Report) -> None:
    assert not is_worse(measured, shipped_report())


def test_the_report_is_what_this_search_gives(measured: Report, bundled: BundledEncoder) -> None:
    shipped = shipped_report()
    assert {found["model"] for found in shipped.values()} == {bundled.key}, STALE
    assert {found["cases"] for found in shipped.values()} == {found["cases"] for found in measured.values()}, STALE
    assert dict(figures(shipped)) == pytest.approx(dict(figures(measured)), abs=SAME), STALE


def test_the_report_is_of_all_shipped_queries() -> None:
    assert tuple(shipped_report()) == SETS
    for name in SETS:
        summary = shipped_report()[name]["legs"][HYBRID]
        assert summary["queries"] + summary["negatives"] == len(shipped_queries(name))
        assert list(summary["by"]["direction"]) == ["de-de", "en-de", "de-en", "en-en"]


@pytest.mark.parametrize("name", ["dev", "check"])
@pytest.mark.parametrize("leg", ["meaning", "words", "grams"])
def test_all_legs_together_answer_better_than_one_alone(name: str, leg: str, measured: Report) -> None:
    legs = measured[name]["legs"]
    assert legs[HYBRID]["ndcg@10"] > legs[leg]["ndcg@10"]


def test_names_are_answered_without_fault(measured: Report) -> None:
    for name in ("dev", "check"):
        assert measured[name]["legs"][HYBRID]["by"]["kind"]["entity"]["mrr"] == 1.0


def test_neither_language_is_left_behind(measured: Report) -> None:
    for name in ("dev", "check"):
        summary = measured[name]["legs"][HYBRID]
        assert min(of["ndcg@10"] for of in summary["by"]["language"].values()) >= summary["ndcg@10"] - 0.1


def test_most_queries_that_nothing_answers_get_no_answer(measured: Report) -> None:
    for name in SETS:
        assert measured[name]["legs"][HYBRID]["rejected"] > 0.5


def report_of(score: float) -> Report:
    return {TUNING: {"legs": {HYBRID: {"ndcg@10": score}}}}


def test_a_report_that_is_worse_by_more_than_a_point_is_not_written_unasked() -> None:
    assert is_worse(report_of(0.829), report_of(0.84))
    assert not is_worse(report_of(0.831), report_of(0.84))
    assert not is_worse(report_of(0.9), report_of(0.84))
