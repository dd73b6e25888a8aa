"""Tables of people to records: headings and cells as they are met."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest import cells
from ingest.checking import case_of
from ingest.headings import columns
from ingest.mapping import records_of
from ingest.readers import RawRecord, Records, UnreadableFile, read
from kb.errors import InvalidCase
from kb.taxonomy import Taxonomy
from tests import documents


def mapped(rows: list[list[Any]], taxonomy: Taxonomy) -> Records:
    """The records of a workbook with these rows."""
    return records_of(read(documents.xlsx(rows), "a.xlsx"), taxonomy)


def first(rows: list[list[Any]], taxonomy: Taxonomy) -> RawRecord:
    return mapped(rows, taxonomy).records[0]


# Headings


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("Titel (deutsch)", "title.de"),
        ("TITEL ENGLISCH", "title.en"),
        ("title_de", "title.de"),
        ("title.en", "title.en"),
        ("Title (English)", "title.en"),
        ("Loesung (DE)", "solution.de"),
        ("Lösung de", "solution.de"),
        ("Schlagwörter EN", "keywords.en"),
        ("Firma", "organisation"),
        ("  Company   name ", "organisation"),
        ("Branche:", "sector"),
        ("NACE-Code", "sector"),
        ("Technologie(n)", "technologies"),
        ("Wirkung 2: Wert", "effects[1].value"),
        ("effect 2 value", "effects[1].value"),
        ("effects[1].value", "effects[1].value"),
        ("effects[0].note.de", "effects[0].note.de"),
        ("Effekt - Einheit", "effects[0].unit"),
        ("Kennzahl", "effects[0].metric"),
        ("Quelle", "sources[0].url"),
        ("Link 2", "sources[1].url"),
        ("Quelle 3 Herausgeber", "sources[2].publisher"),
        ("Titel der Quelle", None),
        ("Organisation / Organisation", "organisation"),
        ("Titel (deutsch) / Title (German)", "title.de"),
        ("Titel (deutsch) / Title (English)", None),
        ("Titel / Firma", None),
        ("Budget", None),
        ("", None),
        ("Firma de", None),
        ("²", None),
    ],
)
def test_a_heading_means_its_field_however_it_is_written(heading: str, path: str | None) -> None:
    (column,) = columns([heading])
    assert (column.path if column else None) == path


def test_a_text_without_a_language_is_in_that_of_the_headings() -> None:
    german = columns(["Firma", "Titel", "Problem", "Lösung", "Ergebnis"])
    english = columns(["Company", "Title", "Problem", "Solution", "Result"])
    assert [column.language for column in german if column] == [None, "de", "de", "de", "de"]
    assert [column.language for column in english if column] == [None, "en", "en", "en", "en"]


# Cells


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("-12,5", -12.5), ("−12.5", -12.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5),
        ("1.234.567", 1234567), ("1 234,5", 1234.5), ("1'234.5", 1234.5),
        ("0,125", 0.125), ("1e-05", 1e-05), ("12345.678", 12345.678),
    ],
)  # fmt: skip
def test_numbers_are_read_as_germans_and_english_write_them(text: str, value: float) -> None:
    assert cells.number(text) == value


@pytest.mark.parametrize("text", ["1.234", "-1,234", "12.345"])
def test_a_number_that_may_be_either_is_read_as_the_other_cells_are_or_refused(text: str) -> None:
    with pytest.raises(cells.Ambiguous):
        cells.number(text)
    assert cells.number(text, ",") != cells.number(text, ".")
    assert cells.decimal_of(["12,5", "3", "1.234,5"]) == ","
    assert cells.decimal_of(["12,5", "12.5"]) is None


@pytest.mark.parametrize("text", ["", "abc", "1,23,4", "1.2.3", "12 Stück 5", "--5", "1.2345.6", "²"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (Ambiguous is one too)
        cells.number(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-03-31", (2021, 3, 31)), ("31.3.2021", (2021, 3, 31)), ("31. 03. 2021", (2021, 3, 31)),
        ("31. März 2021", (2021, 3, 31)), ("31 March 2021", (2021, 3, 31)), ("March 31, 2021", (2021, 3, 31)),
        ("March 31st, 2021", (2021, 3, 31)), ("3/31/2021", (2021, 3, 31)), ("31/3/2021", (2021, 3, 31)),
        ("4/4/2021", (2021, 4, 4)), ("2021-03-31T10:00:00", (2021, 3, 31)),
    ],
)  # fmt: skip
def test_days_are_read_as_germans_and_english_write_them(text: str, day: tuple[int, int, int]) -> None:
    assert cells.day(text) == datetime.date(*day)


@pytest.mark.parametrize("text", ["3/4/2021", "32.1.2021", "1.13.2021", "31. Foo 2021", "2021", "gestern", "31.3.21"])
def test_a_day_that_may_be_another_or_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (Ambiguous is one too)
        cells.day(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a; b;c", ["a", "b", "c"]),
        ("a\nb\r\nc", ["a", "b", "c"]),
        ('"a; b"; c', ["a; b", "c"]),
        ('Werk "Nord"; b', ['Werk "Nord"', "b"]),
        (" ; a;; ", ["a"]),
        ("Müller, Maier & Co", ["Müller, Maier & Co"]),
    ],
)
def test_a_cell_may_hold_several_values(text: str, values: list[str]) -> None:
    assert cells.split(text) == values
    assert cells.split(cells.join(values)) == values


def test_labels_of_either_language_mean_their_term(taxonomy: Taxonomy) -> None:
    record = first(
        [
            ["id", "Rolle", "Land", "Pfad", "Branche", "Technologien", "Größe"],
            ["a", "anwender", "Germany", "1", "Metallerzeugung und -bearbeitung",
             "Abwärmenutzung, Heat network", "Groß (ab 250)"],
        ],
        taxonomy,
    )  # fmt: skip
    assert record.content == {
        "id": "a",
        "role": "operator",
        "country": "DE",
        "pathway": "efficiency",
        "sector": "C24",
        "technologies": ["waste-heat", "district-heating"],
        "size": "large",
    }


def test_a_label_with_commas_is_one_term(taxonomy: Taxonomy) -> None:
    rows = [["id", "Titel", "Technologien"], ["a", "b", "Kennzeichnung (RFID, QR, Wasserzeichen)"]]
    assert first(rows, taxonomy).content["technologies"] == ["identification"]


def test_what_is_no_term_is_kept_for_the_rules_to_name(taxonomy: Taxonomy) -> None:
    record = first([["id", "Titel", "Technologien"], ["a", "b", "Zauberei; Wasserstoff"]], taxonomy)
    assert record.content["technologies"] == ["Zauberei", "hydrogen"]
    with pytest.raises(InvalidCase, match="not a term of the vocabulary: Zauberei"):
        case_of(record, taxonomy)


@pytest.mark.parametrize(
    ("cell", "effect"),
    [
        (-30, {"value": -30}),
        (-12.5, {"value": -12.5}),
        (7.0, {"value": 7}),
        ("-30 %", {"value": -30, "unit": "%"}),
        ("bis zu -30 %", {"value": -30, "unit": "%", "bound": "up-to"}),
        ("ca. 1.200,5 t", {"value": 1200.5, "unit": "t", "bound": "about"}),
        ("1.234.567", {"value": 1234567}),
    ],
)
def test_a_figure_may_carry_its_unit_and_how_exact_it_is(cell: Any, effect: dict[str, Any], taxonomy: Taxonomy) -> None:
    record = first([["id", "Titel", "Firma", "Wert"], ["a", "b", "c", cell]], taxonomy)
    assert record.content["effects"] == [effect]
    assert record.faults == ()


def test_a_percentage_of_a_workbook_is_what_the_person_sees(taxonomy: Taxonomy) -> None:
    import io

    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(documents.xlsx([["id", "Titel", "Firma", "Wert"], ["a", "b", "c", -0.125]]))
    )
    book.worksheets[0]["D2"].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    record = records_of(read(out.getvalue(), "a.xlsx"), taxonomy).records[0]
    assert record.content["effects"] == [{"value": -12.5, "unit": "%"}]


@pytest.mark.parametrize(
    ("cell", "year"),
    [(2021, 2021), (2021.0, 2021), ("31.03.2021", 2021), ("März 2021", 2021), (datetime.date(2021, 3, 1), 2021)],
)
def test_a_year_may_stand_as_a_day(cell: Any, year: int, taxonomy: Taxonomy) -> None:
    assert first([["id", "Titel", "Jahr"], ["a", "b", cell]], taxonomy).content["year"] == year


@pytest.mark.parametrize(
    ("heading", "cell", "field", "reason"),
    [
        ("Wert", "=A1+1", "effects[0].value", "is a formula without a calculated value"),
        ("Titel EN", '="x"', "title.en", "is a formula without a calculated value"),
        ("Wert", "viel", "effects[0].value", "must be a number"),
        ("Wert", "1.234", "effects[0].value", "may mean two numbers"),
        ("Wert", "fast 30 %", "effects[0].value", "must be a number"),
        ("Wert", "20 bis 30", "effects[0].value", "must be a number"),
        ("Jahr", "bald", "year", "is not a year"),
        ("Jahr", "2019-2021", "year", "is not a year"),
        ("Jahr", "21", "year", "is not a year"),
        ("Quelle 1: Zuletzt geprüft", "3/4/2021", "sources[0].checked", "may mean two days"),
        ("Quelle 1: Zuletzt geprüft", "neulich", "sources[0].checked", "is not a day"),
    ],
)
def test_a_bad_cell_is_a_fault_of_its_field(
    heading: str, cell: Any, field: str, reason: str, taxonomy: Taxonomy
) -> None:
    record = first([["id", "Titel", "Firma", heading], ["a", "b", "c", cell]], taxonomy)
    assert [fault.field for fault in record.faults] == [field]
    assert reason in record.faults[0].message["en"]
    assert record.faults[0].message["de"] != record.faults[0].message["en"]
    with pytest.raises(InvalidCase) as caught:
        case_of(record, taxonomy)
    # The cell is one fault: not also a field that is missing.
    assert [fault.field for fault in caught.value.faults].count(field) == 1


@pytest.mark.parametrize("text", ["=1+1", "+49", "-x", "@home"])
def test_text_that_begins_like_a_formula_is_text(text: str, taxonomy: Taxonomy) -> None:
    data = f"id;Titel;Firma\na;{text};'{text}\n".encode()
    (record,) = records_of(read(data, "a.csv"), taxonomy).records
    assert record.content == {"id": "a", "title": {"de": text}, "organisation": text}


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a <IMG src=x onerror=y>", "</ iframe >"])
def test_active_markup_in_a_text_is_a_fault(text: str, taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidCase) as caught:
        case_of(first([["id", "Titel", "Firma"], ["a", text, "b"]], taxonomy), taxonomy)
    assert "only text is allowed" in str(dict(caught.value.by_field("en"))["title.de"])


def test_nothing_is_dropped_silently(taxonomy: Taxonomy) -> None:
    found = mapped(
        [
            ["Unsere Liste", None, None],
            ["Nr", "id", "Titel", "Firma", "Budget", "Unternehmen", None],
            [1, "a", "b", "c", "5.000 €", "d", "lose"],
            [None, None, None],
            [2, "e", "f", "g"],
        ],
        taxonomy,
    )
    assert [record.place for record in found.records] == ["Tabelle1!3", "Tabelle1!5"]
    assert found.records[0].content == {"id": "a", "title": {"de": "b"}, "organisation": "c"}
    assert found.records[0].left_over == {"Budget": "5.000 €", "Unternehmen": "d", "column 7": "lose"}
    assert [fault.field for fault in found.notices] == ["Tabelle1!1", "Tabelle1!2: Budget", "Tabelle1!2: Unternehmen"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_a_csv_file_is_read_whatever_wrote_it(delimiter: str, encoding: str, taxonomy: Taxonomy) -> None:
    text = (
        delimiter.join(("id", "Titel", "Größe")) + "\r\n" + delimiter.join(("a", '"Wärme, ""neu"""', "groß")) + "\r\n"
    )
    found = records_of(read(text.encode(encoding), "a.csv"), taxonomy)
    assert found.records[0].content == {"id": "a", "title": {"de": 'Wärme, "neu"'}, "size": "groß"}
    assert [fault.field for fault in found.notices] == (["(file)"] if encoding == "cp1252" else [])


