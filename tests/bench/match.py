"""`python -m tests.bench.match FILE`: judged queries answered as the page of comparable projects answers them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from index.evaluate import Judged, measure, read_judgements
from index.organisations import spread
from kb.filters import resolve
from web.i18n import Translator
from web.settings import Settings
from web.terminal import Lines
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

    print("\n".join(Lines(services.taxonomy, Translator("en")).evaluation({"match": measure(queries, match)})))


main(Path(sys.argv[1]))
