"""What one request holds: the services of the application, a store of its own, and the language of its address."""

from __future__ import annotations

from flask import current_app, g, request

from kb.store import CaseStore
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


def link(path: str, **parameters: str) -> str:
    """Return an address inside the site that keeps the language which the present address chose."""
    chosen = {"lang": g.lang} if g.lang else {}
    return with_parameters(f"{request.script_root}{path}", {**parameters, **chosen}.items())
