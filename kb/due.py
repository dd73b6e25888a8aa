"""What a curator has to look at again, so that the collection stays true."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kb.case import Case, CaseId
from kb.text import LANGUAGES, Text


class Reason(StrEnum):
    """Why a case is due."""

    SOURCE_SILENT = "source-silent"
    SOURCE_MOVED = "source-moved"
    SOURCE_UNCHECKED = "source-unchecked"
    STATUS_UNKNOWN = "status-unknown"
    STATUS_PAST = "status-past"
    LANGUAGE_MISSING = "language-missing"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to look at: an address, a year or a language as `detail`, and the day it was last seen to, if ever."""

    case_id: CaseId
    title: Text
    reason: Reason
    detail: str
    last: str | None = None


def due(
    cases: Iterable[Case], today: date, days: int, silent: Collection[str] = (), moved: Collection[str] = ()
) -> list[Due]:
    """Return what is due, by reason in the order of Reason, then what was never seen to, then the oldest.

    A source is due when nobody has checked it for `days` days, or ever; `silent` are addresses that did not answer,
    `moved` those that answer at another one for good.
    A case is due when its status is unknown, when it is planned for a year that is past, or lacks a language.
    A status that was never stated is not due: most sources do not say, and nobody has asked yet.
    """
    order = list(Reason)
    found = (entry for case in cases for entry in _of(case, today, days, frozenset(silent), frozenset(moved)))
    return sorted(found, key=lambda entry: (order.index(entry.reason), entry.last or "", entry.case_id, entry.detail))


def _of(case: Case, today: date, days: int, silent: frozenset[str], moved: frozenset[str]) -> Iterator[Due]:
    oldest = (today - timedelta(days)).isoformat()
    for source in case.sources:
        if source.url in silent:
            yield Due(case.id, case.title, Reason.SOURCE_SILENT, source.url, source.checked)
        if source.url in moved:
            yield Due(case.id, case.title, Reason.SOURCE_MOVED, source.url, source.checked)
        if source.checked is None or source.checked < oldest:
            yield Due(case.id, case.title, Reason.SOURCE_UNCHECKED, source.url, source.checked)
    if case.status == "unknown":
        yield Due(case.id, case.title, Reason.STATUS_UNKNOWN, "")
    if case.status == "planned" and case.year is not None and case.year < today.year:
        yield Due(case.id, case.title, Reason.STATUS_PAST, str(case.year))
    texts = (case.title, case.summary, case.problem, case.solution, case.result, case.lessons, case.keywords)
    for language in LANGUAGES:
        if any(text is not None and not text.get(language) for text in texts):
            yield Due(case.id, case.title, Reason.LANGUAGE_MISSING, language)
