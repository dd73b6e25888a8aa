"""Cases by sector and pathway: where there are many, and where a case is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kb.outline import Outline
from kb.taxonomy import Taxonomy
from web.exploring.tile_map import shade


@dataclass(frozen=True, slots=True)
class Cell:
    """The cases of a sector on a pathway. `missing`: the whole collection, whatever the filters, has none."""

    pathway: str
    count: int
    shade: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A sector with its cells in the order of the pathways."""

    sector: str
    count: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PathwayGrid:
    """The sectors of the hits, the largest first, and the sectors that the whole collection has no case of."""

    rows: tuple[Row, ...]
    without_case: tuple[str, ...]


def draw(hits: Sequence[Outline], everything: Sequence[Outline], taxonomy: Taxonomy) -> PathwayGrid:
    """Return the grid of `hits`, which are some of `everything`."""
    counts = Counter((case.sector, case.pathway) for case in hits)
    there = {(case.sector, case.pathway) for case in everything}
    most = max(counts.values(), default=0)
    sizes = Counter(case.sector for case in hits)
    rows = tuple(
        Row(
            sector,
            size,
            tuple(
                Cell(pathway, count, shade(count, most), (sector, pathway) not in there)
                for pathway in taxonomy.pathways
                for count in [counts[sector, pathway]]
            ),
        )
        for sector, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    covered = {sector for sector, _ in there}
    return PathwayGrid(rows, tuple(sector for sector in taxonomy.sectors if sector not in covered))
