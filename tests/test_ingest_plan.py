"""A dry run: what each row of a file would do."""

from __future__ import annotations

import io
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.encoder import BundledEncoder
from ingest.duplicates import TwinFinder
from ingest.export import write_csv, write_xlsx
from ingest.mapping import records_of
from ingest.plan import State, plan
from ingest.readers import RawRecord, Records
from ingest.sandbox import read_safely
from kb.case import Case
from kb.difference import FieldChange
from kb.permissions import OPERATOR
from kb.review import accept_from_file
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from tests.strategies import complete_record


def records(*contents: Any) -> Records:
    file = Path("a.yml")
    return Records(file, tuple(RawRecord(file, at, content) for at, content in enumerate(contents)))


def nobody(case_id: str) -> None:
    return None


@pytest.fixture
def store(taxonomy: Taxonomy, collection: list[Case]) -> CaseStore:
    store = CaseStore(None, taxonomy)
    with store.transaction():
        for case in collection[:20]:
            store.publish(accept_from_file(case, OPERATOR))
    return store


@pytest.mark.parametrize("write", [lambda c, o: write_csv(c, o, "de"), lambda c, o: write_xlsx(c, o, "en")])
def test_the_file_that_was_exported_is_no_change(
    write: Callable[..., None], store: CaseStore, taxonomy: Taxonomy, collection: list[Case]
) -> None:
    with store:
        out = io.BytesIO()
        write(lambda: collection[:20], out)
        name = "a.xlsx" if out.getvalue().startswith(b"PK") else "a.csv"
        found = plan(records_of(read_safely(out.getvalue(), name), taxonomy), taxonomy, store.get)
        assert found.counts() == {"new": 0, "changed": 0, "unchanged": 20, "twin": 0, "pending": 0, "faulty": 0}
        assert store.last_change() == 20


def test_each_row_says_what_it_would_do_and_nothing_is_stored(
    store: CaseStore, taxonomy: Taxonomy, collection: list[Case], bundled: BundledEncoder
) -> None:
    old = collection[0].to_record()
    changed = collection[1].to_record()
    changed["title"] = {**changed["title"], "de": "Neuer Titel"}
    changed.pop("place", None)
    copy = collection[2].to_record() | {"id": "a-copy"}
    rows = records(
        old,
        changed,
        copy,
        complete_record(id="brand-new"),
        complete_record(id="brand-new-again", organisation="Example Foundry Ltd."),
        complete_record(id="broken", role="owner", year=1),
        old,
        5,
    )
    with store:
        twins = TwinFinder.of([case.to_record() for case in store.all()], bundled.passages)
        before = (list(store.all()), store.last_change())
        found = plan(rows, taxonomy, store.get, twins)
        assert (list(store.all()), store.last_change()) == before
    states = [row.state for row in found.rows]
    assert states == [
        State.UNCHANGED,
        State.CHANGED,
        State.TWIN,
        State.NEW,
        State.TWIN,
        State.FAULTY,
        State.FAULTY,
        State.FAULTY,
    ]
    fields = {difference.field for difference in found.rows[1].differences}
    assert "title.de" in fields
    assert found.rows[2].twins[0].case_id == collection[2].id
    assert [reason["de"] for reason in found.rows[2].twins[0].reasons][0].startswith("dieselbe Quelle")
    assert found.rows[4].twins[0].case_id == "brand-new"
    assert [fault.field for fault in found.rows[5].faults] == ["role", "year"]
    assert "stands in [0] already" in found.rows[6].faults[0].message["en"]
    assert all((row.case is None) == (row.state is State.FAULTY) for row in found.rows)
    assert found.rows[1].to_json()["state"] == "changed"


def test_twelve_and_twelve_point_nought_are_no_change(taxonomy: Taxonomy) -> None:
    def case_with(value: float) -> dict[str, Any]:
        return complete_record(effects=[{"metric": "co2e", "value": value, "unit": "%", "kind": "claimed"}])

    known = Case.from_record(case_with(12), taxonomy)
    assert plan(records(case_with(12.0)), taxonomy, lambda case_id: known).rows[0].state is State.UNCHANGED
    (changed,) = plan(records(case_with(12.5)), taxonomy, lambda case_id: known).rows
    assert changed.differences == (FieldChange("effects[0].value", 12, 12.5),)


def test_five_thousand_rows_go_in_one_run_with_progress_and_bounded_memory(taxonomy: Taxonomy) -> None:
    places = [f"Ort{number}" for number in range(5000)]
    head = (
        "id;Titel;Firma;Rolle;Land;Ort;Branche;Pfad;Technologien;Kurzfassung;Ausgangslage;Lösung;Ergebnis;Schlagwörter;"
        "Belegqualität;Quelle 1: Adresse;Quelle 1: Titel;Quelle 1: Herausgeber;Quelle 1: Sprache"
    )
    lines = [
        f"fall-{place.lower()};Fall {place};Firma {place} GmbH;Anwender;DE;{place};C24;1;Abwärmenutzung;Kurz {place}.;"
        f"Vorher.;Dann.;Nachher.;a, b, c;high;https://example.org/{place};T;P;Deutsch"
        for place in places
    ]
    told: list[tuple[int, int]] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    content = read_safely("\n".join([head, *lines]).encode(), "viele.csv")
    found = plan(records_of(content, taxonomy), taxonomy, nobody, progress=lambda done, of: told.append((done, of)))
    assert found.counts()["new"] == 5000
    assert told[-1] == (5000, 5000)
    assert len(told) > 20
    assert told == sorted(told)
    # In kilobytes on Linux.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000
