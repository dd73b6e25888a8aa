"""What one request holds: the services of the application, a store of its own, and the language of its address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import current_app, g, request, session

from kb.accounts import Accounts
from kb.errors import NotFound, PfadfinderError
from kb.invitations import Invitations
from kb.permissions import ANONYMOUS, Actor, Permission
from kb.store import CaseStore
from kb.text import Text
from web.address import with_parameters
from web.basket import BASKET
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
    """Return an address inside the site that keeps the language and the basket of the present address."""
    chosen = {"lang": g.lang} if g.lang else {}
    # Data are the same for everybody: a basket in their address would only make it longer.
    kept = {BASKET: ",".join(g.basket)} if g.get("basket") and not path.startswith("/api/") else {}
    return with_parameters(f"{request.script_root}{path}", {**kept, **parameters, **chosen}.items())


def compare_address(ids: Sequence[str], path: str = "/compare") -> str:
    """Return the address of a comparison, as a page or under another path."""
    lang = [("lang", g.lang)] if g.lang else []
    return with_parameters(f"{request.script_root}{path}", [("ids", ",".join(ids)), *lang])


def with_basket(ids: Sequence[str]) -> str:
    """Return the present address with another basket."""
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != BASKET and value]
    basket = [(BASKET, ",".join(ids))] if ids else []
    return with_parameters(f"{request.script_root}{request.path}", [*rest, *basket])


def absolute(path: str, **parameters: str) -> str:
    """Return an address as others reach it: under the set base, else under the host that the request names.

    In no language unless `parameters` name one: that of whoever opens it decides.
    """
    settings = services().settings
    # A request without a usable host is answered all the same, with the address that the server listens on.
    host = request.host or f"{settings.host}:{settings.port}"
    base = settings.base_url or f"{'https' if settings.https else request.scheme}://{host}{request.script_root}"
    return with_parameters(f"{base}{path}", parameters.items())
