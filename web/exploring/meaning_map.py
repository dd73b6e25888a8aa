"""The map of meaning as it is drawn: positions of the index to points and names on a plane of WIDTH by HEIGHT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.case_map import CaseMap
from kb.outline import Outline
from kb.taxonomy import Taxonomy
from kb.text import Language

WIDTH, HEIGHT = 1000, 625
"""Of the plane that positions are drawn on; what is drawn around a position may reach MARGIN beyond it."""
MARGIN = 40
MOST_POINTS = 1000
"""Of more hits the first ones are links, so that a page stays below a megabyte; the others are dots like the rest."""
_LETTER, _LINE, _DOT = 8.6, 38, 8
"""The room that a letter of a name takes, a name of two lines, and half of a point."""
_ASIDE, _UP = (0, 20, 40, 60, 80), (0, 15, 30, 45, 60, 75)
"""How far a name may stand from the middle of its cluster."""
_A_POINT_IS_WORTH = 30
"""How far away a name rather stands than upon one more point."""


@dataclass(frozen=True, slots=True)
class Point:
    """A case that can be opened. `anchor` is where its name may be written: start, middle or end."""

    x: int
    y: int
    anchor: str
    case: Outline


@dataclass(frozen=True, slots=True)
class Cluster:
    """A part of the map with its number (from 1), its names, the more telling first, and the hits that lie in it."""

    number: int
    x: int
    y: int
    names: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class MeaningMap:
    """`clusters` are those with hits. `ground` and `others` are data of an SVG path: a dot for each case at all, and
    one for each that is no point."""

    clusters: tuple[Cluster, ...]
    ground: str
    others: str
    shown: int


def draw(hits: Sequence[Outline], case_map: CaseMap, taxonomy: Taxonomy, language: Language) -> MeaningMap:
    """Return the map of all cases with `hits`, the best first, as points."""
    shown = [case for case in hits if case.id in case_map.places][:MOST_POINTS]
    points: dict[int, list[Point]] = {}
    for case in shown:
        place = case_map.places[case.id]
        x, y = _on_plane(place.x, place.y)
        points.setdefault(place.cluster, []).append(Point(x, y, _anchor(x), case))
    pointed = {case.id for case in shown}
    rest = [_on_plane(place.x, place.y) for case_id, place in case_map.places.items() if case_id not in pointed]
    named = {number: _names(case_map, number, taxonomy, language) for number in points}
    middles = _beside_the_points(
        [
            (number, *_on_plane(case_map.clusters[number].x, case_map.clusters[number].y))
            for number in sorted(points, key=lambda number: -len(points[number]))
        ],
        named,
        [point for found in points.values() for point in found],
    )
    clusters = [
        Cluster(
            number + 1,
            *middles[number],
            named[number],
            tuple(sorted(found, key=lambda point: (point.x, point.y, point.case.id))),
        )
        for number, found in sorted(points.items())
    ]
    ground = _dots(_on_plane(place.x, place.y) for place in case_map.places.values())
    return MeaningMap(tuple(clusters), ground, _dots(rest), len(shown))


def _dots(positions: Iterable[tuple[int, int]]) -> str:
    # A line of no length with round ends is a dot, in a tenth of the bytes of a circle.
    return "".join(f"M{x} {y}h0" for x, y in sorted(positions))


def _on_plane(x: float, y: float) -> tuple[int, int]:
    return round(x * HEIGHT), round(y * HEIGHT)


def _anchor(x: int) -> str:
    return "start" if x < WIDTH / 3 else "end" if x > WIDTH * 2 / 3 else "middle"


def _names(case_map: CaseMap, number: int, taxonomy: Taxonomy, language: Language) -> tuple[str, ...]:
    vocabularies = {"technology": taxonomy.technologies, "sector": taxonomy.sectors}
    # An index may be older than a vocabulary.
    terms = [
        vocabularies[facet][term] for facet, term in case_map.clusters[number].terms if term in vocabularies[facet]
    ]
    return tuple(term.short[language] for term in terms)


def _beside_the_points(
    middles: Sequence[tuple[int, int, int]],
    named: dict[int, tuple[str, ...]],
    points: Sequence[Point],
) -> dict[int, tuple[int, int]]:
    """Return where the name of each cluster stands: near its middle, upon as few points and other names as can be."""
    placed: dict[int, tuple[int, int]] = {}
    boxes: list[tuple[float, int, int]] = []
    for number, middle_x, middle_y in middles:
        half = max((len(name) for name in named[number]), default=1) * _LETTER / 2
        near = [
            (point.x, point.y)
            for point in points
            if abs(point.x - middle_x) < half + _ASIDE[-1] + _DOT and abs(point.y - middle_y) < _UP[-1] + _LINE + _DOT
        ]
        best: tuple[float, int, int] | None = None
        for aside in (sign * way for way in _ASIDE for sign in (1, -1)):
            # Inside the picture, whatever the length of the name.
            x = round(min(max(middle_x + aside, half - MARGIN), WIDTH + MARGIN - half))
            for up in (sign * way for way in _UP for sign in (1, -1)):
                y = min(max(middle_y + up, 0), HEIGHT)
                hidden = sum(abs(px - x) < half + _DOT and -_LINE - _DOT < py - y - _LINE / 2 < _DOT for px, py in near)
                upon = sum(abs(bx - x) < half + other and abs(by - y) < _LINE for other, bx, by in boxes)
                cost = hidden + 20 * upon + (abs(aside) / 2 + abs(up)) / _A_POINT_IS_WORTH
                if best is None or cost < best[0]:
                    best = (cost, x, y)
        assert best is not None  # there are ways aside and up
        boxes.append((half, best[1], best[2]))
        placed[number] = best[1:]
    return placed
