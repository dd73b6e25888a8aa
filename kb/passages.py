"""A case cut into passages: the units that are searched and embedded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kb.case import Case, CaseId
from kb.text import LANGUAGES, Language

PASSAGES_VERSION = 1
"""Raised whenever the cut changes: part of the birth certificate of an index."""
PASSAGE_FIELDS = ("title", "summary", "problem", "solution", "result", "lessons", "keywords")


@dataclass(frozen=True, slots=True)
class Passage:
    """One field of one case in one language. `hash` is that of the text alone."""

    case_id: CaseId
    field: str
    language: Language
    text: str
    hash: str


def text_hash(text: str) -> str:
    """Return the first 32 hexadecimal digits of the SHA-256 of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def passages(case: Case) -> tuple[Passage, ...]:
    """Return the passages of `case`: by field in the order of PASSAGE_FIELDS, German before English."""
    found = []
    for field in PASSAGE_FIELDS:
        for language in LANGUAGES:
            if field == "keywords":
                text: str | None = ", ".join(case.keywords.get(language)) or None
            else:
                value = getattr(case, field)
                text = value.get(language) if value is not None else None
            if text is not None:
                found.append(Passage(case.id, field, language, text, text_hash(text)))
    return tuple(found)
