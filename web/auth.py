"""Signing in and out, one's own password, and the links that set one or invite to propose."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from kb.accounts import InvalidAccount, SignInRefused, User
from kb.attempts import TooManyAttempts
from kb.invitations import Invitation
from kb.permissions import ACCOUNT_ROLES, Role
from web.context import SignInNeeded, accounts, actor, invitations, link, services

blueprint = Blueprint("auth", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/sign-in")
def sign_in_page() -> Page:
    """The form; where nobody can sign in yet it says how to make the first account."""
    if _has_account():
        return redirect(_back())
    return _sign_in_form(request.args.get("next", ""))


@blueprint.post("/sign-in")
def sign_in() -> Page:
    """Begin a session, or say that name or password are wrong."""
    name = request.form.get("name", "")
    try:
        user = accounts().sign_in(name, request.form.get("password", ""), request.remote_addr or "")
    except (SignInRefused, TooManyAttempts) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 403
        return _sign_in_form(request.form.get("next", ""), name=name, message=error.message[g.language]), status
    _begin(user)
    return redirect(_back())


@blueprint.post("/sign-out")
def sign_out() -> Page:
    """End this session."""
    session.clear()
    return redirect(link("/"))


@blueprint.get("/account")
def account() -> Page:
    """One's own account."""
    return render_template("account.html", user=_own())


@blueprint.post("/account/password")
def change_password() -> Page:
    """Set another password; every other session of the account ends."""
    user, form = _own(), request.form
    try:
        changed = accounts().change_password(
            user.name, form.get("old", ""), form.get("new", ""), request.remote_addr or ""
        )
    except InvalidAccount as error:
        return render_template("account.html", user=user, faults=error.by_field(g.language)), 422
    except SignInRefused:
        return render_template("account.html", user=user, wrong=True), 403
    _begin(changed)
    return render_template("account.html", user=changed, done="password.changed")


@blueprint.post("/account/end-sessions")
def end_sessions() -> Page:
    """End every other session of the account."""
    user = _own()
    ended = accounts().end_sessions(user.name, user.actor)
    _begin(ended)
    return render_template("account.html", user=ended, done="account.sessions_ended")


@blueprint.get("/set-password/<token>")
def set_password_page(token: str) -> Page:
    """The form behind a link that an admin made."""
    return render_template("set_password.html", user=invitations().password_for(token), token=token)


@blueprint.post("/set-password/<token>")
def set_password(token: str) -> Page:
    """Set the password, once, and begin a session."""
    try:
        user = invitations().set_password(token, request.form.get("new", ""))
    except InvalidAccount as error:
        page = render_template(
            "set_password.html",
            user=invitations().password_for(token),
            token=token,
            faults=error.by_field(g.language),
        )
        return page, 422
    _begin(user)
    return redirect(link("/account"))


@blueprint.get("/invited/<invitation_token>")
def invited_page(invitation_token: str) -> Page:
    """What an invitation is for; it takes a click, since programs that look into mail follow links as well."""
    if _came_by(_invitation(invitation_token)):
        return redirect(link("/proposals"))
    return render_template("invited.html", token=invitation_token)


@blueprint.post("/invited/<invitation_token>")
def invited(invitation_token: str) -> Page:
    """Begin a session in which one may propose."""
    invitation = _invitation(invitation_token)
    if not _came_by(invitation):
        session.clear()
        session.permanent = True
        session["invitation"], session["guest"] = invitation.id, secrets.token_hex(8)
    return redirect(link("/proposals"))


def _invitation(token: str) -> Invitation:
    if not services().settings.invitations:
        abort(404)
    return invitations().invited(token)


def _came_by(invitation: Invitation) -> bool:
    # Whoever follows their link a second time keeps the session: under another guest their drafts would be gone.
    return actor().role is Role.INVITED and session.get("invitation") == invitation.id


def _sign_in_form(back: str, **values: str) -> str:
    """Return the form; whoever came to propose a case reads how one comes to do that."""
    return render_template(
        "sign_in.html",
        next=back,
        to_propose="/proposals" in back,
        contact=services().settings.contact,
        none_yet=accounts().none_yet(),
        **values,
    )


def _has_account() -> bool:
    return actor().role in ACCOUNT_ROLES


def _own() -> User:
    if not _has_account():
        raise SignInNeeded
    return accounts().get(actor().name)


def _begin(user: User) -> None:
    """Begin a session of its own: nothing of the one before is carried over."""
    session.clear()
    session.permanent = True
    session["user"], session["epoch"] = user.name, user.epoch
    g.actor = user.actor


def _back() -> str:
    """Return the address within this site that somebody came from, else the home page."""
    target = request.values.get("next", "")
    # Two slashes, the second one either way round, begin the name of another host; browsers drop control characters.
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if own else link("/")
