"""Small real files of every format, made by hand or by the library that writes the format."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

DOCX_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
GERMAN = (
    "Die Gießerei nutzt die Abwärme ihrer Öfen seit 2019 für das Wärmenetz der Stadt.",
    "Nach Angaben des Unternehmens sinken die CO2-Emissionen um 1.200 Tonnen im Jahr, das sind rund 30 Prozent.",
    "Sensoren an den Öfen messen Temperatur und Durchfluss, eine Regelung verteilt die Wärme.",
)


def pdf(pages: Sequence[Sequence[str]], *, title: str | None = None, compressed: bool = False) -> bytes:
    """Return a PDF with one line of text under the other on each page (Helvetica, Windows-1252)."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    numbers = range(4, 4 + 2 * len(pages), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for number, lines in zip(numbers, pages, strict=True):
        text = b"BT /F1 11 Tf 14 TL 50 780 Td\n"
        for line in lines:
            escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            text += b"(" + escaped.encode("cp1252") + b") Tj T*\n"
        text += b"ET"
        stream = zlib.compress(text) if compressed else text
        coding = b" /Filter /FlateDecode" if compressed else b""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(stream), coding, stream))
    if title is not None:
        objects.append(b"<< /Title (" + title.encode("cp1252") + b") >>")
    return assembled(objects, f" /Info {len(objects)} 0 R" if title is not None else "")


def assembled(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """Return the PDF that holds `objects`, the first being its root."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R{trailer} >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def encrypted_pdf(password: str) -> bytes:
    """Return a PDF that opens with `password` alone."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([["Geheim."]])))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def nested_pdf(depth: int) -> bytes:
    """Return a PDF whose one page holds arrays in arrays, `depth` deep."""
    deep = b"[" * depth + b"]" * depth
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Deep " + deep + b" >>",
            b"<< /Length 0 >>\nstream\n\nendstream",
        ]
    )


def docx(body: str, *, title: str = "", parts: dict[str, str] | None = None) -> bytes:
    """Return a Word file with `body` as the XML inside w:body."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="word/document.xml"/></Relationships>'
    )
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>'
    )
    document = f'<w:document xmlns:w="{DOCX_NAMESPACE}"><w:body>{body}</w:body></w:document>'
    return packed(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations,
            "docProps/core.xml": core,
            "word/document.xml": document,
        }
        | (parts or {})
    )


def word(text: str, style: str = "") -> str:
    """Return one paragraph of a Word file."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(rows: Sequence[Sequence[Any]], sheet: str = "Tabelle1") -> bytes:
    """Return a workbook; a text that begins with = is a formula that was never calculated."""
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(parts: dict[str, str | bytes]) -> bytes:
    """Return a ZIP archive of `parts`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def zip_bomb() -> bytes:
    """Return a workbook whose one sheet unpacks to 300 MB of blanks."""
    return packed({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": b" " * 300_000_000})
