"""Proposals on real SQLite: nothing lost, nothing overwritten."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.audit import Audit
from kb.case import Case, CaseId
from kb.errors import Forbidden, InvalidCase, NotFound
from kb.permissions import COLLECTION_ACTOR, Actor, Role
from kb.proposal import RECORD_LIMIT, Action, Document, InvalidProposal, Proposal, State, Suggestion
from kb.proposals import EditConflict, Proposals
from kb.review import Refused
from kb.store import CaseStore, Outcome
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import Text
from tests.proposals import CONTRIBUTOR, CURATOR, READER, SECOND_CURATOR, Hands, by_hand, shipped
from tests.strategies import PROPERTY, complete_record


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(file: Path, taxonomy: Taxonomy, clock: Hands) -> Iterator[CaseStore]:
    with CaseStore(file, taxonomy, clock) as store:
        yield store


@pytest.fixture
def proposals(store: CaseStore) -> Proposals:
    return store.proposals


def case(case_id: str, **changes: Any) -> Case:
    return Case.from_record(complete_record(id=case_id, **changes), shipped_taxonomy())


def proposed(proposals: Proposals, **changes: Any) -> Proposal:
    made = proposals.create(complete_record(**changes), CONTRIBUTOR, "form")
    return proposals.act(made.id, made.version, Action.PROPOSE, CONTRIBUTOR)


# Drafts


def test_a_draft_comes_back_as_it_was_typed_with_what_it_was_made_from(proposals: Proposals) -> None:
    record = {"title": {"de": " Ungeprüft "}, "year": "bald", "extra": [1, None, {"x": True}]}
    document = Document("seite.pdf", "Text der Seite", "de", "https://example.org/seite.pdf")
    suggestions = (Suggestion("sector", "C24", "in der Gießerei", 0.8), Suggestion("year", 2018, "seit 2018", 1.0))
    made = proposals.create(
        record, CONTRIBUTOR, "document", original={"year": 2018}, document=document, suggestions=suggestions
    )
    assert made == proposals.get(made.id)
    assert made == Proposal(
        id=made.id,
        version=1,
        state=State.DRAFT,
        record=record,
        authors=("carla",),
        origin="document",
        created="2026-02-01T12:00:00+00:00",
        changed="2026-02-01T12:00:00+00:00",
        changed_by="carla",
        original={"year": 2018},
        document=document,
        suggestions=suggestions,
    )


def test_an_edit_begins_from_the_revision_that_stands(store: CaseStore) -> None:
    for year in (2018, 2020):
        store.publish(by_hand(case("a", year=year)))
    made = store.proposals.create(complete_record(id="a"), CONTRIBUTOR, "form", case_id=CaseId("a"))
    assert (made.case_id, made.base_revision) == ("a", 2)


def test_what_is_not_there_is_said(proposals: Proposals) -> None:
    with pytest.raises(NotFound, match="no such proposal: 5"):
        proposals.get(5)
    with pytest.raises(NotFound, match="no such case: gone"):
        proposals.create({}, CONTRIBUTOR, "form", case_id=CaseId("gone"))


def test_a_proposal_is_seen_by_its_authors_and_curators_alone(proposals: Proposals) -> None:
    made = proposals.create({}, CONTRIBUTOR, "form")
    for actor in (CONTRIBUTOR, CURATOR):
        assert proposals.seen_by(made.id, actor) == made
    for actor in (READER, Actor("stranger", Role.CONTRIBUTOR), Actor(CONTRIBUTOR.name, Role.READER)):
        with pytest.raises(NotFound):
            proposals.seen_by(made.id, actor)


def test_a_reader_proposes_nothing(proposals: Proposals) -> None:
    with pytest.raises(Forbidden):
        proposals.create({}, READER, "form")


@pytest.mark.parametrize("record", [[], {"a": "x" * RECORD_LIMIT}, {"a": float("inf")}], ids=["list", "long", "inf"])
def test_what_cannot_be_kept_is_refused_and_changes_nothing(proposals: Proposals, record: Any) -> None:
    made = proposals.create({}, CONTRIBUTOR, "form")
    for refused in (
        lambda: proposals.create(record, CONTRIBUTOR, "form"),
        lambda: proposals.save(made.id, 1, record, CONTRIBUTOR),
    ):
        with pytest.raises(InvalidProposal):
            refused()
    assert proposals.get(made.id) == made
    assert sum(proposals.counts().values()) == 1


def test_every_saved_version_is_kept_with_its_author(proposals: Proposals, clock: Hands) -> None:
    made = proposals.create({"year": 1}, CONTRIBUTOR, "form")
    clock.move(minutes=5)
    saved = proposals.save(made.id, 1, {"year": 2}, CURATOR)
    assert (saved.version, saved.record, saved.changed_by, saved.authors) == (2, {"year": 2}, "kurt", ("carla", "kurt"))
    assert (saved.created, saved.changed) == ("2026-02-01T12:00:00+00:00", "2026-02-01T12:05:00+00:00")
    kept = [(version.number, version.record, version.by) for version in proposals.versions(made.id)]
    assert kept == [(1, {"year": 1}, "carla"), (2, {"year": 2}, "kurt")]


def test_the_same_words_again_keep_nothing_even_from_an_older_version(proposals: Proposals) -> None:
    made = proposals.create({"year": 1, "place": "x"}, CONTRIBUTOR, "form")
    saved = proposals.save(made.id, 1, {"year": 2}, CONTRIBUTOR)
    # The answer to the first save may have been lost: the browser then sends the same once more.
    assert proposals.save(made.id, 1, {"year": 2}, CONTRIBUTOR) == saved
    assert len(proposals.versions(made.id)) == 2


def test_whoever_saves_onto_another_version_is_given_both_and_overwrites_neither(proposals: Proposals) -> None:
    made = proposals.create({"year": 1}, CONTRIBUTOR, "form")
    theirs = proposals.save(made.id, 1, {"year": 2}, CURATOR)
    with pytest.raises(EditConflict) as caught:
        proposals.save(made.id, 1, {"year": 3}, CONTRIBUTOR)
    assert (caught.value.mine, caught.value.theirs) == ({"year": 3}, theirs)
    assert "kurt" in caught.value.describe("de")
    assert proposals.get(made.id) == theirs


def test_of_many_who_save_at_once_exactly_one_is_kept(file: Path, taxonomy: Taxonomy, proposals: Proposals) -> None:
    made = proposals.create({"year": 0}, CONTRIBUTOR, "form")
    start = threading.Barrier(6)

    def save(year: int) -> bool:
        with CaseStore(file, taxonomy) as store:
            start.wait()
            try:
                store.proposals.save(made.id, 1, {"year": year}, CURATOR)
            except EditConflict:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        won = [year for year, kept in zip(range(1, 7), pool.map(save, range(1, 7)), strict=True) if kept]
    assert len(won) == 1
    assert proposals.get(made.id).record == {"year": won[0]}
    assert len(proposals.versions(made.id)) == 2


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), max_size=8))
def test_whatever_editors_do_the_last_kept_words_stand_and_no_version_is_lost(edits: list[tuple[int, int]]) -> None:
    with CaseStore(None, shipped_taxonomy(), Hands()) as store:
        made = store.proposals.create({"n": 0}, CONTRIBUTOR, "form")
        words, version = [0], 1
        for word, seen in edits:
            try:
                saved = store.proposals.save(made.id, seen, {"n": word}, CURATOR)
            except EditConflict:
                assert seen != version
                assert word != words[-1]
            else:
                if word != words[-1]:
                    assert seen == version
                    words.append(word)
                    version += 1
                assert saved.version == version
        assert [kept.record["n"] for kept in store.proposals.versions(made.id)] == words
        assert store.proposals.get(made.id).record == {"n": words[-1]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abä", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@PROPERTY
@given(st.dictionaries(st.sampled_from(["title", "year", "sources", "x"]), JSON))
def test_any_draft_comes_back_and_can_be_listed(record: dict[str, Any]) -> None:
    with CaseStore(None, shipped_taxonomy(), Hands()) as store:
        made = store.proposals.create(record, CONTRIBUTOR, "form")
        assert store.proposals.get(made.id).record == record
        (line,) = store.proposals.lines()
        assert line.title == made.title


# What is done with them


def test_the_way_there_and_back_is_told_as_a_thread(proposals: Proposals, clock: Hands) -> None:
    made = proposed(proposals)
    back = proposals.act(made.id, made.version, Action.SEND_BACK, CURATOR, " Bitte die Quelle nennen. ")
    proposals.act(made.id, 1, Action.COMMENT, CONTRIBUTOR, "Welche?")
    again = proposals.act(made.id, back.version, Action.PROPOSE, CONTRIBUTOR)
    assert again.state is State.PROPOSED
    assert [(event.by, event.action, event.state, event.version, event.reason) for event in again.events] == [
        ("carla", Action.PROPOSE, State.PROPOSED, 2, ""),
        ("kurt", Action.SEND_BACK, State.SENT_BACK, 3, "Bitte die Quelle nennen."),
        ("carla", Action.COMMENT, State.SENT_BACK, 3, "Welche?"),
        ("carla", Action.PROPOSE, State.PROPOSED, 4, ""),
    ]


def test_a_faulty_draft_is_not_proposed_and_every_fault_is_named(proposals: Proposals) -> None:
    made = proposals.create({"title": {"de": "x"}}, CONTRIBUTOR, "form")
    with pytest.raises(InvalidCase) as caught:
        proposals.act(made.id, 1, Action.PROPOSE, CONTRIBUTOR)
    assert len(caught.value.faults) > 5
    assert proposals.get(made.id) == made


def test_the_id_of_a_new_case_must_be_free(store: CaseStore) -> None:
    store.publish(by_hand(case("a")))
    made = store.proposals.create(complete_record(id="a"), CONTRIBUTOR, "form")
    with pytest.raises(InvalidCase, match="a is taken already"):
        store.proposals.act(made.id, 1, Action.PROPOSE, CONTRIBUTOR)


def test_a_decision_on_another_version_than_the_one_that_stands_is_refused(proposals: Proposals) -> None:
    made = proposed(proposals)
    proposals.save(made.id, made.version, complete_record(year=2020), CONTRIBUTOR)
    with pytest.raises(EditConflict):
        proposals.act(made.id, made.version, Action.REJECT, CURATOR, "Passt nicht.")
    assert proposals.get(made.id).state is State.PROPOSED


def test_what_the_rules_refuse_changes_nothing(proposals: Proposals, file: Path) -> None:
    made = proposed(proposals)
    for action, actor, reason in (
        (Action.REJECT, CONTRIBUTOR, "x"),
        (Action.REJECT, CURATOR, ""),
        (Action.REOPEN, CURATOR, ""),
        (Action.WITHDRAW, CURATOR, ""),
    ):
        with pytest.raises(Refused):
            proposals.act(made.id, made.version, action, actor, reason)
    assert proposals.get(made.id) == made


@pytest.mark.parametrize("action", [Action.SAVE, Action.ACCEPT])
def test_saving_and_accepting_have_ways_of_their_own(proposals: Proposals, action: Action) -> None:
    made = proposed(proposals)
    with pytest.raises(ValueError, match=action):
        proposals.act(made.id, made.version, action, CURATOR)


# Lists


def test_lists_show_the_last_changed_first_and_can_be_narrowed(store: CaseStore, clock: Hands) -> None:
    proposals = store.proposals
    store.publish(by_hand(case("a")))
    first = proposed(proposals, id="b", title={"de": "Erster"})
    clock.move(minutes=1)
    second = proposals.create({"title": "Second"}, CURATOR, "file", case_id=CaseId("a"))
    clock.move(minutes=1)
    third = proposals.create({}, SECOND_CURATOR, "form")
    clock.move(minutes=1)
    proposals.save(first.id, first.version, complete_record(id="b", year=2020), CURATOR)
    assert [line.id for line in proposals.lines()] == [first.id, third.id, second.id]
    assert [line.id for line in proposals.lines(limit=1, offset=1)] == [third.id]
    assert [line.id for line in proposals.lines(states=[State.PROPOSED])] == [first.id]
    assert [line.id for line in proposals.lines(author="kurt")] == [first.id, second.id]
    assert [line.id for line in proposals.lines(case_id="a")] == [second.id]
    assert proposals.lines(states=[]) == []
    line = proposals.lines(case_id="a")[0]
    assert (line.title, line.state, line.origin, line.created_by) == (Text(en="Second"), State.DRAFT, "file", "kurt")
    assert proposals.counts() == {**dict.fromkeys(State, 0), State.DRAFT: 2, State.PROPOSED: 1}
    assert proposals.counts("klara") == {**dict.fromkeys(State, 0), State.DRAFT: 1}


# The collection


def offers(store: CaseStore) -> list[Proposal]:
    return [store.proposals.get(line.id) for line in store.proposals.lines() if line.origin == "collection"]


@pytest.fixture
def edited(store: CaseStore) -> CaseStore:
    """A store with a case of the collection that was edited here."""
    store.publish(shipped(case("a")))
    store.publish(by_hand(case("a", year=2020)))
    return store


def test_a_new_state_of_the_collection_becomes_one_proposal_and_the_edit_stays(edited: CaseStore) -> None:
    assert edited.publish(shipped(case("a", place="Bonn"))) is Outcome.PROPOSED
    assert edited.get("a") == case("a", year=2020)
    (offer,) = offers(edited)
    assert (offer.state, offer.case_id, offer.base_revision) == (State.PROPOSED, "a", 2)
    assert offer.record == offer.original == complete_record(id="a", place="Bonn")
    assert offer.authors == (COLLECTION_ACTOR.name,)


def test_the_same_state_is_proposed_once_whatever_became_of_it(edited: CaseStore) -> None:
    edited.publish(shipped(case("a", place="Bonn")))
    assert edited.publish(shipped(case("a", place="Bonn"))) is Outcome.KEPT
    (offer,) = offers(edited)
    edited.proposals.act(offer.id, offer.version, Action.REJECT, CURATOR, "Unsere Fassung ist besser.")
    assert edited.publish(shipped(case("a", place="Bonn"))) is Outcome.KEPT
    assert len(offers(edited)) == 1
    assert edited.publish(shipped(case("a", place="Ulm"))) is Outcome.PROPOSED
    assert len(offers(edited)) == 2


def test_a_still_newer_state_refreshes_the_open_proposal(edited: CaseStore) -> None:
    edited.publish(shipped(case("a", place="Bonn")))
    edited.publish(by_hand(case("a", year=2021)))
    assert edited.publish(shipped(case("a", place="Ulm"))) is Outcome.PROPOSED
    (offer,) = offers(edited)
    assert offer.record == offer.original == complete_record(id="a", place="Ulm")
    assert offer.base_revision == 3


def test_a_still_newer_state_leaves_a_curators_words_in_the_open_proposal(edited: CaseStore) -> None:
    edited.publish(shipped(case("a", place="Bonn")))
    (offer,) = offers(edited)
    edited.proposals.save(offer.id, offer.version, complete_record(id="a", place="Köln"), CURATOR)
    assert edited.publish(shipped(case("a", place="Ulm"))) is Outcome.PROPOSED
    (offer,) = offers(edited)
    assert offer.record["place"] == "Köln"
    assert offer.original is not None
    assert offer.original["place"] == "Ulm"
    assert offer.events[-1].action is Action.COMMENT


def test_an_edit_that_the_collection_took_over_is_no_edit_any_more(edited: CaseStore) -> None:
    assert edited.publish(shipped(case("a", year=2020))) is Outcome.UNCHANGED
    assert edited.publish(shipped(case("a", year=2020, place="Bonn"))) is Outcome.CHANGED
    assert offers(edited) == []


def test_a_case_made_here_under_the_same_id_is_an_edit(store: CaseStore) -> None:
    store.publish(by_hand(case("a")))
    assert store.publish(shipped(case("a", year=2020))) is Outcome.PROPOSED
    assert store.get("a") == case("a")


def test_everything_that_was_done_is_in_the_audit(store: CaseStore) -> None:
    made = proposed(store.proposals)
    store.proposals.act(made.id, made.version, Action.REJECT, CURATOR, "Doppelt.")
    log = [(entry.actor, entry.action, entry.subject, entry.subject_id) for entry in Audit(store.database).export()]
    assert log == [(who, what, "proposal", str(made.id)) for who, what in (
        ("carla", "create"), ("carla", "propose"), ("kurt", "reject"),
    )]  # fmt: skip
    rejected = Audit(store.database).entries()[0]
    assert rejected.detail == {"reason": "Doppelt.", "state": "rejected", "version": 3}
    assert json.loads(json.dumps(rejected.detail)) == rejected.detail


def test_the_same_document_is_the_same_text_or_the_same_address(proposals: Proposals) -> None:
    def made(text: str, url: str | None = None) -> int:
        return proposals.create({}, CONTRIBUTOR, "document", document=Document("a.html", text, "de", url)).id

    page, changed, copy, other, other_page = (
        made("Eins.", "https://example.org/a"),
        made("Eins, überarbeitet.", "https://example.org/a"),
        made("Eins."),
        made("Zwei."),
        made("Drei.", "https://example.org/b"),
    )
    plain = proposals.create({}, CONTRIBUTOR, "form").id
    same = {one: [line.id for line in proposals.of_same_document(one, CONTRIBUTOR)] for one in range(1, plain + 1)}
    assert same == {page: [changed, copy], changed: [page], copy: [page], other: [], other_page: [], plain: []}