def test_a_cell_may_hold_lines(taxonomy: Taxonomy) -> None:
    (record, after) = records_of(read('id;Lösung;Firma\na;"eins\nzwei";b\nc;d;e'.encode(), "a.csv"), taxonomy).records
    assert record.content["solution"] == {"de": "eins\nzwei"}
    assert (record.row, after.row) == (2, 3)


@pytest.mark.parametrize("rows", [[["x", "y"], [1, 2]], [["id", "Titel"], ["a", "b"]]])
def test_a_table_without_known_headings_says_where_to_find_them(rows: list[list[Any]], taxonomy: Taxonomy) -> None:
    with pytest.raises(UnreadableFile, match="the template shows which there are"):
        mapped(rows, taxonomy)


def test_a_document_is_no_list_of_cases(taxonomy: Taxonomy) -> None:
    with pytest.raises(UnreadableFile, match="propose it in the browser"):
        records_of(read("Ein Text über Abwärme.".encode(), "a.md"), taxonomy)


def test_front_matter_with_an_id_is_a_record_and_the_text_below_is_not_lost(taxonomy: Taxonomy) -> None:
    found = records_of(read(b"---\nid: a\ntitle: {de: b}\n---\nMehr.", "a.md"), taxonomy)
    assert found.records[0].content == {"id": "a", "title": {"de": "b"}}
    with pytest.raises(InvalidCase) as caught:
        case_of(found.records[0], taxonomy)
    assert "(text)" in caught.value.by_field("en")


def test_a_record_knows_its_place_in_every_kind_of_file() -> None:
    file = Path("a")
    assert RawRecord(file, 2, {}).at("id") == "[2].id"
    assert RawRecord(file, 2, {}, row=7).at("id") == "7: id"
    assert RawRecord(file, 2, {}, row=7, sheet="Fälle").at("id") == "Fälle!7: id"
