"""The basket of cases to compare. It lives in the address, like the whole state of a search; no cookie knows it."""

from __future__ import annotations

from collections.abc import Sequence

from kb.errors import Fault, InvalidFilter
from kb.rules import identifier_fault
from kb.text import Text

BASKET = "compare"
"""The parameter of the address that holds the ids, with commas between them."""
MOST_COMPARED = 4
FEWEST_COMPARED = 2


def read_ids(parameter: str, given: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that the words of `parameter` name, each once. Raises InvalidFilter with every fault at once."""
    ids = _ids(given)
    faults = [Fault(parameter, fault) for one in ids if (fault := identifier_fault(one))]
    if len(ids) > MOST_COMPARED:
        message = Text(
            de=f"nennt {len(ids)} Fälle, höchstens {MOST_COMPARED} lassen sich vergleichen",
            en=f"names {len(ids)} cases, {MOST_COMPARED} at most can be compared",
        )
        faults.append(Fault(parameter, message))
    if faults:
        raise InvalidFilter("Adresse", faults)
    return ids


def ids_for_links(given: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that links carry on: none where the address is faulty, which is for its view to say."""
    try:
        return read_ids(BASKET, given)
    except InvalidFilter:
        return ()


def _ids(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for words in given for one in words.split(",") if one.strip()))
