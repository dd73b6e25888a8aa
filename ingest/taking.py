"""The rows of a file to proposals, once somebody has seen what they would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.plan import AT_ONCE, PlannedRow, State, standing
from kb.case import Case
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


def take(seen: Sequence[Seen], store: CaseStore, actor: Actor, *, submit: bool) -> int:
    """Make a proposal of each row, or bring the one that holds an earlier state of it to the new one; all or none.

    Returns how many. Raises Moved where a row would not do any more what the person saw; Forbidden.
    """
    with store.transaction():
        now = standings(seen, store, actor)
        moved = sum(_moved(before, after) for before, after in zip(seen, now, strict=True))
        if moved:
            raise Moved(now, moved)
        for before in seen:
            if before.proposal is not None:
                store.proposals.bring_again(*before.proposal, before.case, actor, submit=submit)
        fresh = [before.case for before in seen if before.proposal is None]
        store.proposals.bring_in(fresh, actor, "file", submit=submit)
    return len(seen)


def standings(seen: Sequence[Seen], store: CaseStore, actor: Actor) -> list[PlannedRow]:
    """Return what each row would do now. A twin stays one: its id is still new."""
    found: list[PlannedRow] = []
    for start in range(0, len(seen), AT_ONCE):
        part = seen[start : start + AT_ONCE]
        proposals = store.proposals.known([entry.case.id for entry in part], actor)
        for entry in part:
            row = standing(
                replace(entry.row, differences=(), proposal=None),
                entry.case,
                store.get,
                proposals.get(entry.case.id, ()),
                store.proposals.is_taken,
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
