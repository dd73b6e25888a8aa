"""Who may do what at which address: every route of the application, with every method and every role, in one table.

A route that is missing here, or one here that is gone, fails. To add one: a line in TABLE; in VALUES or `home` what its
placeholders stand for, if their names are new; in FORMS, JSON or QUERIES what has to be sent for an answer that tells
of rights.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from index.encoder import BundledEncoder
from kb.accounts import Accounts
from kb.import_jobs import ImportJobs
from kb.invitations import Invitations
from kb.passwords import Scrypt
from kb.permissions import ACCOUNT_ROLES, OPERATOR, Actor, Role
from tests.people import PASSWORD, begin_session, form_token
from web.app import create_app
from web.menu import places
from web.settings import Settings
from web.wiring import COLLECTION_FOLDER, Services

CASE = "eta-fabrik-darmstadt"
ANOTHER = "aurubis-hafencity-industrial-heat"

# What each role meets, in the order of Role. `ok`: it may, whatever becomes of an empty form. `in`: it is led to the
# sign-in page. `403`: it is told that it may not. `404`: it is not even told that there is something.
TABLE = {
    #                                            reader invited contributor curator admin
    "GET /": "                                     ok     ok      ok          ok      ok",
    "GET /search": "                               ok     ok      ok          ok      ok",
    "GET /explore": "                              ok     ok      ok          ok      ok",
    "GET /cases/<case_id>": "                      ok     ok      ok          ok      ok",
    "GET /match": "                                ok     ok      ok          ok      ok",
    "POST /match": "                               ok     ok      ok          ok      ok",
    "POST /match/file": "                          ok     ok      ok          ok      ok",
    "GET /about/search": "                         ok     ok      ok          ok      ok",
    "GET /about/data": "                           ok     ok      ok          ok      ok",
    "GET /about/accessibility": "                  ok     ok      ok          ok      ok",
    "GET /about/easy": "                           ok     ok      ok          ok      ok",
    "POST /api/v1/match": "                        ok     ok      ok          ok      ok",
    "GET /compare": "                              ok     ok      ok          ok      ok",
    "GET /compare.csv": "                          ok     ok      ok          ok      ok",
    "GET /api/v1/compare": "                       ok     ok      ok          ok      ok",
    "GET /api/v1/cases/<case_id>/effects": "       ok     ok      ok          ok      ok",
    "GET /api/v1/search": "                        ok     ok      ok          ok      ok",
    "GET /api/v1/cases/<case_id>": "               ok     ok      ok          ok      ok",
    "GET /cases/<case_id>/cite.<ending>": "        ok     ok      ok          ok      ok",
    "GET /export": "                               ok     ok      ok          ok      ok",
    "GET /export/<format>": "                      ok     ok      ok          ok      ok",
    "GET /feed.atom": "                            ok     ok      ok          ok      ok",
    "GET /sitemap.xml": "                          ok     ok      ok          ok      ok",
    "GET /sitemap-<int:part>.xml": "               ok     ok      ok          ok      ok",
    "GET /robots.txt": "                           ok     ok      ok          ok      ok",
    "GET /static/<path:filename>": "               ok     ok      ok          ok      ok",
    "GET /sign-in": "                              ok     ok      ok          ok      ok",
    "POST /sign-in": "                             ok     ok      ok          ok      ok",
    "POST /sign-out": "                            ok     ok      ok          ok      ok",
    "GET /set-password/<token>": "                 ok     ok      ok          ok      ok",
    "POST /set-password/<token>": "                ok     ok      ok          ok      ok",
    "GET /invited/<invitation_token>": "           ok     ok      ok          ok      ok",
    "POST /invited/<invitation_token>": "          ok     ok      ok          ok      ok",
    "GET /account": "                              in     in      ok          ok      ok",
    "POST /account/password": "                    in     in      ok          ok      ok",
    "POST /account/end-sessions": "                in     in      ok          ok      ok",
    "GET /proposals": "                            in     ok      ok          ok      ok",
    "POST /proposals": "                           in     ok      ok          ok      ok",
    "GET /proposals/<int:proposal_id>": "          in     404     ok          ok      ok",
    "POST /proposals/<int:proposal_id>": "         in     404     ok          ok      ok",
    "GET /proposals/<int:proposal_id>/help": "     in     404     ok          ok      ok",
    "POST /proposals/<int:proposal_id>/merge": "   in     404     ok          ok      ok",
    "POST /proposals/<int:proposal_id>/comment": " in     404     ok          ok      ok",
    "POST /proposals/<int:proposal_id>/reopen": "  in     404     ok          ok      ok",
    "GET /people": "                               in     403     403         403     ok",
    "POST /people": "                              in     403     403         403     ok",
    "POST /people/<name>/role": "                  in     403     403         403     ok",
    "POST /people/<name>/disable": "               in     403     403         403     ok",
    "POST /people/<name>/enable": "                in     403     403         403     ok",
    "POST /people/<name>/end-sessions": "          in     403     403         403     ok",
    "POST /people/<name>/password-link": "         in     403     403         403     ok",
    "GET /invitations": "                          in     403     403         ok      ok",
    "POST /invitations": "                         in     403     403         ok      ok",
    "POST /invitations/<int:invitation_id>/revoke": "in   403     403         ok      ok",
    "GET /audit": "                                in     403     403         403     ok",
    "GET /audit.csv": "                            in     403     403         403     ok",
    "GET /audit.jsonl": "                          in     403     403         403     ok",
    "GET /bring-in": "                             in     ok      ok          ok      ok",
    "POST /bring-in": "                            in     ok      ok          ok      ok",
    "POST /bring-in/address": "                    in     403     ok          ok      ok",
    "GET /bring-in/template.xlsx": "               in     ok      ok          ok      ok",
    "GET /bring-in/<int:job_id>": "                in     404     ok          404     404",
    "POST /bring-in/<int:job_id>/take": "          in     404     ok          404     404",
    "POST /bring-in/<int:job_id>/discard": "       in     404     ok          404     404",
    "GET /settings": "                             in     403     403         403     ok",
    "GET /about/criteria": "                       ok     ok      ok          ok      ok",
    "GET /review": "                               in     403     403         ok      ok",
    "GET /review/<int:proposal_id>": "             in     403     403         ok      ok",
    "POST /review/<int:proposal_id>/accept": "     in     403     403         ok      ok",
    "POST /review/<int:proposal_id>/onto": "       in     403     403         ok      ok",
    "POST /review/<int:proposal_id>/<action>": "   in     403     403         ok      ok",
    "GET /cases/<case_id>/history": "              ok     ok      ok          ok      ok",
    "GET /cases/<case_id>/history/<int:number>": " ok     ok      ok          ok      ok",
    "GET /cases/<case_id>/history/<int:number>/cite.<ending>": "ok ok ok      ok      ok",
    "GET /api/v1/cases/<case_id>/revisions": "     ok     ok      ok          ok      ok",
    "GET /api/v1/cases/<case_id>/revisions/<int:number>": "ok ok ok          ok      ok",
    "POST /cases/<case_id>/restore": "             in     403     403         ok      ok",
    "POST /cases/<case_id>/retire": "              in     403     403         ok      ok",
    "POST /cases/<case_id>/aliases": "             in     403     403         ok      ok",
    "GET /upkeep": "                               in     403     403         ok      ok",
    "POST /upkeep/checked": "                      in     403     403         ok      ok",
}
# What the placeholders of the addresses stand for; `home()` adds those that are made anew: tokens and ids.
VALUES = {"case_id": CASE, "filename": "mark.svg", "name": "zoe", "ending": "bib", "format": "csv", "part": "1"} | {
    "number": 1,
    "action": "comment",
}
FORMS = {
    "POST /cases/<case_id>/restore": {"revision": "1", "number": "1"},
    "POST /sign-in": {"name": "zoe", "password": PASSWORD},
    "POST /account/password": {"old": PASSWORD, "new": "another long password"},
    "POST /people/<name>/role": {"role": "curator"},
    "POST /proposals/<int:proposal_id>/merge": {"mine": "{}"},
    "POST /match": {"text": "Wir wollen die Abwärme unserer Öfen nutzen."},
}
QUERIES = {route: {"ids": f"{CASE},{ANOTHER}"} for route in ("GET /compare.csv", "GET /api/v1/compare")}
JSON = {"POST /api/v1/match": {"text": "Wir wollen die Abwärme unserer Öfen nutzen."}}
# They change nothing, so nobody can be tricked into them: no token is asked for.
WITHOUT_TOKEN = {"POST /match", "POST /match/file", "POST /api/v1/match"}
CELLS = [
    (route, role, expected) for route, row in TABLE.items() for role, expected in zip(Role, row.split(), strict=True)
]
Visit = Callable[[Role], FlaskClient]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home with two cases, a user of every role and one more, and what the placeholders stand for in it."""
    services, values = Services(Settings(home=tmp_path_factory.mktemp("permissions"))), dict(VALUES)
    for case in (CASE, ANOTHER):
        services.take_in(COLLECTION_FOLDER / f"{case}.yml", "file")
    services.build_index()
    with services.store() as store:
        accounts = Accounts(store.database, Scrypt(n=16, r=1, p=1))
        invitations = Invitations(store.database, accounts)
        for role in ACCOUNT_ROLES:
            accounts.add(f"the-{role}", role, OPERATOR, PASSWORD)
        accounts.add("zoe", Role.CONTRIBUTOR, OPERATOR, PASSWORD)
        values["token"] = invitations.password_link("zoe", OPERATOR)
        # The one by which the role `invited` came, and another one to be followed and revoked.
        values["guest"] = invitations.invite("of the guest", timedelta(days=1), OPERATOR)[0].id
        another, values["invitation_token"] = invitations.invite("another", timedelta(days=1), OPERATOR)
        values["invitation_id"] = another.id
        contributor = accounts.get("the-contributor").actor
        values["proposal_id"] = store.proposals.create({"title": {"en": "A draft"}}, contributor, "form").id
        # What somebody brings in is theirs alone until it is a proposal.
        jobs = ImportJobs(store.database)
        values["job_id"] = jobs.begin("file", "cases.csv", "worker", contributor)
        jobs.ready(values["job_id"], [], [])
    return services.settings.home, values


