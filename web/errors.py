"""What goes wrong, said to a person as a page and to a program as JSON."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask.wrappers import Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from index.comparable import InvalidText
from index.manifest import IndexUnusable
from kb.attempts import TooManyAttempts
from kb.errors import Faulty, Forbidden, InvalidFilter, NotFound
from kb.invitations import LinkExpired
from web.api import data
from web.bring_in import FILE_LIMIT
from web.context import SignInNeeded, link
from web.i18n import Translator

blueprint = Blueprint("errors", __name__)
_KNOWN = (400, 403, 404, 405, 410, 413, 429, 500, 503)


@blueprint.app_errorhandler(InvalidFilter)
@blueprint.app_errorhandler(InvalidText)
def invalid_filter(error: Faulty) -> tuple[str, int] | Response:
    """The address asks for something that does not exist: name every fault and what is allowed."""
    faults = error.by_field(g.language)
    return _answer(400, faults=faults)


@blueprint.app_errorhandler(SignInNeeded)
def sign_in_needed(error: SignInNeeded) -> tuple[str, int] | Response:
    """A person is led to the sign-in page and back; a program is told."""
    if request.path.startswith("/api/"):
        return _answer(401, message=error.message[g.language])
    back = f"{request.script_root}{request.full_path.rstrip('?')}" if request.method == "GET" else ""
    response: Response = redirect(link("/sign-in", **({"next": back} if back else {})))  # type: ignore[assignment]
    return response


@blueprint.app_errorhandler(Forbidden)
def forbidden(error: Forbidden) -> tuple[str, int] | Response:
    """Signed in, and not allowed."""
    return _answer(403, message=error.message[g.language])


@blueprint.app_errorhandler(NotFound)
def not_found(error: NotFound) -> tuple[str, int] | Response:
    """Something that is named in an address and does not exist."""
    return _answer(404, message=error.message[g.language])


@blueprint.app_errorhandler(LinkExpired)
def expired(error: LinkExpired) -> tuple[str, int] | Response:
    """An invitation or a link to set a password that does not work any more."""
    return _answer(410, message=error.message[g.language])


@blueprint.app_errorhandler(TooManyAttempts)
def too_many(error: TooManyAttempts) -> tuple[str, int] | Response:
    """Somebody guesses passwords, or has forgotten theirs."""
    return _answer(429, message=error.message[g.language])


@blueprint.app_errorhandler(CSRFError)
def forged(error: CSRFError) -> tuple[str, int] | Response:
    """A form that did not come from a page of this session, or lay open until the session ended."""
    return _answer(400, kind="form", message=Translator(g.language)("error.form.text"))


@blueprint.app_errorhandler(IndexUnusable)
def no_index(error: IndexUnusable) -> tuple[str, int] | Response:
    """The index is missing or damaged; what to do about it stands in the log, not on the page."""
    logging.getLogger(__name__).error("%s", error)
    return _answer(503)


@blueprint.app_errorhandler(HTTPException)
def http(error: HTTPException) -> tuple[str, int] | Response:
    """Not found, not allowed, and the like."""
    code = error.code or 500
    if code == 413 and request.endpoint == "bring_in.upload":
        return _answer(413, message=Translator(g.language)("error.upload.text", limit=FILE_LIMIT // 1024**2))
    own_words = error.description if code == 404 and error.description != type(error).description else None
    return _answer(code, message=own_words)


@blueprint.app_errorhandler(Exception)
def unexpected(error: Exception) -> tuple[str, int] | Response:
    """A fault of ours: the log has the details, the reader gets none."""
    logging.getLogger(__name__).exception("unexpected error at %s", request.path)
    return _answer(500)


def _answer(
    code: int, *, kind: str = "", message: str | None = None, faults: dict[str, list[str]] | None = None
) -> tuple[str, int] | Response:
    g.setdefault("language", "de")
    g.setdefault("lang", None)
    words = Translator(g.language)
    kind = kind or str(code if code in _KNOWN else 500 if code >= 500 else 400)
    message = message or words(f"error.{kind}.text")
    if request.path.startswith("/api/"):
        content: dict[str, Any] = {"error": {"status": code, "message": message}}
        if faults:
            content["error"]["faults"] = faults
        return data(content, code)
    page = render_template(
        "error.html",
        code=code,
        title=words(f"error.{kind}.title"),
        message=message,
        faults=faults or {},
    )
    return page, code
