"""What every test may use: real vocabularies, real cases, a real index, and no network."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from index.encoder import BundledEncoder
from kb.case import Case
from kb.shipped import COLLECTION_FOLDER
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.yaml_files import read_yaml
from tests.curated import Curated, make_home
from web.settings import Settings
from web.wiring import Services


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine, and say where it wanted to go."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test wanted to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the applications of all tests share what Jinja makes of a template: compiling it takes longer than a page."""
    folder = tmp_path_factory.getbasetemp().parent / "templates"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return shipped_taxonomy()


@pytest.fixture(scope="session")
def records() -> dict[str, dict[str, Any]]:
    """The shipped records as they stand in their files, by id."""
    return {path.stem: read_yaml(path) for path in sorted(COLLECTION_FOLDER.glob("*.yml"))}


@pytest.fixture(scope="session")
def collection(records: dict[str, dict[str, Any]], taxonomy: Taxonomy) -> list[Case]:
    """The shipped cases, by id."""
    return [Case.from_record(record, taxonomy) for record in records.values()]


@pytest.fixture(scope="session")
def bundled() -> BundledEncoder:
    return BundledEncoder()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The whole collection in a store with its index. Shared: tests may read and must not write."""
    ready = Services(Settings(home=Path(tmp_path_factory.mktemp("home"))))
    ready.make_ready()
    return ready


@pytest.fixture(scope="session")
def curated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three cases and a user of every role, to be copied."""
    home = tmp_path_factory.mktemp("curated") / "home"
    make_home(home)
    return home


@pytest.fixture
def curated(curated_home: Path, tmp_path: Path, bundled: BundledEncoder) -> Iterator[Curated]:
    """A home of one's own with three cases and a user of every role."""
    shutil.copytree(curated_home, tmp_path / "home")
    made = Curated.over(tmp_path / "home", bundled)
    yield made
    made.store.close()
