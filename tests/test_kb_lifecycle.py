"""Accepted, published, retired, restored: each step whole or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.acceptance import Criterion
from kb.audit import Audit
from kb.case import Case, CaseId
from kb.errors import Forbidden, InvalidCase, NotFound
from kb.filters import Filters
from kb.lifecycle import InvalidRequest, Lifecycle, Tombstone
from kb.links import LinkChecks, Tried
from kb.permissions import Actor
from kb.proposal import Action, Proposal, State
from kb.proposals import EditConflict
from kb.review import NotAcceptable, Refusal, Refused
from kb.store import CaseMoved, CaseStore, Change, Outcome
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import Text
from tests.proposals import CONTRIBUTOR, CURATOR, SECOND_CURATOR, Hands, by_hand
from tests.strategies import PROPERTY, case_records, complete_record

ALL = tuple(Criterion)
ROOT = Path(__file__).parent.parent
CLOSED = Text(de="Das Werk wurde geschlossen.", en="The plant was closed.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite"


@pytest.fixture
def store(file: Path, taxonomy: Taxonomy) -> Iterator[CaseStore]:
    with CaseStore(file, taxonomy, Hands()) as store:
        yield store


@pytest.fixture
def lifecycle(store: CaseStore) -> Lifecycle:
    return Lifecycle(store)


def case(case_id: str, **changes: Any) -> Case:
    return Case.from_record(complete_record(id=case_id, **changes), shipped_taxonomy())


def content(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def proposed(store: CaseStore, record: dict[str, Any], case_id: str | None = None) -> Proposal:
    made = store.proposals.create(record, CONTRIBUTOR, "form", case_id=CaseId(case_id) if case_id else None)
    return store.proposals.act(made.id, made.version, Action.PROPOSE, CONTRIBUTOR)


# Accepting


def test_accepting_publishes_with_revision_change_audit_and_thread(store: CaseStore, lifecycle: Lifecycle) -> None:
    new = proposed(store, complete_record(id="a"))
    published, outcome = lifecycle.accept(
        new.id, new.version, CURATOR, four_eyes=True, confirmed=ALL, reason="Gut belegt."
    )
    assert outcome is Outcome.NEW
    assert store.get("a") == case("a")
    assert store.changes_after(0) == [Change(1, "a", "published")]
    (revision,) = store.revisions("a")
    assert (revision.origin, revision.by, revision.proposal) == ("review", "kurt", new.id)
    assert (published.state, published.case_id, published.base_revision) == (State.PUBLISHED, "a", 1)
    assert (published.events[-1].action, published.events[-1].reason) == (Action.ACCEPT, "Gut belegt.")
    log = {entry.action: entry for entry in Audit(store.database).entries()}
    assert log["publish"].detail == {"origin": "review", "proposal": new.id, "revision": 1}
    assert log["confirm"].detail["criteria"] == sorted(ALL)


def test_accepting_again_changes_nothing(store: CaseStore, lifecycle: Lifecycle, file: Path) -> None:
    new = proposed(store, complete_record(id="a"))
    lifecycle.accept(new.id, new.version, CURATOR, four_eyes=False, confirmed=ALL)
    store.publish(by_hand(case("a", year=2020)))
    before = content(file)
    for actor, version in ((CURATOR, new.version), (SECOND_CURATOR, 99)):
        again, outcome = lifecycle.accept(new.id, version, actor, four_eyes=True, confirmed=())
        assert (again.state, outcome) == (State.PUBLISHED, Outcome.UNCHANGED)
    assert content(file) == before


@PROPERTY
@given(case_records(), st.integers(1, 3))
def test_any_case_comes_through_the_review_and_accepting_more_often_is_no_change(
    record: dict[str, Any], more: int
) -> None:
    with CaseStore(None, shipped_taxonomy(), Hands()) as store:
        for source in record["sources"]:
            source.pop("checked", None)
        new = proposed(store, record)
        accept = Lifecycle(store).accept
        assert accept(new.id, new.version, CURATOR, four_eyes=True, confirmed=ALL)[1] is Outcome.NEW
        for _ in range(more):
            assert accept(new.id, new.version, CURATOR, four_eyes=True, confirmed=ALL)[1] is Outcome.UNCHANGED
        assert store.get(record["id"]) == Case.from_record(record, shipped_taxonomy())
        assert store.last_change() == len(store.revisions(record["id"])) == 1


def test_what_is_refused_leaves_the_database_as_it_was(store: CaseStore, lifecycle: Lifecycle, file: Path) -> None:
    new = proposed(store, complete_record(id="a"))
    before = content(file)
    with pytest.raises(Refused) as caught:
        lifecycle.accept(new.id, new.version, CONTRIBUTOR, four_eyes=False, confirmed=ALL)
    assert caught.value.refusal is Refusal.PARTY
    with pytest.raises(EditConflict):
        lifecycle.accept(new.id, new.version - 1, CURATOR, four_eyes=False, confirmed=ALL)
    with pytest.raises(NotAcceptable):
        lifecycle.accept(new.id, new.version, CURATOR, four_eyes=False)
    with pytest.raises(NotFound):
        lifecycle.accept(99, 1, CURATOR, four_eyes=False)
    assert content(file) == before


def test_four_eyes_hold_for_a_curator_who_mended_a_word(store: CaseStore, lifecycle: Lifecycle) -> None:
    new = proposed(store, complete_record(id="a"))
    mended = store.proposals.save(new.id, new.version, complete_record(id="a", year=2020), CURATOR)
    with pytest.raises(Refused) as caught:
        lifecycle.accept(new.id, mended.version, CURATOR, four_eyes=True, confirmed=ALL)
    assert caught.value.refusal is Refusal.OWN
    lifecycle.accept(new.id, mended.version, SECOND_CURATOR, four_eyes=True, confirmed=ALL)
    assert store.get("a") == case("a", year=2020)


def test_of_two_curators_who_accept_at_once_one_publishes_and_neither_is_told_off(
    store: CaseStore, file: Path, taxonomy: Taxonomy
) -> None:
    new = proposed(store, complete_record(id="a"))
    start = threading.Barrier(2)

    def accept(actor: Actor) -> Outcome:
        with CaseStore(file, taxonomy) as own:
            start.wait()
            return Lifecycle(own).accept(new.id, new.version, actor, four_eyes=True, confirmed=ALL)[1]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(accept, (CURATOR, SECOND_CURATOR)))
    assert sorted(outcome.value for outcome in outcomes) == ["new", "unchanged"]
    assert len(store.revisions("a")) == 1


def test_a_source_checked_today_east_of_here_was_not_checked_in_the_future(
    store: CaseStore, lifecycle: Lifecycle
) -> None:
    def checked(case_id: str, day: str) -> Outcome:
        record = complete_record(id=case_id)
        record["sources"][0]["checked"] = day
        new = proposed(store, record)
        return lifecycle.accept(new.id, new.version, CURATOR, four_eyes=False, confirmed=ALL)[1]

    assert checked("a", "2026-02-02") is Outcome.NEW
    with pytest.raises(NotAcceptable):
        checked("b", "2026-02-03")


def test_a_link_that_answered_needs_no_confirmation(store: CaseStore, lifecycle: Lifecycle) -> None:
    new = proposed(store, complete_record(id="a"))
    LinkChecks(store.database).record([Tried("https://example.org/heat", True, 200, None)], CURATOR)
    assert lifecycle.accept(new.id, new.version, CURATOR, four_eyes=False)[1] is Outcome.NEW


def test_an_edit_of_a_state_that_is_gone_overwrites_nothing(store: CaseStore, lifecycle: Lifecycle) -> None:
    store.publish(by_hand(case("a")))
    edit = proposed(store, complete_record(id="a", year=2020), "a")
    store.publish(by_hand(case("a", place="Bonn")))
    with pytest.raises(CaseMoved) as caught:
        lifecycle.accept(edit.id, edit.version, CURATOR, four_eyes=False, confirmed=ALL)
    assert (caught.value.expected, caught.value.revision) == (1, 2)
    assert store.get("a") == case("a", place="Bonn")
    record = complete_record(id="a", year=2020, place="Bonn")
    merged = store.proposals.save(edit.id, edit.version, record, CONTRIBUTOR, onto=2)
    lifecycle.accept(edit.id, merged.version, CURATOR, four_eyes=False, confirmed=ALL)
    assert store.get("a") == case("a", year=2020, place="Bonn")


def test_two_proposals_for_the_same_new_id_do_not_overwrite_each_other(store: CaseStore, lifecycle: Lifecycle) -> None:
    one, two = (proposed(store, complete_record(id="a", year=year)) for year in (2018, 2020))
    lifecycle.accept(one.id, one.version, CURATOR, four_eyes=False, confirmed=ALL)
    with pytest.raises(InvalidCase, match="a is taken already"):
        lifecycle.accept(two.id, two.version, CURATOR, four_eyes=False, confirmed=ALL)
    assert store.get("a") == case("a", year=2018)


# Retiring and restoring


def test_a_retired_case_leaves_a_tombstone_and_a_change_that_an_index_follows(
    store: CaseStore, lifecycle: Lifecycle
) -> None:
    for case_id in "ab":
        store.publish(by_hand(case(case_id)))
    lifecycle.add_alias("old-a", "a", CURATOR)
    stone = lifecycle.retire("a", CLOSED, CURATOR, successor="b")
    assert stone == Tombstone(CaseId("a"), case("a").title, CLOSED, CaseId("b"), "2026-02-01T12:00:00+00:00")
    assert lifecycle.tombstone("a") == lifecycle.tombstone("old-a") == stone
    assert store.get("a") is None
    assert store.matching(Filters()) == {"b"}
    assert store.changes_after(2) == [Change(3, "a", "retired")]
    assert [(revision.origin, revision.by) for revision in store.revisions("a")] == [
        ("file", "kurt"),
        ("retired", "kurt"),
    ]
    entry = Audit(store.database).entries()[0]
    assert (entry.action, entry.subject_id, entry.detail["successor"]) == ("retire", "a", "b")


def test_retiring_again_mends_the_tombstone_and_nothing_else(store: CaseStore, lifecycle: Lifecycle) -> None:
    for case_id in "ab":
        store.publish(by_hand(case(case_id)))
    lifecycle.retire("a", CLOSED, CURATOR)
    seq = store.last_change()
    assert lifecycle.retire("a", Text(en="Merged."), CURATOR, "b").successor == "b"
    assert store.last_change() == seq
    assert len(store.revisions("a")) == 2


@pytest.mark.parametrize("successor", ["a", "gone", "retired"])
def test_a_successor_is_another_published_case(store: CaseStore, lifecycle: Lifecycle, successor: str) -> None:
    for case_id in ("a", "retired"):
        store.publish(by_hand(case(case_id)))
    lifecycle.retire("retired", CLOSED, CURATOR)
    with pytest.raises(InvalidRequest) as caught:
        lifecycle.retire("a", CLOSED, CURATOR, successor)
    assert caught.value.by_field("en") == {"successor": ["is no other published case"]}
    assert store.get("a") is not None


def test_there_is_no_tombstone_of_what_is_public_or_never_was(store: CaseStore, lifecycle: Lifecycle) -> None:
    store.publish(by_hand(case("a")))
    assert lifecycle.tombstone("a") is None
    assert lifecycle.tombstone("never-was") is None


def test_an_edit_begun_before_does_not_bring_a_retired_case_back(store: CaseStore, lifecycle: Lifecycle) -> None:
    store.publish(by_hand(case("a")))
    edit = proposed(store, complete_record(id="a", year=2020), "a")
    lifecycle.retire("a", CLOSED, CURATOR)
    with pytest.raises(CaseMoved):
        lifecycle.accept(edit.id, edit.version, CURATOR, four_eyes=False, confirmed=ALL)
    assert store.get("a") is None


def test_an_earlier_state_is_restored_as_a_new_revision(store: CaseStore, lifecycle: Lifecycle) -> None:
    for year in (2018, 2020):
        store.publish(by_hand(case("a", year=year)))
    assert lifecycle.restore("a", 1, CURATOR) is Outcome.CHANGED
    assert store.get("a") == case("a", year=2018)
    assert [revision.origin for revision in store.revisions("a")] == ["file", "file", "restored"]
    assert lifecycle.restore("a", 1, CURATOR) is Outcome.UNCHANGED


def test_restoring_brings_a_retired_case_back_and_takes_the_tombstone_away(
    store: CaseStore, lifecycle: Lifecycle
) -> None:
    store.publish(by_hand(case("a")))
    lifecycle.retire("a", CLOSED, CURATOR)
    assert lifecycle.restore("a", 1, CURATOR) is Outcome.CHANGED
    assert lifecycle.tombstone("a") is None
    assert store.matching(Filters(sector=("C24",))) == {"a"}


def test_the_database_of_the_first_version_may_hold_a_retired_case_without_a_reason(
    store: CaseStore, lifecycle: Lifecycle, file: Path
) -> None:
    store.publish(by_hand(case("a")))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE cases SET state = 'retired'")
    stone = lifecycle.tombstone("a")
    assert stone is not None
    assert stone.reason["en"] == "No reason was recorded."


def test_steps_need_a_curator_and_something_to_step_on(store: CaseStore, lifecycle: Lifecycle) -> None:
    store.publish(by_hand(case("a")))
    for refused in (
        lambda: lifecycle.retire("a", CLOSED, CONTRIBUTOR),
        lambda: lifecycle.restore("a", 1, CONTRIBUTOR),
        lambda: lifecycle.add_alias("b", "a", CONTRIBUTOR),
    ):
        with pytest.raises(Forbidden):
            refused()
    for missing in (
        lambda: lifecycle.retire("gone", CLOSED, CURATOR),
        lambda: lifecycle.restore("a", 7, CURATOR),
        lambda: lifecycle.add_alias("b", "gone", CURATOR),
    ):
        with pytest.raises(NotFound):
            missing()


# Addresses


def test_an_alias_leads_to_its_case_and_is_never_anything_else(store: CaseStore, lifecycle: Lifecycle) -> None:
    for case_id in "ab":
        store.publish(by_hand(case(case_id)))
    lifecycle.add_alias("other-name", "a", CURATOR)
    assert store.get("other-name") == case("a")
    assert lifecycle.aliases("a") == ["other-name"]
    for taken in ("other-name", "a", "b"):
        with pytest.raises(InvalidRequest, match="is taken already"):
            lifecycle.add_alias(taken, "b", CURATOR)
    with pytest.raises(InvalidCase, match="is taken already"):
        store.publish(by_hand(case("other-name")))
    with pytest.raises(InvalidRequest, match="lower case letters"):
        lifecycle.add_alias("No Address", "a", CURATOR)


# Killed


KILLED = """
import sys
from pathlib import Path
from kb.acceptance import Criterion
from kb.case import Case
from kb.lifecycle import Lifecycle
from kb.proposal import Action
from kb.store import CaseStore
from kb.taxonomy import shipped_taxonomy
from tests.proposals import CONTRIBUTOR, CURATOR
from tests.strategies import complete_record

