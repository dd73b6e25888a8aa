"""The terminal: `pfadfinder user add | list | role | disable | enable | password-link | end-sessions`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kb.permissions import ACCOUNT_ROLES, OPERATOR, Role
from web.numbers import moment

if TYPE_CHECKING:
    from kb.accounts import Accounts, User
    from kb.invitations import Invitations
    from web.cli.terminal import Terminal


class People:
    """The commands about users. Whoever can run them can write the database file, so nothing is kept from them."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._words = terminal.words

    def add(self, name: str, role: str, link: bool, password_stdin: bool) -> None:
        """Add a user, with a password from the keyboard or a pipe, or with a link to set one."""
        if link and password_stdin:
            raise click.UsageError(self._words("cli.user.one_way"))
        password = None if link else self._piped() if password_stdin else self._typed()
        with self._people() as (accounts, invitations):
            user = accounts.add(name, Role(role), OPERATOR, password)
            # With the file, since the command may have been called in another folder than the one that is served.
            self._done("cli.user.added", user, file=self._terminal.settings.database)
            if link:
                self._show_link(invitations.password_link(user.name, OPERATOR))

    def list(self, as_json: bool) -> None:
        """Print every user."""
        with self._people() as (accounts, _):
            users = accounts.all()
        if as_json:
            click.echo(json.dumps([_data(user) for user in users], ensure_ascii=False, indent=2))
            return
        if not users:
            click.echo(self._words("cli.user.none"), err=True)
        width = max((len(user.name) for user in users), default=0)
        for user in users:
            seen = self._words("people.seen", at=moment(user.signed_in_at)) if user.signed_in_at else ""
            role, standing = f"{user.role:<11}", self._words(f"standing.{user.standing}")
            click.echo(f"{user.name:<{width}}  {role}  {standing}  {seen}".rstrip())

    def role(self, name: str, role: str) -> None:
        """Give a user another role."""
        with self._people() as (accounts, _):
            self._done("people.done.role", accounts.set_role(name, Role(role), OPERATOR))

    def disable(self, name: str) -> None:
        """Let a user sign in no more."""
        with self._people() as (accounts, _):
            self._done("people.done.disabled", accounts.disable(name, OPERATOR))

    def enable(self, name: str) -> None:
        """Let a user sign in again."""
        with self._people() as (accounts, _):
            self._done("people.done.enabled", accounts.enable(name, OPERATOR))

    def end_sessions(self, name: str) -> None:
        """End every session of a user."""
        with self._people() as (accounts, _):
            self._done("people.done.sessions_ended", accounts.end_sessions(name, OPERATOR))

    def password_link(self, name: str) -> None:
        """Print a link with which a user sets their password, once."""
        with self._people() as (_, invitations):
            self._show_link(invitations.password_link(name, OPERATOR))

    @contextmanager
    def _people(self) -> Iterator[tuple[Accounts, Invitations]]:
        from kb.accounts import Accounts
        from kb.invitations import Invitations

        with self._terminal.services.store() as store:
            accounts = Accounts(store.database)
            yield accounts, Invitations(store.database, accounts)

    def _typed(self) -> str:
        """Ask for the password twice, without showing it."""
        if not sys.stdin.isatty():
            raise click.UsageError(self._words("cli.user.no_terminal"))
        while True:
            first = click.prompt(self._words("cli.user.password"), hide_input=True, err=True)
            if first == click.prompt(self._words("cli.user.password_again"), hide_input=True, err=True):
                return str(first)
            click.echo(self._words("cli.user.passwords_differ"), err=True)

    def _piped(self) -> str:
        """Return the first line of the standard input."""
        return sys.stdin.readline().rstrip("\r\n")

    def _done(self, key: str, user: User, **values: object) -> None:
        click.echo(self._words(key, name=user.name, role=user.role.value, **values), err=True)

    def _show_link(self, token: str) -> None:
        from kb.invitations import PASSWORD_LINK_LIFE

        # Alone on the standard output, for a script that sends it; without a host, as the terminal knows of none.
        click.echo(self._words("cli.user.link", days=PASSWORD_LINK_LIFE.days), err=True)
        click.echo(f"/set-password/{token}")


def people(terminal: Terminal) -> click.Group:
    """Return `user` with its commands, their help in the language of the terminal."""
    words, actions = terminal.words, People(terminal)
    group = click.Group("user", help=words("cli.user.help"))

    def command(name: str, action: Callable[..., None], *params: click.Parameter) -> None:
        group.add_command(
            click.Command(name, callback=action, params=list(params), help=words(f"cli.user.{name}.help"))
        )

    def flag(name: str, key: str) -> click.Option:
        return click.Option([f"--{name}", *([] if name != "json" else ["as_json"])], help=words(key), is_flag=True)

    name = click.Argument(["name"])
    roles = click.Choice([role.value for role in ACCOUNT_ROLES])
    role = click.Option(["--role"], type=roles, required=True, help=words("cli.option.role"))
    command(
        *("add", actions.add, name, role),
        flag("link", "cli.option.link"),
        flag("password-stdin", "cli.option.password_stdin"),
    )
    command("list", actions.list, flag("json", "cli.option.json"))
    command("role", actions.role, name, click.Argument(["role"], type=roles))
    command("disable", actions.disable, name)
    command("enable", actions.enable, name)
    command("password-link", actions.password_link, name)
    command("end-sessions", actions.end_sessions, name)
    return group


def _data(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.value,
        "standing": user.standing,
        "created_by": user.created_by,
        "created_at": user.created_at,
        "signed_in_at": user.signed_in_at,
    }
