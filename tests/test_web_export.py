"""Everything that a search finds, taken away as a file: in the browser and at the terminal."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pybtex.database import parse_string

from ingest.checking import case_of
from ingest.mapping import records_of
from ingest.readers import read
from kb.case import Case
from kb.filters import Filters
from kb.text import LANGUAGES, Language
from kb.yaml_files import parse_yaml
from web.address import State
from web.app import create_app
from web.cli.commands import EXPORT_FORMATS, main
from web.export_formats import FORMATS, file_name
from web.listing import found
from web.wiring import Services

Run = Callable[..., tuple[int, str, str]]
RECORDS = ["csv", "xlsx", "json", "jsonl", "yaml"]
SEARCH = "/export/{}?q=Abw%C3%A4rme&pathway=cooperation&page=2"


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], services: Services) -> Run:
    """Run the program in the home of the whole collection; give code, output and errors."""

    def call(*arguments: str, **environment: str) -> tuple[int, str, str]:
        monkeypatch.delenv("PFADFINDER_BASE_URL", raising=False)
        home = {"PFADFINDER_HOME": str(services.settings.home), "PFADFINDER_LANG": "en"}
        for name, value in {**home, **environment}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as exit_code:
            main(arguments)
        captured = capsys.readouterr()
        return int(exit_code.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def expected(services: Services) -> list[Case]:
    """What the search of SEARCH finds, in its order."""
    state = State("Abwärme", Filters(pathway=("cooperation",)))
    with services.store() as store:
        ids = found(store, services.searcher(), state)
        assert len(ids) > 1
        return store.get_many(ids)


def cases_in(data: bytes, format: str, services: Services) -> list[Case]:
    """Read an export back."""
    if format == "yaml":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [archive.read(name).decode() for name in archive.namelist()]
        return [Case.from_record(parse_yaml(text), services.taxonomy) for text in texts]
    records = records_of(read(data, f"cases{FORMATS[format].ending}"), services.taxonomy)
    return [case_of(record, services.taxonomy) for record in records.records]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("format", RECORDS)
def test_a_file_holds_all_hits_of_the_search_and_reads_back_the_same(
    client: FlaskClient, services: Services, expected: list[Case], format: str, lang: str
) -> None:
    response = client.get(f"{SEARCH.format(format)}&lang={lang}")
    assert response.status_code == 200
    assert response.mimetype == FORMATS[format].mimetype
    assert response.content_length == len(response.data)
    back = cases_in(response.data, format, services)
    assert back == (sorted(expected, key=lambda case: case.id) if format == "yaml" else expected)


@pytest.mark.parametrize("format", RECORDS)
def test_without_a_search_a_file_holds_every_case(
    client: FlaskClient, services: Services, collection: list[Case], format: str
) -> None:
    back = cases_in(client.get(f"/export/{format}").data, format, services)
    assert sorted(back, key=lambda case: case.id) == collection


def test_every_case_is_one_entry_of_bibtex_with_its_address(client: FlaskClient, collection: list[Case]) -> None:
    entries = parse_string(client.get("/export/bibtex?lang=en").get_data(as_text=True), "bibtex").entries
    assert sorted(entries) == [case.id for case in collection]
    assert all(entry.fields["url"] == f"http://localhost/cases/{key}/history/1" for key, entry in entries.items())


@pytest.mark.parametrize("format", FORMATS)
def test_a_search_without_a_hit_gives_a_file_without_a_case(
    client: FlaskClient, services: Services, format: str
) -> None:
    response = client.get(f"/export/{format}?q=Rezept+Apfelkuchen+Zimt")
    assert response.status_code == 200
    if format == "bibtex":
        assert response.data == b""
    elif format == "json":
        assert response.data == b"[]\n"


@pytest.mark.parametrize(
    ("state", "number", "format", "language", "name"),
    [
        (State(), 213, "csv", "de", "pfadfinder-213-faelle.csv"),
        (State(), 1, "csv", "en", "pfadfinder-1-case.csv"),
        (State("Wärme der Öfen?"), 2, "yaml", "de", "pfadfinder-waerme-der-oefen-2-faelle-yaml.zip"),
        (State("„Maß“", Filters(sector=("C24",))), 3, "bibtex", "en", "pfadfinder-mass-c24-3-cases.bib"),
        (State("../../etc/passwd\r\nX: y"), 0, "json", "en", "pfadfinder-etc-passwd-x-y-0-cases.json"),
        (State("日本"), 1, "json", "en", "pfadfinder-1-case.json"),
    ],
)
def test_a_file_is_named_after_what_it_holds(
    state: State, number: int, format: str, language: Language, name: str
) -> None:
    assert file_name(state, number, format, language) == name
    assert len(file_name(State("ab " * 200), 9, format, language)) < 100


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/export?pathway=x&lang=de", 400),
        ("/export/csv?pathway=x", 400),
        ("/export/csv?lang=fr", 400),
        ("/export/pdf", 404),
        ("/feed.atom?sector=x", 400),
    ],
)
def test_a_broken_address_is_told_and_gives_no_file(client: FlaskClient, address: str, status: int) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/export?lang=de", "213 Fälle"),
        ("/export?q=Kupferh%C3%BCtte+Hafencity+Aurubis&technology=district-heating&lang=en", "Heat network"),
        ("/export?q=Rezept+Apfelkuchen+Zimt&lang=de", "nichts zu exportieren"),
        ("/export?q=Rezept+Apfelkuchen+Zimt&lang=en", "nothing to export"),
    ],
)
def test_the_page_says_what_there_is_to_take_away(client: FlaskClient, address: str, words: str) -> None:
    page = client.get(address).get_data(as_text=True)
    assert words in page
    assert ("/export/csv" in page) == ("nothing" not in words and "nichts" not in words)


def test_the_results_lead_to_their_own_export_and_feed(client: FlaskClient) -> None:
    page = client.get("/search?q=Druckluft&pathway=services&page=1&lang=de").get_data(as_text=True)
    assert 'href="/export?q=Druckluft&amp;pathway=services&amp;lang=de"' in page
    assert page.count('href="/feed.atom?q=Druckluft&amp;pathway=services&amp;lang=de"') == 2


# At the terminal.


def test_the_terminal_offers_every_format_of_the_page() -> None:
    assert set(EXPORT_FORMATS) == set(FORMATS)


@pytest.mark.parametrize("format", RECORDS)
def test_the_terminal_writes_every_format(
    run: Run,
    tmp_path: Path,
    services: Services,
    expected: list[Case],
    format: str,
) -> None:
    target = tmp_path / "new" / f"cases{FORMATS[format].ending}"
    code, out, errors = run("export", str(target), "--query", "Abwärme", "--pathway", "cooperation")
    assert (code, out) == (0, "")
    assert f"{len(expected)} cases" in errors
    back = cases_in(target.read_bytes(), format, services)
    assert sorted(back, key=lambda case: case.id) == sorted(expected, key=lambda case: case.id)
    assert [file.name for file in target.parent.iterdir()] == [target.name]
    assert stat.S_IMODE(target.stat().st_mode) & 0o400


def test_a_folder_gets_one_file_a_case_and_is_taken_in_again_without_a_change(
    run: Run,
    tmp_path: Path,
    collection: list[Case],
) -> None:
    folder = tmp_path / "cases"
    assert run("export", str(folder))[0] == 0
    assert sorted(file.stem for file in folder.iterdir()) == [case.id for case in collection]
    (folder / "of-somebody.yml").write_text("id: x\n")
    code, _, errors = run("export", str(folder), "--pathway", "services")
    assert code == 0
    assert "of-somebody.yml" in errors or "…" in errors
    (folder / "of-somebody.yml").unlink()
    code, out, _ = run("ingest", str(folder), "--dry-run")
    assert code == 0
    assert f"{len(collection)} unchanged" in out


def test_references_have_an_address_only_where_one_is_set(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "cases.bib"
    assert run("export", str(target), "--lang", "de")[0] == 0
    assert "  url = " not in target.read_text()
    run("export", str(target), PFADFINDER_BASE_URL="https://cases.example.org/kb/")
    assert (
        "  url = {https://cases.example.org/kb/cases/aurubis-hafencity-industrial-heat/history/1}" in target.read_text()
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["cases.doc"], 2, "which format"),
        (["-"], 2, "which format"),
        (["{folder}", "--format", "csv"], 2, "only YAML"),
        (["a.csv", "--pathway", "x"], 2, "pathway"),
        (["{folder}/file/inside.csv"], 4, "cannot be written"),
        (["a.json", "--query", "Rezept Apfelkuchen Zimt"], 1, "0 cases"),
    ],
)
def test_what_cannot_be_exported_is_told(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a file, no folder")
    got, out, errors = run("export", *(argument.format(folder=tmp_path) for argument in arguments))
    assert (got, out) == (code, "")
    assert words in errors


def test_the_terminal_narrows_by_effect_as_the_page_does(run: Run, client: FlaskClient, tmp_path: Path) -> None:
    target = tmp_path / "cases.jsonl"
    assert run("export", str(target), "--metric", "electricity", "--kind", "measured", "--kind", "claimed")[0] == 0
    assert target.read_bytes() == client.get("/export/jsonl?metric=electricity&kind=measured&kind=claimed").data
    assert target.read_bytes().count(b"\n") > 1
