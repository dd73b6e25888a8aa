"""Files into the store: read, validate, publish; one transaction a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.checking import case_of
from ingest.mapping import records_of
from ingest.readers import RawRecord, UnreadableFile, load
from kb.case import Case
from kb.errors import Fault, Faulty
from kb.permissions import OPERATOR
from kb.review import COLLECTION, AcceptedCase, accept_from_collection, accept_from_file
from kb.store import CaseStore, Outcome
from kb.taxonomy import Taxonomy
from kb.text import Text


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file: an outcome for each case, or everything that is wrong with it.

    `notices` say what of the file was not taken over, such as a column that no field takes.
    """

    file: Path
    outcomes: tuple[tuple[str, Outcome], ...] = ()
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "file": self.file.name,
            "cases": {case_id: outcome.value for case_id, outcome in self.outcomes},
            "faults": [{"field": f.field, "de": f.message["de"], "en": f.message["en"]} for f in self.faults],
        }


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of every file of one run."""

    files: tuple[FileReport, ...]

    def counts(self) -> dict[str, int]:
        """Return the number of cases by outcome, and of `faulty` files."""
        found = Counter(outcome.value for file in self.files for _, outcome in file.outcomes)
        faulty = sum(bool(file.faults) for file in self.files)
        return {**{outcome.value: found[outcome.value] for outcome in Outcome}, "faulty": faulty}


class _DryRun(Exception):
    """Leaves a transaction without keeping it."""


def ingest(
    files: Sequence[Path],
    store: CaseStore,
    origin: str,
    *,
    dry_run: bool = False,
    progress: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> IngestReport:
    """Bring the cases of `files` into `store`, with `origin` in their history.

    A second run over the same files changes nothing. With `dry_run` the report is the same and nothing is kept.
    """
    seen: dict[str, Path] = {}
    return IngestReport(tuple(_file(file, store, origin, seen, dry_run) for file in progress(files)))


def _file(file: Path, store: CaseStore, origin: str, seen: dict[str, Path], dry_run: bool) -> FileReport:
    try:
        found = records_of(load(file), store.taxonomy)
    except UnreadableFile as error:
        return FileReport(file, faults=error.faults)
    cases, faults = read_cases(found.records, store.taxonomy, seen)
    if faults:
        return FileReport(file, faults=tuple(faults), notices=found.notices)
    seen |= {case.id: file for case in cases}
    outcomes: list[tuple[str, Outcome]] = []
    try:
        with store.transaction():
            outcomes += [(case.id, store.publish(_accepted(case, origin))) for case in cases]
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except Faulty as error:
        return FileReport(file, faults=error.faults, notices=found.notices)
    return FileReport(file, tuple(outcomes), notices=found.notices)


def _accepted(case: Case, origin: str) -> AcceptedCase:
    """Return the case as accepted: shipped ones were reviewed, others are vouched for by whoever runs the program."""
    return accept_from_collection(case) if origin == COLLECTION else accept_from_file(case, OPERATOR)


def read_cases(
    records: Sequence[RawRecord], taxonomy: Taxonomy, seen: Mapping[str, Path]
) -> tuple[list[Case], list[Fault]]:
    """Return the cases that `records` describe, and every fault of all of them.

    `seen` holds the ids of the files before: one id in two places of one run is a fault.
    """
    cases: list[Case] = []
    faults: list[Fault] = []
    seen = dict(seen)
    several = len(records) > 1
    for record in records:
        try:
            case = case_of(record, taxonomy)
        except Faulty as error:
            faults += [Fault(record.at(f.field) if several else f.field, f.message) for f in error.faults]
            continue
        if case.id in seen:
            other = seen[case.id].name
            message = Text(de=f"{case.id} steht schon in {other}", en=f"{case.id} stands in {other} already")
            faults.append(Fault(record.at("id") if several else "id", message))
        else:
            seen[case.id] = record.file
            cases.append(case)
    return cases, faults
