"""Headings of tables, in German or English and as people write them, to fields: data in headings.yml."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kb.taxonomy import VOCABULARY_OF
from kb.text import LANGUAGES, Language, Text
from kb.yaml_files import read_yaml

Shape = Literal["value", "list"]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: a field, the field of a numbered group, or one language of either.

    `field` is `organisation` or `effects.value`; `number` counts groups from 1; `language` only for texts.
    """

    field: str
    shape: Shape = "value"
    language: Language | None = None
    number: int | None = None

    @property
    def path(self) -> str:
        """The path of the field in a record, as faults name it: `effects[0].note.de`."""
        group, _, inner = self.field.partition(".")
        path = f"{group}[{(self.number or 1) - 1}].{inner}" if inner else group
        return f"{path}.{self.language}" if self.language else path

    @property
    def vocabulary(self) -> str:
        """The name of the vocabulary that the values come from, "" where they are no terms."""
        return VOCABULARY_OF.get(self.field.rpartition(".")[2], "")


@dataclass(frozen=True, slots=True)
class Heading:
    """A known heading as a person writes it, and whether a text column of its own language is meant."""

    column: Column
    takes_language: bool = False
    spoken: Language | None = None


def folded(heading: str) -> str:
    """Return `heading` without case, accents, punctuation and blanks; ä, ae and a are alike."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"([aou])e", r"\1", re.sub(r"[^\w]|_", "", plain))


@cache
def spellings() -> Mapping[str, Any]:
    """Return what headings.yml holds."""
    found: dict[str, Any] = read_yaml(Path(__file__).parent / "headings.yml")
    return found


@cache
def known() -> Mapping[str, Heading]:
    """Return every known heading, folded and without number and language; of two meanings the first stays."""
    found: dict[str, Heading] = {}
    for heading, meaning in _all():
        found.setdefault(folded(heading), meaning)
    return found


def _all() -> Iterator[tuple[str, Heading]]:
    data = spellings()
    shapes: tuple[tuple[str, Shape, bool], ...] = (
        ("values", "value", False),
        ("lists", "list", False),
        ("texts", "value", True),
        ("text_lists", "list", True),
    )
    for part, shape, is_text in shapes:
        for field, headings in data[part].items():
            for language, heading in _by_language(headings):
                yield heading, Heading(Column(field, shape), is_text, language)
            yield field, Heading(Column(field, shape), is_text)
    for group, parts in data["groups"].items():
        names = [group, *(name for _, name in _by_language(parts["names"]))]
        for inner in (*parts["fields"], *parts.get("texts", {})):
            text = inner in parts.get("texts", {})
            column = Column(f"{group}.{inner}")
            headings = parts["texts" if text else "fields"][inner]
            yield from ((f"{name} {inner}", Heading(column, text)) for name in names)
            for language, heading in _by_language(headings):
                yield from ((f"{name} {heading}", Heading(column, text, language)) for name in names)
    for group, words in data["alone"].items():
        for word in words:
            inner = next(
                (
                    inner
                    for inner, headings in data["groups"][group]["fields"].items()
                    if folded(word) in {folded(heading) for _, heading in _by_language(headings)}
                ),
                "url",
            )
            yield word, Heading(Column(f"{group}.{inner}"))


def _by_language(headings: Mapping[str, list[Any]]) -> list[tuple[Language, str]]:
    return [(language, str(heading)) for language in LANGUAGES for heading in headings[language]]


@cache
def ignored() -> frozenset[str]:
    """Return the headings of columns that no field takes, on purpose; folded."""
    return frozenset(folded(heading) for heading in spellings()["ignored"])


@cache
def _language_words() -> Mapping[str, Language]:
    return {word.casefold(): language for language in LANGUAGES for word in spellings()["languages"][language]}


def columns(headings: list[str]) -> list[Column | None]:
    """Return what each heading of a row means, None where it means nothing.

    A text without a language is in the language of its heading or, where that word is the same in both, in the
    language of most headings of the row.
    """
    meant = [_meaning(heading) for heading in headings]
    spoken = Counter(heading.spoken for heading, _, language in filter(None, meant) if heading.spoken and not language)
    main: Language = max(LANGUAGES, key=lambda language: spoken[language])
    found: list[Column | None] = []
    for meaning in meant:
        if meaning is None:
            found.append(None)
            continue
        heading, number, language = meaning
        if heading.takes_language and language is None:
            language = (heading.spoken if _differs(heading) else None) or main
        column = heading.column
        grouped = "." in column.field
        found.append(
            Column(
                column.field,
                column.shape,
                language if heading.takes_language else None,
                (number or 1) if grouped else None,
            )
        )
    return found


def _differs(heading: Heading) -> bool:
    """Say whether the heading is a word of one language only."""
    field = heading.column.field
    lists = {**spellings()["texts"], **spellings()["text_lists"]}
    if field not in lists:
        return False
    both = [{folded(str(word)) for word in lists[field][language]} for language in LANGUAGES]
    return not both[0] & both[1]


def _meaning(heading: str) -> tuple[Heading, int | None, Language | None] | None:
    """Return what one heading means, with its number and language; of `German / English` both parts must agree."""
    whole = _single(heading)
    if whole is not None or "/" not in heading:
        return whole
    parts = [_single(part) for part in heading.split("/")]
    meant = {(part[0].column, part[1], part[2]) for part in parts if part is not None}
    return parts[0] if len(meant) == 1 and None not in parts else None


def _single(heading: str) -> tuple[Heading, int | None, Language | None] | None:
    number, language = None, None
    if match := re.search(r"\[(\d{1,2})\]", heading):
        number, heading = int(match[1]) + 1, heading.replace(match[0], " ")
    direct = known().get(folded(heading))
    if direct is not None:
        return direct, number, None
    words = []
    for word in re.findall(r"\d+|[^\W\d_]+", heading):
        if word.isdecimal() and number is None and 0 < int(word) <= 20:
            number = int(word)
        elif word.casefold() in _language_words():
            language = _language_words()[word.casefold()]
        else:
            words.append(word)
    found = known().get(folded("".join(words)))
    if found is None or (language is not None and not found.takes_language):
        return None
    return found, number, language


def label(column: Column, language: Language) -> str:
    """Return the heading that the exports write for `column`, for readers of `language`."""
    data = spellings()
    group, _, inner = column.field.partition(".")
    if inner:
        parts = data["groups"][group]
        words = {**parts["fields"], **parts.get("texts", {})}[inner]
        text = f"{parts['names'][language][0]} {column.number}: {words[language][0]}"
    else:
        words = next(data[part][group] for part in ("values", "lists", "texts", "text_lists") if group in data[part])
        text = words[language][0]
    return f"{text} ({data['languages'][column.language][0 if language == 'de' else 2]})" if column.language else text


def both_labels(column: Column) -> str:
    """Return the heading of the template: German / English."""
    words = Text(de=label(column, "de"), en=label(column, "en"))
    return f"{words['de']} / {words['en']}"
