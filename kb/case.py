"""A practice case and its parts: frozen, and valid by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any, NewType

from kb.errors import Fault, InvalidCase
from kb.rules import faults_of, normalised_record
from kb.taxonomy import Taxonomy
from kb.text import Language, Text

CaseId = NewType("CaseId", str)
"""Minted once by a person, never computed from content, never used again for another case."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure of a source. `value` counts in `unit`; where lower is better a saving is negative."""

    metric: str
    value: int | float
    unit: str
    kind: str
    bound: str | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the statements of a case stand. `checked` is the day (ISO 8601) on which somebody last read it there."""

    url: str
    title: str
    publisher: str
    language: str
    checked: str | None = None


@dataclass(frozen=True, slots=True)
class Keywords:
    """The terms that people would type, by language."""

    de: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def get(self, language: Language) -> tuple[str, ...]:
        """Return the keywords in `language`."""
        return self.de if language == "de" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A practice case. Every instance has passed `kb.rules.faults_of` against the given vocabularies.

    Raises InvalidCase with every fault at once.
    """

    id: CaseId
    title: Text
    organisation: str
    role: str
    country: str
    sector: str
    pathway: str
    technologies: tuple[str, ...]
    summary: Text
    problem: Text
    solution: Text
    result: Text
    keywords: Keywords
    sources: tuple[Source, ...]
    evidence: str
    partners: tuple[str, ...] = ()
    region: str | None = None
    place: str | None = None
    size: str | None = None
    year: int | None = None
    year_kind: str | None = None
    status: str | None = None
    pathway_secondary: str | None = None
    roadmap_fields: tuple[str, ...] = ()
    lessons: Text | None = None
    effects: tuple[Effect, ...] = ()
    taxonomy: InitVar[Taxonomy]

    def __post_init__(self, taxonomy: Taxonomy) -> None:
        faults = faults_of(self.to_record(), taxonomy)
        if faults:
            raise InvalidCase(str(self.id), faults)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that the case is told in, by its title."""
        return self.title.languages

    @classmethod
    def from_record(cls, record: Any, taxonomy: Taxonomy) -> Case:
        """Return the case that `record` (what a YAML or JSON file holds) describes.

        Raises InvalidCase with every fault at once, unknown keys included.
        """
        given = record.get("id") if isinstance(record, Mapping) else None
        subject = given if isinstance(given, str) else "?"
        if not isinstance(record, Mapping):
            message = Text(de="ein Fall ist eine Zuordnung von Feldern zu Werten", en="a case maps fields to values")
            raise InvalidCase(subject, [Fault("(record)", message)])
        try:
            record = normalised_record(record)
        except RecursionError as error:
            message = Text(de="ist zu tief verschachtelt", en="is nested too deeply")
            raise InvalidCase(subject, [Fault("(record)", message)]) from error
        faults = faults_of(record, taxonomy)
        if faults:
            raise InvalidCase(subject, faults)
        rest = dict(record)
        lessons, effects = rest.pop("lessons", None), rest.pop("effects", ())
        values: dict[str, Any] = {name: Text(**rest.pop(name)) for name in _TEXTS}
        values |= {
            "lessons": Text(**lessons) if lessons else None,
            "keywords": Keywords(**{language: tuple(words) for language, words in rest.pop("keywords").items()}),
            "sources": tuple(Source(**source) for source in rest.pop("sources")),
            "effects": tuple(_effect(effect) for effect in effects),
            **{name: tuple(rest.pop(name, ())) for name in ("partners", "technologies", "roadmap_fields")},
            **rest,
        }
        # The record has just passed the rules: __post_init__ would hold the same words against them once more.
        case = object.__new__(cls)
        for name in RECORD_FIELDS:
            object.__setattr__(case, name, values.get(name))
        return case

    def to_record(self) -> dict[str, Any]:
        """Return the case as plain lists and mappings, without what is missing; `from_record` reads it back."""
        record = {name: _plain(getattr(self, name)) for name in RECORD_FIELDS}
        return {name: value for name, value in record.items() if value is not None and value != []}


_TEXTS = ("title", "summary", "problem", "solution", "result")
RECORD_FIELDS = tuple(name for name in Case.__dataclass_fields__ if name != "taxonomy")


def _effect(record: Mapping[str, Any]) -> Effect:
    note = record.get("note")
    return Effect(**{**record, "note": Text(**note) if note else None})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Keywords):
        return {language: list(words) for language in ("de", "en") if (words := value.get(language))}
    if isinstance(value, Text | Effect | Source):
        parts = {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return {name: part for name, part in parts.items() if part is not None}
    return value
