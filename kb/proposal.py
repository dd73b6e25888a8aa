"""A proposal: a case on its way, as somebody typed it, with what it was made from and what was said about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kb.case import CaseId
from kb.errors import Fault, Faulty
from kb.text import LANGUAGES, Language, Text

RECORD_LIMIT = 200_000
"""The most characters of a draft as JSON; the longest valid record has less than half of that."""
DOCUMENT_LIMIT = 2_000_000
"""The most characters of the text of a document that was brought in."""
REASON_LIMIT = 4000


class State(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SENT_BACK = "sent-back"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN = (State.DRAFT, State.PROPOSED, State.SENT_BACK)
"""The states in which something is still to be done."""


class Action(StrEnum):
    """What can be done with a proposal."""

    SAVE = "save"
    PROPOSE = "propose"
    SEND_BACK = "send-back"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    COMMENT = "comment"


class InvalidProposal(Faulty):
    """A proposal that cannot be kept, however unfinished it may be."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was brought in, as text. `name` is its file name or address, `language` None where nobody can tell."""

    name: str
    text: str
    language: Language | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the machine suggests for one field, with the words that it saw and a confidence from 0 to 1."""

    field: str
    value: Any
    passage: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did with a proposal. Saving is none: versions keep that."""

    at: str
    by: str
    action: Action
    state: State
    version: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A case on its way. `record` is as somebody typed it, so it may be incomplete and faulty.

    `original` is what the machine made (from a file, a document or the collection) and no edit touches it.
    `version` rises with every save and action: who says which one they saw cannot overwrite another's.
    `authors` wrote in it, the first one made it. `base_revision` is the revision that the edit began from.
    Raises InvalidProposal with every fault at once.
    """

    id: int
    version: int
    state: State
    record: Mapping[str, Any]
    authors: tuple[str, ...]
    origin: str
    created: str
    changed: str
    changed_by: str
    case_id: CaseId | None = None
    base_revision: int | None = None
    original: Mapping[str, Any] | None = None
    document: Document | None = None
    suggestions: tuple[Suggestion, ...] = ()
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        faults = [*draft_faults(self.record), *document_faults(self.document)]
        if self.version < 1 or not self.authors or not self.authors[0]:
            faults.append(Fault("(proposal)", Text(de="braucht Version und Urheber", en="needs version and author")))
        if (self.case_id is None) != (self.base_revision is None):
            message = Text(de="gehört zu einem Fall oder ist neu", en="belongs to a case or is a new one")
            faults.append(Fault("(proposal)", message))
        if faults:
            raise InvalidProposal(f"proposal {self.id}", faults)

    @property
    def title(self) -> Text | None:
        """What a list shows, or None where no title has been typed yet."""
        return title_of(self.record)


def title_of(record: Mapping[str, Any]) -> Text | None:
    """Return the title of a record that may be faulty, as far as there is one."""
    title = record.get("title")
    if isinstance(title, str) and title.strip():
        return Text(en=title)
    words = {
        language: title[language]
        for language in LANGUAGES
        if isinstance(title, Mapping) and isinstance(title.get(language), str) and title[language].strip()
    }
    return Text(**words) if words else None


def draft_faults(record: Any) -> list[Fault]:
    """Return why `record` cannot even be kept as a draft: it is no mapping of fields, or larger than any case."""
    if not isinstance(record, Mapping) or not all(isinstance(name, str) for name in record):
        return [Fault("(record)", Text(de="ist keine Zuordnung von Feldern", en="is no mapping of fields"))]
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        return [Fault("(record)", Text(de="lässt sich nicht als JSON schreiben", en="cannot be written as JSON"))]
    return _too_long("(record)", text, RECORD_LIMIT)


def document_faults(document: Document | None) -> list[Fault]:
    """Return why a document that was brought in cannot be kept beside its proposal."""
    return [] if document is None else _too_long("(document)", document.text, DOCUMENT_LIMIT)


def _too_long(field: str, text: str, limit: int) -> list[Fault]:
    if len(text) <= limit:
        return []
    message = Text(
        de=f"hat {len(text)} Zeichen, erlaubt sind {limit}", en=f"has {len(text)} characters, {limit} are allowed"
    )
    return [Fault(field, message)]
