"""Two servers on one home: what a curator publishes in one, a reader of the other finds, without a restart."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener, urlopen

import pytest

from index.encoder import BundledEncoder
from tests.curated import FOUND_BY, Curated, add_people
from tests.people import PASSWORD
from web.wiring import Services

ROOT = Path(__file__).parent.parent
CASE = "example-foundry-waste-heat"
PATIENCE = 120
"""Seconds after which a test gives up waiting; how long it takes is measured elsewhere."""


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Run `pfadfinder serve` on a free port and give its address."""
    environment = {**os.environ, "PFADFINDER_HOME": str(home), "PFADFINDER_LANG": "en"}
    command = [sys.executable, "-m", "web", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        timer = threading.Timer(PATIENCE, server.kill)
        timer.start()
        try:
            address = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stderr)))
            timer.cancel()
            threading.Thread(target=server.stderr.read, daemon=True).start()
            yield address.group()
        finally:
            timer.cancel()
            server.terminate()


@pytest.fixture
def whole(services: Services, tmp_path: Path, bundled: BundledEncoder) -> Iterator[Curated]:
    """A home with the whole collection and people: servers have nothing to take in."""
    shutil.copytree(services.settings.home, tmp_path / "home")
    made = Curated.over(tmp_path / "home", bundled)
    add_people(made.services)
    yield made
    made.store.close()


@pytest.fixture
def servers(whole: Curated) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        home = whole.services.settings.home
        yield stack.enter_context(serving(home)), stack.enter_context(serving(home))


def send(browser: OpenerDirector, address: str, page: str, **fields: str) -> None:
    """Send the form of a page."""
    with browser.open(page) as answer:
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
    assert token
    data = urlencode({"csrf_token": token.group(1), **fields}).encode()
    # A form is sent from a page of ours, and says so.
    browser.addheaders = [("Origin", page.split("/review")[0].split("/cases")[0].split("/sign-in")[0])]
    browser.open(address, data).close()


def curator(server: str) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    send(browser, f"{server}/sign-in", f"{server}/sign-in", name="kurt", password=PASSWORD)
    return browser


def found(server: str) -> bool:
    with urlopen(f"{server}/api/v1/search?{urlencode({'q': FOUND_BY['de'], 'lang': 'de'})}", timeout=30) as answer:
        return CASE in [one["id"] for one in json.load(answer)["results"]]


def status(address: str) -> int:
    try:
        with urlopen(address, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def eventually(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_what_is_published_in_one_process_is_found_in_the_other_and_what_is_retired_is_gone(
    whole: Curated, servers: tuple[str, str]
) -> None:
    here, there = servers
    proposal = whole.proposed()
    assert not found(here)
    assert not found(there)
    kurt = curator(here)
    page = f"{here}/review/{proposal.id}"
    send(kurt, f"{page}/accept", page, version=str(proposal.version), confirmed="page")
    # The one that published has it before it answers.
    assert found(here)
    eventually(lambda: found(there))

    history = f"{here}/cases/{CASE}/history"
    why = {"reason.de": "Beendet.", "reason.en": "Ended."}
    send(kurt, f"{here}/cases/{CASE}/retire", history, revision="1", **why)
    # Gone at once in every process, whatever its index still holds.
    assert not found(there)
    assert not found(here)
    assert status(f"{there}/cases/{CASE}") == 410
