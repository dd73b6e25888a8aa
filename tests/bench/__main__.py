"""`make bench`: what the product costs on this machine. Prints a table; asserts nothing.

Every time is the median of several runs. Machines differ: compare the rows of one run.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from kb.filters import Filters
from tests.bench import budget
from tests.browser.launching import CHROMIUM, MISSING
from web.app import create_app
from web.settings import Settings
from web.wiring import Services

PROGRAM = [sys.executable, "-m", "web"]
QUERIES = [
    "Druckluft als Dienstleistung",
    "Wohin mit der Abwärme unserer Öfen?",
    "Which factories share heat with their neighbours?",
    "Wie lässt sich Ausschuss in der Gießerei mit maschinellem Lernen verringern?",
    "reusable packaging for suppliers",
]


def milliseconds(action: Callable[[], object], runs: int) -> list[float]:
    """The times of `runs` runs of `action` after one that is not counted, ascending."""
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)


def row(label: str, times: list[float], note: str = "") -> None:
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    print(f"{label:<52}{statistics.median(times):>10.1f}{p95:>10.1f}{len(times):>7}  {note}")


def serve_until_first_answer(environment: dict[str, str]) -> None:
    """Start a server, fetch the home page, stop it."""
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                urlopen(found.group(), timeout=30).read()
                break
        server.terminate()


def main() -> None:
    """Print the table."""
    home = Path(tempfile.mkdtemp(prefix="pfadfinder-bench-"))
    environment = {**os.environ, "PFADFINDER_HOME": str(home)}
    services = Services(Settings(home=home))
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}\n")
    print(f"{'milliseconds':<52}{'p50':>10}{'p95':>10}{'runs':>7}")

    start = time.perf_counter()
    services.make_ready()
    row("first start: collection taken in, embedded, indexed", [(time.perf_counter() - start) * 1000])
    row("index built again, every vector known", milliseconds(services.build_index, 5))

    with services.store() as store:
        searcher = services.searcher()
        within = store.matching(Filters())
        for number, query in enumerate(QUERIES):
            assert searcher.search(query, within)
            if number == 0:
                row("vectors: one exact scan", milliseconds(lambda: searcher.meaning.scores(QUERIES[0], within), 50))
        each = [
            time for query in QUERIES for time in milliseconds(lambda query=query: searcher.search(query, within), 40)
        ]
        row("search: three legs and fusion", sorted(each), f"{len(within)} cases")

    client = create_app(services).test_client()
    for label, path in (("page of results", "/search"), ("API", "/api/v1/search")):
        each = []
        for query in QUERIES:
            each += milliseconds(lambda query=query, path=path: client.get(path, query_string={"q": query}), 20)
        row(f"{label}: search, facets, reasons, page", sorted(each))
    row("home page", milliseconds(lambda: client.get("/"), 50))
    row("case page", milliseconds(lambda: client.get("/cases/eta-fabrik-darmstadt"), 50))

    search = [*PROGRAM, "search", "Druckluft als Dienstleistung", "--pathway", "services"]
    row("cold `pfadfinder search` from a shell", milliseconds(lambda: run(search, environment), 5))
    row(
        "`pfadfinder serve` until the first page is there",
        milliseconds(lambda: serve_until_first_answer(environment), 3),
    )

    if CHROMIUM is None:
        print(f"\n{MISSING}: what the pages cost is not measured")
    else:
        budget.main()


def run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True)


main()
