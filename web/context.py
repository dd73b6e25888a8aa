"""What one request holds: the services of the application, a store of its own, and the language of its address."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, g, request, session

from kb.accounts import Accounts
from kb.errors import NotFound, PfadfinderError
from kb.invitations import Invitations
from kb.permissions import ANONYMOUS, Actor, Permission
from kb.store import CaseStore
from kb.text import Text
from web.address import with_parameters
from web.wiring import Services


def services() -> Services:
    """Return the services of the application that answers."""
    found: Services = current_app.extensions["pfadfinder"]
    return found


def store() -> CaseStore:
    """Return the store of this request, opened at its first use; the application closes it."""
    if "store" not in g:
        g.store = services().store()
    found: CaseStore = g.store
    return found


SESSION_LIFE = timedelta(hours=12)


class SignInNeeded(PfadfinderError):
    """Somebody who is not signed in asks for what needs an account: they are led to the sign-in page and back."""

    def __init__(self) -> None:
        super().__init__(Text(de="Bitte zuerst anmelden.", en="Please sign in first."))


def accounts() -> Accounts:
    """Return the accounts of this request's database."""
    return Accounts(store().database)


def invitations() -> Invitations:
    """Return the invitations of this request's database."""
    return Invitations(store().database, accounts())


def actor() -> Actor:
    """Return who asks: a user whose session has not ended, an invited person, or nobody in particular.

    Read anew for every request: a role that was taken away is gone with the next click.
    """
    if "actor" not in g:
        g.actor = _actor_of_session()
    found: Actor = g.actor
    return found


def _actor_of_session() -> Actor:
    # Readers have no session: for them no database is opened on that account.
    if "user" in session:
        user = accounts().of_session(session["user"], session.get("epoch", -1))
        return user.actor if user else ANONYMOUS
    if "invitation" in session and services().settings.invitations:
        try:
            invitation = invitations().get(session["invitation"])
        except NotFound:
            return ANONYMOUS
        return invitation.actor(session["guest"]) if invitations().is_valid(invitation) else ANONYMOUS
    return ANONYMOUS


def require(permission: Permission) -> Actor:
    """Return who asks if they may. Raises SignInNeeded for nobody in particular, Forbidden for anybody else."""
    found = actor()
    if found is ANONYMOUS and not found.may(permission):
        raise SignInNeeded
    found.require(permission)
    return found


def link(path: str, **parameters: str) -> str:
    """Return an address inside the site that keeps the language which the present address chose."""
    chosen = {"lang": g.lang} if g.lang else {}
    return with_parameters(f"{request.script_root}{path}", {**parameters, **chosen}.items())


def absolute(path: str, **parameters: str) -> str:
    """Return an address as others reach it: under the set base, else under the host that the request names.

    In no language unless `parameters` name one: that of whoever opens it decides.
    """
    settings = services().settings
    # A request without a usable host is answered all the same, with the address that the server listens on.
    host = request.host or f"{settings.host}:{settings.port}"
    base = settings.base_url or f"{'https' if settings.https else request.scheme}://{host}{request.script_root}"
    return with_parameters(f"{base}{path}", parameters.items())
