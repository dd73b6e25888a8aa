"""Proposals and people for the tests of the review."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kb.case import Case
from kb.permissions import Actor, Role
from kb.proposal import Proposal, State
from kb.review import AcceptedCase, accept_from_collection, accept_from_file
from tests.strategies import complete_record

CONTRIBUTOR = Actor("carla", Role.CONTRIBUTOR)
CURATOR = Actor("kurt", Role.CURATOR)
SECOND_CURATOR = Actor("klara", Role.CURATOR)
ADMIN = Actor("ada", Role.ADMIN)
READER = Actor("", Role.READER)


def proposal(**changes: Any) -> Proposal:
    """Return a proposal of CONTRIBUTOR for a new case, with `changes` to its parts."""
    parts: dict[str, Any] = {
        "id": 1,
        "version": 1,
        "state": State.PROPOSED,
        "record": complete_record(),
        "authors": (CONTRIBUTOR.name,),
        "origin": "form",
        "created": "2026-01-01T00:00:00+00:00",
        "changed": "2026-01-01T00:00:00+00:00",
        "changed_by": CONTRIBUTOR.name,
    }
    return Proposal(**parts | changes)


def by_hand(case: Case) -> AcceptedCase:
    """Return `case` as CURATOR hands it in."""
    return accept_from_file(case, CURATOR)


def shipped(case: Case) -> AcceptedCase:
    """Return `case` as the collection brings it."""
    return accept_from_collection(case)


class Hands:
    """A clock that stands still until a test moves it on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **time: float) -> None:
        self.now += timedelta(**time)
