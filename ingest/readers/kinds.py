"""What kind of file some bytes are: by their content; the name decides only between kinds of plain text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath

from ingest.readers.types import UnreadableFile, unreadable

RECORD_ENDINGS = (".yml", ".yaml", ".json", ".jsonl", ".csv", ".xlsx")
"""The endings of files that a folder of cases may hold."""
_TEXT_ENDINGS = {
    ".yml": "yaml",
    ".yaml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
KINDS = "YAML, JSON, JSONL, CSV, XLSX, Markdown, PDF, DOCX, HTML"
_PROGRAMS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!", b"\x00asm")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
UNPACKED_LIMIT = 200 * 1024 * 1024
"""The most bytes that the parts of a packed file may have together."""
RATIO_LIMIT = 200
"""No honest part of an Office file shrinks to less than this share of its size."""


def kind_of(data: bytes, name: str) -> str:
    """Return `yaml`, `json`, `jsonl`, `csv`, `xlsx`, `markdown`, `pdf`, `docx` or `html`.

    Raises UnreadableFile for every other kind, however the file is called.
    """
    if not data.strip():
        raise unreadable(name, "ist leer", "is empty")
    if data.startswith(_PROGRAMS) or (data.startswith(b"MZ") and b"\x00" in data):
        raise unreadable(
            name,
            f"ist ein Programm und kein Dokument, erwartet: {KINDS}",
            f"is a program and not a document, expected: {KINDS}",
        )
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_OLD_OFFICE):
        raise unreadable(
            name,
            "ist eine alte oder mit Kennwort geschützte Office-Datei: ohne Kennwort als .docx oder .xlsx speichern",
            "is an old or password-protected Office file: save it as .docx or .xlsx without a password",
        )
    if data.startswith(b"PK"):
        return _packed_kind(data, name)
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise unreadable(
            name, f"ist keine bekannte Dateiart, erwartet: {KINDS}", f"is no known kind of file, expected: {KINDS}"
        )
    if _HTML.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        return "html"
    kind = _TEXT_ENDINGS.get(PurePath(name).suffix.lower())
    return kind or _text_kind(data, name)


def _text_kind(data: bytes, name: str) -> str:
    """Tell the kinds of plain text apart where the name does not."""
    text = decoded(data, name).lstrip()
    if text.startswith(("{", "[")):
        lines = [line for line in text.splitlines() if line.strip()]
        return (
            "jsonl" if len(lines) > 1 and all(line.startswith("{") and line.endswith("}") for line in lines) else "json"
        )
    if re.match(r"(?:- )?id: ?[\w\"']", text):
        return "yaml"
    first = text.split("\n", 1)[0]
    if max(first.count(mark) for mark in ";\t,") >= 3 and "." not in first.rstrip()[-1:]:
        return "csv"
    return "markdown"


def _packed_kind(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            _check_size(parts, name)
            kind = "xlsx" if "xl/workbook.xml" in names else "docx" if "word/document.xml" in names else None
            if kind is not None:
                _check_markup(archive, parts, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise unreadable(name, "ist ein beschädigtes Archiv", "is a damaged archive") from error
    if kind is None:
        raise unreadable(
            name,
            f"ist ein Archiv ohne Dokument, erwartet: {KINDS}",
            f"is an archive without a document, expected: {KINDS}",
        )
    return kind


def _check_size(parts: list[zipfile.ZipInfo], name: str) -> None:
    size = sum(part.file_size for part in parts)
    swollen = any(part.file_size > 10**6 and part.file_size > RATIO_LIMIT * part.compress_size for part in parts)
    if size > UNPACKED_LIMIT or swollen or len(parts) > 10_000:
        raise unreadable(
            name,
            f"wird entpackt zu groß ({size // 1024**2} MB): das Dokument neu speichern",
            f"becomes too large when unpacked ({size // 1024**2} MB): save the document anew",
        )


def _check_markup(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse parts that declare entities: Office never writes any, and they grow without bound."""
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if re.search(rb"<!(?:DOCTYPE|ENTITY)", file.read(4096), re.I):
                    raise unreadable(
                        name, "enthält unerlaubte XML-Deklarationen", "holds XML declarations that are not allowed"
                    )


def decoded(data: bytes, name: str, *, windows: bool = False) -> str:
    """Return the text that `data` holds in UTF-8, or in UTF-16 where a byte order mark says so with `windows`.

    With `windows` Windows-1252 is tried last: what a German spreadsheet program saves as CSV. Raises UnreadableFile.
    """
    try:
        if windows and data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if windows:
            try:
                text = data.decode("cp1252")
            except UnicodeDecodeError:
                pass
            else:
                if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
                    return text
        raise _not_utf8(name, error) from error


def _not_utf8(name: str, error: UnicodeDecodeError) -> UnreadableFile:
    return unreadable(name, f"ist nicht in UTF-8 geschrieben ({error})", f"is not written in UTF-8 ({error})")
