"""Hits spread over organisations: not five from one firm. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from index.analysis import fold, words

MOST_OF_ONE = 2
"""How many cases of one organisation stand among the first FIRST."""
FIRST = 10
_LEGAL_FORMS = frozenset(("ag", "co", "eg", "gmbh", "ggmbh", "group", "gruppe", "inc", "kg", "kgaa", "ltd", "nv", "se"))
T = TypeVar("T")


def firm(organisation: str) -> tuple[str, ...]:
    """Return the folded words by which a firm is known: what stands before a comma or bracket, without legal forms."""
    name = re.split(r"[,(/]", organisation, maxsplit=1)[0]
    told = [fold(word) for word, _, _ in words(name)]
    return tuple(word for word in told if word not in _LEGAL_FORMS) or tuple(told) or (organisation,)


def of_one_firm(one: str, other: str) -> bool:
    """Say whether one name begins with the other: thyssenkrupp and thyssenkrupp Steel Europe."""
    a, b = sorted((firm(one), firm(other)), key=len)
    return b[: len(a)] == a


def spread(items: Sequence[T], organisation: Callable[[T], str], most: int = MOST_OF_ONE) -> list[T]:
    """Return `items` in order, with at most `most` of one organisation among the first FIRST while others are there.

    What has to wait comes after them, in its order; nothing is lost.
    """
    first: list[T] = []
    waiting: list[T] = []
    for at, item in enumerate(items):
        if len(first) == FIRST:
            return [*first, *waiting, *items[at:]]
        same = sum(of_one_firm(organisation(item), organisation(other)) for other in first)
        (first if same < most else waiting).append(item)
    return [*first, *waiting]
