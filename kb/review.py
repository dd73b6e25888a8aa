"""The way of a case from a draft to the public: proposals, what may be done with them by whom, and the one gate.

Pure: nothing here reads a clock, a file or a database. `AcceptedCase` is the only thing that `CaseStore.publish`
takes, and only the four functions at the end of this module can make one: nothing unreviewed can leak.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import InitVar, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kb.acceptance import Criterion, Item, Verdict, checklist
from kb.case import Case, CaseId
from kb.errors import Fault, InvalidCase, PfadfinderError
from kb.permissions import Actor, Permission
from kb.proposal import Action, Proposal, State
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Text

COLLECTION = "collection"
"""The origin of what comes from the shipped collection."""


class Party(StrEnum):
    """How somebody stands to a proposal. One may be both, or neither."""

    AUTHOR = "author"
    CURATOR = "curator"


class Refusal(StrEnum):
    """Why an action is refused."""

    PARTY = "party"
    STATE = "state"
    OWN = "own"
    REASON = "reason"


_BOTH = frozenset(Party)
_AUTHOR, _CURATOR = frozenset({Party.AUTHOR}), frozenset({Party.CURATOR})
TRANSITIONS: dict[tuple[State, Action], tuple[State, frozenset[Party]]] = {
    (State.DRAFT, Action.SAVE): (State.DRAFT, _BOTH),
    (State.DRAFT, Action.PROPOSE): (State.PROPOSED, _BOTH),
    (State.DRAFT, Action.WITHDRAW): (State.WITHDRAWN, _AUTHOR),
    (State.PROPOSED, Action.SAVE): (State.PROPOSED, _BOTH),
    (State.PROPOSED, Action.SEND_BACK): (State.SENT_BACK, _CURATOR),
    (State.PROPOSED, Action.ACCEPT): (State.PUBLISHED, _CURATOR),
    (State.PROPOSED, Action.REJECT): (State.REJECTED, _CURATOR),
    (State.PROPOSED, Action.WITHDRAW): (State.WITHDRAWN, _AUTHOR),
    (State.SENT_BACK, Action.SAVE): (State.SENT_BACK, _BOTH),
    (State.SENT_BACK, Action.PROPOSE): (State.PROPOSED, _BOTH),
    (State.SENT_BACK, Action.REJECT): (State.REJECTED, _CURATOR),
    (State.SENT_BACK, Action.WITHDRAW): (State.WITHDRAWN, _AUTHOR),
    # Accepting twice, by two clicks or by two people, is no error and changes nothing.
    (State.PUBLISHED, Action.ACCEPT): (State.PUBLISHED, _CURATOR),
    (State.REJECTED, Action.REOPEN): (State.SENT_BACK, _CURATOR),
    (State.WITHDRAWN, Action.REOPEN): (State.DRAFT, _AUTHOR),
    **{(state, Action.COMMENT): (state, _BOTH) for state in State},
}
"""What leads where, and for whom. What is not in the table is refused."""
NEEDS_REASON = frozenset({Action.SEND_BACK, Action.REJECT, Action.COMMENT})


class Refused(PfadfinderError):
    """An action that the rules of the review do not allow; `refusal` says which rule."""

    def __init__(self, refusal: Refusal, action: Action, state: State) -> None:
        self.refusal, self.action, self.state = refusal, action, state
        super().__init__(_REFUSALS[refusal])


class NotAcceptable(PfadfinderError):
    """The checklist is not done; `items` are those that failed or that nobody has confirmed."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = tuple(items)
        lines = {language: "; ".join(item.reason[language] for item in self.items) for language in LANGUAGES}
        super().__init__(Text(de=f"Noch nicht annehmbar: {lines['de']}", en=f"Not acceptable yet: {lines['en']}"))


def parties(proposal: Proposal, actor: Actor) -> frozenset[Party]:
    """Return how `actor` stands to `proposal`; nothing for somebody who may not even see it."""
    found = set()
    if actor.may(Permission.PROPOSE) and actor.name in proposal.authors:
        found.add(Party.AUTHOR)
    if actor.may(Permission.REVIEW):
        found.add(Party.CURATOR)
    return frozenset(found)


def open_actions(proposal: Proposal, actor: Actor, *, four_eyes: bool) -> frozenset[Action]:
    """Return what `actor` may do with `proposal` now, a missing reason aside: the buttons of a page."""
    return frozenset(
        action
        for action in Action
        if not isinstance(verdict(proposal, action, actor, four_eyes=four_eyes, reason="?"), Refusal)
    )


def verdict(proposal: Proposal, action: Action, actor: Actor, *, four_eyes: bool, reason: str = "") -> State | Refusal:
    """Return the state that `action` by `actor` leads to, or why it is refused.

    With `four_eyes` nobody publishes a proposal that they wrote in themselves.
    """
    own = parties(proposal, actor)
    if not own:
        return Refusal.PARTY
    step = TRANSITIONS.get((proposal.state, action))
    if step is None:
        return Refusal.STATE
    to, allowed = step
    if not own & allowed:
        return Refusal.PARTY
    if four_eyes and action is Action.ACCEPT and proposal.state is not to and actor.name in proposal.authors:
        return Refusal.OWN
    if action in NEEDS_REASON and not reason.strip():
        return Refusal.REASON
    return to


