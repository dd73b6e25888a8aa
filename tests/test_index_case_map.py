"""The map of a generation: clusters and their names, what stays when cases come and go, and the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.build import build, open_current
from index.case_map import CaseMap, Place, draw_map
from index.clusters import MOST_CLUSTERS, k_means, number_of_clusters, telling
from index.encoder import BundledEncoder
from kb.case import Case, CaseId
from kb.filters import facet_terms
from tests.small_index import fingerprint

CODED = [("technology", "waste-heat"), ("sector", "C25"), ("pathway", "efficiency")]


def some(count: int, seed: int = 0) -> tuple[list[CaseId], np.ndarray, list[list[tuple[str, str]]]]:
    """Ids, unit vectors and coded facts of cases that never were."""
    vectors = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [CaseId(f"case-{number:03}") for number in range(count)], vectors, [CODED] * count


def test_k_means_finds_what_lies_together_and_numbers_the_largest_first() -> None:
    generator = np.random.default_rng(0)
    groups = [generator.normal(loc=middle, scale=0.1, size=(size, 2)) for middle, size in ((0, 5), (5, 20), (9, 10))]
    points = np.vstack(groups)
    found = k_means(points, 3)
    assert found.tolist() == [2] * 5 + [0] * 20 + [1] * 10
    assert np.array_equal(found, k_means(points.copy(), 3))


@pytest.mark.parametrize(("points", "count"), [(0, 3), (1, 3), (3, 3), (3, 0)])
def test_k_means_of_few_points(points: int, count: int) -> None:
    found = k_means(np.arange(points * 2, dtype=float).reshape(points, 2), count)
    assert len(found) == points
    assert len(set(found.tolist())) == (0 if not points else max(1, min(points, count)))


def test_the_number_of_clusters_grows_slowly_and_ends() -> None:
    numbers = [number_of_clusters(cases) for cases in (0, 1, 2, 12, 213, 5000)]
    assert numbers == [0, 1, 1, 2, 10, MOST_CLUSTERS]


def test_a_cluster_is_named_by_what_is_more_frequent_in_it_than_elsewhere() -> None:
    heat, audit, common = ("technology", "waste-heat"), ("technology", "resource-audit"), ("sector", "C25")
    coded = [[common, heat]] * 4 + [[common, audit]] * 4 + [[common, audit, heat]]
    named = telling(coded, np.array([0] * 4 + [1] * 5))
    assert [terms[0] for terms in named] == [heat, audit]
    assert named[0][1] == common


def test_two_clusters_do_not_begin_with_the_same_name() -> None:
    heat, audit = ("technology", "waste-heat"), ("technology", "resource-audit")
    named = telling([[heat, audit]] * 6, np.array([0, 0, 0, 1, 1, 1]))
    assert {terms[0] for terms in named} == {heat, audit}
    assert telling([[], []], np.array([0, 1])) == [(), ()]


def test_who_is_unchanged_stays_and_a_new_case_joins_its_neighbours() -> None:
    ids, vectors, coded = some(40)
    before = draw_map(ids, vectors, coded)
    twin = np.vstack([vectors[1:], vectors[:1] + vectors[3:4] * 4])
    twin[-1] /= np.linalg.norm(twin[-1])
    after = draw_map([*ids[1:], CaseId("new")], twin, coded, before)
    assert {case_id: after.places[case_id] for case_id in ids[1:]} == {
        case_id: before.places[case_id] for case_id in ids[1:]
    }
    neighbour, new = after.places[ids[3]], after.places[CaseId("new")]
    assert np.hypot(new.x - neighbour.x, new.y - neighbour.y) < 0.2
    assert after.laid_out == before.laid_out


def test_changes_add_up_until_the_map_is_laid_out_anew() -> None:
    ids, vectors, coded = some(40)
    first = found = draw_map(ids, vectors, coded)
    fresh = some(40, seed=9)[1]
    for changed in range(1, 6):
        vectors = np.vstack([fresh[:changed], vectors[changed:]])
        found = draw_map(ids, vectors, coded, found)
        assert (found.laid_out == first.laid_out) is (changed <= 4)
    assert found == draw_map(ids, vectors, coded)


def test_a_map_of_other_cases_is_not_gone_by() -> None:
    ids, vectors, coded = some(12)
    earlier = draw_map([CaseId(f"other-{case_id}") for case_id in ids], vectors, coded)
    assert draw_map(ids, vectors, coded, earlier) == draw_map(ids, vectors, coded)
    assert draw_map([], np.empty((0, 16), np.float32), [], earlier).places == {}


def test_a_cluster_that_lost_its_last_case_is_gone() -> None:
    ids, vectors, coded = some(40)
    drawn = draw_map(ids, vectors, coded)
    going = set(ids[:3])
    places = {
        case_id: replace(place, cluster=0 if case_id in going else place.cluster + 1)
        for case_id, place in drawn.places.items()
    }
    after = draw_map(ids[3:], vectors[3:], coded[3:], replace(drawn, places=places))
    assert {place.cluster for place in after.places.values()} == set(range(len(after.clusters)))
    assert [after.places[case_id].x for case_id in ids[3:]] == [drawn.places[case_id].x for case_id in ids[3:]]


def test_a_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    drawn = draw_map(*some(20))
    drawn.write(tmp_path / "map.json")
    assert CaseMap.read(tmp_path / "map.json") == drawn
    assert all(isinstance(place, Place) for place in drawn.places.values())


def test_every_generation_has_a_place_for_each_case_and_keeps_it(
    tmp_path: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    build(tmp_path, collection, bundled, fingerprint(bundled))
    first = open_current(tmp_path).map
    assert list(first.places) == [case.id for case in collection]
    coded = {term for case in collection for term in facet_terms(case)}
    assert all(set(cluster.terms) <= coded and cluster.terms for cluster in first.clusters)
    build(tmp_path, collection[1:], bundled, fingerprint(bundled, seq=2))
    second = open_current(tmp_path).map
    assert second.places == {case.id: first.places[case.id] for case in collection[1:]}


def test_a_damaged_map_of_an_earlier_generation_stops_no_build(
    tmp_path: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    some_cases = collection[:12]
    build(tmp_path, some_cases, bundled, fingerprint(bundled))
    wanted = open_current(tmp_path).map
    for damage in ("", "[]", '{"places": {"a": 1}, "clusters": [], "laid_out": []}'):
        (open_current(tmp_path).folder / "map.json").write_text(damage)
        build(tmp_path, some_cases, bundled, fingerprint(bundled))
        assert open_current(tmp_path).map == wanted
