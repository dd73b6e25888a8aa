"""One raw record to a case: the rules of kb, what the reader could not read, and what has no place in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.readers.types import RawRecord
from kb.case import Case
from kb.errors import Fault, Faulty, InvalidCase
from kb.rules import shown
from kb.taxonomy import Taxonomy
from kb.text import Text

_ACTIVE = re.compile(r"<\s*/?\s*(script|iframe|object|embed|svg|style|link|meta|img|form|base)\b", re.I)


def case_of(record: RawRecord, taxonomy: Taxonomy) -> Case:
    """Return the case that `record` describes. Raises InvalidCase with every fault at once, by field."""
    faults = list(record.faults)
    if record.left_over and record.row is None:
        text = Text(de="gehört zu keinem Feld", en="belongs to no field")
        faults += [Fault(name, text) for name in record.left_over]
    case = None
    try:
        faults += markup(record.content)
        case = Case.from_record(record.content, taxonomy)
    except RecursionError:
        faults.append(Fault("(record)", Text(de="ist zu tief verschachtelt", en="is nested too deeply")))
    except Faulty as error:
        # A cell that gave no value is one fault: that its field is missing follows from it.
        unread = {fault.field for fault in record.faults}
        faults += [fault for fault in error.faults if fault.field not in unread]
    if case is None or faults:
        given = record.content.get("id") if isinstance(record.content, Mapping) else None
        raise InvalidCase(given if isinstance(given, str) else "?", faults)
    return case


def markup(value: Any, path: str = "") -> Iterator[Fault]:
    """Yield a fault for every text of `value` that holds active markup such as a script."""
    if isinstance(value, str):
        if match := _ACTIVE.search(value):
            yield Fault(
                path or "(record)",
                Text(
                    de=f"enthält Markup (<{match[1]}>), erlaubt ist nur Text",
                    en=f"holds markup (<{match[1]}>), only text is allowed",
                ),
            )
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from markup(part, f"{path}.{_name(key)}" if path else _name(key))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from markup(part, f"{path}[{number}]")


def _name(key: Any) -> str:
    return key if isinstance(key, str) else shown(key)
