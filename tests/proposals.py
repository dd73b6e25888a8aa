"""Proposals and people for the tests of the review."""

from __future__ import annotations

from typing import Any

from kb.permissions import Actor, Role
from kb.proposal import Proposal, State
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