@pytest.fixture
def visit(home: tuple[Path, dict[str, Any]], tmp_path: Path, bundled: BundledEncoder) -> Visit:
    """A browser of somebody with a role, over a copy of the home: nothing that is done here stays."""
    shutil.copytree(home[0], tmp_path / "home")
    services = Services(Settings(home=tmp_path / "home", invitations=True))
    services.encoder = bundled
    return partial(browser_of, services, home[1]["guest"])


@pytest.fixture(scope="module")
def look(home: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory, bundled: BundledEncoder) -> Visit:
    """A browser of somebody with a role who looks and changes nothing: one home and one application for all."""
    folder = tmp_path_factory.mktemp("looked-at") / "home"
    shutil.copytree(home[0], folder)
    services = Services(Settings(home=folder, invitations=True))
    services.encoder = bundled
    return cache(partial(browser_of, services, home[1]["guest"]))


def browser_of(services: Services, invitation: int, role: Role) -> FlaskClient:
    client = create_app(services).test_client()
    if role is Role.INVITED:
        with client.session_transaction() as session:
            session["invitation"], session["guest"] = invitation, "guest"
    elif role in ACCOUNT_ROLES:
        with services.store() as store:
            begin_session(client, Accounts(store.database).get(f"the-{role}"))
    return client


