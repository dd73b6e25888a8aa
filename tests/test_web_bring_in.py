"""Bringing in tables, documents and web addresses: the pages, with real files, threads and a real database."""

from __future__ import annotations

import html
import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

import web.importing as importing
from index.encoder import BundledEncoder
from ingest import fetch as fetching
from ingest.export import write_csv, write_xlsx
from kb.accounts import Accounts
from kb.case import Case
from kb.import_jobs import ImportJobs, JobState
from kb.lifecycle import Lifecycle
from kb.permissions import OPERATOR, Actor, Role
from kb.proposal import Action, State
from kb.review import accept_from_file
from kb.store import CaseStore
from kb.text import Text
from tests import documents
from tests.documents import GERMAN
from tests.people import begin_session, form_token, send
from tests.strategies import complete_record
from tests.test_ingest_sandbox import BAD
from web.app import create_app
from web.bring_in import FILE_LIMIT
from web.settings import Settings
from web.wiring import Services

CARLA = Actor("carla", Role.CONTRIBUTOR)
HEAD = (
    "id;Titel;Firma;Rolle;Land;Ort;Branche;Pfad;Technologien;Kurzfassung;Ausgangslage;Lösung;Ergebnis;Schlagwörter;"
    "Belegqualität;Quelle 1: Adresse;Quelle 1: Titel;Quelle 1: Herausgeber;Quelle 1: Sprache"
)


def line(place: str, title: str = "Fall") -> str:
    return (
        f"fall-{place.lower()};{title} {place};Firma {place} GmbH;Anwender;DE;{place};C24;1;Abwärmenutzung;"
        f"Kurz {place}.;Vorher.;Dann.;Nachher.;a, b, c;high;https://example.org/{place};T;P;Deutsch"
    )


@pytest.fixture
def services(tmp_path: Path, bundled: BundledEncoder, collection: list[Case]) -> Services:
    """Ten published cases, a contributor and a curator."""
    services = Services(Settings(home=tmp_path / "home", invitations=True))
    services.encoder = bundled
    with services.store() as store:
        accounts = Accounts(store.database)
        accounts.add("carla", Role.CONTRIBUTOR, OPERATOR)
        accounts.add("kurt", Role.CURATOR, OPERATOR)
        for case in collection[:10]:
            store.publish(accept_from_file(case, OPERATOR))
    return services


@pytest.fixture
def store(services: Services) -> Iterator[CaseStore]:
    with services.store() as store:
        yield store


@pytest.fixture
def browser(services: Services, store: CaseStore) -> Callable[[str], FlaskClient]:
    def of(name: str) -> FlaskClient:
        client = create_app(services).test_client()
        begin_session(client, Accounts(store.database).get(name))
        return client

    return of


@pytest.fixture
def carla(browser: Callable[[str], FlaskClient]) -> FlaskClient:
    return browser("carla")


@pytest.fixture(autouse=True)
def no_import_outlives_its_test() -> Iterator[None]:
    yield
    finish()


def finish() -> None:
    """Wait for every import that is at work."""
    for thread in threading.enumerate():
        if thread.name.startswith("import "):
            thread.join(120)
            assert not thread.is_alive()


def bring(client: FlaskClient, data: bytes, name: str) -> str:
    """Upload a file, wait for it, and return the address of its page."""
    answer = upload(client, data, name)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    finish()
    return answer.location


