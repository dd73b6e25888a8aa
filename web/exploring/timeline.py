"""Cases by year as stacked bars on a plane of WIDTH by HEIGHT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kb.outline import Outline

WIDTH, HEIGHT = 1000, 300
YEARS = 25
"""The most years that stand one by one; what is older is one bar before them."""
_GAP = 0.22
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One pathway of a bar."""

    pathway: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The cases of one year, or of all years up to it where it is the `oldest`. `parts` run from the ground up."""

    year: int
    oldest: bool
    labelled: bool
    x: float
    width: float
    top: float
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        """The number of cases."""
        return sum(part.count for part in self.parts)

    def of(self, pathway: str) -> int:
        """Return the number of cases of a pathway."""
        return sum(part.count for part in self.parts if part.pathway == pathway)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A bar for each year, also for those without a case. `dateless` counts the cases without a year."""

    bars: tuple[Bar, ...]
    dateless: int


def draw(hits: Sequence[Outline], pathways: Sequence[str]) -> Timeline:
    """Return the bars of `hits`, stacked in the order of `pathways`."""
    dated = [case for case in hits if case.year is not None]
    if not dated:
        return Timeline((), len(hits))
    years = [case.year for case in dated if case.year is not None]
    first = max(min(years), max(years) - YEARS + 1)
    shortened = min(years) < first
    shown = list(range(first - 1 if shortened else first, max(years) + 1))
    counts = Counter((max(year, shown[0]), case.pathway) for year, case in zip(years, dated, strict=True))
    highest = max(sum(counts[year, pathway] for pathway in pathways) for year in shown)
    step = WIDTH / max(len(shown), 8)
    bars = []
    for position, year in enumerate(shown):
        ground, parts = float(HEIGHT), []
        for pathway in pathways:
            if count := counts[year, pathway]:
                height = HEIGHT * count / highest
                ground -= height
                parts.append(Part(pathway, count, round(ground, 1), round(height, 1)))
        bars.append(
            Bar(
                year=year,
                oldest=shortened and position == 0,
                labelled=_labelled(year, position, len(shown), shortened),
                x=round(position * step + step * _GAP / 2, 1),
                width=round(step * (1 - _GAP), 1),
                top=round(ground, 1),
                parts=tuple(parts),
            )
        )
    return Timeline(tuple(bars), len(hits) - len(dated))


def _labelled(year: int, position: int, bars: int, shortened: bool) -> bool:
    # The label of the oldest bar takes the room of a few.
    return bars <= YEARS // 2 or (year % _EVERY == 0 and (position >= _EVERY or not shortened))
