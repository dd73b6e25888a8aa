"""A tile grid map: one tile of equal size for each Land, placed roughly as they lie, so that small ones show too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kb.outline import Outline

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
    """One Land with the number of its cases, which the filter `facet` finds by `code`.

    `shade` runs from 0 (no case) to DARKEST, by the square root of the number.
    """

    code: str
    short: str
    country: str
    x: int
    y: int
    count: int
    shade: int

    @property
    def facet(self) -> str:
        """The facet that `code` is a term of: Switzerland is one tile, with the cases that name no canton too."""
        return "country" if self.code == SWITZERLAND else "region"


@dataclass(frozen=True, slots=True)
class TileMap:
    """`unplaced` holds by country the cases that name no region; `abroad` counts those of all other countries."""

    tiles: tuple[Tile, ...]
    unplaced: dict[str, tuple[Outline, ...]]
    abroad: dict[str, int]


def draw(hits: Sequence[Outline]) -> TileMap:
    """Return the map of `hits`; countries by number of cases, the most first."""
    by_region = Counter(case.region for case in hits if case.region)
    by_country = Counter(case.country for case in hits)
    counts = {code: by_region[code] for code in PLACES} | {SWITZERLAND: by_country[SWITZERLAND]}
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
        )
        for code, (column, row) in PLACES.items()
    )
    unplaced: dict[str, list[Outline]] = {}
    for case in hits:
        if case.country in MAPPED and case.country != SWITZERLAND and not case.region:
            unplaced.setdefault(case.country, []).append(case)
    most_first = sorted(by_country.items(), key=lambda pair: (-pair[1], pair[0]))
    return TileMap(
        tiles,
        {country: tuple(unplaced[country]) for country, _ in most_first if country in unplaced},
        {country: count for country, count in most_first if country not in MAPPED},
    )


def shade(count: int, most: int) -> int:
    """Return how dark `count` is shown where `most` is darkest: 0 for none, else 1 to DARKEST."""
    return max(1, round(DARKEST * (count / most) ** 0.5)) if count else 0
