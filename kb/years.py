"""What a search may ask of the year of a case: from one year on, up to another, both of them included. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.errors import Fault
from kb.text import Text

YEAR_FROM, YEAR_TO = "year_from", "year_to"
YEAR_PARAMETERS = (YEAR_FROM, YEAR_TO)
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class YearFilter:
    """The first and the last year that pass, None for an open end. Made by `resolve_years`.

    A case without a year passes only where nothing is asked.
    """

    first: int | None = None
    last: int | None = None

    def parameters(self) -> Iterator[tuple[str, str]]:
        """Yield the filter as the words that `resolve_years` reads."""
        if self.first is not None:
            yield YEAR_FROM, f"{self.first:04}"
        if self.last is not None:
            yield YEAR_TO, f"{self.last:04}"

    def __bool__(self) -> bool:
        return self != YearFilter()

    def fits(self, year: int | None) -> bool:
        """Say whether a case of `year` passes."""
        if year is None:
            return not self
        return (self.first is None or year >= self.first) and (self.last is None or year <= self.last)


def resolve_years(given: Mapping[str, Sequence[str]]) -> tuple[YearFilter, list[Fault]]:
    """Return which years the words in `given` (parameter -> words) ask for, and every fault in them."""
    faults: list[Fault] = []
    first, last = (_year(name, given, faults) for name in YEAR_PARAMETERS)
    if first is not None and last is not None and first > last:
        faults.append(
            _fault(
                YEAR_TO,
                f"{last} liegt vor {first}, wo {YEAR_FROM} beginnt",
                f"{last} is before {first}, where {YEAR_FROM} begins",
            )
        )
    return YearFilter(first, last), faults


def _year(name: str, given: Mapping[str, Sequence[str]], faults: list[Fault]) -> int | None:
    """Return the one year that is given for `name`; two different ones are a fault, for a range has one end."""
    words = list(dict.fromkeys(word.strip() for word in given.get(name, ()) if word.strip()))
    wrong = [word for word in words if not _YEAR.fullmatch(word)]
    faults += [
        _fault(
            name,
            f"{word!r} ist kein Jahr. Erlaubt: vier Ziffern, etwa 2015",
            f"{word!r} is no year. Allowed: four digits, such as 2015",
        )
        for word in wrong
    ]
    if len(words) > 1:
        faults.append(_fault(name, "darf nur einmal angegeben werden", "may be given once only"))
    return int(words[0]) if len(words) == 1 and not wrong else None


def _fault(field: str, de: str, en: str) -> Fault:
    return Fault(field, Text(de=de, en=en))
