"""`pfadfinder user`, over real homes and at a real terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from kb.accounts import Accounts
from kb.audit import Audit
from kb.invitations import Invitations
from kb.permissions import Role
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from tests.people import PASSWORD
from web.cli.commands import main

ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `pfadfinder user` in a home of its own with `typed` in its pipe; give code, output and errors."""

    def call(*arguments: str, typed: str = "", lang: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("PFADFINDER_HOME", str(tmp_path))
        monkeypatch.setenv("PFADFINDER_LANG", lang)
        monkeypatch.setattr(sys, "stdin", StringIO(typed))
        with pytest.raises(SystemExit) as exit_code:
            main(["user", *arguments])
        captured = capsys.readouterr()
        return int(exit_code.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def store(tmp_path: Path, taxonomy: Taxonomy) -> Iterator[CaseStore]:
    with CaseStore(tmp_path / "pfadfinder.db", taxonomy) as store:
        yield store


def test_a_user_is_added_with_a_password_from_a_pipe(run: Run, store: CaseStore, tmp_path: Path) -> None:
    code, out, err = run("add", "Ada", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (code, out) == (0, "")
    assert f"ada (admin) added to {tmp_path / 'pfadfinder.db'}" in err
    assert Accounts(store.database).sign_in("ada", PASSWORD, "").role is Role.ADMIN


def test_a_link_stands_alone_on_the_output_and_sets_the_password(run: Run, store: CaseStore) -> None:
    code, out, err = run("add", "ada", "--role", "admin", "--link")
    assert code == 0
    path, token = out.strip().rsplit("/", 1)
    assert path == "/set-password"
    assert "2 days" in err
    accounts = Accounts(store.database)
    assert accounts.get("ada").standing == "no-password"
    assert Invitations(store.database, accounts).set_password(token, PASSWORD).name == "ada"
    first = run("password-link", "ada")[1].strip()
    second = run("password-link", "ada")[1].strip()
    assert first != second
    assert Invitations(store.database, accounts).password_for(second.rsplit("/", 1)[1]).name == "ada"


def test_users_are_listed_changed_disabled_and_enabled(run: Run, store: CaseStore) -> None:
    for name in ("ada", "berta"):
        assert run("add", name, "--role", "admin", "--link")[0] == 0
    users = Accounts(store.database)
    epoch = users.get("berta").epoch
    assert "Role of berta changed: curator" in run("role", "berta", "curator")[2]
    assert "berta ist gesperrt" in run("disable", "berta", lang="de")[2]
    assert users.get("berta").epoch == epoch + 2
    code, out, _ = run("list")
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["ada", "admin", "no"],
        ["berta", "curator", "disabled"],
    ]
    assert run("enable", "berta")[0] == run("end-sessions", "berta")[0] == 0
    listed = json.loads(run("list", "--json")[1])
    assert [(user["name"], user["role"], user["standing"]) for user in listed] == [
        ("ada", "admin", "no-password"),
        ("berta", "curator", "no-password"),
    ]
    assert {entry.actor for entry in Audit(store.database).entries()} == {"terminal"}


def test_where_there_is_nobody_it_is_said_how_to_begin(run: Run) -> None:
    code, out, err = run("list")
    assert (code, out) == (0, "")
    assert "pfadfinder user add NAME --role admin" in err
    assert json.loads(run("list", "--json")[1]) == []


@pytest.mark.parametrize(
    ("arguments", "lang", "code", "said"),
    [
        (("role", "nobody", "admin"), "en", 1, "There is no such user: nobody"),
        (("disable", "nobody"), "de", 1, "Dieses Konto gibt es nicht: nobody"),
        (("add", "ada", "--role", "reader"), "en", 2, "'contributor', 'curator', 'admin'"),
        (("add", "ada"), "en", 2, "--role"),
        (("add", "ada", "--role", "admin"), "en", 2, "--password-stdin"),
        (("add", "ada", "--role", "admin"), "de", 2, "kein Passwort abfragen"),
        (("add", "ada", "--role", "admin", "--link", "--password-stdin"), "en", 2, "exclude each other"),
        (("add", "Ä", "--role", "admin", "--password-stdin"), "en", 3, "needs 12 to 200 characters"),
        (("add", "Ä", "--role", "admin", "--password-stdin"), "de", 3, "Kleinbuchstaben a-z"),
    ],
)
def test_what_is_wrong_is_said_with_the_exit_code_of_its_kind(
    run: Run, arguments: tuple[str, ...], lang: str, code: int, said: str
) -> None:
    found, out, err = run(*arguments, lang=lang)
    assert (found, out) == (code, "")
    assert said in err


def test_the_last_admin_stays(run: Run) -> None:
    run("add", "ada", "--role", "admin", "--link")
    code, _, err = run("disable", "ada")
    assert (code, "is the last admin account" in err) == (3, True)


def test_at_a_terminal_the_password_is_asked_for_twice_and_never_shown(store: CaseStore, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    environment = {"PFADFINDER_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PFADFINDER_LANG": "en"}
    command = [sys.executable, "-m", "web", "user", "add", "ada", "--role", "admin"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=pipe, stderr=pipe, start_new_session=True
    ) as program:
        assert program.stderr is not None
        timer = threading.Timer(60, program.kill)
        timer.start()
        said = ""
        # Each is typed when it is asked for: what was typed before is thrown away.
        for prompt, word in [("Password", PASSWORD), ("Password again", "a slip"), *[("Password", PASSWORD)] * 2]:
            while not said.endswith(": "):
                sign = program.stderr.read(1).decode()
                assert sign, said
                said += sign
            assert prompt in said.splitlines()[-1]
            os.write(ours, f"{word}\n".encode())
            said += "\n"
        said += program.stderr.read().decode()
        timer.cancel()
    os.close(theirs)
    assert program.returncode == 0, said
    assert "The two are not the same." in said
    os.set_blocking(ours, False)
    try:
        shown = os.read(ours, 10_000).decode()
    except OSError:
        shown = ""
    os.close(ours)
    assert PASSWORD not in said + shown
    assert Accounts(store.database).sign_in("ada", PASSWORD, "").name == "ada"