def upload(client: FlaskClient, data: bytes, name: str, address: str = "/bring-in") -> TestResponse:
    """Send a file. Made up in memory: the test client would leave a file of its own open."""
    boundary, body = encode_multipart(
        {"csrf_token": form_token(client), "file": FileStorage(io.BytesIO(data), filename=name)}
    )
    return client.post(address, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def text_of(answer: TestResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def seen(client: FlaskClient, address: str, lang: str = "de") -> str:
    return text_of(client.get(f"{address}{'&' if '?' in address else '?'}lang={lang}"))


def take(client: FlaskClient, address: str, **fields: str) -> None:
    answer = send(client, f"{address}/take", **fields)
    assert answer.status_code == 303
    finish()


def everything(store: CaseStore) -> Any:
    """What must stay as it is."""
    return store.last_change(), store.proposals.counts(), [case.to_record() for case in store.all()]


def job_of(store: CaseStore, address: str) -> Any:
    return ImportJobs(store.database).get(int(address.rsplit("/", 1)[1]), CARLA)


# Tables


def test_a_table_is_previewed_in_both_languages_before_anything_is_kept(
    carla: FlaskClient, store: CaseStore, collection: list[Case]
) -> None:
    before = everything(store)
    changed = collection[1].to_record() | {"place": "Ort 1999"}
    copy = collection[2].to_record() | {"id": "a-copy"}
    rows = [
        collection[0].to_record(),
        changed,
        copy,
        complete_record(id="brand-new"),
        complete_record(id="x", role="y"),
    ]
    address = bring(carla, yaml.safe_dump(rows, allow_unicode=True).encode(), "fälle.yml")
    german, english = seen(carla, address), seen(carla, address, "en")
    for said in ("1 neu", "1 geändert", "1 vermutlich schon da", "1 fehlerhaft", "1 unverändert", "brand-new"):
        assert said in german
    for said in ("1 new", "1 changed", "1 likely here already", "1 faulty", "1 unchanged", "brand-new"):
        assert said in english
    assert "Ort" in seen(carla, f"{address}?show=changed")
    assert "Ort 1999" in seen(carla, f"{address}?show=changed")
    assert collection[2].id in seen(carla, f"{address}?show=twin")
    assert "dieselbe Quelle" in seen(carla, f"{address}?show=twin")
    assert "Rolle:" in seen(carla, f"{address}?show=faulty")
    assert "Role:" in seen(carla, f"{address}?show=faulty", "en")
    assert everything(store) == before


@pytest.mark.parametrize(("kind", "state"), [("proposed", State.PROPOSED), ("draft", State.DRAFT)])
def test_a_confirmed_table_becomes_proposals_and_publishes_nothing(
    carla: FlaskClient, store: CaseStore, collection: list[Case], kind: str, state: State
) -> None:
    published = store.last_change()
    out = io.BytesIO()
    changed = Case.from_record(collection[1].to_record() | {"place": "Ort 1999"}, store.taxonomy)
    write_xlsx(lambda: [collection[0], changed, collection[20], collection[21]], out, "de")
    address = bring(carla, out.getvalue(), "fälle.xlsx")
    take(carla, address, **{"as": kind})
    assert "3 Vorschläge angelegt" in seen(carla, address)
    lines = store.proposals.lines()
    assert {(entry.state, entry.origin, entry.created_by) for entry in lines} == {(state, "file", "carla")}
    by_case = {store.proposals.get(entry.id).record["id"]: store.proposals.get(entry.id) for entry in lines}
    assert by_case.keys() == {collection[1].id, collection[20].id, collection[21].id}
    assert (by_case[collection[1].id].case_id, by_case[collection[1].id].base_revision) == (collection[1].id, 1)
    assert by_case[collection[20].id].case_id is None
    assert by_case[collection[20].id].record == by_case[collection[20].id].original == collection[20].to_record()
    assert store.last_change() == published


def test_twins_are_taken_only_where_somebody_says_so(
    carla: FlaskClient, store: CaseStore, collection: list[Case]
) -> None:
    copy = yaml.safe_dump(collection[2].to_record() | {"id": "a-copy"}, allow_unicode=True).encode()
    take(carla, bring(carla, copy, "a.yml"))
    assert store.proposals.lines() == []
    take(carla, bring(carla, copy, "a.yml"), twins="yes")
    assert [store.proposals.get(entry.id).record["id"] for entry in store.proposals.lines()] == ["a-copy"]


def test_the_same_file_twice_is_no_change_whatever_became_of_its_rows(
    carla: FlaskClient, store: CaseStore, collection: list[Case]
) -> None:
    out = io.BytesIO()
    write_csv(lambda: collection[20:24], out, "en")
    take(carla, bring(carla, out.getvalue(), "a.csv"), twins="yes")
    proposals, kurt = store.proposals, Actor("kurt", Role.CURATOR)
    ids = {proposals.get(entry.id).record["id"]: entry.id for entry in proposals.lines()}
    edited, rejected, published = (proposals.get(ids[collection[at].id]) for at in (21, 22, 23))
    proposals.save(edited.id, edited.version, {**edited.record, "place": "Ort 1999"}, kurt)
    proposals.act(rejected.id, rejected.version, Action.REJECT, kurt, "No.")
    mended = proposals.save(published.id, published.version, {**published.record, "place": "Ort 1998"}, kurt)
    assert mended.version == published.version + 1
    store.publish(accept_from_file(Case.from_record(mended.record, store.taxonomy), OPERATOR))
    before = everything(store)
    again = bring(carla, out.getvalue(), "a.csv")
    assert job_of(store, again).counts == {"unchanged": 4}
    assert "Diese Datei ändert nichts." in seen(carla, again)
    take(carla, again)
    assert everything(store) == before


def test_a_mended_file_brings_its_own_proposals_up_to_date_and_leaves_those_that_people_edited(
    carla: FlaskClient, store: CaseStore
) -> None:
    first = "\n".join([HEAD, line("Aachen"), line("Borken")])
    take(carla, bring(carla, first.encode(), "a.csv"))
    edited = next(entry for entry in store.proposals.lines() if "Borken" in str(entry.title))
    found = store.proposals.get(edited.id)
    store.proposals.save(found.id, found.version, {**found.record, "place": "Ort 2001"}, Actor("kurt", Role.CURATOR))
    second = "\n".join([HEAD, line("Aachen", "Besserer Fall"), line("Borken", "Besserer Fall")])
    address = bring(carla, second.encode(), "a.csv")
    assert job_of(store, address).counts == {"changed": 1, "pending": 1}
    assert f"Vorschlag {edited.id}" in seen(carla, f"{address}?show=pending")
    take(carla, address)
    records = {entry.record["id"]: entry.record for entry in map(store.proposals.get, (1, 2))}
    assert records["fall-aachen"]["title"]["de"] == "Besserer Fall Aachen"
    assert (records["fall-borken"]["title"]["de"], records["fall-borken"]["place"]) == ("Fall Borken", "Ort 2001")
    assert len(store.proposals.lines()) == 2


def test_the_draft_of_somebody_else_is_not_told_of(
    carla: FlaskClient, browser: Callable[[str], FlaskClient], store: CaseStore
) -> None:
    store.proposals.create(complete_record(id="fall-aachen"), Actor("zoe", Role.CONTRIBUTOR), "form")
    file = "\n".join([HEAD, line("Aachen")]).encode()
    assert job_of(store, bring(carla, file, "a.csv")).counts == {"new": 1}
    kurts = bring(browser("kurt"), file, "a.csv")
    assert "1 in Arbeit" in seen(browser("kurt"), kurts)
    # An import is its owner's alone, whoever else asks.
    assert carla.get(kurts).status_code == 404


def test_what_changed_since_the_preview_is_shown_again_and_nothing_is_taken(
    carla: FlaskClient, store: CaseStore, collection: list[Case]
) -> None:
    known = collection[0].to_record()
    rows = [known | {"place": "Ort 1999"}, complete_record(id="brand-new")]
    address = bring(carla, yaml.safe_dump(rows, allow_unicode=True).encode(), "a.yml")
    newer = Case.from_record(known | {"place": "Ort 1998"}, store.taxonomy)
    store.publish(accept_from_file(newer, OPERATOR))
    take(carla, address)
    assert store.proposals.lines() == []
    assert "Bei einer Zeile hat sich der Bestand inzwischen geändert" in seen(carla, address)
    assert "Ort 1998" in seen(carla, f"{address}?show=changed")
    take(carla, address)
    assert {store.proposals.get(entry.id).base_revision for entry in store.proposals.lines()} == {2, None}


def test_two_clicks_are_one(carla: FlaskClient, store: CaseStore) -> None:
    address = bring(carla, "\n".join([HEAD, line("Aachen")]).encode(), "a.csv")
    take(carla, address)
    take(carla, address)
    assert len(store.proposals.lines()) == 1
    assert "1 Vorschlag angelegt" in seen(carla, address)


def test_the_id_of_a_retired_case_is_a_fault(carla: FlaskClient, store: CaseStore, collection: list[Case]) -> None:
    Lifecycle(store).retire(collection[0].id, Text(de="Falsch."), Actor("kurt", Role.CURATOR))
    address = bring(carla, yaml.safe_dump(collection[0].to_record()).encode(), "a.yml")
    assert "hatte ein Fall, der zurückgezogen ist" in seen(carla, address)


def test_five_thousand_rows_show_their_progress_and_become_proposals_in_one_go(
    carla: FlaskClient, store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    halfway, go_on = threading.Event(), threading.Event()
    keep = ImportJobs.progress

    def progress(self: ImportJobs, job_id: int, done: int, total: int) -> None:
        keep(self, job_id, done, total)
        told.append((done, total))
        if done >= total // 2:
            halfway.set()
            assert go_on.wait(120)

    monkeypatch.setattr(ImportJobs, "progress", progress)
    words = [f"{a}{b}" for a in ("Kessel", "Ofen", "Pumpe", "Halle", "Presse") for b in range(1000)]
    file = "\n".join([HEAD, *(line(word) for word in words)]).encode()
    answer = upload(carla, file, "viele.csv")
    assert answer.status_code == 303
    assert halfway.wait(120)
    page = carla.get(answer.location)
    assert re.search(r'<progress max="5000" value="2\d{3}"', page.get_data(as_text=True))
    assert '<meta http-equiv="refresh"' in page.get_data(as_text=True)
    # The page goes on answering others.
    assert carla.get("/bring-in").status_code == 200
    go_on.set()
    finish()
    assert told[-1] == (5000, 5000)
    assert len(told) > 20
    counts = job_of(store, answer.location).counts
    assert counts["new"] + counts.get("twin", 0) == 5000
    take(carla, answer.location, twins="yes")
    assert store.proposals.counts()[State.PROPOSED] == 5000


def test_whoever_saves_while_a_file_is_taken_waits_for_it_and_loses_nothing(
    carla: FlaskClient, store: CaseStore, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = store.proposals.create({"year": 1}, Actor("kurt", Role.CURATOR), "form")
    written, go_on, begun = threading.Event(), threading.Event(), threading.Event()
    keep = ImportJobs.done

    def done(self: ImportJobs, *anything: Any, **named: Any) -> None:
        keep(self, *anything, **named)
        written.set()
        assert go_on.wait(60)

    def save() -> None:
        with services.store() as own:
            begun.set()
            own.proposals.save(draft.id, 1, {"year": 2}, Actor("kurt", Role.CURATOR))

    monkeypatch.setattr(ImportJobs, "done", done)
    address = bring(carla, "\n".join([HEAD, line("Aachen"), line("Borken")]).encode(), "a.csv")
    assert send(carla, f"{address}/take", twins="yes").status_code == 303
    # The proposals are written and the transaction is open: a writer waits, readers see nothing of it yet.
    assert written.wait(60)
    saving = threading.Thread(target=save)
    saving.start()
    assert begun.wait(60)
    assert "taking" in str(job_of(store, address).state)
    assert store.proposals.counts()[State.PROPOSED] == 0
    go_on.set()
    saving.join(60)
    finish()
    assert store.proposals.get(draft.id).record == {"year": 2}
    assert store.proposals.counts()[State.PROPOSED] == 2
    assert job_of(store, address).state is JobState.DONE


def test_the_pages_of_a_long_preview_can_be_leafed_through(carla: FlaskClient) -> None:
    file = "\n".join([HEAD, *(f"fall-{at};;;" for at in range(120))]).encode()
    address = bring(carla, file, "a.csv")
    first, last = seen(carla, f"{address}?show=faulty"), seen(carla, f"{address}?show=faulty&page=3")
    assert "Zeile 2 " in first
    assert "Zeile 121 " in last
    assert "Zeile 2 " not in last


# Documents


def test_a_document_becomes_a_draft_with_the_passage_of_each_suggestion(carla: FlaskClient, store: CaseStore) -> None:
    address = bring(carla, documents.pdf([GERMAN], title="Abwärme der Gießerei"), "bericht.pdf")
    answer = carla.get(address)
    (entry,) = store.proposals.lines()
    assert (answer.status_code, answer.location) == (303, f"/proposals/{entry.id}")
    found = store.proposals.get(entry.id)
    assert (found.state, found.origin, found.authors) == (State.DRAFT, "document", ("carla",))
    assert found.record == {
        "title": {"de": "Abwärme der Gießerei"},
        "sources": [{"title": "Abwärme der Gießerei", "language": "de"}],
    }
    assert found.document is not None
    assert (found.document.name, found.document.language) == ("bericht.pdf", "de")
    assert "1.200 Tonnen" in found.document.text
    effects = {
        suggestion.value["value"]: suggestion for suggestion in found.suggestions if suggestion.field == "effects"
    }
    assert "sinken die CO2-Emissionen um 1.200 Tonnen" in effects[-1200].passage
    assert {"pathway", "sector", "technologies"} <= {suggestion.field for suggestion in found.suggestions}
    assert all(0 < suggestion.confidence <= 1 for suggestion in found.suggestions)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", documents.docx("".join(map(documents.word, GERMAN)))),
        ("a.html", f"<html lang=de><body><p>{'</p><p>'.join(GERMAN)}</p></body></html>".encode()),
        ("a.md", "\n\n".join(GERMAN).encode()),
    ],
)
def test_documents_of_every_kind_become_drafts(carla: FlaskClient, store: CaseStore, name: str, data: bytes) -> None:
    bring(carla, data, name)
    (entry,) = store.proposals.lines()
    document = store.proposals.get(entry.id).document
    assert document is not None
    assert all(sentence in " ".join(document.text.split()) for sentence in GERMAN)


SAME = {"de": "Dasselbe Dokument liegt auch in", "en": "The same document is in"}


def test_the_same_document_twice_is_said_on_both_drafts_and_both_can_be_written(
    carla: FlaskClient, store: CaseStore
) -> None:
    data = documents.pdf([GERMAN], title="Abwärme der Gießerei")
    first = carla.get(bring(carla, data, "bericht.pdf")).location
    assert SAME["de"] not in seen(carla, first)
    second = carla.get(bring(carla, data, "unter anderem Namen.pdf")).location
    for page, other in ((first, second), (second, first)):
        for lang, words in SAME.items():
            assert words in seen(carla, page, lang)
        assert f'href="{other}"' in carla.get(page).get_data(as_text=True)
    found = store.proposals.get(2)
    assert store.proposals.save(found.id, found.version, {"year": 2020}, CARLA).version == 2
    # What is not open any more is in nobody's way.
    store.proposals.act(1, 1, Action.WITHDRAW, CARLA)
    assert SAME["de"] not in seen(carla, second)
    assert SAME["de"] not in seen(carla, first)


def test_another_document_is_not_the_same(carla: FlaskClient) -> None:
    bring(carla, documents.pdf([GERMAN]), "a.pdf")
    page = carla.get(bring(carla, documents.pdf([[*GERMAN, "Ein Nachtrag."]]), "a.pdf")).location
    assert SAME["de"] not in seen(carla, page)


def test_the_same_document_of_somebody_else_is_told_to_curators_alone(
    carla: FlaskClient, browser: Callable[[str], FlaskClient], store: CaseStore
) -> None:
    Accounts(store.database).add("zoe", Role.CONTRIBUTOR, OPERATOR)
    data = documents.pdf([GERMAN])
    bring(browser("zoe"), data, "a.pdf")
    page = carla.get(bring(carla, data, "a.pdf")).location
    assert SAME["de"] not in seen(carla, page)
    assert SAME["de"] in seen(browser("kurt"), page)


def test_htmx_is_led_to_the_draft(carla: FlaskClient) -> None:
    address = bring(carla, documents.pdf([GERMAN]), "a.pdf")
    answer = carla.get(address, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/proposals/1")


def test_a_script_in_a_document_never_runs(carla: FlaskClient, store: CaseStore) -> None:
    text = "# Titel <script>alert(1)</script>\n\n" + "\n\n".join(GERMAN)
    bring(carla, text.encode(), "<img src=x onerror=alert(1)>.md")
    page = carla.get("/bring-in").get_data(as_text=True)
    assert "<img src=x" not in page
    assert "title" not in store.proposals.get(1).record


# Bad input


@pytest.mark.parametrize(("name", "make"), [(name, make) for name, make, _ in BAD.values()], ids=BAD)
def test_a_bad_file_is_told_in_both_languages_and_changes_nothing(
    carla: FlaskClient, store: CaseStore, services: Services, name: str, make: Callable[[], bytes]
) -> None:
    before = everything(store)
    address = bring(carla, make(), name)
    german, english = seen(carla, address), seen(carla, address, "en")
    assert job_of(store, address).state is JobState.FAILED
    (fault,) = job_of(store, address).faults
    assert f"{name}: {' '.join(fault.message['de'].split())}" in german
    assert f"{name}: {' '.join(fault.message['en'].split())}" in english
    assert "Es wurde nichts übernommen" in german
    assert everything(store) == before
    assert list((services.settings.home / "imports").iterdir()) == []


@pytest.mark.parametrize(
    ("cell", "field", "de"),
    [
        ("=1+1", "Titel", "Formel"),
        ("<script>alert(1)</script>", "Titel", "enthält Markup"),
    ],
)
def test_formulas_and_scripts_in_cells_are_faults_of_their_row(
    carla: FlaskClient, store: CaseStore, cell: str, field: str, de: str
) -> None:
    row = line("Aachen").split(";")
    row[1] = cell
    address = bring(carla, documents.xlsx([HEAD.split(";"), row]), "a.xlsx")
    german = seen(carla, address)
    assert "Zeile Tabelle1!2" in german
    assert field in german
    assert de in german
    assert "<script>alert" not in carla.get(address).get_data(as_text=True)
    take(carla, address)
    assert store.proposals.lines() == []


@pytest.mark.parametrize(("lang", "said"), [("de", "größer als 25 MB"), ("en", "larger than 25 MB")])
def test_two_hundred_megabytes_are_refused_before_they_are_read(
    carla: FlaskClient, store: CaseStore, lang: str, said: str
) -> None:
    class Untouched(io.RawIOBase):
        def readable(self) -> bool:
            return True

        at = 0

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset + whence // 2 * 200 * 1024**2
            return self.at

        def tell(self) -> int:
            return self.at

        def readinto(self, buffer: Any) -> int:
            raise AssertionError("the body was read")

    answer = carla.post(
        f"/bring-in?lang={lang}",
        input_stream=Untouched(),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert said in text_of(answer)
    assert ImportJobs(store.database).of(CARLA) == []


def test_a_file_at_the_limit_is_taken_and_one_above_is_not(carla: FlaskClient) -> None:
    answer = upload(carla, bytes(FILE_LIMIT + 100_000), "a.pdf")
    assert answer.status_code == 413
    # Unreadable for another reason: it was read.
    assert "keine bekannte Dateiart" in seen(carla, bring(carla, b"\x01" + bytes(FILE_LIMIT - 1), "a.pdf"))


def test_readers_cannot_make_the_server_take_a_large_body(services: Services) -> None:
    client = create_app(services).test_client()
    answer = upload(client, bytes(1_000_000), "a.pdf")
    assert answer.location.startswith("/sign-in")


@pytest.mark.parametrize(("lang", "said"), [("de", "Bitte eine Datei wählen."), ("en", "Please choose a file.")])
def test_no_file_is_said(carla: FlaskClient, lang: str, said: str) -> None:
    answer = send(carla, f"/bring-in?lang={lang}")
    assert (answer.status_code, said in text_of(answer)) == (422, True)


def test_a_file_without_its_token_is_not_read(carla: FlaskClient, store: CaseStore) -> None:
    answer = carla.post("/bring-in", data={"file": (io.BytesIO(b"id: a"), "a.yml")})
    assert answer.status_code == 400
    assert ImportJobs(store.database).of(CARLA) == []


def test_more_files_at_a_time_than_the_server_holds_are_refused(carla: FlaskClient, store: CaseStore) -> None:
    taken = [importing._free.acquire(blocking=False) for _ in range(importing.AT_ONCE)]
    assert all(taken)
    try:
        answer = upload(carla, b"id: a", "a.yml", "/bring-in?lang=en")
    finally:
        importing._free.release(importing.AT_ONCE)
    assert (answer.status_code, "try again in a minute" in text_of(answer)) == (503, True)
    assert ImportJobs(store.database).of(CARLA) == []


# A killed server

KILLED = """
import sys, time
from pathlib import Path
from kb.import_jobs import ImportJobs
from kb.permissions import Actor, Role
from web.importing import bring_in_file, take_rows
import web.importing as importing
from web.settings import Settings
from web.wiring import Services

services, carla = Services(Settings(home=Path(sys.argv[1]))), Actor("carla", Role.CONTRIBUTOR)
def stop(*anything, **named):
    print("here", flush=True)
    time.sleep(600)
if sys.argv[2] == "running":
    importing.plan = stop
    bring_in_file(services, Path(sys.argv[3]).read_bytes(), "a.csv", carla)[1].join()
else:
    job_id, thread = bring_in_file(services, Path(sys.argv[3]).read_bytes(), "a.csv", carla)
    thread.join()
    # After the proposals, before the end of their transaction.
    ImportJobs.done = stop
    real = importing.take
    take_rows(services, job_id, carla, twins=True, submit=True).join()
"""


@pytest.mark.parametrize("state", ["running", "taking"])
def test_a_killed_server_leaves_an_import_that_is_marked_and_nothing_half_taken(
    carla: FlaskClient, store: CaseStore, services: Services, tmp_path: Path, state: str
) -> None:
    before = everything(store)
    file = tmp_path / "a.csv"
    file.write_text("\n".join([HEAD, *(line(f"Ort{at}") for at in range(20))]))
    server = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(services.settings.home), state, str(file)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"here\n"
        address = f"/bring-in/{ImportJobs(store.database).of(CARLA)[0].id}"
        # As long as it lives it is at work, whichever process is asked.
        assert job_of(store, address).state == state
        assert "<progress" in carla.get(address).get_data(as_text=True)
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()
    assert "Der Server wurde beendet" in seen(carla, address)
    assert "The server was stopped" in seen(carla, address, "en")
    assert job_of(store, address).state is JobState.INTERRUPTED
    assert everything(store) == before
    assert list((services.settings.home / "imports").iterdir()) == []
    take(carla, address)
    assert everything(store) == before


def test_an_import_that_fails_in_an_unforeseen_way_says_so(
    carla: FlaskClient, store: CaseStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*anything: Any, **named: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(importing, "plan", broken)
    address = bring(carla, "\n".join([HEAD, line("Aachen")]).encode(), "a.csv")
    assert "ein unerwarteter Fehler" in seen(carla, address)
    assert "a fault of ours" in caplog.text
    assert "a fault of ours" not in seen(carla, address, "en")


# Web addresses


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web site on loopback, which only this fixture lets the fetching reach."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (
                f"<html lang=de><head><title>Abwärme</title></head><body><p>{'</p><p>'.join(GERMAN)}</p></body></html>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    rules = fetching.Rules(ports=frozenset({server.server_port}), allowed=lambda address: address == "127.0.0.1")
    monkeypatch.setattr(importing, "fetch", lambda url: fetching.fetch(url, rules))
    yield f"http://127.0.0.1:{server.server_port}/fall"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_web_page_becomes_a_draft_that_names_it_as_its_source(
    carla: FlaskClient, store: CaseStore, site: str
) -> None:
    address = send(carla, "/bring-in/address", url=site).location
    finish()
    assert carla.get(address).location == "/proposals/1"
    found = store.proposals.get(1)
    assert found.origin == "address"
    assert found.record["sources"][0] | {"publisher": ""} == {
        "url": site,
        "title": "Abwärme",
        "publisher": "",
        "language": "de",
    }
    assert found.document is not None
    assert (found.document.url, found.document.name) == (site, site)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1/", "liegt im eigenen Netz"),
        ("http://[::1]/", "liegt im eigenen Netz"),
        ("http://169.254.169.254/latest/meta-data", "liegt im eigenen Netz"),
        ("file:///etc/passwd", "nur http und https"),
        ("http://192.168.0.1:8080/", "Port 8080"),
    ],
)
def test_an_address_that_is_not_fetched_is_told_why(carla: FlaskClient, store: CaseStore, url: str, said: str) -> None:
    address = send(carla, "/bring-in/address", url=url).location
    finish()
    assert said in seen(carla, address)
    assert store.proposals.lines() == []


def test_fetching_can_be_switched_off(services: Services, store: CaseStore) -> None:
    off = Services(Settings(home=services.settings.home, fetching=False))
    client = create_app(off).test_client()
    begin_session(client, Accounts(store.database).get("carla"))
    assert 'action="/bring-in/address"' not in client.get("/bring-in").get_data(as_text=True)
    assert send(client, "/bring-in/address", url="https://example.org").status_code == 404


# What else the pages do


def test_the_template_reads_back(carla: FlaskClient) -> None:
    answer = carla.get("/bring-in/template.xlsx")
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert "ist leer" in seen(carla, bring(carla, answer.get_data(), "vorlage.xlsx"))


def test_an_import_can_be_discarded(carla: FlaskClient, store: CaseStore) -> None:
    address = bring(carla, "\n".join([HEAD, line("Aachen")]).encode(), "a.csv")
    assert "a.csv" in seen(carla, "/bring-in")
    assert send(carla, f"{address}/discard").location == "/bring-in"
    assert carla.get(address).status_code == 404
    assert "a.csv" not in seen(carla, "/bring-in")
