"""Files of strangers: whatever they hold, a clear answer in bounded time and memory."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.readers import Document, Records, Tables, UnreadableFile, read
from ingest.sandbox import Limits, read_safely
from tests import documents
from tests.documents import GERMAN

ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 200
BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a program called pdf": ("report.pdf", lambda: ELF, "is a program"),
    "a Windows program called xlsx": ("a.xlsx", lambda: b"MZ\x90\x00" + b"\x00" * 400, "is a program"),
    "a script called csv": ("a.csv", lambda: b"#!/bin/sh\nrm -rf /\n", "is a program"),
    "an old workbook": ("a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "an old or password"),
    "a picture called docx": ("a.docx", lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no known kind"),
    "an archive of other things": ("a.xlsx", lambda: documents.packed({"a.txt": "x"}), "archive without a document"),
    "half an archive": ("a.docx", lambda: documents.docx(documents.word("x"))[:300], "damaged archive"),
    "a zip bomb": ("a.xlsx", documents.zip_bomb, "becomes too large when unpacked"),
    "entities that grow": (
        "a.docx",
        lambda: documents.docx("", parts={"word/styles.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "XML declarations",
    ),
    "an empty file": ("a.pdf", lambda: b"", "is empty"),
    "blanks": ("a.md", lambda: b"  \n\t\n", "is empty"),
    "a PDF with a password": ("a.pdf", lambda: documents.encrypted_pdf("secret"), "encrypted with a password"),
    "a deeply nested PDF": ("a.pdf", lambda: documents.nested_pdf(100_000), "a.pdf"),
    "half a PDF": ("a.pdf", lambda: documents.pdf([GERMAN])[:200], "cannot be read"),
    "a PDF of pictures": ("a.pdf", lambda: documents.pdf([[]]), "holds no text, only pictures"),
    "an empty Word file": ("a.docx", lambda: documents.docx(""), "holds no text"),
    "a page without text": ("a.html", lambda: b"<html><body><script>x()</script></body></html>", "holds no text"),
    "deep JSON": ("a.json", lambda: b"[" * 200_000 + b"]" * 200_000, "nested too deeply"),
    "a broken encoding": ("a.md", lambda: "Gießerei".encode("latin-1"), "is not written in UTF-8"),
    "bytes that are no text": ("a.csv", lambda: b"a;b;c\n\x81\x8d;\x90;\x9d", "is not written in UTF-8"),
    "YAML with bytes": ("a.yml", lambda: b"id: !!binary aGk=", "no place in a record"),
    "YAML with aliases": ("a.yml", lambda: b"a: &x [1]\nb: *x", "aliases"),
    "a workbook without sheets": ("a.xlsx", lambda: documents.packed({"xl/workbook.xml": "<workbook/>"}), "cannot be"),
}


@pytest.mark.parametrize(("name", "make", "reason"), BAD.values(), ids=BAD)
def test_a_bad_file_gets_a_clear_answer_in_both_languages(
    name: str, make: Callable[[], bytes], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_safely(make(), name)
    assert reason in caught.value.describe("en")
    german, english = caught.value.by_field("de"), caught.value.by_field("en")
    assert german.keys() == english.keys() == {"(file)"}
    assert german != english
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(UnreadableFile, match="is larger than 25 MB"):
        read_safely(bytes(200 * 1024 * 1024), "a.pdf")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime == before


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(seconds=0.01), "too much time"),
        (Limits(memory_bytes=60 * 1024 * 1024), "too much memory"),
        (Limits(output_bytes=1000), "too much memory"),
    ],
    ids=["time", "memory", "output"],
)
def test_the_process_is_held_to_its_limits(limits: Limits, reason: str) -> None:
    rows = "id;Titel (de);Firma\n" + ("a;Lang;Firma" + ";x" * 60 + "\n") * 40_000
    with pytest.raises(UnreadableFile, match=reason):
        read_safely(rows.encode(), "a.csv", limits=limits)


def test_a_process_that_never_ends_is_ended_by_its_time_of_computing() -> None:
    # A sheet of 200,000 rows takes openpyxl far more than the one second that it is given.
    row = "<row>" + "<c><v>1</v></c>" * 5 + "</row>"
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + "".join(row.replace("1<", f"{number}<") for number in range(200_000))
        + "</sheetData></worksheet>"
    )
    import io
    import zipfile

    data = documents.xlsx([["a"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    with pytest.raises(UnreadableFile, match="too much time"):
        read_safely(out.getvalue(), "a.xlsx", limits=Limits(cpu_seconds=1))


GOOD: dict[str, tuple[str, bytes]] = {
    "yml": ("a.yml", "id: a\ntitle: {de: Wärme}\nday: 2020-01-31".encode()),
    "jsonl": ("a.jsonl", b'{"id": "a"}\n{"id": "b"}\n'),
    "csv": ("a.csv", "id;Titel\na;Wärme\n".encode("cp1252")),
    "xlsx": ("a.xlsx", documents.xlsx([["id", "Wert"], ["a", "=1+1"], ["b", 2.5]])),
    "md": ("a.md", ("---\nlanguage: de\n---\n# Titel\n\n" + "\n\n".join(GERMAN)).encode()),
    "pdf": ("a.pdf", documents.pdf([GERMAN, ["Seite zwei."]], title="Abwärme")),
    "docx": ("a.docx", documents.docx("".join(map(documents.word, GERMAN)))),
    "html": ("a.html", f"<html lang=de><body><p>{'</p><p>'.join(GERMAN)}</p></body></html>".encode()),
}


@pytest.mark.parametrize(("name", "data"), GOOD.values(), ids=GOOD)
def test_a_good_file_says_the_same_across_the_border(name: str, data: bytes) -> None:
    there, here = read_safely(data, name), read(data, name)
    assert type(there) is type(here)
    if isinstance(here, Records):
        assert isinstance(there, Records)
        contents = [record.content for record in there.records]
        expected = [record.content for record in here.records]
        if name == "a.yml":
            expected[0]["day"] = "2020-01-31"
        assert contents == expected
    else:
        assert isinstance(here, Tables | Document)
        assert there == here


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "C:\\Users\\x\\a.csv", "a\x00\n.csv", "-m.csv", "x" * 500 + ".csv"]
)
def test_the_name_of_a_file_is_only_a_name(name: str) -> None:
    content = read_safely(b"id;Titel;Firma\na;b;c", name)
    assert content.file.name == str(content.file)
    assert len(str(content.file)) <= 120
