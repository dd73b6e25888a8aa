"""What answers where no published case is: the redirect of a further address, the tombstone of a retired case."""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, g, redirect, render_template
from werkzeug.wrappers import Response

from kb.lifecycle import Lifecycle
from web.context import link, store
from web.i18n import Translator


def elsewhere(case_id: str, below: str = "", *, retired_too: bool = False) -> Response | tuple[str, int] | None:
    """Return what answers at `/cases/<case_id><below>` instead of the case: a redirect to its id, or its tombstone.

    None where the case is published under this id, with `retired_too` where it once was. 404 where it never was.
    """
    known = store().canonical(case_id)
    if known is None:
        abort(HTTPStatus.NOT_FOUND, description=Translator(g.language)("error.no_case", id=case_id))
    if known != case_id:
        return redirect(link(f"/cases/{known}{below}"), code=HTTPStatus.MOVED_PERMANENTLY)
    tombstone = None if retired_too else Lifecycle(store()).tombstone(known)
    if tombstone is None:
        return None
    successor = store().get(tombstone.successor) if tombstone.successor else None
    return render_template("tombstone.html", tombstone=tombstone, successor=successor), HTTPStatus.GONE
