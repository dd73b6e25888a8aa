"""The figures of the published cases as rows that can be asked for: derived from the record, written with it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from kb.case import Case, CaseId, Effect
from kb.database import Database
from kb.effects import BETTER, EffectFilter
from kb.taxonomy import Taxonomy


class EffectRows:
    """The effects of the published cases, as their sources give them.

    Units are converted when a question is asked: a factor that changes makes no row stale.
    """

    def __init__(self, database: Database, taxonomy: Taxonomy) -> None:
        self._database = database
        self._taxonomy = taxonomy

    def write(self, case: Case) -> None:
        """Make the rows of a case those of its present state, inside the transaction of the caller."""
        self.remove(case.id)
        self._database.run_many(
            "INSERT INTO effects (case_id, position, metric, value, unit, kind, bound) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (case.id, position, effect.metric, float(effect.value), effect.unit, effect.kind, effect.bound)
                for position, effect in enumerate(case.effects)
            ],
        )

    def remove(self, case_id: str) -> None:
        """Take the rows of a case away."""
        self._database.run("DELETE FROM effects WHERE case_id = ?", case_id)

    def condition(self, wanted: EffectFilter) -> tuple[str, list[Any]]:
        """Return what a row of `effects` has to be, as an expression with its values."""
        parts, values = ["true"], list[Any]()
        if wanted.metric:
            parts.append("metric = ?")
            values.append(wanted.metric)
        if wanted.kinds:
            parts.append("kind IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(wanted.kinds))
        if wanted.direction:
            lower = [metric.id for metric in self._taxonomy.metrics.values() if metric.lower_is_better]
            parts.append("value != 0 AND ((value < 0) = (metric IN (SELECT value FROM json_each(?)))) = ?")
            values += [json.dumps(lower), wanted.direction == BETTER]
        # The sizes are bound one by one: a number that went through JSON may come back as its neighbour.
        if thresholds := wanted.thresholds(self._taxonomy):
            parts.append("(" + " OR ".join(["unit = ? AND abs(value) >= ?"] * len(thresholds)) + ")")
            values += [part for threshold in thresholds.items() for part in threshold]
        return " AND ".join(parts), values

    def of(self, case_ids: Collection[str], wanted: EffectFilter) -> list[tuple[CaseId, Effect]]:
        """Return the effects of `case_ids` that are what is wanted, without their notes, by case and place in it."""
        condition, values = self.condition(wanted)
        rows = self._database.rows(
            "SELECT case_id, metric, value, unit, kind, bound FROM effects"
            f" WHERE case_id IN (SELECT value FROM json_each(?)) AND {condition} ORDER BY case_id, position",
            json.dumps(list(case_ids)),
            *values,
        )
        return [(row.pop("case_id"), Effect(**row | {"value": _whole(row["value"])})) for row in rows]

    def counts(self, case_ids: Collection[str], wanted: EffectFilter) -> dict[str, dict[str, int]]:
        """Return under `metric` and `kind` how many of `case_ids` have such an effect, the largest number first.

        A kind is counted among the effects that are all else that is wanted.
        """
        return {
            "metric": self._count("metric", case_ids, EffectFilter()),
            "kind": self._count("kind", case_ids, replace(wanted, kinds=())),
        }

    def _count(self, column: str, case_ids: Collection[str], wanted: EffectFilter) -> dict[str, int]:
        condition, values = self.condition(wanted)
        rows = self._database.rows(
            f"SELECT {column} AS term, count(DISTINCT case_id) AS cases FROM effects"
            f" WHERE case_id IN (SELECT value FROM json_each(?)) AND {condition}"
            " GROUP BY term ORDER BY cases DESC, term",
            json.dumps(list(case_ids)),
            *values,
        )
        return {row["term"]: row["cases"] for row in rows}


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() else value
