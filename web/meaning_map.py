"""The map of meaning as it is drawn: positions of the index to points and names on a plane of WIDTH by HEIGHT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
_LETTER, _LINE = 8.6, 40
"""The room that a letter of a name takes, and a name of two lines."""


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
    """`clusters` are those with hits. `others` is the data of one SVG path: a dot for each case that is no point."""

    clusters: tuple[Cluster, ...]
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
    middles = _beside_each_other(
        [(number, *_on_plane(case_map.clusters[number].x, case_map.clusters[number].y)) for number in points], named
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
    # A line of no length with round ends is a dot, in a tenth of the bytes of a circle.
    others = "".join(f"M{x} {y}h0" for x, y in sorted(rest))
    return MeaningMap(tuple(clusters), others, len(shown))


def pathway_counts(points: Sequence[Point]) -> dict[str, int]:
    """Return the number of points by pathway."""
    return dict(Counter(point.case.pathway for point in points))


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


def _beside_each_other(
    middles: Sequence[tuple[int, int, int]], named: dict[int, tuple[str, ...]]
) -> dict[int, tuple[int, int]]:
    """Return where the name of each cluster stands: near its middle, inside the plane, upon no other name."""
    placed: dict[int, tuple[int, int]] = {}
    boxes: list[tuple[float, float, float]] = []
    for number, x, y in sorted(middles, key=lambda middle: (middle[2], middle[0])):
        half = max((len(name) for name in named[number]), default=1) * _LETTER / 2
        x = round(min(max(x, half - MARGIN), WIDTH + MARGIN - half))
        for left, right, bottom in sorted(boxes, key=lambda box: box[2]):
            if left < x + half and x - half < right and y < bottom and y + _LINE > bottom - _LINE:
                y = round(bottom)
        y = min(y, HEIGHT)
        boxes.append((x - half, x + half, y + _LINE))
        placed[number] = (x, y)
    return placed
