"""Signing in and sending forms, as a browser does it, for the tests of the pages."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kb.accounts import User

PASSWORD = "correct horse battery"


def form_token(client: FlaskClient) -> str:
    """Return the token that a form of this session carries; whoever is not signed in finds one at the sign-in page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    # Whoever has an account is led on from there: any page of theirs has a form to sign out.
    found = found or re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").get_data(as_text=True))
    assert found
    return found.group(1)


def send(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Send a form."""
    return client.post(address, data={"csrf_token": form_token(client), **fields})


def sign_in(
    client: FlaskClient, name: str, password: str = PASSWORD, *, lang: str = "", next: str = ""
) -> TestResponse:
    """Sign in with a password."""
    return send(client, f"/sign-in?lang={lang}" if lang else "/sign-in", name=name, password=password, next=next)


def begin_session(client: FlaskClient, user: User) -> None:
    """Begin a session of a user without the half second that checking a password takes."""
    with client.session_transaction() as session:
        session["user"], session["epoch"] = user.name, user.epoch
