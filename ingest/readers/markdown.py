"""Markdown, with front matter or without, to a document; with a whole case in its front matter to a record."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ingest.readers.kinds import decoded
from ingest.readers.prose import bounded, language_of, paragraphs_of, title_of
from ingest.readers.types import Document, Paragraph, RawRecord, Records, unreadable
from kb.yaml_files import parse_yaml

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.M)


def read(data: bytes, name: str) -> Document | Records:
    """Return the text of a Markdown or plain text file, its front matter as `fields`.

    Front matter with an `id` is a record of its own, and the text below it is left over. Raises UnreadableFile.
    """
    text = decoded(data, name).replace("\r\n", "\n")
    front = _FRONT.match(text)
    fields = _fields(front.group(1), name) if front else {}
    body = text[front.end() :] if front else text
    if "id" in fields:
        left_over = {"(text)": body.strip()} if body.strip() else {}
        return Records(Path(name), (RawRecord(Path(name), 0, fields, left_over=left_over),))
    paragraphs, cut = bounded(_paragraphs(body))
    if not paragraphs:
        raise unreadable(name, "enthält keinen Text", "holds no text")
    title = fields.get("title")
    language = fields.get("language") or fields.get("lang")
    return Document(
        file=Path(name),
        title=title_of(title if isinstance(title, str) else None, paragraphs),
        language=language if isinstance(language, str) else language_of(" ".join(p.text for p in paragraphs)),
        paragraphs=paragraphs,
        fields=fields,
        notices=cut,
    )


def _fields(front: str, name: str) -> dict[Any, Any]:
    try:
        fields = parse_yaml(front)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise unreadable(name, f"der Kopf ist kein YAML: {reason}", f"the front matter is no YAML: {reason}") from error
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise unreadable(name, "der Kopf ordnet keine Felder zu", "the front matter maps no fields")
    return fields


def _paragraphs(body: str) -> list[Paragraph]:
    found: list[Paragraph] = []
    at = 0
    for heading in _HEADING.finditer(body):
        found += _plain(body[at : heading.start()])
        found += [Paragraph(paragraph.text, heading=True) for paragraph in _plain(heading.group(1))]
        at = heading.end()
    return found + _plain(body[at:])


def _plain(text: str) -> list[Paragraph]:
    """Return paragraphs without the marks of links, emphasis, lists and code; their words all stay."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    text = re.sub(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+", "\n", text, flags=re.M)
    return paragraphs_of(re.sub(r"^>[ \t]?", "", text, flags=re.M))
