"""Proposals from files: written thousands at a time, and no other than those that are made one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.plan import PlannedRow
from ingest.plan import State as RowState
from ingest.readers import RawRecord
from ingest.taking import Moved, Seen, take
from kb.audit import Audit
from kb.case import Case
from kb.errors import Forbidden, InvalidCase
from kb.file_proposals import FileProposals, Outdated, Snapshot
from kb.permissions import Actor, Role
from kb.proposal import Action, Proposal, State
from kb.review import Refused
from kb.store import CaseStore
from kb.taxonomy import Taxonomy, shipped_taxonomy
from tests.proposals import CONTRIBUTOR, CURATOR, READER, Hands, by_hand
from tests.strategies import complete_record


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite"


@pytest.fixture
def store(file: Path, taxonomy: Taxonomy) -> Iterator[CaseStore]:
    with CaseStore(file, taxonomy, Hands()) as store:
        yield store


def case(case_id: str, **changes: Any) -> Case:
    return Case.from_record(complete_record(id=case_id, **changes), shipped_taxonomy())


def bring_in(
    store: CaseStore,
    fresh: Sequence[Case],
    again: Sequence[tuple[int, int, Case]] = (),
    actor: Actor = CONTRIBUTOR,
    submit: bool = True,
) -> int:
    files = FileProposals(store)
    snapshot = files.snapshot([case.id for case in fresh] + [case.id for _, _, case in again], actor)
    return files.write(files.prepare(snapshot, fresh, again, "file", submit=submit))


def everything(store: CaseStore) -> Any:
    """All proposals with their versions, and what the audit says, whoever wrote them."""
    ids = sorted(line.id for line in store.proposals.lines(limit=-1))
    audit = [(e.actor, e.action, e.subject, e.subject_id, e.detail) for e in Audit(store.database).export()]
    return (
        [store.proposals.get(one) for one in ids],
        [store.proposals.versions(one) for one in ids],
        sorted(audit, key=lambda entry: (int(entry[3]) if entry[3].isdigit() else 0, entry[1])),
    )


def one_by_one(store: CaseStore, fresh: Sequence[Case], submit: bool) -> None:
    for case in fresh:
        record = case.to_record()
        base = case.id if store.get(case.id) else None
        made = store.proposals.create(record, CONTRIBUTOR, "file", case_id=base, original=record)
        if submit:
            store.proposals.act(made.id, made.version, Action.PROPOSE, CONTRIBUTOR)


@pytest.mark.parametrize("submit", [True, False])
def test_many_at_once_are_the_same_as_one_by_one(store: CaseStore, tmp_path: Path, submit: bool) -> None:
    odd = {"de": 'Ofen "A" \\ 🔥 ß', "en": "Oven 'B'\n\nsecond line, 100 %"}
    fresh = [case("b", year=2019), case("a", summary=odd), case("published", place="Bremen")]
    with CaseStore(tmp_path / "other.sqlite", store.taxonomy, Hands()) as other:
        for one in (store, other):
            one.publish(by_hand(case("published")))
        assert bring_in(store, fresh, submit=submit) == 3
        one_by_one(other, fresh, submit)
        assert everything(store) == everything(other)


@pytest.mark.parametrize("submit", [True, False])
@pytest.mark.parametrize("before", [State.DRAFT, State.PROPOSED, State.SENT_BACK])
def test_a_newer_file_brings_its_proposals_on_as_a_person_would(
    store: CaseStore, tmp_path: Path, before: State, submit: bool
) -> None:
    newer, same = case("a", year=2020), case("b")
    with CaseStore(tmp_path / "other.sqlite", store.taxonomy, Hands()) as other:
        for one in (store, other):
            one_by_one(one, [case("a"), case("b")], before is not State.DRAFT)
            if before is State.SENT_BACK:
                for made in (1, 2):
                    one.proposals.act(made, 2, Action.SEND_BACK, CURATOR, "Quelle?")
        again = [(made, store.proposals.get(made).version, case) for made, case in ((1, newer), (2, same))]
        assert bring_in(store, [], again, submit=submit) == 2
        for made, version, one in again:
            saved = other.proposals.save(made, version, one.to_record(), CONTRIBUTOR)
            if submit and saved.state is not State.PROPOSED:
                other.proposals.act(made, saved.version, Action.PROPOSE, CONTRIBUTOR)
        found, versions, audit = everything(store)
        expected, *rest = everything(other)
        assert [proposal.original for proposal in found] == [newer.to_record(), same.to_record()]
        assert [_without_original(one) for one in found] == [_without_original(one) for one in expected]
        assert [versions, audit] == rest


def _without_original(proposal: Proposal) -> dict[str, Any]:
    return {name: getattr(proposal, name) for name in proposal.__dataclass_fields__ if name != "original"}


def test_new_ones_and_those_that_are_there_go_in_one_transaction(store: CaseStore) -> None:
    one_by_one(store, [case("a")], True)
    assert bring_in(store, [case("b")], [(1, 2, case("a", year=2020))]) == 2
    assert [store.proposals.get(made).record["id"] for made in (1, 2)] == ["a", "b"]
    assert store.proposals.get(1).record["year"] == 2020


@pytest.mark.parametrize("what", ["a save", "a new proposal", "a publication", "another original"])
def test_what_was_prepared_is_not_written_over_a_change(store: CaseStore, file: Path, what: str) -> None:
    one_by_one(store, [case("a")], True)
    files = FileProposals(store)
    snapshot = files.snapshot(["a", "b"], CURATOR)
    batch = files.prepare(snapshot, [case("b")], [(1, 2, case("a", year=2020))], "file", submit=True)
    with CaseStore(file, store.taxonomy, Hands()) as other:
        if what == "a save":
            other.proposals.save(1, 2, complete_record(id="a", year=2017), CONTRIBUTOR)
        elif what == "a new proposal":
            other.proposals.create(complete_record(id="b"), CONTRIBUTOR, "form")
        elif what == "a publication":
            other.publish(by_hand(case("b")))
        else:
            with other.transaction():
                other.database.run("UPDATE proposal_origins SET original = '{}' WHERE proposal = 1")
        before = everything(other)
        with pytest.raises(Outdated):
            files.write(batch)
        assert everything(other) == before


def test_what_others_do_elsewhere_is_no_change(store: CaseStore, file: Path) -> None:
    files = FileProposals(store)
    batch = files.prepare(files.snapshot(["a"], CONTRIBUTOR), [case("a")], [], "file", submit=True)
    with CaseStore(file, store.taxonomy, Hands()) as other:
        other.proposals.create(complete_record(id="else"), CURATOR, "form")
        # The draft of somebody else is nobody's business, so it changes nothing for this person either.
        other.proposals.create(complete_record(id="a"), CURATOR, "form")
    assert files.write(batch) == 1


def test_a_proposal_that_others_moved_meanwhile_is_not_prepared(store: CaseStore) -> None:
    one_by_one(store, [case("a")], False)
    files = FileProposals(store)
    with pytest.raises(Outdated):
        files.prepare(files.snapshot(["a"], CONTRIBUTOR), [], [(1, 7, case("a"))], "file", submit=True)


def test_whoever_may_not_is_refused(store: CaseStore) -> None:
    one_by_one(store, [case("a")], False)
    with pytest.raises(Forbidden):
        bring_in(store, [case("b")], actor=READER)
    with pytest.raises(Refused):
        bring_in(store, [], [(1, 1, case("a", year=2020))], actor=Actor("stranger", Role.CONTRIBUTOR))


def test_an_id_that_another_case_has_got_is_a_fault(store: CaseStore) -> None:
    one_by_one(store, [case("a")], False)
    store.publish(by_hand(case("a", year=2001)))
    with pytest.raises(InvalidCase, match="is taken already"):
        bring_in(store, [], [(1, 1, case("a", year=2020))])
    assert bring_in(store, [], [(1, 1, case("a", year=2020))], submit=False) == 1


def test_a_file_that_breaks_off_leaves_nothing(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    one_by_one(store, [case("a")], True)
    keep, told = Audit.record_many, []

    def full(self: Audit, *anything: Any) -> None:
        keep(self, *anything)
        told.append(anything)
        if len(told) == 3:
            raise OSError("no space left")

    store.proposals.act(1, 2, Action.SEND_BACK, CURATOR, "Quelle?")
    monkeypatch.setattr(Audit, "record_many", full)
    before = everything(store)
    with pytest.raises(OSError, match="no space"):
        bring_in(store, [case("b"), case("c")], [(1, 3, case("a", year=2020))])
    assert everything(store) == before


def seen(case: Case, proposal: tuple[int, int] | None = None) -> Seen:
    return Seen(PlannedRow(RawRecord(Path(), 0, case.to_record()), RowState.NEW, case), case, proposal)


def test_everybody_else_may_write_while_a_file_is_prepared(
    store: CaseStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = store.proposals.create({"year": 1}, CURATOR, "form")
    prepare, saved = FileProposals.prepare, []

    def slow(self: FileProposals, *anything: Any, **named: Any) -> Any:
        with CaseStore(file, store.taxonomy, Hands()) as other:
            # On a lock that is held this would wait for half a minute and then fail.
            saved.append(other.proposals.save(draft.id, draft.version + len(saved), {"year": len(saved)}, CURATOR))
        return prepare(self, *anything, **named)

    monkeypatch.setattr(FileProposals, "prepare", slow)
    assert take([seen(case("a")), seen(case("b"))], store, CONTRIBUTOR, submit=True) == 2
    assert len(saved) == 1
    assert store.proposals.counts()[State.PROPOSED] == 2


def test_what_changes_in_the_last_moment_is_seen_and_nothing_is_taken(
    store: CaseStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, asked = FileProposals.prepare, []

    def overtaken(self: FileProposals, snapshot: Snapshot, *anything: Any, **named: Any) -> Any:
        batch = prepare(self, snapshot, *anything, **named)
        asked.append(snapshot)
        with CaseStore(file, store.taxonomy, Hands()) as other:
            other.publish(by_hand(case("b", year=2001)))
        return batch

    monkeypatch.setattr(FileProposals, "prepare", overtaken)
    with pytest.raises(Moved) as caught:
        take([seen(case("a")), seen(case("b"))], store, CONTRIBUTOR, submit=True)
    assert [row.state for row in caught.value.rows] == [RowState.NEW, RowState.CHANGED]
    assert len(asked) == 1
    assert store.proposals.lines() == []


def test_what_changes_and_makes_no_difference_is_looked_at_again_and_taken(
    store: CaseStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, asked = FileProposals.prepare, []

    def overtaken(self: FileProposals, snapshot: Snapshot, *anything: Any, **named: Any) -> Any:
        batch = prepare(self, snapshot, *anything, **named)
        asked.append(snapshot)
        if len(asked) == 1:
            with CaseStore(file, store.taxonomy, Hands()) as other:
                one_by_one(other, [case("a")], True)
                other.proposals.act(1, 2, Action.REJECT, CURATOR, "Doppelt.")
        return batch

    monkeypatch.setattr(FileProposals, "prepare", overtaken)
    assert take([seen(case("a", year=2020))], store, CONTRIBUTOR, submit=True) == 1
    assert len(asked) == 2
