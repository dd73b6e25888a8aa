"""What a new draft begins with, as whoever misses a case names it."""

from __future__ import annotations

from collections.abc import Mapping

from kb.errors import Fault, InvalidFilter
from kb.taxonomy import VOCABULARY_OF, Taxonomy
from kb.text import Text

FIELDS = ("sector", "pathway")


def start_values(given: Mapping[str, str], taxonomy: Taxonomy) -> dict[str, str]:
    """Return the terms in `given` by field. Raises InvalidFilter for every one that its vocabulary does not have."""
    values = {field: given[field] for field in FIELDS if given.get(field)}
    faults = []
    for field, value in values.items():
        if value not in (terms := taxonomy.vocabularies[VOCABULARY_OF[field]]):
            allowed = ", ".join(terms)
            de, en = f"{value!r} gibt es nicht. Erlaubt: {allowed}", f"{value!r} does not exist. Allowed: {allowed}"
            faults.append(Fault(field, Text(de=de, en=en)))
    if faults:
        raise InvalidFilter("Entwurf", faults)
    return values
