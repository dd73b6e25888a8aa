"""The map of meaning of a generation: each case has a position and belongs to a cluster that vocabulary terms name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.clusters import k_means, number_of_clusters, telling
from index.layout import Points, layout, place
from index.types import Vectors
from kb.case import CaseId

CHANGED = 0.1
"""The share of the cases that may come, change or go before the whole map is laid out anew."""
NAMING = ("technology", "sector")
"""The facets whose terms may name a cluster."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case lies: x from 0 to layout.WIDTH, y from 0 to 1. `vector` is a digest of the vector it was laid by."""

    x: float
    y: float
    cluster: int
    vector: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of cases that lie together, where its middle is, and the (facet, term) pairs that tell it best."""

    x: float
    y: float
    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseMap:
    """The positions of all cases of a generation. `laid_out` are the digests of the vectors of its last full layout."""

    places: Mapping[CaseId, Place]
    clusters: tuple[Cluster, ...]
    laid_out: frozenset[str]

    def write(self, path: Path) -> None:
        """Write the map to `path`."""
        content = {
            "places": {case_id: asdict(place) for case_id, place in self.places.items()},
            "clusters": [asdict(cluster) for cluster in self.clusters],
            "laid_out": sorted(self.laid_out),
        }
        path.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> CaseMap:
        """Return the map that `write` wrote. Raises OSError or ValueError."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            {CaseId(case_id): Place(**place) for case_id, place in content["places"].items()},
            tuple(
                Cluster(cluster["x"], cluster["y"], tuple((facet, term) for facet, term in cluster["terms"]))
                for cluster in content["clusters"]
            ),
            frozenset(content["laid_out"]),
        )


def case_vectors(vectors: Vectors, owners: NDArray[np.int64], cases: int) -> Vectors:
    """Return the middle of the passages of each case, unit length, shape (cases, dim); zeros without a passage."""
    middles: Vectors = np.zeros((cases, vectors.shape[1]), np.float32)
    np.add.at(middles, owners, vectors)
    lengths = np.linalg.norm(middles, axis=1, keepdims=True)
    middles /= np.where(lengths == 0, 1, lengths)
    return middles


def draw_map(
    case_ids: Sequence[CaseId],
    vectors: Vectors,
    coded: Sequence[Collection[tuple[str, str]]],
    earlier: CaseMap | None = None,
) -> CaseMap:
    """Return the map of cases with these vectors (of `case_vectors`) and (facet, term) pairs.

    Cases that `earlier` knows with the same vector stay where they are, and the new ones come to lie among them, until
    more than CHANGED of the cases differ from those of the last full layout: readers find the map as they left it, and
    a change costs next to nothing.
    """
    digests = [hashlib.sha256(vector.tobytes()).hexdigest()[:16] for vector in vectors]
    kept = _kept(case_ids, digests, earlier) if earlier else []
    if earlier and any(kept):
        laid_out = earlier.laid_out
        positions, cluster = _grown(vectors, kept)
    else:
        laid_out = frozenset(digests)
        positions = layout(vectors)
        cluster = k_means(positions, number_of_clusters(len(positions)))
    terms = telling([[pair for pair in pairs if pair[0] in NAMING] for pairs in coded], cluster)
    # The middle by each axis: an outlier does not pull the name away from the group.
    middles = [np.median(positions[cluster == number], axis=0) for number in range(len(terms))]
    return CaseMap(
        {
            case_id: Place(round(float(x), 4), round(float(y), 4), int(of), digest)
            for case_id, (x, y), of, digest in zip(case_ids, positions, cluster, digests, strict=True)
        },
        tuple(
            Cluster(round(float(x), 4), round(float(y), 4), named) for (x, y), named in zip(middles, terms, strict=True)
        ),
        laid_out,
    )


def _kept(case_ids: Sequence[CaseId], digests: Sequence[str], earlier: CaseMap) -> list[Place | None]:
    """Return for each case where it lay, None for a new one; nothing when the whole map has to be laid out."""
    now = frozenset(digests)
    changed = max(len(now - earlier.laid_out), len(earlier.laid_out - now))
    if changed > CHANGED * len(digests):
        return []
    before = [earlier.places.get(case_id) for case_id in case_ids]
    return [place if place and place.vector == digest else None for place, digest in zip(before, digests, strict=True)]


def _grown(vectors: Vectors, kept: Sequence[Place | None]) -> tuple[Points, NDArray[np.int64]]:
    known = np.array([place is not None for place in kept], bool)
    before = np.array([(found.x, found.y) if found else (0.0, 0.0) for found in kept])
    positions = place(vectors, before, known)
    cluster = np.array([found.cluster if found else 0 for found in kept])
    for fresh in np.flatnonzero(~known):
        distances = ((positions[known] - positions[fresh]) ** 2).sum(axis=1)
        cluster[fresh] = cluster[known][distances.argmin()]
    # A cluster whose last case went leaves no gap in the numbers.
    return positions, np.unique(cluster, return_inverse=True)[1].astype(np.int64)
