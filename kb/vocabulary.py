"""Terms and vocabularies: ids that stay, labels in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

from kb.text import Text


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of a vocabulary. `short` is its label where room is scarce, `scope` says what falls under it."""

    id: str
    label: Text
    short: Text
    scope: Text | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Pathway(Term):
    """One of the three development pathways; `number` is the one that the Plattform Industrie 4.0 gives it."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class Metric(Term):
    """What an effect is counted in. With `lower_is_better` an improvement is a negative value.

    `units` are all that a figure may stand in: the common ones first, in their order, then those that convert to them.
    """

    units: tuple[str, ...] = ()
    lower_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Unit(Term):
    """A unit; one of it is `factor` times one of its common unit `base`. A common unit has no other base."""

    base: str | None = None
    factor: Fraction = Fraction(1)

    @property
    def common(self) -> str:
        """The common unit that figures in this one convert to."""
        return self.base or self.id


@dataclass(frozen=True, slots=True)
class CodingQuestion:
    """One step of the rule that gives a case its pathway: the first question answered with yes decides."""

    question: Text
    pathway: str


T = TypeVar("T", bound=Term)


class Vocabulary(Mapping[str, T]):
    """Terms by id, in the order of their file. Read-only."""

    def __init__(self, name: str, terms: Mapping[str, T]) -> None:
        self.name = name
        self._terms = MappingProxyType(dict(terms))

    def __getitem__(self, term_id: str) -> T:
        return self._terms[term_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def groups(self) -> dict[str, list[T]]:
        """Return the terms by group, in the order of their file; terms without a group under an empty name."""
        grouped: dict[str, list[T]] = {}
        for term in self.values():
            grouped.setdefault(term.group or "", []).append(term)
        return grouped
