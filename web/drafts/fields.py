"""The fields of a case as a form has them: how each is typed, from which vocabulary, in which section. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.rules import ID_LIMIT, LIMITS, NAME_LIMIT, URL_LIMIT
from kb.taxonomy import VOCABULARY_OF


class Kind(StrEnum):
    """How a value is typed."""

    LINE = "line"
    TEXT = "text"
    WORDS = "words"
    """Several, between commas or one a line."""
    LINES = "lines"
    """Several, one a line."""
    TERM = "term"
    TERMS = "terms"
    YEAR = "year"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `vocabulary` names that of a term, `limit` counts characters, `languages` says: one field for each."""

    name: str
    kind: Kind
    vocabulary: str = ""
    limit: int | None = None
    languages: bool = False


def _texts(*names: str) -> tuple[Field, ...]:
    return tuple(
        Field(name, Kind.LINE if name == "title" else Kind.TEXT, limit=LIMITS[name], languages=True) for name in names
    )


def _term(name: str, kind: Kind = Kind.TERM) -> Field:
    return Field(name, kind, VOCABULARY_OF[name])


SECTIONS: dict[str, tuple[Field, ...]] = {
    "about": (
        *_texts("title"),
        Field("organisation", Kind.LINE, limit=NAME_LIMIT),
        _term("role"),
        Field("partners", Kind.LINES, limit=NAME_LIMIT),
        *_texts("summary"),
    ),
    "where": (
        _term("country"),
        _term("region"),
        Field("place", Kind.LINE, limit=NAME_LIMIT),
        _term("size"),
        Field("year", Kind.YEAR),
        _term("year_kind"),
        _term("status"),
        _term("sector"),
    ),
    "pathway": (_term("pathway"), _term("pathway_secondary")),
    "technology": (
        _term("technologies", Kind.TERMS),
        _term("roadmap_fields", Kind.TERMS),
    ),
    "story": _texts("problem", "solution", "result", "lessons"),
    "effects": (),
    "keywords": (Field("keywords", Kind.WORDS, languages=True),),
    "sources": (_term("evidence"),),
    "id": (Field("id", Kind.LINE, limit=ID_LIMIT),),
}
"""The fields in the order of the page, section by section; groups of rows stand in the section of their name."""
ROWS: dict[str, tuple[Field, ...]] = {
    "effects": (
        _term("metric"),
        _term("bound"),
        Field("value", Kind.NUMBER),
        _term("unit"),
        _term("kind"),
        Field("note", Kind.LINE, limit=NAME_LIMIT, languages=True),
    ),
    "sources": (
        Field("url", Kind.LINE, limit=URL_LIMIT),
        Field("title", Kind.LINE, limit=300),
        Field("publisher", Kind.LINE, limit=NAME_LIMIT),
        _term("language"),
        Field("checked", Kind.LINE),
    ),
}
FIELDS: dict[str, Field] = {field.name: field for fields in SECTIONS.values() for field in fields}