store = CaseStore(Path(sys.argv[1]), shipped_taxonomy())
def publish(year):
    case_id = "a" if store.get("a") else None
    new = store.proposals.create(complete_record(id="a", year=year), CONTRIBUTOR, "form", case_id=case_id)
    new = store.proposals.act(new.id, new.version, Action.PROPOSE, CONTRIBUTOR)
    Lifecycle(store).accept(new.id, new.version, CURATOR, four_eyes=True, confirmed=list(Criterion))
if sys.argv[2] == "inside":
    publish(1900)
    with store.transaction():
        publish(1901)
        print("inside", flush=True)
        sys.stdin.read()
for year in range(1900, 2100):
    publish(year)
    print(year, flush=True)
"""


def killed(file: Path, how: str, lines: int) -> str:
    """Run KILLED until it has said `lines` lines, kill it without warning, and return the last one."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file), how],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(lines)]
        process.kill()
        said += process.stdout.read().split()
    return said[-1]


def assert_whole(store: CaseStore, file: Path) -> int:
    """Check that cases, revisions, changes, proposals and audit tell the same; return the year that is published."""
    revisions = store.revisions("a")
    found = store.get("a")
    assert found is not None
    assert found.year is not None
    assert found.to_record() == store.revision("a", len(revisions))
    assert [change.case_id for change in store.changes_after(0)] == ["a"] * len(revisions)
    assert store.proposals.counts()[State.PUBLISHED] == len(revisions)
    published = [entry for entry in Audit(store.database).export() if entry.action == "publish"]
    assert [entry.detail["revision"] for entry in published] == [revision.number for revision in revisions]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return found.year


def test_a_process_killed_inside_a_transaction_leaves_the_old_state_whole(file: Path, taxonomy: Taxonomy) -> None:
    assert killed(file, "inside", 1) == "inside"
    with CaseStore(file, taxonomy) as store:
        assert assert_whole(store, file) == 1900
        store.publish(by_hand(case("b")))


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_process_killed_while_it_publishes_loses_nothing_that_it_acknowledged(
    file: Path, taxonomy: Taxonomy, lines: int
) -> None:
    acknowledged = int(killed(file, "looping", lines))
    with CaseStore(file, taxonomy) as store:
        # The next one may have been committed without a word about it, half a one may not.
        assert assert_whole(store, file) in (acknowledged, acknowledged + 1)
