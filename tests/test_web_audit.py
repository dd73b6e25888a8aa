"""The log as a page and as a file."""

from __future__ import annotations

import ast
import csv
import html
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells import unguarded
from kb.accounts import Accounts
from kb.audit import Audit
from kb.permissions import OPERATOR, Role
from kb.proposal import Action
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES
from tests.people import begin_session
from tests.proposals import Hands
from tests.strategies import PROPERTY
from web.app import create_app
from web.audit import COLUMNS, PAGE, SUBJECTS, csv_lines
from web.i18n import catalogue
from web.settings import Settings
from web.wiring import Services

KB = Path(__file__).parent.parent / "kb"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, taxonomy: Taxonomy, clock: Hands) -> Iterator[CaseStore]:
    with CaseStore(tmp_path / "pfadfinder.db", taxonomy, clock) as store:
        yield store


@pytest.fixture
def client(tmp_path: Path, store: CaseStore, clock: Hands) -> FlaskClient:
    """A browser of ada, an admin. On three days something was done: an account, a case, a proposal."""
    ada = Accounts(store.database).add("ada", Role.ADMIN, OPERATOR)
    with store.transaction():
        clock.move(days=1)
        Audit(store.database).record("kurt", "publish", "case", "a-case", revision=2)
        clock.move(days=1)
        Audit(store.database).record("carla", "send-back", "proposal", 7, reason='=HYPERLINK("http://x")', version=3)
    client = create_app(Services(Settings(home=tmp_path))).test_client()
    begin_session(client, ada)
    return client


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def listed(client: FlaskClient, address: str) -> list[str]:
    """The subjects of the entries that a page shows."""
    rows = page(client, address).split("<tbody>")[-1].split("</tbody>")[0] if "<tbody>" in page(client, address) else ""
    return [cells[1] for cells in re.findall(r'subject=(\w+)&subject_id=([^"&]+)', rows)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["7", "a-case", "ada"]),
        ("actor=kurt", ["a-case"]),
        ("action=send-back", ["7"]),
        ("subject=user", ["ada"]),
        ("subject=proposal&subject_id=7", ["7"]),
        ("subject_id=8", []),
        ("from=2026-02-02", ["7", "a-case"]),
        ("to=2026-02-02", ["a-case", "ada"]),
        ("from=2026-02-02&to=2026-02-02", ["a-case"]),
        ("from=2026-02-04", []),
        ("actor=kurt&action=send-back", []),
        ("actor=&action=&from=&before=", ["7", "a-case", "ada"]),
    ],
)
def test_entries_are_found_by_person_action_subject_and_day(client: FlaskClient, query: str, found: list[str]) -> None:
    assert listed(client, f"/audit?{query}") == found
    lines = client.get(f"/audit.jsonl?{query}").get_data(as_text=True).splitlines()
    assert [json.loads(line)["subject_id"] for line in lines] == found[::-1]


@pytest.mark.parametrize("address", ["/audit", "/audit.csv", "/audit.jsonl"])
def test_a_filter_that_means_nothing_is_an_error_that_names_every_fault(client: FlaskClient, address: str) -> None:
    text = page(client, f"{address}?subject=house&from=31.1.2026&to=2026-02-30&before=x&lang=en", 400)
    for said in ("allowed are: case, proposal", "is no day. For example: 2026-01-31", "is no number"):
        assert said in text
    assert "liegt vor dem ersten Tag" in page(client, f"{address}?from=2026-02-02&to=2026-02-01&lang=de", 400)
    assert "ist kein Tag" in page(client, f"{address}?to=9999-12-31&lang=de", 400)


def test_every_entry_is_on_one_page_and_the_filter_goes_along(client: FlaskClient, store: CaseStore) -> None:
    with store.transaction():
        for number in range(2 * PAGE + 1):
            Audit(store.database).record("kurt", "save", "proposal", 100 + number)
    address, seen = "/audit?action=save&lang=en", []
    while address:
        seen += listed(client, address)
        older = re.search(r'<a href="([^"]+)" rel="next">', page(client, address))
        address = older.group(1) if older else ""
        assert not address or "action=save" in address
        assert not address or "lang=en" in address
    assert seen == [str(100 + number) for number in reversed(range(2 * PAGE + 1))]


def test_what_is_written_about_is_shown_in_words_and_never_as_markup(client: FlaskClient, store: CaseStore) -> None:
    with store.transaction():
        Audit(store.database).record("kurt", "reject", "proposal", 9, reason="<script>alert(1)</script>")
        Audit(store.database).record("kurt", "of-a-newer-version", "thing", 9, colour="red")
    text = client.get("/audit?lang=de").get_data(as_text=True)
    assert "<script>alert" not in text
    assert "abgelehnt" in text
    assert "Grund: &lt;script&gt;" in text
    assert "of-a-newer-version" in text
    assert "colour: red" in text


@pytest.mark.parametrize(("language", "mark"), [("de", ";"), ("en", ",")])
def test_the_file_for_a_spreadsheet_holds_every_entry_and_no_formula(
    client: FlaskClient, language: str, mark: str
) -> None:
    with client.get(f"/audit.csv?lang={language}") as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="pfadfinder-audit.csv"'
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.content_type == "text/csv; charset=utf-8"
        text = answer.get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline=""), delimiter=mark))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["actor"] for row in rows] == ["terminal", "kurt", "carla"]
    assert [row["at"] for row in rows][0] == "2026-02-01T12:00:00+00:00"
    # Guarded inside the cell too: a program that expects another mark starts cells at marks inside it.
    assert json.loads(rows[2]["detail"]) == {"reason": '\'=HYPERLINK("http://x")', "version": 3}
    assert json.loads(unguarded(rows[2]["detail"])) == {"reason": '=HYPERLINK("http://x")', "version": 3}


@PROPERTY
@given(
    st.sampled_from(";,"),
    st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4), max_size=5),
)
def test_any_cells_come_back_from_the_file_and_none_is_a_formula(mark: str, rows: list[list[str]]) -> None:
    text = "".join(csv_lines(rows, mark)).encode().decode("utf-8-sig")
    back = list(csv.reader(StringIO(text, newline=""), delimiter=mark))
    assert [[unguarded(cell) for cell in row] for row in back] == [[unguarded(cell) for cell in row] for row in rows]
    assert not [cell for row in back for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_numbers_stay_numbers() -> None:
    assert list(csv_lines([[-5, 1.5, None, "x"]], ","))[1] == '-5,1.5,"","x"\r\n'


def test_everything_that_is_recorded_has_words_in_both_languages() -> None:
    """What the stores hand to the audit, read from their source: a new action without words fails here."""
    actions, subjects = {str(action) for action in Action}, set()
    for path in KB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record" and len(node.args) > 0:
                given = [
                    arg for one in node.args for arg in (one.value.elts if isinstance(one, ast.Starred) else [one])
                ]
                texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in given[1:3]]
                actions |= {texts[0]} - {None}
                subjects |= {texts[1]} - {None}
    actions |= {"set-role", "disable", "enable", "end-sessions"}
    assert {"publish", "retire", "sign-in", "invite"} <= actions
    assert subjects == set(SUBJECTS)
    for language in LANGUAGES:
        words = catalogue(language)
        assert not [action for action in actions if f"action.{action}" not in words]
        assert not [subject for subject in subjects if f"subject.{subject}" not in words]
