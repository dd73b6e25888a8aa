"""A tile grid map: one tile of equal size for each Land, placed roughly as they lie, so that small ones show too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kb.outline import Outline
from kb.taxonomy import Taxonomy

TILE, GAP = 100, 8
SWITZERLAND = "CH"
MAPPED = ("DE", "AT", "CH")
# Column and row, counted from the upper left. Switzerland has one tile: its cantons would outnumber all others.
PLACES = {
    "DE-SH": (3, 0),
    "DE-HB": (2, 1),
    "DE-HH": (3, 1),
    "DE-MV": (4, 1),
    "DE-NI": (2, 2),
    "DE-ST": (3, 2),
    "DE-BE": (4, 2),
    "DE-BB": (5, 2),
    "DE-NW": (1, 3),
    "DE-HE": (2, 3),
    "DE-TH": (3, 3),
    "DE-SN": (4, 3),
    "DE-SL": (0, 4),
    "DE-RP": (1, 4),
    "DE-BW": (2, 4),
    "DE-BY": (3, 4),
    "AT-4": (4, 4),
    "AT-3": (5, 4),
    "AT-9": (6, 4),
    SWITZERLAND: (1, 5),
    "AT-8": (2, 5),
    "AT-7": (3, 5),
    "AT-5": (4, 5),
    "AT-6": (5, 5),
    "AT-1": (6, 5),
    "AT-2": (4, 6),
}
AUSTRIAN = {
    "AT-1": "Bgl",
    "AT-2": "Ktn",
    "AT-3": "NÖ",
    "AT-4": "OÖ",
    "AT-5": "Sbg",
    "AT-6": "Stmk",
    "AT-7": "Tir",
    "AT-8": "Vbg",
    "AT-9": "W",
}
"""What Austrians write for short; the codes of ISO 3166-2 are numbers."""
COLUMNS, ROWS = 7, 7
DARKEST = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """One Land with the number of its cases. `regions` are the terms of the filter that finds them, none without any.

    `shade` runs from 0 (no case) to DARKEST, by the square root of the number.
    """

    code: str
    short: str
    country: str
    x: int
    y: int
    count: int
    shade: int
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TileMap:
    """`unplaced` counts by country the cases that name no region; `abroad` holds those of all other countries."""

    tiles: tuple[Tile, ...]
    unplaced: dict[str, int]
    abroad: dict[str, tuple[Outline, ...]]


def draw(hits: Sequence[Outline], taxonomy: Taxonomy) -> TileMap:
    """Return the map of `hits`; other countries by number of cases, the most first."""
    by_region = Counter(case.region for case in hits if case.region)
    cantons = tuple(sorted(region for region in by_region if taxonomy.regions[region].group == SWITZERLAND))
    counts = {code: by_region[code] for code in PLACES} | {SWITZERLAND: sum(by_region[canton] for canton in cantons)}
    most = max(counts.values())
    tiles = tuple(
        Tile(
            code=code,
            short=AUSTRIAN.get(code, code.split("-")[-1]),
            country=code.split("-")[0],
            x=column * TILE,
            y=row * TILE,
            count=counts[code],
            shade=shade(counts[code], most),
            regions=cantons if code == SWITZERLAND else (code,) if counts[code] else (),
        )
        for code, (column, row) in PLACES.items()
    )
    unplaced = Counter(case.country for case in hits if not case.region and case.country in MAPPED)
    abroad: dict[str, list[Outline]] = {}
    for case in hits:
        if case.country not in MAPPED:
            abroad.setdefault(case.country, []).append(case)
    most_first = sorted(abroad.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return TileMap(tiles, dict(unplaced), {country: tuple(cases) for country, cases in most_first})


def shade(count: int, most: int) -> int:
    """Return how dark `count` is shown where `most` is darkest: 0 for none, else 1 to DARKEST."""
    return max(1, round(DARKEST * (count / most) ** 0.5)) if count else 0
