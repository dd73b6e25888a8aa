"""The law of the rooms, held against every import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("kb", "ingest", "index", "web")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MAY_IMPORT = {
    "kb": {"kb"},
    "ingest": {"ingest", "kb"},
    "index": {"index", "kb"},
    "web": {"web", "ingest", "index", "kb"},
}
KB_LIBRARIES = {"yaml"}
SQLITE = {"kb/database.py", "kb/migrations.py"}
# Who may speak SQL to the record of cases, proposals, people and audit, each about its own subject.
STORE = SQLITE | {
    f"kb/{subject}.py"
    for subject in (
        *("store", "effect_rows", "lifecycle", "proposal_reader", "proposals", "file_proposals", "links"),
        *("audit", "accounts", "attempts", "invitations", "import_jobs"),
    )
}
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|WITH)\s+[A-Za-z*'(]")
# Who may make an AcceptedCase without a proposal, or take one.
WAYS_IN = {
    "accept_from_collection": {"ingest/pipeline.py"},
    "accept_from_file": {"ingest/pipeline.py"},
    "accept_again": {"kb/lifecycle.py"},
    "AcceptedCase": {"ingest/pipeline.py", "kb/store.py"},
    "_GATE": set(),
}
TRAINING = {path.relative_to(ROOT).as_posix() for path in (ROOT / "index" / "train").glob("*.py")}
ONLY_IN = {
    "faiss": {"index/vectors.py"},
    "sentence_transformers": {"index/encoder_transformers.py", *TRAINING},
    "torch": TRAINING,
    "sqlite_utils": SQLITE,
    "tokenizers": {"index/encoder.py", "index/encoder_transformers.py", *TRAINING},
    "rapidfuzz": {"index/spelling.py", "ingest/duplicates.py"},
    "snowballstemmer": {"index/analysis.py"},
    "waitress": {"web/serving.py"},
    "openpyxl": {"ingest/readers/xlsx.py", "ingest/workbook.py"},
    "pypdf": {"ingest/readers/pdf.py"},
    "mammoth": {"ingest/readers/docx.py"},
    "trafilatura": {"ingest/readers/html.py"},
    "lxml": {"ingest/readers/html.py", "ingest/readers/docx.py"},
    "urllib3": {"ingest/fetch.py"},
}
LONGEST = 350


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that the file names in an import, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found.add(node.module or "")
    return frozenset(found)


def roots(path: Path) -> set[str]:
    """The packages that the file imports from."""
    return {module.split(".")[0] for module in imports(path)}


def texts(path: Path) -> list[str]:
    """Every text in the file."""
    constants = [node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    return name(path).split("/")[0]


def of_room(wanted: str) -> list[Path]:
    return [path for path in MODULES if room(path) == wanted]


def test_a_room_imports_only_the_rooms_it_knows() -> None:
    strange = {name(path): roots(path) & set(ROOMS) - MAY_IMPORT[room(path)] for path in MODULES}
    assert not any(strange.values()), strange


def test_the_core_imports_the_standard_library_and_yaml() -> None:
    for path in of_room("kb"):
        allowed = KB_LIBRARIES | {"kb"} | ({"sqlite_utils"} if name(path) in SQLITE else set())
        assert roots(path) - set(sys.stdlib_module_names) <= allowed, name(path)


def test_the_index_is_handed_its_cases_and_never_opens_the_store() -> None:
    assert [name(path) for path in of_room("index") if "kb.store" in imports(path)] == []


@pytest.mark.parametrize(("library", "homes"), ONLY_IN.items())
def test_a_heavy_library_lives_in_its_files_alone(library: str, homes: set[str]) -> None:
    assert {name(path) for path in MODULES if library in roots(path)} <= homes


def test_the_faces_hold_no_sql_and_no_numpy() -> None:
    assert [name(path) for path in of_room("web") if {"sqlite3", "sqlite_utils", "numpy"} & roots(path)] == []


def test_only_the_stores_hold_sql() -> None:
    holding = {name(path) for path in MODULES if room(path) != "index" and any(map(SQL.match, texts(path)))}
    assert holding == STORE


def test_the_review_and_what_a_case_is_know_no_database() -> None:
    core = [path for path in of_room("kb") if name(path) not in STORE]
    stores = {store.removesuffix(".py").replace("/", ".") for store in STORE}
    assert [name(path) for path in core if imports(path) & stores] == []


@pytest.mark.parametrize(("way", "users"), WAYS_IN.items())
def test_every_way_past_the_review_is_known(way: str, users: set[str]) -> None:
    found = {name(path) for path in MODULES if re.search(rf"\b{way}\b", path.read_text(encoding="utf-8"))}
    assert found == users | {"kb/review.py"}


def test_no_module_swallows_the_project() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {module for module, length in lengths.items() if length > LONGEST} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_its_law_in_five_lines(room: str) -> None:
    lines = (ROOT / room / "README.md").read_text(encoding="utf-8").splitlines()
    assert 4 <= len(lines) <= 7
    assert "Must never" in "\n".join(lines)


@pytest.mark.parametrize("heavy", ["openpyxl", "pypdf", "mammoth", "lxml", "trafilatura"])
def test_reading_a_case_in_yaml_loads_no_other_format(heavy: str) -> None:
    code = (
        "import sys, pathlib, ingest.pipeline, ingest.readers as r; r.read(b'id: a', 'a.yml'); "
        f"sys.exit({heavy!r} in {{module.split('.')[0] for module in sys.modules}})"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("heavy", ["flask", "faiss", "numpy", "tokenizers", "sentence_transformers", "torch", "rich"])
def test_help_at_the_terminal_loads_nothing_heavy(heavy: str) -> None:
    code = (
        "import sys; from web.cli.commands import build; from web.cli.terminal import Terminal; build(Terminal({})); "
        f"sys.exit({heavy!r} in {{module.split('.')[0] for module in sys.modules}})"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
