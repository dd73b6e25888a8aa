"""What keeps the collection true: the list of what is due, sources read again, and addresses that are silent."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ingest.fetch import Rules
from ingest.links import LinkState
from kb.case import Case
from kb.errors import Forbidden
from kb.links import LinkChecks, Tried
from kb.permissions import OPERATOR
from kb.proposal import State
from kb.review import accept_from_file
from kb.text import LANGUAGES, Language, Text
from tests.curated import Curated
from tests.people import send
from tests.proposals import CONTRIBUTOR, CURATOR
from tests.strategies import complete_record
from web.cli.commands import main
from web.cli.link_checking import check_sources
from web.i18n import Translator

BOTH = pytest.mark.parametrize("language", LANGUAGES)
CASE = "example-foundry-waste-heat"
SOURCE = "https://example.org/heat"


def publish(curated: Curated, **changes: Any) -> None:
    record = complete_record(**changes)
    curated.store.publish(accept_from_file(Case.from_record(record, curated.store.taxonomy), CURATOR))


def page(curated: Curated, address: str, language: Language = "en", name: str = "kurt", status: int = 200) -> str:
    answer = curated.browser(name, language).get(address)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


@BOTH
def test_what_is_due_is_listed_by_reason(curated: Curated, language: Language) -> None:
    publish(curated, status="unknown", sources=[{**complete_record()["sources"][0], "checked": "2020-01-01"}])
    words = Translator(language)
    everything = page(curated, "/upkeep", language)
    assert words("due.status-unknown") in everything
    silent = page(curated, "/upkeep?reason=source-silent", language)
    assert words("upkeep.nothing") in silent
    unchecked = page(curated, "/upkeep?reason=source-unchecked", language)
    assert SOURCE in unchecked
    assert "2020-01-01" in unchecked
    assert SOURCE not in page(curated, "/upkeep?reason=source-unchecked&days=36500", language)
    assert f'href="/cases/{CASE}"' in page(curated, "/upkeep?reason=status-unknown", language)


@pytest.mark.parametrize("address", ["/upkeep?reason=nope", "/upkeep?days=-1", "/upkeep?page=0"])
def test_an_address_that_means_nothing_is_not_found(curated: Curated, address: str) -> None:
    page(curated, address, status=404)


@pytest.mark.parametrize(("name", "status"), [("", 302), ("carla", 403)])
def test_upkeep_is_for_curators(curated: Curated, name: str, status: int) -> None:
    publish(curated)
    assert curated.browser(name).get("/upkeep").status_code == status
    answer = send(curated.browser(name), "/upkeep/checked", source=f"{CASE} {SOURCE}")
    assert answer.status_code == status
    assert len(curated.store.revisions(CASE)) == 1


@BOTH
def test_a_source_that_was_read_again_bears_the_date_in_a_new_revision(curated: Curated, language: Language) -> None:
    publish(curated)
    kurt = curated.browser("kurt", language)
    answer = send(kurt, "/upkeep/checked", source=f"{CASE} {SOURCE}", reason="source-unchecked")
    told = kurt.get(answer.location).get_data(as_text=True)
    assert Translator(language)("upkeep.done", n=1) in told
    case = curated.store.get(CASE)
    assert case is not None
    assert case.sources[0].checked == curated.store.database.clock().date().isoformat()
    assert len(curated.store.revisions(CASE)) == 2
    assert curated.services.index_faults() == ()
    send(kurt, "/upkeep/checked", source=f"{CASE} {SOURCE}")
    assert len(curated.store.revisions(CASE)) == 2


@BOTH
def test_with_four_eyes_a_source_read_again_waits_as_a_proposal(curated: Curated, language: Language) -> None:
    publish(curated)
    strict = curated.with_four_eyes()
    kurt = strict.browser("kurt", language)
    answer = send(kurt, "/upkeep/checked", source=f"{CASE} {SOURCE}")
    assert Translator(language)("upkeep.waiting", n=1) in kurt.get(answer.location).get_data(as_text=True)
    (waiting,) = curated.store.proposals.lines(states=[State.PROPOSED])
    assert (waiting.case_id, waiting.origin) == (CASE, "upkeep")
    assert len(curated.store.revisions(CASE)) == 1


def test_a_source_of_a_case_that_is_gone_or_not_its_own_changes_nothing(curated: Curated) -> None:
    publish(curated)
    kurt = curated.browser("kurt")
    for ticked in (f"no-such-case {SOURCE}", f"{CASE} https://example.org/other", "nonsense", ""):
        assert send(kurt, "/upkeep/checked", source=ticked).status_code == 303
    assert len(curated.store.revisions(CASE)) == 1


# ---- asking the sources


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/heat" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def with_sources(curated: Curated, *urls: str) -> list[Case]:
    source = complete_record()["sources"][0]
    publish(curated, sources=[{**source, "url": url} for url in urls])
    return curated.store.get_many([CASE])


def test_sources_that_no_longer_answer_are_recorded_and_shown_with_the_reason(curated: Curated, port: int) -> None:
    gone, refused = f"http://127.0.0.1:{port}/gone", "http://10.0.0.1/heat"
    cases = with_sources(curated, f"http://127.0.0.1:{port}/heat", gone, refused)
    rules = Rules(ports=frozenset({port, 80}), allowed=lambda address: address == "127.0.0.1")
    told: list[tuple[int, int]] = []
    found = check_sources(
        curated.store, cases, OPERATOR, rules=rules, pause=0, progress=lambda done, of: told.append((done, of))
    )
    assert [answer.state for answer in found] == [LinkState.FINE, LinkState.GONE, LinkState.ERROR]
    assert told[-1] == (3, 3)
    failing = {check.url: check for check in LinkChecks(curated.store.database).failing()}
    assert set(failing) == {gone, refused}
    for language in LANGUAGES:
        shown = page(curated, "/upkeep?reason=source-silent", language)
        reason = failing[refused].reason
        assert reason is not None
        assert reason[language] in shown
        assert "404" in shown
        assert gone in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_source_that_has_moved_is_shown_with_its_new_address(curated: Curated, language: Language) -> None:
    old, new = "https://example.org/old", "https://example.org/new"
    with_sources(curated, old)
    LinkChecks(curated.store.database).record([Tried(old, True, 200, moved_to=new)], OPERATOR)
    shown = page(curated, "/upkeep?reason=source-moved", language)
    assert old in shown
    assert f'href="{new}"' in shown


def test_what_was_asked_is_kept_when_the_rest_is_interrupted(curated: Curated, port: int) -> None:
    cases = with_sources(curated, f"http://127.0.0.1:{port}/gone", f"http://127.0.0.1:{port}/gone-too")
    rules = Rules(ports=frozenset({port}), allowed=lambda address: True)

    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_sources(curated.store, cases, OPERATOR, rules=rules, pause=0, progress=interrupt)
    assert [check.url for check in LinkChecks(curated.store.database).failing()] == [f"http://127.0.0.1:{port}/gone"]


def test_only_curators_ask(curated: Curated) -> None:
    with pytest.raises(Forbidden):
        check_sources(curated.store, [], CONTRIBUTOR)


def test_the_command_says_what_is_silent_and_keeps_it(
    curated: Curated, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # An address that the rules refuse: no network is needed to learn that.
    with_sources(curated, "http://127.0.0.1/heat")
    monkeypatch.setenv("PFADFINDER_HOME", str(curated.services.settings.home))

    def run(*arguments: str) -> tuple[Any, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check-links", *arguments])
        return ended.value.code, capsys.readouterr().out

    for language in LANGUAGES:
        monkeypatch.setenv("PFADFINDER_LANG", language)
        code, out = run(CASE)
        assert code == 1
        assert "http://127.0.0.1/heat" in out
        assert Translator(language)("cli.check-links.done", n=1, silent=1) in out
    code, out = run(CASE, "--json")
    assert (code, json.loads(out)[0]["state"]) == (1, "error")
    assert run(CASE, "no-such-case")[0] == 1
    assert [check.url for check in LinkChecks(curated.store.database).failing()] == ["http://127.0.0.1/heat"]


@BOTH
def test_a_silent_page_is_to_be_looked_at_before_a_case_is_published(curated: Curated, language: Language) -> None:
    proposal = curated.proposed()
    why = Text(de="antwortet nicht", en="does not answer")
    LinkChecks(curated.store.database).record([Tried(SOURCE, False, None, why)], OPERATOR)
    assert Translator(language)("review.silent") in page(curated, f"/review/{proposal.id}", language)
