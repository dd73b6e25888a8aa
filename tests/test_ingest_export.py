"""Cases to files and back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import IO, Any

import pytest
from hypothesis import Phase, given, settings

from ingest.checking import case_of
from ingest.export import Cases, to_yaml, write_csv, write_json, write_jsonl, write_xlsx, write_yaml
from ingest.headings import columns
from ingest.mapping import records_of
from ingest.readers import read
from ingest.workbook import write_template
from kb.case import Case
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import Language
from kb.yaml_files import parse_yaml
from tests.strategies import PROPERTY, case_records, complete_record

Write = Callable[[Cases, IO[bytes]], None]
TABLES: dict[str, Write] = {
    "de.csv": lambda cases, out: write_csv(cases, out, "de"),
    "en.csv": lambda cases, out: write_csv(cases, out, "en"),
    "de.xlsx": lambda cases, out: write_xlsx(cases, out, "de"),
    "en.xlsx": lambda cases, out: write_xlsx(cases, out, "en"),
    "a.jsonl": write_jsonl,
    "a.json": write_json,
}
DANGEROUS = [
    "=1+1",
    "+49 40",
    "-2 bis 3",
    "@SUM(A1)",
    "'=quoted",
    "''=twice",
    "'plain",
    "\uff1d1",
    "a;=cmd|' /C calc'!A0",
]


def written(write: Write, cases: list[Case]) -> bytes:
    out = io.BytesIO()
    write(lambda: cases, out)
    return out.getvalue()


def read_back(data: bytes, name: str) -> list[Case]:
    taxonomy = shipped_taxonomy()
    found = records_of(read(data, name), taxonomy)
    assert found.notices == ()
    assert all(not record.left_over for record in found.records)
    return [case_of(record, taxonomy) for record in found.records]


@pytest.mark.parametrize("name", TABLES)
def test_the_whole_collection_comes_back_from_every_format(name: str, collection: list[Case]) -> None:
    assert read_back(written(TABLES[name], collection), name) == collection


def test_the_archive_holds_one_sorted_file_a_case_and_reads_back_the_same(
    collection: list[Case], taxonomy: Taxonomy
) -> None:
    data = written(write_yaml, collection[::-1])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        texts = [archive.read(name).decode() for name in names]
    assert names == [f"{case.id}.yml" for case in collection]
    assert [Case.from_record(parse_yaml(text), taxonomy).to_record() for text in texts] == [
        case.to_record() for case in collection
    ]
    assert written(write_yaml, collection) == data


# Whole records shrink for minutes; the first record that fails says enough.
@settings(PROPERTY, max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(record=case_records())
@pytest.mark.parametrize("name", TABLES)
def test_any_case_comes_back_from_every_format(name: str, record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    assert read_back(written(TABLES[name], [case]), name) == [case]


@PROPERTY
@given(record=case_records())
def test_any_case_comes_back_from_yaml(record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    assert Case.from_record(parse_yaml(to_yaml(case)), shipped_taxonomy()) == case


@pytest.mark.parametrize("text", [*DANGEROUS, '"', 'a "b"; c', "_x0041_", "1.234", "01.02.2020", "5 %", "TRUE", "#N/A"])
@pytest.mark.parametrize("name", TABLES)
def test_text_that_looks_like_something_else_stays_text(name: str, text: str, taxonomy: Taxonomy) -> None:
    record = complete_record(
        title={"de": text, "en": text}, organisation=text, partners=[text], keywords={"de": [text, "b", "c"]}
    )
    case = Case.from_record(record, taxonomy)
    assert read_back(written(TABLES[name], [case]), name) == [case]


@pytest.mark.parametrize("value", [1.234, -1.234, 12.345, 0.125, 1e-05, 12.0, 10**15, -0.5, 1234.567, 999999.5, 2.5e-7])
@pytest.mark.parametrize("name", TABLES)
def test_a_number_comes_back_whatever_its_marks(name: str, value: float, taxonomy: Taxonomy) -> None:
    effects = [{"metric": "co2e", "value": value, "unit": "%", "kind": "claimed"}]
    case = Case.from_record(complete_record(effects=effects), taxonomy)
    assert read_back(written(TABLES[name], [case]), name) == [case]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_workbook_holds_no_formula(text: str, taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(organisation=text), taxonomy)
    with zipfile.ZipFile(io.BytesIO(written(TABLES["de.xlsx"], [case]))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"<f " not in sheet


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_a_csv_file_begins_as_a_formula_whichever_mark_separates(
    text: str, language: Language, taxonomy: Taxonomy
) -> None:
    import csv

    case = Case.from_record(complete_record(organisation=text, partners=["@x", text]), taxonomy)
    data = written(TABLES[f"{language}.csv"], [case]).decode("utf-8-sig")
    for delimiter in ";,":
        for row in csv.reader(io.StringIO(data, newline=""), delimiter=delimiter):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\uff1d"))
                assert not cell.startswith("-") or cell.strip("-0123456789.,") == ""


def test_the_template_asks_in_both_languages_and_is_read_again(taxonomy: Taxonomy) -> None:
    import openpyxl

    out = io.BytesIO()
    write_template(taxonomy, out)
    book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    page, lists, notes = book.worksheets
    headings = [str(cell.value) for cell in page[1]]
    assert "Titel (deutsch) / Title (German)" in headings
    assert None not in columns(headings)
    assert notes.max_row == len(headings) + 1
    assert any(str(cell.value).startswith("C24 – ") for row in lists.iter_rows() for cell in row)
    choices = {"Rolle / Role": "operator – Anwender / Operator", "Land / Country": "Deutschland", "Pfad / Pathway": 3}
    plain = {
        "Kennung / ID": "a",
        "Titel (englisch) / Title (English)": "Heat",
        "Organisation / Organisation": "Example",
        "Branche / Sector": "C24",
        "Technologien / Technologies": "Abwärmenutzung; heat network",
        "Schlagwörter (englisch) / Keywords (English)": "heat, grid, foundry",
        "Belegqualität / Evidence": "high",
        "Quelle 1: Adresse / Source 1: Address": "https://example.org/",
        "Quelle 1: Titel / Source 1: Title": "T",
        "Quelle 1: Herausgeber / Source 1: Publisher": "P",
        "Quelle 1: Sprache / Source 1: Language": "Englisch",
        **{f"{name} (English)": "x" for name in ()},
    }
    for name in ("Kurzfassung (englisch) / Summary", "Ausgangslage (englisch) / Problem"):
        plain[f"{name} (English)"] = "Words."
    for name in ("Lösung (englisch) / Solution", "Ergebnis (englisch) / Result"):
        plain[f"{name} (English)"] = "Words."
    for heading, value in (choices | plain).items():
        page.cell(2, headings.index(heading) + 1, value)
    filled = io.BytesIO()
    book.save(filled)
    (case,) = read_back(filled.getvalue(), "vorlage.xlsx")
    assert (case.role, case.country, case.pathway) == ("operator", "DE", "cooperation")
    assert case.technologies == ("waste-heat", "district-heating")
    assert case.keywords.en == ("heat", "grid", "foundry")
    assert case.sources[0].language == "en"


def test_no_case_is_an_empty_list_of_json() -> None:
    assert written(write_json, []) == b"[]\n"
