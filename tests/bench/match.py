"""`python -m tests.bench.match FILE`: judged queries answered as the page of comparable projects answers them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from index.evaluate import MEASURES, Judged, measure, read_judgements
from index.organisations import spread
from kb.filters import resolve
from web.settings import Settings
from web.wiring import Services


def main(file: Path) -> None:
    """Print the measures by language and kind."""
    services = Services(Settings.from_environment(os.environ))
    services.make_ready()
    comparer = services.comparer()
    queries = read_judgements(file)
    with services.store() as store:
        organisations = {case.id: case.organisation for case in store.all()}
        within = {query.id: store.matching(resolve(query.filters, services.taxonomy)) for query in queries}

    def match(query: Judged) -> list[str]:
        compared = comparer.to_text(comparer.described(query.text), within[query.id])
        found = [hit.case_id for hit in compared.hits] if compared.answered else []
        return list(spread(found, organisations.__getitem__))

    summary = measure(queries, match)
    groups = {"all": summary, **{name: of for by in summary["by"].values() for name, of in by.items()}}
    print(f"{'':<12}" + "".join(f"{name:>12}" for name in MEASURES) + f"{'queries':>9}")
    for name, means in groups.items():
        if means["queries"]:
            print(f"{name:<12}" + "".join(f"{means[of]:>12.4f}" for of in MEASURES) + f"{means['queries']:>9}")


main(Path(sys.argv[1]))
