"""Documents: title, language and text with its places."""

from __future__ import annotations

import pytest

from ingest.readers import Document, UnreadableFile, read
from ingest.readers.kinds import kind_of
from ingest.readers.prose import language_of
from kb.case import Case
from tests import documents
from tests.documents import GERMAN, word

ENGLISH = "The foundry has used the waste heat of its furnaces for the heat network of the town since 2019."


def document(data: bytes, name: str) -> Document:
    found = read(data, name)
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize("compressed", [False, True])
def test_a_pdf_gives_its_text_with_the_pages(compressed: bool) -> None:
    found = document(documents.pdf([GERMAN, ["Seite zwei."]], title="Abwärme nutzen", compressed=compressed), "a.pdf")
    assert (found.title, found.language) == ("Abwärme nutzen", "de")
    assert [paragraph.page for paragraph in found.paragraphs] == [1, 2]
    assert all(line in found.text for line in GERMAN)


def test_a_word_that_was_hyphenated_at_a_line_end_is_whole_again() -> None:
    found = document(
        documents.pdf([["Die Wärmerück-", "gewinnung spart Erdgas und die", "CO2-", "Bilanz sinkt."]]), "a.pdf"
    )
    assert "Wärmerückgewinnung spart" in found.text
    assert "CO2- Bilanz" in found.text


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    assert "Geheim." in document(documents.encrypted_pdf(""), "a.pdf").text


def test_pages_without_text_are_said() -> None:
    found = document(documents.pdf([GERMAN, []]), "a.pdf")
    assert "pages without text: 2" in found.notices[0].message["en"]


def test_a_word_file_gives_headings_lists_tables_and_tracked_changes() -> None:
    cells = "".join(f"<w:tc>{word(text)}</w:tc>" for text in ("Strom", "-30 %"))
    body = (
        word("Abwärme in der Gießerei", "Heading1")
        + word(GERMAN[0])
        + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
        + '<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>Neu dazu.</w:t></w:r></w:ins>'
        + '<w:del w:id="2" w:author="a"><w:r><w:delText>Gestrichen.</w:delText></w:r></w:del></w:p>'
    )
    found = document(documents.docx(body, title="Bericht"), "a.docx")
    assert found.title == "Bericht"
    assert [paragraph.text for paragraph in found.paragraphs] == [
        "Abwärme in der Gießerei",
        GERMAN[0],
        "Strom | -30 %",
        "Neu dazu.",
    ]
    assert found.paragraphs[0].heading


def test_without_a_title_the_first_heading_is_it() -> None:
    found = document(documents.docx(word("Vorab.") + word("Der Titel", "Heading1")), "a.docx")
    assert found.title == "Der Titel"


def test_a_web_page_gives_its_article_without_menu_and_script() -> None:
    page = f"""<!doctype html><html lang="de"><head><title>Abwärme | Verlag</title>
    <meta property="og:site_name" content="Verlag"><script>steal()</script></head>
    <body><nav><a href="/">Start</a><a href="/k">Kontakt</a></nav>
    <article><h1>Abwärme heizt die Stadt</h1>{"".join(f"<p>{line} Das ist gut.</p>" for line in GERMAN)}</article>
    <footer>Impressum</footer></body></html>"""
    found = document(page.encode(), "a.html")
    assert found.language == "de"
    assert found.fields["publisher"] == "Verlag"
    assert all(line in found.text for line in GERMAN)
    assert "steal" not in found.text
    assert "Kontakt" not in found.text


def test_a_short_page_is_read_whole_and_says_so() -> None:
    found = document(b"<html><body><div>Kurz<script>x()</script></div></body></html>", "a.html")
    assert found.text == "Kurz"
    assert "whole page" in found.notices[0].message["en"]


def test_markdown_keeps_its_front_matter_and_loses_its_marks() -> None:
    front = "---\ntitle: Abwärme\nfirma: Beispiel\n---\n"
    text = f"{front}# Überschrift\n\nEin **fetter** [Verweis](https://example.org/).\n\n- eins\n- zwei\n"
    found = document(text.encode(), "a.md")
    assert (found.title, found.fields["firma"]) == ("Abwärme", "Beispiel")
    assert [paragraph.text for paragraph in found.paragraphs] == ["Überschrift", "Ein fetter Verweis.", "eins", "zwei"]


@pytest.mark.parametrize("front", ["- a\n- b", "a: [", "5"])
def test_front_matter_that_maps_nothing_is_refused(front: str) -> None:
    with pytest.raises(UnreadableFile):
        read(f"---\n{front}\n---\nText.".encode(), "a.md")


def test_a_place_in_the_text_leads_to_its_paragraph() -> None:
    found = document(("\n\n".join(GERMAN)).encode(), "a.txt")
    for number, line in enumerate(GERMAN):
        start = found.text.index(line)
        assert found.number_at(start) == found.number_at(start + len(line) - 1) == number


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN[0], "de"),
        (ENGLISH, "en"),
        ("La fonderie utilise la chaleur de ses fours pour le réseau de chaleur de la ville depuis 2019.", "fr"),
        ("Kurz.", None),
        ("CO2 30 % 1.200 t 2019 SAP MES OEE KPI PDF XLS CSV XML", None),
    ],
)
def test_the_language_is_told_by_its_small_words(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_language_of_every_text_of_the_collection_is_told(collection: list[Case]) -> None:
    for case in collection:
        for text in (case.summary, case.solution):
            assert language_of(text["de"] + " " + case.problem["de"]) == "de"
            assert language_of(text["en"] + " " + case.problem["en"]) == "en"


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7", "a.txt", "pdf"),
        (b"<!DOCTYPE html><p>x", "a.csv", "html"),
        (documents.xlsx([["a"]]), "a.pdf", "xlsx"),
        (documents.docx(word("x")), "a.zip", "docx"),
        (b'{"id": "a"}', "upload", "json"),
        (b'{"id": "a"}\n{"id": "b"}', "upload", "jsonl"),
        (b"id: a\ntitle: b", "upload", "yaml"),
        (b"id;title;firma;ort\na;b;c;d", "upload", "csv"),
        (b"Just words.", "upload", "markdown"),
    ],
)
def test_the_content_says_what_a_file_is_and_not_its_name(data: bytes, name: str, kind: str) -> None:
    assert kind_of(data, name) == kind
