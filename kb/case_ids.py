"""Ids of new cases: suggested once from what has been typed, then never computed again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from kb.case import CaseId
from kb.proposal import title_of

LENGTH = 60
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l"})


def suggest_id(record: Mapping[str, Any], is_taken: Callable[[str], bool]) -> CaseId:
    """Return an id that no case has, from the organisation and the English title (else the German one).

    A person may choose another one; a later change of title or organisation changes no id.
    """
    organisation, title = record.get("organisation"), title_of(record)
    words = f"{organisation if isinstance(organisation, str) else ''} {title['en'] if title else ''}"
    base = _slug(words) or "case"
    number, found = 1, base
    while is_taken(found):
        number += 1
        found = f"{base}-{number}"
    return CaseId(found)


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    slug = "-".join(dict.fromkeys(re.findall(r"[a-z0-9]+", plain)))
    return slug if len(slug) <= LENGTH else slug[:LENGTH].rsplit("-", 1)[0]
