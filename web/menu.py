"""The places of the menu, each for those who may go there."""

from __future__ import annotations

from typing import NamedTuple

from kb.permissions import Actor, Permission


class Place(NamedTuple):
    """An entry of the menu: its words are those of `menu.<name>`."""

    path: str
    name: str
    permission: Permission


PLACES = (
    Place("/proposals", "proposals", Permission.PROPOSE),
    Place("/bring-in", "bring_in", Permission.BRING_IN),
    Place("/review", "review", Permission.REVIEW),
    Place("/upkeep", "upkeep", Permission.UPKEEP),
    Place("/export", "export", Permission.READ),
    Place("/invitations", "invitations", Permission.INVITE),
    Place("/people", "people", Permission.ACCOUNTS),
    Place("/audit", "audit", Permission.AUDIT),
    Place("/settings", "settings", Permission.ACCOUNTS),
)


def places(actor: Actor) -> list[Place]:
    """Return where `actor` may go. Readers have no menu: what is theirs stands on every page."""
    return [place for place in PLACES if actor.may(place.permission)] if actor.name else []
