"""How long a published case takes to be found, over the whole collection: `python -m tests.bench.publish`.

Publishes, changes and retires one case in a home of its own, and prints the wall and processor time until the search
of this process and of a second one (its own index reader over the same home) knows; then how long the next draft waits
for its twins and its suggestions.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kb.case import Case
from kb.permissions import OPERATOR
from kb.review import accept_from_file
from kb.store import CaseStore
from tests.strategies import complete_record
from web.address import State
from web.listing import find
from web.settings import Settings
from web.wiring import Services

ROUNDS = 7
QUERY = "Gießerei Abwärme Fernwärme"


def main() -> None:
    """Print one line a round, then the median."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = (Services(Settings(home=Path(folder) / "home")) for _ in range(2))
        here.make_ready()
        for services in (here, there):
            _finds(services, "nobody")
        for made in (here.twins, here.suggester):
            _waits(made, here)
        walls = []
        for number in range(ROUNDS):
            record = complete_record(summary={"de": f"Runde {number}.", "en": f"Round {number}."})
            wall, processor = time.perf_counter(), time.process_time()
            with here.store() as store:
                store.publish(accept_from_file(Case.from_record(record, store.taxonomy), OPERATOR))
            here.follow()
            assert _finds(here, record["id"])
            own = time.perf_counter() - wall
            assert _finds(there, record["id"])
            walls.append(time.perf_counter() - wall)
            used = time.process_time() - processor
            twins, suggestions = (_waits(made, here) for made in (here.twins, here.suggester))
            print(
                f"{own:.2f} s here, {walls[-1]:.2f} s in a second reader ({used:.2f} s of processor time);"
                f" then {twins:.3f} s for twins, {suggestions:.3f} s for suggestions"
            )
            # What is learned in the background is not to be counted with the next round.
            for thread in threading.enumerate():
                if thread.name == "learning":
                    thread.join()
        print(f"median {sorted(walls)[ROUNDS // 2]:.2f} s")


def _waits(make: Callable[[CaseStore], object], services: Services) -> float:
    with services.store() as store:
        start = time.perf_counter()
        make(store)
        return time.perf_counter() - start


def _finds(services: Services, case_id: str) -> bool:
    with services.store() as store:
        listing = find(store, services.searcher(), State(QUERY), "de")
    return case_id in [entry.case.id for entry in listing.entries]


if __name__ == "__main__":
    main()
