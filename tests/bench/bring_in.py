"""`python -m tests.bench.bring_in [ROWS]`: what a file of thousands costs whoever sends it, and everybody else.

Two files, in a home of their own that is gone afterwards: one of rows that have little in common (title, summary,
solution and result of four shipped cases each), one of rows that are nearly the same (one shipped case with other
numbers). Each is sent and taken, then once more with another organisation in every row, which brings the proposals
up to date. All the while a curator saves a draft and a reader searches, over and over.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from kb.case import Case
from kb.errors import StoreError
from kb.import_jobs import ImportJobs, JobState
from kb.permissions import Actor, Role
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy
from web.address import State
from web.importing import bring_in_file, take_rows
from web.listing import find
from web.settings import Settings
from web.wiring import Services

ROWS = 5000
SENDER, CURATOR = Actor("sender", Role.CURATOR), Actor("curator", Role.CURATOR)


def distinct(cases: Sequence[Case], rows: int) -> Iterator[dict[str, Any]]:
    """Records that share one text or none with any other: the steps are coprime to the number of cases."""
    records = [case.to_record() for case in cases]
    steps = (1, 2, 3, 5)
    for number in range(rows):
        lap, at = divmod(number, len(records))
        record = dict(records[at])
        for step, field in zip(steps, ("title", "summary", "solution", "result"), strict=True):
            record[field] = records[(at + 7 * step * (lap + 1)) % len(records)][field]
        yield _own(record, number)


def alike(cases: Sequence[Case], rows: int) -> Iterator[dict[str, Any]]:
    """Records that are one case with other numbers."""
    record = cases[0].to_record()
    for number in range(rows):
        yield _own(record | {"summary": {k: f"{v} ({number})" for k, v in record["summary"].items()}}, number)


def _own(record: dict[str, Any], number: int) -> dict[str, Any]:
    source = record["sources"][0] | {"url": f"https://example.org/{number}"}
    return record | {"id": f"row-{number}", "organisation": f"{record['organisation']} {number}", "sources": [source]}


@contextmanager
def repeated(action: Callable[[], object]) -> Iterator[list[float]]:
    """Do `action` over and over in a thread of its own; the seconds that each took."""
    times: list[float] = []
    enough = threading.Event()

    def run() -> None:
        while not enough.wait(0.05):
            start = time.perf_counter()
            action()
            times.append(time.perf_counter() - start)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield times
    finally:
        enough.set()
        thread.join()


def others(services: Services, work: Callable[[], object]) -> tuple[float, list[float], list[float]]:
    """The seconds that `work` took, those of every save of a draft meanwhile, and those of every search."""
    with services.store() as store:
        draft = store.proposals.create({}, CURATOR, "form")
    numbers = count(1)

    def save() -> None:
        # A writer that waits in vain for half a minute is told so; that is what it costs.
        with suppress(StoreError), services.store() as store:
            version = store.proposals.get(draft.id).version
            store.proposals.save(draft.id, version, {"keywords": {"en": [f"draft {next(numbers)}"]}}, CURATOR)

    def search() -> None:
        with services.store() as store:
            assert find(store, services.searcher(), State("Abwärme"), "de").entries

    with repeated(save) as saves, repeated(search) as searches:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start, saves, searches


def main(rows: int) -> None:
    """Print a line for every step of both files."""
    cases = shipped_cases(shipped_taxonomy())
    print(f"{rows} rows, seconds{'':<20}{'step':>8}{'save p50':>10}{'longest':>9}{'search p50':>12}{'longest':>9}")
    for name, made in (("distinct", distinct), ("nearly the same", alike)):
        with tempfile.TemporaryDirectory(prefix="pfadfinder-bench-") as folder:
            services = Services(Settings(home=Path(folder) / "home"))
            services.make_ready()
            records = list(made(cases, rows))
            mended = [record | {"organisation": f"{record['organisation']} b"} for record in records]
            for kind, sent in (("", records), (", mended", mended)):
                data = "\n".join(json.dumps(record, ensure_ascii=False) for record in sent).encode()
                bring_in(services, f"{name}{kind}", data, rows)


def bring_in(services: Services, name: str, data: bytes, rows: int) -> None:
    """Send a file and take all of its rows; print what each step took."""
    jobs: list[int] = []

    def preview() -> None:
        job, thread = bring_in_file(services, data, "rows.jsonl", SENDER)
        jobs.append(job)
        thread.join()

    def take() -> None:
        thread = take_rows(services, jobs[0], SENDER, twins=True, submit=True)
        assert thread is not None
        thread.join()

    for step, work in (("preview", preview), ("taking", take)):
        seconds, saves, searches = others(services, work)
        print(
            f"{name + ', ' + step:<38}{seconds:>8.1f}{statistics.median(saves):>10.3f}{max(saves):>9.2f}"
            f"{statistics.median(searches):>12.3f}{max(searches):>9.2f}"
        )
    with services.store() as store:
        job = ImportJobs(store.database).get(jobs[0], SENDER)
    assert (job.state, job.taken) == (JobState.DONE, rows), job.faults
    print(f"{'':<38}{dict(job.counts)}, {len(data) / 1e6:.1f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