def decide(proposal: Proposal, action: Action, actor: Actor, *, four_eyes: bool, reason: str = "") -> State:
    """Return the state that `action` leads to. Raises Refused."""
    found = verdict(proposal, action, actor, four_eyes=four_eyes, reason=reason)
    if isinstance(found, Refusal):
        raise Refused(found, action, proposal.state)
    return found


def proposable(record: Mapping[str, Any], case_id: CaseId | None, taxonomy: Taxonomy) -> Case:
    """Return the case that a draft describes. Raises InvalidCase with every fault at once.

    The id of a case that is there already never changes: a further address is an alias.
    """
    case = Case.from_record(record, taxonomy)
    if case_id is not None and case.id != case_id:
        message = Text(de=f"bleibt {case_id}", en=f"stays {case_id}")
        raise InvalidCase(str(case_id), [Fault("id", message)])
    return case


_GATE = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedCase:
    """A case that may be published, with what its history will say. Made by the functions below and nowhere else.

    `replaces` is the revision that it was reviewed against: 0 where there must be none, None for whatever is there.
    Raises TypeError for whoever tries to make one past the review.
    """

    case: Case
    origin: str
    by: str
    replaces: int | None = None
    proposal: int | None = None
    gate: InitVar[object]

    def __post_init__(self, gate: object) -> None:
        if gate is not _GATE:
            raise TypeError("an AcceptedCase is made by kb.review.accept() and its siblings alone")


def accept(
    proposal: Proposal,
    actor: Actor,
    taxonomy: Taxonomy,
    *,
    today: date,
    four_eyes: bool,
    confirmed: Collection[Criterion] = (),
    answers: Mapping[str, bool] | None = None,
) -> AcceptedCase:
    """Return the case of `proposal`, accepted by `actor`, who has looked at every criterion in `confirmed`.

    `answers`: as `kb.acceptance.checklist` takes it.
    Raises Refused, InvalidCase, and NotAcceptable for what failed or what a person had to confirm and did not.
    """
    if proposal.state is State.PUBLISHED:
        raise Refused(Refusal.STATE, Action.ACCEPT, proposal.state)
    decide(proposal, Action.ACCEPT, actor, four_eyes=four_eyes)
    case = proposable(proposal.record, proposal.case_id, taxonomy)
    undone = [
        item
        for item in checklist(case.to_record(), today, answers)
        if item.verdict is Verdict.FAILED or (item.verdict is Verdict.TO_CHECK and item.criterion not in confirmed)
    ]
    if undone:
        raise NotAcceptable(undone)
    return AcceptedCase(
        case=case,
        origin="review",
        by=actor.name,
        replaces=proposal.base_revision or 0,
        proposal=proposal.id,
        gate=_GATE,
    )


def accept_from_collection(case: Case) -> AcceptedCase:
    """Return a shipped case, which was reviewed before it went out. The store lets it overwrite no edit."""
    return AcceptedCase(case=case, origin=COLLECTION, by=COLLECTION, gate=_GATE)


def accept_from_file(case: Case, by: Actor) -> AcceptedCase:
    """Return a case that a curator vouches for by handing in its finished file. Raises Forbidden."""
    by.require(Permission.REVIEW)
    return AcceptedCase(case=case, origin="file", by=by.name, gate=_GATE)


def accept_again(case: Case, by: Actor, replaces: int) -> AcceptedCase:
    """Return an earlier published state that is restored over revision `replaces`. Raises Forbidden."""
    by.require(Permission.RETIRE)
    return AcceptedCase(case=case, origin="restored", by=by.name, replaces=replaces, gate=_GATE)


_REFUSALS = {
    Refusal.PARTY: Text(
        de="Dieser Vorschlag gehört anderen; das dürfen nur seine Verfasser oder, je nach Schritt, die Redaktion.",
        en="This proposal belongs to others; that is for its authors or, depending on the step, for curators.",
    ),
    Refusal.STATE: Text(
        de="In diesem Zustand des Vorschlags geht das nicht. Bitte die Seite neu laden.",
        en="That cannot be done in the present state of the proposal. Please reload the page.",
    ),
    Refusal.OWN: Text(
        de="Vier-Augen-Prinzip: Wer an einem Vorschlag geschrieben hat, veröffentlicht ihn nicht selbst.",
        en="Four eyes: nobody publishes a proposal that they wrote in themselves.",
    ),
    Refusal.REASON: Text(
        de="Bitte einen Grund angeben; die Verfasser lesen ihn.", en="Please give a reason; the authors will read it."
    ),
}
