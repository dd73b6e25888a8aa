"""A dry run over the records of one file: what each would do, before anything is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ingest.checking import case_of
from ingest.duplicates import Twin, TwinFinder
from ingest.learned import Embed
from ingest.readers.types import RawRecord, Records
from kb.case import Case
from kb.difference import FieldChange, difference
from kb.errors import Fault, Faulty
from kb.taxonomy import Taxonomy
from kb.text import Text

AT_ONCE = 250
"""Records between two reports of progress; as many are compared with all others at a time."""
Lookup = Callable[[str], Case | None]
Progress = Callable[[int, int], Any]


class State(Enum):
    """What a record would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    TWIN = "twin"
    """Its id is new, yet it is likely a case that is here already, or stands further up in the file."""
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One record of the file with what it would do. `case` is None where it is faulty, and only there."""

    record: RawRecord
    state: State
    case: Case | None = None
    differences: tuple[FieldChange, ...] = ()
    twins: tuple[Twin, ...] = ()
    faults: tuple[Fault, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {
            "place": self.record.place,
            "row": self.record.row,
            "sheet": self.record.sheet,
            "id": self.case.id if self.case else None,
            "state": self.state.value,
            "differences": [{"field": d.field, "old": d.old, "new": d.new} for d in self.differences],
            "twins": [
                {"id": t.case_id, "score": t.score, "reasons": [{"de": r["de"], "en": r["en"]} for r in t.reasons]}
                for t in self.twins
            ],
            "faults": [{"field": f.field, "de": f.message["de"], "en": f.message["en"]} for f in self.faults],
            "left_over": dict(self.record.left_over),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What a whole file would do, row by row, and what there is to say of the file."""

    rows: tuple[PlannedRow, ...]
    notices: tuple[Fault, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the number of rows by state."""
        found = Counter(row.state for row in self.rows)
        return {state.value: found[state] for state in State}


def plan(
    records: Records,
    taxonomy: Taxonomy,
    lookup: Lookup,
    twins: TwinFinder | None = None,
    embed: Embed | None = None,
    progress: Progress = lambda done, of: None,
) -> Plan:
    """Return what `records` would do; nothing is stored.

    `lookup` gives the published case with an id (`CaseStore.get`), `twins` looks among the published cases, and
    `embed` compares the rows of the file with each other; without it names and addresses alone are compared.
    `progress` is told how many of all records are done, every AT_ONCE records.
    """
    total = len(records.records)
    rows: list[PlannedRow] = []
    seen: dict[str, str] = {}
    for at in range(0, total, AT_ONCE):
        rows += [_row(record, taxonomy, lookup, seen) for record in records.records[at : at + AT_ONCE]]
        progress(len(rows) // 2, total)
    new = [at for at, row in enumerate(rows) if row.state is State.NEW]
    known = [row.case.to_record() for row in rows if row.state is State.NEW and row.case is not None]
    among = TwinFinder(known, embed)
    order = {record["id"]: at for at, record in enumerate(known)}
    for start in range(0, len(new), AT_ONCE):
        asked = known[start : start + AT_ONCE]
        stored = twins.find(asked) if twins is not None else [()] * len(asked)
        for offset, (here, there) in enumerate(zip(stored, among.find(asked), strict=True)):
            # Of two rows that are one case the first is new and the second its twin.
            earlier = tuple(twin for twin in there if order[twin.case_id] < start + offset)
            if here or earlier:
                at = new[start + offset]
                rows[at] = replace(rows[at], state=State.TWIN, twins=_merged(here, earlier))
        progress((total + start + len(asked)) // 2, total)
    progress(total, total)
    return Plan(tuple(rows), records.notices)


def _merged(first: Sequence[Twin], second: Sequence[Twin]) -> tuple[Twin, ...]:
    return tuple(sorted((*first, *second), key=lambda twin: (-twin.score, twin.case_id)))


def _row(record: RawRecord, taxonomy: Taxonomy, lookup: Lookup, seen: dict[str, str]) -> PlannedRow:
    try:
        case = case_of(record, taxonomy)
    except Faulty as error:
        return PlannedRow(record, State.FAULTY, faults=error.faults)
    if case.id in seen:
        place = seen[case.id]
        message = Text(de=f"{case.id} steht schon in {place}", en=f"{case.id} stands in {place} already")
        return PlannedRow(record, State.FAULTY, faults=(Fault("id", message),))
    seen[case.id] = record.place
    known = lookup(case.id)
    if known is None:
        return PlannedRow(record, State.NEW, case)
    old, new = known.to_record(), case.to_record()
    # A spreadsheet knows one kind of number: 12 that comes back as 12.0 is no change.
    if old == new:
        return PlannedRow(record, State.UNCHANGED, case)
    return PlannedRow(record, State.CHANGED, case, difference(old, new))
