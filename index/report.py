"""The report that ships with the program: `python -m index.report` measures the shipped search and writes it.

It is made on purpose and never on the way: tests hold the search to it, and the page about the search shows it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from index.directions import HYBRID, Run, ground_of, grounds, run
from index.encoder import BundledEncoder
from index.evaluate import Judged, Summary, read_judgements
from index.types import Encoder
from kb.case import Case
from kb.shipped import shipped_cases
from kb.taxonomy import Taxonomy, shipped_taxonomy

JUDGED = Path(__file__).parent / "judged"
SETS = ("dev", "check", "negatives")
"""The judged queries that ship: those the settings were chosen on, others, and more questions without an answer."""
TUNING = SETS[0]
REPORT = JUDGED / "report.json"
LEEWAY = 0.01
"""How far nDCG@10 of all legs together may fall on the tuning set: 1 point."""

Report = dict[str, Run]
"""A run by the name of its set, without the scores of single queries."""


def shipped_file(name: str) -> Path:
    """Return the file of the shipped set `name`."""
    return JUDGED / f"{name}.yml"


def shipped_queries(name: str) -> list[Judged]:
    """Return the judged queries of the shipped set `name`."""
    return read_judgements(shipped_file(name))


@cache
def shipped_report() -> Report:
    """Return the report that ships."""
    found: Report = json.loads(REPORT.read_text(encoding="utf-8"))
    return found


def measure_shipped(cases: Sequence[Case], encoder: Encoder, taxonomy: Taxonomy) -> Report:
    """Return what a search over `cases` with `encoder` scores on every shipped set."""
    with ground_of(cases, encoder) as both, grounds(cases, encoder, taxonomy) as narrow:
        return {name: _without_queries(run(shipped_queries(name), both, narrow, taxonomy)) for name in SETS}


def quality(report: Report) -> float:
    """Return nDCG@10 of all legs together on the tuning set."""
    return float(report[TUNING]["legs"][HYBRID]["ndcg@10"])


def is_worse(now: Report, before: Report) -> bool:
    """Say whether the search fell by more than LEEWAY."""
    return quality(now) < quality(before) - LEEWAY


def _without_queries(measured: Run) -> Run:
    def bare(summary: Summary) -> dict[str, Any]:
        return {name: value for name, value in summary.items() if name != "each"}

    legs = {
        leg: bare(summary)
        | {"by": {kind: {name: bare(group) for name, group in by.items()} for kind, by in summary["by"].items()}}
        for leg, summary in measured["legs"].items()
    }
    return {**measured, "legs": legs}


def main(arguments: Sequence[str]) -> int:
    """Measure and write the report; one that is worse by more than LEEWAY only with `--lower`."""
    taxonomy = shipped_taxonomy()
    cases = shipped_cases(taxonomy)
    report = measure_shipped(cases, BundledEncoder(), taxonomy)
    if REPORT.exists():
        before = shipped_report()
        print(f"nDCG@10 on {TUNING}: {quality(before):.4f} before, {quality(report):.4f} now")
        if is_worse(report, before) and "--lower" not in arguments:
            print("The search got worse by more than a point: the report stays. `--lower` writes it all the same.")
            return 1
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{REPORT.name} written: {len(cases)} cases, {report[TUNING]['model']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
