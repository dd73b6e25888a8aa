"""The log of who did what when: filtered, in pages, and as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from io import StringIO
from itertools import chain

from flask import Blueprint, g, render_template, request
from flask.wrappers import Response

from ingest.cells import guarded
from kb.audit import Audit, AuditEntry, AuditFilter
from kb.errors import Fault, InvalidFilter
from kb.permissions import Permission
from kb.text import Text
from web.context import accounts, link, require, services, store

blueprint = Blueprint("audit", __name__)
SUBJECTS = ("case", "proposal", "user", "invitation", "links", "import")
FIELDS = ("actor", "action", "subject", "subject_id", "from", "to")
COLUMNS = ("seq", "at", "actor", "action", "subject", "subject_id", "detail")
PAGE = 50
"""Entries on a page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for: the words that it gives, by field, and what they mean."""

    words: dict[str, str]
    filter: AuditFilter
    before: int | None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        """Return what the parameters mean. Raises InvalidFilter with every fault at once."""
        words = {field: given.get(field, "").strip() for field in FIELDS if given.get(field, "").strip()}
        faults: list[Fault] = []
        if "subject" in words and words["subject"] not in SUBJECTS:
            allowed = ", ".join(SUBJECTS)
            faults.append(_fault("subject", f"erlaubt sind: {allowed}", f"allowed are: {allowed}"))
        since, last = _day("from", words, faults), _day("to", words, faults)
        if since and last and since > last:
            faults.append(_fault("to", "liegt vor dem ersten Tag", "is before the first day"))
        before = given.get("before", "")
        if before and not (before.isascii() and before.isdigit() and len(before) < 19):
            faults.append(_fault("before", "ist keine Zahl", "is no number"))
        if faults:
            raise InvalidFilter("Adresse", faults)
        named = {field: words.get(field) for field in ("actor", "action", "subject", "subject_id")}
        # Up to the end of the last day: the filter leaves out its own end.
        until = (last + timedelta(1)).isoformat() if last else None
        meant = AuditFilter(**named, since=since.isoformat() if since else None, until=until)
        return cls(words, meant, int(before) if before else None)

    def address(self, path: str, **more: str) -> str:
        """Return the address of the same entries under `path`."""
        return link(path, **{**self.words, **more})


@blueprint.get("/audit")
def audit() -> str:
    """The newest entries, and the way to older ones."""
    require(Permission.AUDIT)
    wanted, log = Wanted.read(request.args), Audit(store().database)
    entries = log.entries(wanted.filter, before=wanted.before, limit=PAGE + 1)
    return render_template(
        "audit.html",
        wanted=wanted,
        entries=entries[:PAGE],
        older=entries[PAGE - 1].seq if len(entries) > PAGE else None,
        actions=log.actions(),
        subjects=SUBJECTS,
        names=[user.name for user in accounts().all()],
    )


@blueprint.get("/audit.csv")
def as_csv() -> Response:
    """Every entry that fits, the oldest first, for a spreadsheet program of the reader's language."""
    mark = ";" if g.language == "de" else ","
    return _file("csv", "text/csv", lambda entries: csv_lines(chain([COLUMNS], map(_row, entries)), mark))


@blueprint.get("/audit.jsonl")
def as_jsonl() -> Response:
    """Every entry that fits, the oldest first, one JSON object a line."""
    return _file("jsonl", "application/jsonl", lambda entries: (_json(asdict(entry)) + "\n" for entry in entries))


def _file(suffix: str, kind: str, lines: Callable[[Iterator[AuditEntry]], Iterator[str]]) -> Response:
    require(Permission.AUDIT)
    wanted, opened = Wanted.read(request.args).filter, services()

    def content() -> Iterator[str]:
        # A store of its own: that of the request is closed before the last line is sent.
        with opened.store() as own:
            yield from lines(Audit(own.database).export(wanted))

    name = f"pfadfinder-audit.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content(), content_type=f"{kind}; charset=utf-8", headers=headers)


def csv_lines(rows: Iterable[Sequence[object]], mark: str) -> Iterator[str]:
    """Yield `rows` as lines of CSV, one at a time, with `mark` between the cells; no text is a live formula."""
    # Without the byte order mark Excel takes UTF-8 for another encoding.
    yield "\ufeff"
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, delimiter=mark, quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        writer.writerow([guarded(value) if isinstance(value, str) else value for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _row(entry: AuditEntry) -> tuple[object, ...]:
    found = asdict(entry)
    return tuple(_json(found[column]) if column == "detail" else found[column] for column in COLUMNS)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _day(field: str, words: Mapping[str, str], faults: list[Fault]) -> date | None:
    value = words.get(field)
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = date.max
    if day == date.max:
        faults.append(_fault(field, "ist kein Tag. Beispiel: 2026-01-31", "is no day. For example: 2026-01-31"))
        return None
    return day


def _fault(field: str, de: str, en: str) -> Fault:
    return Fault(field, Text(de=de, en=en))