def outcome(answer: TestResponse) -> str:
    """Say what somebody met, in a word of the table."""
    if (answer.location or "").startswith("/sign-in"):
        return "in"
    # Faults in what was sent, or a state that it does not fit, are told only to those who may.
    return "ok" if answer.status_code < 400 or answer.status_code in (409, 413, 415, 422) else str(answer.status_code)


def ask(browser: FlaskClient, route: str, values: dict[str, Any], token: dict[str, str]) -> TestResponse:
    """Open the address of `route`, or send its form, with `token` among the fields."""
    method, rule = route.split()
    address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule)
    if route in JSON:
        return browser.open(address, method=method, json=JSON[route])
    if method == "GET":
        return browser.get(address, query_string=QUERIES.get(route))
    return browser.open(address, method=method, data={**token, **FORMS.get(route, {})})


def test_the_table_speaks_of_every_route(services: Services) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in create_app(services).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(TABLE) == routes


@pytest.mark.parametrize(("route", "role", "expected"), [cell for cell in CELLS if cell[0].startswith("GET ")])
def test_a_role_sees_at_an_address_what_the_table_says(
    look: Visit, home: tuple[Path, dict[str, Any]], route: str, role: Role, expected: str
) -> None:
    with ask(look(role), route, home[1], {}) as answer:
        assert outcome(answer) == expected


@pytest.mark.parametrize(("route", "role", "expected"), [cell for cell in CELLS if not cell[0].startswith("GET ")])
def test_a_role_may_do_at_an_address_what_the_table_says(
    visit: Visit, home: tuple[Path, dict[str, Any]], route: str, role: Role, expected: str
) -> None:
    browser = visit(role)
    with ask(browser, route, home[1], {"csrf_token": form_token(browser)}) as answer:
        assert outcome(answer) == expected


@pytest.mark.parametrize("role", Role)
def test_the_menu_leads_only_where_a_role_may_go(role: Role) -> None:
    opened = {route for route, of, expected in CELLS if of is role and expected == "ok"}
    assert {f"GET {place.path}" for place in places(Actor("a name", role))} <= opened


@pytest.mark.parametrize("route", [route for route in TABLE if not route.startswith("GET ")])
def test_no_form_is_taken_without_its_token(visit: Visit, home: tuple[Path, dict[str, Any]], route: str) -> None:
    with ask(visit(Role.ADMIN), route, home[1], {}) as answer:
        assert (answer.status_code == 400) == (route not in WITHOUT_TOKEN)
