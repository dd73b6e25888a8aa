"""People with an account and their roles, for admins; invitations for those without one, for curators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from kb.accounts import InvalidAccount, User
from kb.invitations import LABEL_LIMIT, PASSWORD_LINK_LIFE
from kb.permissions import ACCOUNT_ROLES, Permission, Role
from web.context import absolute, accounts, invitations, link, require, services, store
from web.i18n import Translator

blueprint = Blueprint("people", __name__)
Page = str | tuple[str, int] | Response
DAYS = 30
"""How long an invitation lasts unless somebody says otherwise."""


@blueprint.get("/people")
def people() -> Page:
    """Everybody with an account."""
    require(Permission.ACCOUNTS)
    return _people()


@blueprint.post("/people")
def add() -> Page:
    """Add somebody; the page shows, once, the link with which they set their password."""
    admin, name = require(Permission.ACCOUNTS), request.form.get("name", "")
    try:
        # Both or neither: an account without a link would look like one that somebody waits for.
        with store().transaction():
            user = accounts().add(name, _role(), admin)
            token = invitations().password_link(user.name, admin)
    except InvalidAccount as error:
        return _people(422, faults=error.by_field(g.language), typed=request.form)
    return _people(shown=user, address=absolute(f"/set-password/{token}"))


@blueprint.post("/people/<name>/role")
def role(name: str) -> Page:
    """Give somebody another role; their sessions end."""
    admin = require(Permission.ACCOUNTS)
    return _changed("people.done.role", lambda: accounts().set_role(name, _role(), admin))


@blueprint.post("/people/<name>/disable")
def disable(name: str) -> Page:
    """Let somebody sign in no more."""
    admin = require(Permission.ACCOUNTS)
    return _changed("people.done.disabled", lambda: accounts().disable(name, admin))


@blueprint.post("/people/<name>/enable")
def enable(name: str) -> Page:
    """Let somebody sign in again."""
    admin = require(Permission.ACCOUNTS)
    return _changed("people.done.enabled", lambda: accounts().enable(name, admin))


@blueprint.post("/people/<name>/end-sessions")
def end_sessions(name: str) -> Page:
    """End every session of somebody."""
    admin = require(Permission.ACCOUNTS)
    return _changed("people.done.sessions_ended", lambda: accounts().end_sessions(name, admin))


@blueprint.post("/people/<name>/password-link")
def password_link(name: str) -> Page:
    """Show, once, a link with which somebody sets their password."""
    admin = require(Permission.ACCOUNTS)
    token = invitations().password_link(name, admin)
    return _people(shown=accounts().get(name), address=absolute(f"/set-password/{token}"))


@blueprint.get("/invitations")
def invited() -> Page:
    """Every invitation, the newest first."""
    require(Permission.INVITE)
    return _invitations()


@blueprint.post("/invitations")
def invite() -> Page:
    """Make an invitation; the page shows its link, once."""
    curator = require(Permission.INVITE)
    if not services().settings.invitations:
        abort(404)
    days = request.form.get("days", "")
    life = timedelta(int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0)
    try:
        invitation, token = invitations().invite(request.form.get("label", ""), life, curator)
    except InvalidAccount as error:
        return _invitations(422, faults=error.by_field(g.language), typed=request.form)
    return _invitations(shown=invitation, address=absolute(f"/invited/{token}"))


@blueprint.post("/invitations/<int:invitation_id>/revoke")
def revoke(invitation_id: int) -> Page:
    """Let an invitation end now, and the sessions of those who came by it."""
    invitations().revoke(invitation_id, require(Permission.INVITE))
    flash(Translator(g.language)("invitations.revoked"))
    return redirect(link("/invitations"))


def _people(status: int = 200, **shown: Any) -> Page:
    page = render_template(
        "people.html", users=accounts().all(), roles=ACCOUNT_ROLES, link_days=PASSWORD_LINK_LIFE.days, **shown
    )
    return page, status


def _invitations(status: int = 200, **shown: Any) -> Page:
    page = render_template(
        "invitations.html",
        switched_on=services().settings.invitations,
        invitations=[(one, invitations().is_valid(one)) for one in invitations().all()],
        days=DAYS,
        label_limit=LABEL_LIMIT,
        **shown,
    )
    return page, status


def _changed(key: str, change: Callable[[], User]) -> Page:
    """Change a user and say so on the page of all, or why it cannot be."""
    try:
        user = change()
    except InvalidAccount as error:
        return _people(422, faults=error.by_field(g.language), about=error.subject)
    words = Translator(g.language)
    flash(words(key, name=user.name, role=words(f"role.{user.role}")))
    return redirect(link("/people"))


def _role() -> Role:
    # What is no role at all is told like one that an account cannot have.
    return next((role for role in ACCOUNT_ROLES if role == request.form.get("role")), Role.READER)
