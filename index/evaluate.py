"""Judged queries: how good each leg is alone, and all together. Measures are pure; sources at each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from kb.errors import Fault, Faulty
from kb.text import Language, Text, is_language
from kb.yaml_files import read_yaml

DEPTH = 10
NEGATIVE = "negative"
MEASURES = ("ndcg@10", "recall@10", "mrr", "success@1")
SHARES = ("refused", "rejected")
RESAMPLES = 2000

Summary = dict[str, Any]
"""Means with their intervals, as they are saved: see `measure`."""


class InvalidJudgements(Faulty):
    """A file of judged queries that breaks its rules."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with what is known of its answers: case id -> 3 on the point, 2 clearly useful, 1 related."""

    id: str
    text: str
    language: Language
    kind: str
    filters: dict[str, list[str]]
    relevant: dict[str, int]


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return nDCG with the gain 2^grade - 1 and a discount of log2(rank + 1) (Burges et al. 2005)."""
    gains = [2.0 ** relevant.get(case_id, 0) - 1 for case_id in ranked[:depth]]
    best = sorted((2.0**grade - 1 for grade in relevant.values()), reverse=True)[:depth]
    ideal = _discounted(best)
    return _discounted(gains) / ideal if ideal else 0.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def recall(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return the share of the cases of grade 2 and above (grade 1 where there is none) in the first `depth`."""
    wanted = {case_id for case_id, grade in relevant.items() if grade >= 2} or set(relevant)
    return len(wanted.intersection(ranked[:depth])) / len(wanted) if wanted else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return 1 / rank of the first case of grade 2 and above (grade 1 where there is none), 0 without one."""
    wanted = {case_id for case_id, grade in relevant.items() if grade >= 2} or set(relevant)
    return next((1 / rank for rank, case_id in enumerate(ranked, start=1) if case_id in wanted), 0.0)


def success(ranked: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return 1 when the first case is of grade 2 and above (grade 1 where there is none), else 0."""
    return float(reciprocal_rank(ranked[:1], relevant))


def measure(queries: Sequence[Judged], search: Callable[[Judged], Sequence[str]]) -> Summary:
    """Return the means over all queries, and under `by` those of each language and kind.

    A summary holds the mean of every measure over the queries that have an answer, `refused` (the share of them for
    which `search` returns nothing), `rejected` (that share of the negatives), the numbers of both, under `intervals`
    the 95 % interval of each mean, and under `each` nDCG@10 by query. What no query tells is None or missing.
    """
    rows = [_Row.of(query, search(query)) for query in queries]
    result = _summary(rows)
    result["by"] = {
        "language": _grouped(rows, lambda query: query.language),
        "kind": _grouped([row for row in rows if row.query.kind != NEGATIVE], lambda query: query.kind),
    }
    return result


@dataclass(frozen=True, slots=True)
class _Row:
    """What one query scored; a negative has no scores."""

    query: Judged
    scores: dict[str, float]
    empty: bool

    @classmethod
    def of(cls, query: Judged, ranked: Sequence[str]) -> _Row:
        if query.kind == NEGATIVE:
            return cls(query, {}, not ranked)
        scores = (
            ndcg(ranked, query.relevant),
            recall(ranked, query.relevant),
            reciprocal_rank(ranked, query.relevant),
            success(ranked, query.relevant),
        )
        return cls(query, dict(zip(MEASURES, scores, strict=True)), not ranked)


def _grouped(rows: Sequence[_Row], key: Callable[[Judged], str]) -> dict[str, Summary]:
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(key(row.query), []).append(row)
    return {name: _summary(group) for name, group in groups.items()}


def _summary(rows: Sequence[_Row]) -> Summary:
    answered = [row for row in rows if row.query.kind != NEGATIVE]
    negatives = [row for row in rows if row.query.kind == NEGATIVE]
    values = {name: [row.scores[name] for row in answered] for name in MEASURES}
    values["refused"] = [float(row.empty) for row in answered]
    values["rejected"] = [float(row.empty) for row in negatives]
    return {
        **{name: _round(sum(found) / len(found)) if found else None for name, found in values.items()},
        "intervals": {name: list(interval(found)) for name, found in values.items() if found},
        "queries": len(answered),
        "negatives": len(negatives),
        "each": {row.query.id: _round(row.scores["ndcg@10"]) for row in answered},
    }


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean by the bootstrap (Efron 1979), with a fixed seed."""
    random = np.random.default_rng(1)
    drawn = random.choice(np.asarray(values, float), size=(RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return _round(float(low)), _round(float(high))


def difference(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, Any] | None:
    """Return the mean change over the queries in both, its 95 % interval, and whether it is noise: zero lies within.

    Paired: every query is held against itself, so that hard and easy ones do not blur the change. None without any.
    """
    both = sorted(now.keys() & before.keys())
    if not both:
        return None
    changes = [now[query] - before[query] for query in both]
    low, high = interval(changes)
    mean = _round(sum(changes) / len(changes))
    return {"change": mean, "interval": [low, high], "queries": len(both), "noise": low <= 0 <= high}


def _round(value: float) -> float:
    return round(value, 4)


def read_judgements(path: Path) -> list[Judged]:
    """Return the judged queries of the YAML file at `path`. Raises InvalidJudgements with every fault."""
    try:
        content = read_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = Text(de=f"nicht lesbar: {error}", en=f"cannot be read: {error}")
        raise InvalidJudgements(path.name, [Fault("(file)", message)]) from error
    faults: list[Fault] = []
    entries = content if isinstance(content, list) else []
    if not entries:
        message = Text(de="braucht eine Liste von Anfragen", en="needs a list of queries")
        faults.append(Fault("(file)", message))
    queries = [query for number, entry in enumerate(entries) if (query := _judged(entry, f"[{number}]", faults))]
    if len({query.id for query in queries}) < len(queries):
        faults.append(Fault("id", Text(de="eine id steht zweimal da", en="an id is given twice")))
    if faults:
        raise InvalidJudgements(path.name, faults)
    return queries


def _judged(entry: Any, field: str, faults: list[Fault]) -> Judged | None:
    fits = (
        isinstance(entry, dict)
        and set(entry) == {"id", "text", "language", "kind", "filters", "relevant"}
        and all(isinstance(entry[key], str) and entry[key].strip() for key in ("id", "text", "language", "kind"))
        and is_language(entry["language"])
        and isinstance(entry["filters"], dict)
        and isinstance(entry["relevant"], dict)
        and all(isinstance(case_id, str) and grade in (1, 2, 3) for case_id, grade in entry["relevant"].items())
        and bool(entry["relevant"]) == (entry["kind"] != NEGATIVE)
    )
    if not fits:
        message = Text(
            de="braucht id, text, language (de, en), kind, filters und relevant (Fall: 1, 2 oder 3; leer nur bei"
            " kind negative)",
            en="needs id, text, language (de, en), kind, filters and relevant (case: 1, 2 or 3; empty only for kind"
            " negative)",
        )
        faults.append(Fault(field, message))
        return None
    filters = {
        facet: [str(term) for term in terms] if isinstance(terms, list) else [str(terms)]
        for facet, terms in entry["filters"].items()
    }
    return Judged(entry["id"], entry["text"], entry["language"], entry["kind"], filters, dict(entry["relevant"]))
