"""A document that was brought in, as the beginning of a draft: what it says of itself, and what its text suggests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.checking import markup
from ingest.effects import EffectSuggestion
from ingest.readers import Document as Read
from ingest.suggest import Suggestion as Found
from ingest.suggest import Suggestions
from kb.proposal import Document, Suggestion
from kb.rules import NAME_LIMIT
from kb.text import LANGUAGES, Language

PASSAGE = 320
"""The most characters of a passage."""
LIKELY = 0.15
"""A pathway below this share is not worth a line: there are only three."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What `Proposals.create` takes: the record as far as the document itself says it, its text, the suggestions."""

    record: dict[str, Any]
    document: Document
    suggestions: tuple[Suggestion, ...]


def draft_of(read: Read, found: Suggestions, url: str | None = None) -> Draft:
    """Return the draft. Only what the document says of itself is filled in; what it suggests stands beside it."""
    language: Language | None = next((known for known in LANGUAGES if known == read.language), None)
    document = Document(name=url or read.file.name, text=read.text, language=language, url=url)
    return Draft(_record(read, language, url), document, suggestions_of(found, read.text, language))


def _record(read: Read, language: Language | None, url: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {}
    # A title that holds a script is no title; the person types one.
    title = read.title[:NAME_LIMIT].strip() if read.title and not any(markup(read.title)) else ""
    if title and language:
        record["title"] = {language: title}
    publisher = read.fields.get("publisher")
    source = {
        "url": url or "",
        "title": title,
        "publisher": publisher[:NAME_LIMIT] if isinstance(publisher, str) and not any(markup(publisher)) else "",
        "language": read.language or "",
    }
    source = {name: value for name, value in source.items() if value}
    if source:
        record["sources"] = [source]
    return record


def suggestions_of(found: Suggestions, text: str, language: Language | None) -> tuple[Suggestion, ...]:
    """Return what `text` suggests as a proposal keeps it: field by field, each with the passage that it came from."""
    return tuple(_suggestions(found, text, language))


def _suggestions(found: Suggestions, text: str, language: Language | None) -> Iterator[Suggestion]:
    def said(field: str, one: Found) -> Suggestion:
        return Suggestion(field, one.value, passage_of(text, one.seen), one.confidence)

    yield from (said("pathway", one) for one in found.pathway if one.confidence >= LIKELY)
    yield from (said("sector", one) for one in found.sector)
    yield from (said("technologies", one) for one in found.technologies)
    if language is not None:
        yield from (said(f"keywords.{language}", one) for one in found.keywords)
    for effect in found.effects:
        value = {"metric": effect.metric, "value": effect.value, "unit": effect.unit, "kind": effect.kind}
        if effect.bound:
            value["bound"] = effect.bound
        yield Suggestion("effects", value, passage_of(text, _places(effect)), effect.confidence)


def _places(effect: EffectSuggestion) -> Sequence[tuple[int, int]]:
    return [(effect.start, effect.end)]


def passage_of(text: str, seen: Sequence[tuple[int, int]]) -> str:
    """Return the sentences of `text` around the words `seen`, where most of them stand; "" where none were.

    At most PASSAGE characters, cut between words.
    """
    if not seen:
        return ""
    starts = [start for start, _ in seen]
    best = max(starts, key=lambda start: (sum(start <= other < start + PASSAGE // 2 for other in starts), -start))
    before = [match.end() for match in re.finditer(r"(?<=[.!?])\s+|\n\n", text[:best])]
    start = before[-1] if before else 0
    if best - start > PASSAGE // 2:
        start = text.rfind(" ", 0, best - PASSAGE // 4) + 1
    paragraph = text.find("\n\n", best)
    end = min(paragraph if paragraph >= 0 else len(text), start + PASSAGE)
    passage = text[start:end]
    if end < len(text) and not text[end : end + 1].isspace():
        sentence = max(passage.rfind(". "), passage.rfind("! "), passage.rfind("? "))
        cut = sentence + 1 if start + sentence > max(end for _, end in seen if end <= start + PASSAGE) else None
        passage = passage[:cut] if cut else passage[: passage.rfind(" ")]
    return " ".join(passage.split())
