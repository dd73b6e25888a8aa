"""The way of a proposal, and the one gate to what is public."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from kb.acceptance import Criterion
from kb.case import Case, CaseId
from kb.errors import Forbidden, InvalidCase
from kb.permissions import Actor, Role
from kb.proposal import DOCUMENT_LIMIT, RECORD_LIMIT, Action, Document, InvalidProposal, Proposal, State
from kb.review import (
    NEEDS_REASON,
    AcceptedCase,
    NotAcceptable,
    Party,
    Refusal,
    Refused,
    accept,
    accept_again,
    accept_from_collection,
    accept_from_file,
    decide,
    open_actions,
    parties,
    proposable,
    verdict,
)
from kb.taxonomy import Taxonomy, shipped_taxonomy
from tests.proposals import ADMIN, CONTRIBUTOR, CURATOR, READER, proposal
from tests.strategies import PROPERTY, case_records, complete_record

TODAY = date(2026, 2, 1)
ALL = tuple(Criterion)
# Where each action leads, and whether for authors (a), curators (c) or both. A dash: nobody.
TRUTH = """
            save         propose     send-back    accept       reject      withdraw     reopen       comment
draft       draft/ac     proposed/ac -            -            -           withdrawn/a  -            draft/ac
proposed    proposed/ac  -           sent-back/c  published/c  rejected/c  withdrawn/a  -            proposed/ac
sent-back   sent-back/ac proposed/ac -            -            rejected/c  withdrawn/a  -            sent-back/ac
published   -            -           -            published/c  -           -            -            published/ac
rejected    -            -           -            -            -           -            sent-back/c  rejected/ac
withdrawn   -            -           -            -            -           -            draft/a      withdrawn/ac
"""
HEADS, *ROWS = (line.split() for line in TRUTH.strip().splitlines())
CELLS = {
    (State(state), Action(action)): cell for state, *cells in ROWS for action, cell in zip(HEADS, cells, strict=True)
}
PEOPLE = {
    frozenset(): Actor("stranger", Role.CONTRIBUTOR),
    frozenset({Party.AUTHOR}): CONTRIBUTOR,
    frozenset({Party.CURATOR}): CURATOR,
    frozenset(Party): Actor(CONTRIBUTOR.name, Role.CURATOR),
}


def standing(state: State, **changes: Any) -> Proposal:
    return proposal(state=state, **changes)


def test_the_truth_table_speaks_of_every_state_and_action() -> None:
    assert set(CELLS) == set(itertools.product(State, Action))


@pytest.mark.parametrize("own", PEOPLE, ids=lambda own: "+".join(sorted(own)) or "stranger")
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_an_action_leads_where_the_truth_table_says(state: State, action: Action, own: frozenset[Party]) -> None:
    found = verdict(standing(state), action, PEOPLE[own], four_eyes=False, reason="Because.")
    to, _, allowed = CELLS[state, action].partition("/")
    if not own:
        assert found is Refusal.PARTY
    elif to == "-":
        assert found is Refusal.STATE
    elif {party.value[0] for party in own} & set(allowed):
        assert found is State(to)
    else:
        assert found is Refusal.PARTY


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", ["carla", "stranger"])
def test_a_role_and_a_name_decide_how_somebody_stands_to_a_proposal(role: Role, name: str) -> None:
    expected = set()
    if name == "carla" and role is not Role.READER:
        expected.add(Party.AUTHOR)
    if role in (Role.CURATOR, Role.ADMIN):
        expected.add(Party.CURATOR)
    assert parties(proposal(), Actor(name, role)) == expected


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_what_is_said_to_others_needs_a_reason(state: State, action: Action) -> None:
    found = verdict(standing(state), action, PEOPLE[frozenset(Party)], four_eyes=False, reason=" \n")
    if CELLS[state, action] != "-" and action in NEEDS_REASON:
        assert found is Refusal.REASON
    else:
        assert found is not Refusal.REASON


@pytest.mark.parametrize("state", State)
def test_four_eyes_keep_authors_from_publishing_and_from_nothing_else(state: State) -> None:
    author = PEOPLE[frozenset(Party)]
    for action in Action:
        free = verdict(standing(state), action, author, four_eyes=False, reason="Because.")
        held = verdict(standing(state), action, author, four_eyes=True, reason="Because.")
        if (state, action) == (State.PROPOSED, Action.ACCEPT):
            assert (free, held) == (State.PUBLISHED, Refusal.OWN)
        else:
            assert held == free


def test_whoever_mended_a_proposal_wrote_in_it_too() -> None:
    mended = proposal(authors=(CONTRIBUTOR.name, CURATOR.name))
    assert verdict(mended, Action.ACCEPT, CURATOR, four_eyes=True) is Refusal.OWN
    assert verdict(mended, Action.ACCEPT, ADMIN, four_eyes=True) is State.PUBLISHED


@pytest.mark.parametrize("actor", [READER, CONTRIBUTOR, CURATOR, ADMIN], ids=lambda actor: actor.role.value)
@pytest.mark.parametrize("state", State)
def test_the_buttons_are_the_actions_that_would_not_be_refused(state: State, actor: Actor) -> None:
    offered = open_actions(standing(state), actor, four_eyes=True)
    for action in Action:
        if action in offered:
            decide(standing(state), action, actor, four_eyes=True, reason="Because.")
        else:
            with pytest.raises(Refused) as caught:
                decide(standing(state), action, actor, four_eyes=True, reason="Because.")
            assert caught.value.describe("de") != caught.value.describe("en")


# Proposals


@pytest.mark.parametrize(
    "record",
    [{}, {"title": 5}, {"anything": [None, {"deep": "ä"}]}, {"title": {"de": "", "en": ["x"]}}, complete_record()],
    ids=range(5),
)
def test_a_draft_may_be_as_incomplete_and_faulty_as_it_likes(record: dict[str, Any]) -> None:
    assert proposal(record=record, state=State.DRAFT).record == record


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"record": ["a"]}, ["(record)"]),
        ({"record": {5: "a"}}, ["(record)"]),
        ({"record": {"a": float("nan")}}, ["(record)"]),
        ({"record": {"a": {1, 2}}}, ["(record)"]),
        ({"record": {"a": "\ud800"}}, ["(record)"]),
        ({"record": {"a": "x" * RECORD_LIMIT}}, ["(record)"]),
        ({"document": Document("a.pdf", "x" * (DOCUMENT_LIMIT + 1))}, ["(document)"]),
        ({"version": 0}, ["(proposal)"]),
        ({"authors": ()}, ["(proposal)"]),
        ({"case_id": CaseId("a")}, ["(proposal)"]),
        ({"base_revision": 1, "record": [], "version": 0}, ["(record)", "(proposal)", "(proposal)"]),
    ],
    ids=range(11),
)
def test_what_cannot_be_kept_is_refused_with_every_fault(changes: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidProposal) as caught:
        proposal(**changes)
    assert [fault.field for fault in caught.value.faults] == fields


@pytest.mark.parametrize(
    ("title", "german", "english"),
    [
        ({"de": "Wärme", "en": "Heat"}, "Wärme", "Heat"),
        ({"de": "Wärme", "en": " "}, "Wärme", "Wärme"),
        ("Heat", "Heat", "Heat"),
    ],
)
def test_a_list_shows_what_title_there_is(title: Any, german: str, english: str) -> None:
    found = proposal(record={"title": title}).title
    assert found is not None
    assert (found["de"], found["en"]) == (german, english)


@pytest.mark.parametrize("title", [None, 5, "", " ", {}, {"de": None}, {"fr": "Chaleur"}, ["Heat"]])
def test_without_a_title_a_list_is_told_so(title: Any) -> None:
    assert proposal(record={"title": title}).title is None


# The gate


def test_nobody_makes_an_accepted_case_past_the_review(taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(), taxonomy)
    for gate in (None, object(), True):
        with pytest.raises(TypeError, match="made by kb.review"):
            AcceptedCase(case=case, origin="review", by="mallory", gate=gate)


def test_accepting_gives_the_case_with_what_history_will_say(taxonomy: Taxonomy) -> None:
    accepted = accept(proposal(id=7), CURATOR, taxonomy, today=TODAY, four_eyes=True, confirmed=ALL)
    assert accepted.case == Case.from_record(complete_record(), taxonomy)
    assert (accepted.origin, accepted.by, accepted.proposal, accepted.replaces) == ("review", "kurt", 7, 0)


def test_an_edit_is_accepted_against_the_revision_that_it_began_from(taxonomy: Taxonomy) -> None:
    edit = proposal(case_id=CaseId(complete_record()["id"]), base_revision=3)
    assert accept(edit, CURATOR, taxonomy, today=TODAY, four_eyes=False, confirmed=ALL).replaces == 3


@pytest.mark.parametrize("state", [state for state in State if state is not State.PROPOSED])
def test_only_what_is_proposed_passes_the_gate(state: State, taxonomy: Taxonomy) -> None:
    with pytest.raises(Refused) as caught:
        accept(standing(state), ADMIN, taxonomy, today=TODAY, four_eyes=False, confirmed=ALL)
    assert caught.value.refusal is Refusal.STATE


@pytest.mark.parametrize("actor", [READER, CONTRIBUTOR], ids=lambda actor: actor.role.value)
def test_only_curators_open_the_gate(actor: Actor, taxonomy: Taxonomy) -> None:
    with pytest.raises(Refused) as caught:
        accept(proposal(), actor, taxonomy, today=TODAY, four_eyes=False, confirmed=ALL)
    assert caught.value.refusal is Refusal.PARTY


def test_a_faulty_record_never_passes_and_every_fault_is_named(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidCase) as caught:
        accept(
            proposal(record=complete_record(role="x", year=1)), CURATOR, taxonomy,
            today=TODAY, four_eyes=False, confirmed=ALL,
        )  # fmt: skip
    assert {fault.field for fault in caught.value.faults} == {"role", "year"}


def test_what_a_machine_cannot_judge_somebody_has_to_confirm(taxonomy: Taxonomy) -> None:
    with pytest.raises(NotAcceptable) as caught:
        accept(proposal(), CURATOR, taxonomy, today=TODAY, four_eyes=False)
    assert [item.criterion for item in caught.value.items] == [Criterion.PAGE]
    accept(proposal(), CURATOR, taxonomy, today=TODAY, four_eyes=False, confirmed=[Criterion.PAGE])
    answers = {"https://example.org/heat": True}
    accept(proposal(), CURATOR, taxonomy, today=TODAY, four_eyes=False, answers=answers)


def test_what_failed_cannot_be_confirmed_away(taxonomy: Taxonomy) -> None:
    with pytest.raises(NotAcceptable) as caught:
        accept(proposal(), CURATOR, taxonomy, today=date(2026, 1, 30), four_eyes=False, confirmed=ALL)
    assert [item.criterion for item in caught.value.items] == [Criterion.SOURCE]


def test_the_id_of_a_case_never_changes(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidCase) as caught:
        proposable(complete_record(id="another"), CaseId("a"), taxonomy)
    assert caught.value.by_field("en") == {"id": ["stays a"]}


def test_the_other_ways_in_say_where_a_case_comes_from(taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(), taxonomy)
    assert (accept_from_collection(case).origin, accept_from_collection(case).by) == ("collection", "collection")
    assert (accept_from_file(case, CURATOR).origin, accept_from_file(case, CURATOR).by) == ("file", "kurt")
    assert accept_again(case, CURATOR, 4).replaces == 4
    for refused in (lambda: accept_from_file(case, CONTRIBUTOR), lambda: accept_again(case, CONTRIBUTOR, 4)):
        with pytest.raises(Forbidden):
            refused()


@PROPERTY
@given(case_records())
def test_what_passes_the_gate_is_the_case_that_was_proposed(record: dict[str, Any]) -> None:
    accepted = accept(
        proposal(record=record), CURATOR, shipped_taxonomy(), today=date(9999, 12, 31), four_eyes=True, confirmed=ALL
    )
    assert accepted.case == Case.from_record(record, shipped_taxonomy())
