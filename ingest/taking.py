"""The rows of a file to proposals, once somebody has seen what they would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ingest.plan import PlannedRow, State, standing
from kb.case import Case
from kb.file_proposals import FileProposals, Known, Outdated
from kb.permissions import Actor
from kb.store import CaseStore

TAKEN = (State.NEW, State.CHANGED)
"""What is taken; twins only where a person wants them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as a person saw it: what it would do, and the proposal (id and version) that it would change."""

    row: PlannedRow
    case: Case
    proposal: tuple[int, int] | None = None


class Moved(Exception):
    """Something has changed since the person looked. `rows` say what each would do now; nothing was taken."""

    def __init__(self, rows: Sequence[PlannedRow], moved: int) -> None:
        super().__init__(f"{moved} rows")
        self.rows, self.moved = rows, moved


def take(
    seen: Sequence[Seen],
    store: CaseStore,
    actor: Actor,
    *,
    submit: bool,
    note: Callable[[int], object] = lambda taken: None,
) -> int:
    """Make a proposal of each row, or bring the one that holds an earlier state of it to the new one; all or none.

    Returns how many, and tells `note` inside the transaction. Everything that takes time is done before the write
    lock is taken, and done again where somebody has changed something about one of these rows in between.
    Raises Moved where a row would not do any more what the person saw; Forbidden.
    """
    files = FileProposals(store)
    fresh = [entry.case for entry in seen if entry.proposal is None]
    again = [(*entry.proposal, entry.case) for entry in seen if entry.proposal is not None]
    while True:
        snapshot = files.snapshot([entry.case.id for entry in seen], actor)
        now = standings(seen, snapshot.known(store.taxonomy))
        if moved := sum(_moved(before, after) for before, after in zip(seen, now, strict=True)):
            raise Moved(now, moved)
        with suppress(Outdated):
            batch = files.prepare(snapshot, fresh, again, "file", submit=submit)
            with store.transaction():
                taken = files.write(batch)
                note(taken)
            return taken


def standings(seen: Sequence[Seen], known: Known) -> list[PlannedRow]:
    """Return what each row would do given what is `known`. A twin stays one: its id is still new."""
    found: list[PlannedRow] = []
    for entry in seen:
        row = standing(
            replace(entry.row, differences=(), proposal=None),
            entry.case,
            known.published.get,
            known.proposals.get(entry.case.id, ()),
            known.taken.__contains__,
        )
        same = row.state is State.NEW and entry.row.state is State.TWIN
        found.append(replace(row, state=State.TWIN) if same else row)
    return found


def _moved(before: Seen, after: PlannedRow) -> bool:
    proposal = (after.proposal.id, after.proposal.version) if after.proposal else None
    # A case that was published anew in between would lose that edit to a file that knows nothing of it.
    differs = _plain(after) != _plain(before.row)
    return after.state is not before.row.state or proposal != before.proposal or differs


def _plain(row: PlannedRow) -> list[tuple[str, object, object]]:
    return [(difference.field, difference.old, difference.new) for difference in row.differences]
