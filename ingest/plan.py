"""A dry run over the records of one file: what each would do, before anything is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ingest.checking import case_of
from ingest.duplicates import Marks, Twin, TwinFinder
from ingest.readers.types import RawRecord, Records
from kb.case import Case
from kb.difference import FieldChange, difference
from kb.errors import Fault, Faulty
from kb.proposal import OPEN
from kb.proposal_reader import KnownProposal
from kb.taxonomy import Taxonomy
from kb.text import Text

AT_ONCE = 250
"""Records between two reports of progress; as many are compared with all others at a time."""
MOST_TWINS = 5
"""The most twins that are named for a row: in a file of thousands that one hand wrote all may be alike."""
Lookup = Callable[[str], Case | None]
Waiting = Callable[[Sequence[str]], Mapping[str, Sequence[KnownProposal]]]
Progress = Callable[[int, int], Any]


class State(Enum):
    """What a record would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    TWIN = "twin"
    """Its id is new, yet it is likely a case that is here already, or stands further up in the file."""
    PENDING = "pending"
    """Somebody is at work on a proposal with its id: a further one would only be in their way."""
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One record of the file with what it would do. `case` is None where it is faulty, and only there.

    `proposal` is the one that holds it already, that it would change, or that is in its way.
    """

    record: RawRecord
    state: State
    case: Case | None = None
    differences: tuple[FieldChange, ...] = ()
    twins: tuple[Twin, ...] = ()
    faults: tuple[Fault, ...] = ()
    proposal: KnownProposal | None = None

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
            "proposal": self.proposal.id if self.proposal else None,
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
    progress: Progress = lambda done, of: None,
    *,
    waiting: Waiting = lambda case_ids: {},
    is_taken: Callable[[str], bool] = lambda case_id: False,
) -> Plan:
    """Return what `records` would do; nothing is stored.

    `lookup` gives the published case with an id (`CaseStore.get`), `is_taken` tells ids that no case may have again,
    `waiting` gives the proposals with some ids (`ProposalReader.known`). `twins` looks among the published cases, and
    says how the rows of the file are compared with each other; without it that is by names and addresses alone.
    `progress` is told how many of all records are done, every AT_ONCE records: half for reading them, a quarter for
    comparing them with what is published, a quarter for comparing them with each other.
    """
    total = len(records.records)
    rows: list[PlannedRow] = []
    seen: dict[str, str] = {}
    for at in range(0, total, AT_ONCE):
        found = [_read(record, taxonomy, seen) for record in records.records[at : at + AT_ONCE]]
        proposals = waiting([row.case.id for row in found if row.case is not None])
        rows += [
            row if row.case is None else standing(row, row.case, lookup, proposals.get(row.case.id, ()), is_taken)
            for row in found
        ]
        progress(len(rows) // 2, total)
    published = twins or TwinFinder((), None)
    new = [at for at, row in enumerate(rows) if row.state is State.NEW]
    marks: list[Marks] = []
    stored: list[tuple[Twin, ...]] = []
    for start in range(0, len(new), AT_ONCE):
        asked = published.marks([_record_of(rows[at]) for at in new[start : start + AT_ONCE]])
        marks += asked
        stored += published.find_marked(asked)
        progress(total // 2 + len(marks) // 4, total)
    among = TwinFinder(marks, None)
    for start in range(0, len(new), AT_ONCE):
        end = min(start + AT_ONCE, len(new))
        # Of two rows that are one case the first is new and the second its twin.
        for at, here, earlier in zip(new[start:end], stored[start:end], among.above(start, end), strict=True):
            if here or earlier:
                rows[at] = replace(rows[at], state=State.TWIN, twins=_merged(here, earlier))
        progress(total // 2 + len(new) // 4 + end // 4, total)
    progress(total, total)
    return Plan(tuple(rows), records.notices)


def _merged(first: Sequence[Twin], second: Sequence[Twin]) -> tuple[Twin, ...]:
    return tuple(sorted((*first, *second), key=lambda twin: (-twin.score, twin.case_id))[:MOST_TWINS])


def _record_of(row: PlannedRow) -> Mapping[str, Any]:
    assert row.case is not None
    return row.case.to_record()


def _read(record: RawRecord, taxonomy: Taxonomy, seen: dict[str, str]) -> PlannedRow:
    """Return the row with its case, or with what is wrong with it."""
    try:
        case = case_of(record, taxonomy)
    except Faulty as error:
        return PlannedRow(record, State.FAULTY, faults=error.faults)
    if case.id in seen:
        place = seen[case.id]
        return _faulty(record, Text(de=f"{case.id} steht schon in {place}", en=f"{case.id} stands in {place} already"))
    seen[case.id] = record.place
    return PlannedRow(record, State.NEW, case)


def standing(
    row: PlannedRow,
    case: Case,
    lookup: Lookup,
    proposals: Sequence[KnownProposal],
    is_taken: Callable[[str], bool],
) -> PlannedRow:
    """Return `row` with what its `case` would do, given what is published and the `proposals` with its id.

    What came by a file before is no change, even where people have edited, rejected or published it since.
    """
    published = lookup(case.id)
    if published is None and is_taken(case.id):
        return _faulty(
            row.record,
            Text(de=f"{case.id} hatte ein Fall, der zurückgezogen ist", en=f"{case.id} was that of a retired case"),
        )
    if published is not None and published.id != case.id:
        return _faulty(row.record, Text(de=f"heißt jetzt {published.id}", en=f"is called {published.id} now"))
    if published is None and not proposals:
        return replace(row, state=State.NEW)
    new = case.to_record()
    # A spreadsheet knows one kind of number: 12 that comes back as 12.0 is no change.
    if published is not None and published.to_record() == new:
        return replace(row, state=State.UNCHANGED)
    open_ones = [proposal for proposal in proposals if proposal.state in OPEN]
    settled = [proposal for proposal in proposals if proposal.state not in OPEN][-1:]
    for proposal in [*open_ones, *settled]:
        if new == proposal.original or (proposal in open_ones and new == proposal.record):
            return replace(row, state=State.UNCHANGED, proposal=proposal)
    for proposal in open_ones:
        # Only what came by a file and has not been touched since may be written over by the next file.
        if not proposal.is_own or proposal.by_others or proposal.record != proposal.original:
            return replace(row, state=State.PENDING, proposal=proposal)
    if open_ones:
        last = open_ones[-1]
        return replace(row, state=State.CHANGED, proposal=last, differences=difference(last.record, new))
    if published is not None:
        return replace(row, state=State.CHANGED, differences=difference(published.to_record(), new))
    return replace(row, state=State.NEW)


def _faulty(record: RawRecord, message: Text) -> PlannedRow:
    return PlannedRow(record, State.FAULTY, faults=(Fault("id", message),))
