"""Where the cases lie on the map of meaning: near each other what is near in meaning. Pure, and without chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Positions on the map, shape (points, 2): x from 0 to WIDTH, y from 0 to 1."""
WIDTH = 1.6
LANDMARKS = 400
"""The most cases that are laid out together, which takes time with the square of their number; the others are placed
between them."""
_PERPLEXITY = 15.0
_EXAGGERATED, _FREE = 80, 160
"""Steps of the descent with attraction made stronger, so that clumps form, and without."""
_EXAGGERATION = 4.0
_NEIGHBOURS = 5
_MIDDLE = np.array([WIDTH / 2, 0.5])
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def layout(vectors: NDArray[np.floating]) -> Points:
    """Return a position for each vector, shape (points, dim) and unit length; the same vectors, the same positions.

    t-SNE (van der Maaten and Hinton 2008), exact, begun from the first two principal components instead of chance
    (Kobak and Berens 2019). Of more than LANDMARKS vectors every second, third, ... is laid out and the others placed.
    """
    step = -(-len(vectors) // LANDMARKS) or 1
    chosen = np.zeros(len(vectors), bool)
    chosen[::step] = True
    positions = np.zeros((len(vectors), 2))
    positions[chosen] = apart(_filled(_tsne(np.asarray(vectors[chosen], np.float64))), np.ones(chosen.sum(), bool))
    return place(vectors, positions, chosen)


def place(vectors: NDArray[np.floating], positions: Points, known: NDArray[np.bool_]) -> Points:
    """Return `positions` where those that are not `known` lie among the known ones that are nearest in meaning.

    The known ones stay where they are; there has to be one at least, if there is any vector.
    """
    placed = positions.copy()
    fresh = np.flatnonzero(~known)
    if not len(fresh):
        return placed
    likeness = np.asarray(vectors[fresh] @ vectors[known].T, np.float64)
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEIGHBOURS]
    near = np.take_along_axis(likeness, nearest, axis=1)
    # The nearest one decides: the middle between clumps that lie far apart would be near to nothing.
    weights = np.exp((near - near[:, :1]) * 20)
    weights /= weights.sum(axis=1, keepdims=True)
    placed[fresh] = (positions[known][nearest] * weights[:, :, None]).sum(axis=1)
    # So many would step on each other's feet for minutes, and on a map so full nobody tells one from its neighbour.
    return apart(placed, ~known) if len(fresh) <= LANDMARKS else placed


def apart(positions: Points, moving: NDArray[np.bool_], rounds: int = 40) -> Points:
    """Return `positions` where the `moving` ones have stepped aside until (nearly) no two lie upon each other."""
    moved = positions.copy()
    who = np.flatnonzero(moving)
    # Half of what each would have on a full map, so that clumps stay clumps.
    room = min(0.5 * np.sqrt(WIDTH / max(len(positions), 1)), 0.04)
    aside = np.stack([np.cos(who * _GOLDEN_ANGLE), np.sin(who * _GOLDEN_ANGLE)], axis=1)
    for _ in range(rounds if len(who) else 0):
        away = moved[who][:, None] - moved[None]
        distance = np.sqrt((away**2).sum(axis=2))
        # Those that lie at the very same place go ways of their own.
        same = distance < 1e-9
        # Towards the middle: at the edge there is nowhere else to go.
        inwards = aside * np.where(((_MIDDLE - moved[who]) * aside).sum(axis=1) < 0, -1.0, 1.0)[:, None]
        straight = away / np.where(same, 1.0, distance)[:, :, None]
        directions = np.where(same[:, :, None], inwards[:, None], straight)
        push = np.maximum(room - distance, 0.0) / 2
        push[np.arange(len(who)), who] = 0.0
        if not push.any():
            break
        moved[who] = np.clip(moved[who] + (directions * push[:, :, None]).sum(axis=1), 0.0, [WIDTH, 1.0])
    return moved


def _tsne(vectors: NDArray[np.float64]) -> Points:
    positions = principal(vectors)
    count = len(vectors)
    if count < 4:
        return positions
    wanted = _affinities(vectors, min(_PERPLEXITY, (count - 1) / 3))
    spread = positions[:, 0].std()
    positions = positions * (1e-2 / spread) if spread > 0 else positions
    rate = max(count / _EXAGGERATION / 4, 10.0)
    velocity, gains = np.zeros_like(positions), np.ones_like(positions)
    for step in range(_EXAGGERATED + _FREE):
        early = step < _EXAGGERATED
        # By hand: matrix products of this size are left to threads, which on a busy machine wait for each other.
        across, down = (positions[:, None, axis] - positions[None, :, axis] for axis in (0, 1))
        closeness = 1.0 / (1.0 + across * across + down * down)
        np.fill_diagonal(closeness, 0.0)
        pull = (wanted * (_EXAGGERATION if early else 1.0) - closeness / closeness.sum()) * closeness
        gradient = 4 * np.stack([(pull * across).sum(axis=1), (pull * down).sum(axis=1)], axis=1)
        gains = np.maximum(np.where(gradient * velocity < 0, gains + 0.2, gains * 0.8), 0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * gradient
        positions = positions + velocity
        positions -= positions.mean(axis=0)
    return positions


def principal(vectors: NDArray[np.float64]) -> Points:
    """Return the first two principal components, each with its largest entry positive: the sign is no chance either."""
    centred = vectors - vectors.mean(axis=0) if len(vectors) else vectors
    positions = np.zeros((len(vectors), 2))
    if len(vectors) > 1:
        left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
        found = (left * lengths)[:, :2]
        largest = found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])]
        positions[:, : found.shape[1]] = found * np.where(largest < 0, -1.0, 1.0)
    return positions


def _affinities(vectors: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """Return how near each two are, symmetric and 1 in all, so that each has about `perplexity` neighbours."""
    squares = (vectors**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares[None] - 2 * vectors @ vectors.T, 0.0)
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)
    finite = np.where(np.isinf(distances), 0.0, distances)
    low, high = np.zeros(len(vectors)), np.full(len(vectors), np.inf)
    sharpness = np.ones(len(vectors))
    for _ in range(50):
        near = np.exp(-distances * sharpness[:, None])
        total = near.sum(axis=1)
        entropy = np.log(total) + sharpness * (finite * near).sum(axis=1) / total
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, sharpness, low), np.where(wide, high, sharpness)
        sharpness = np.where(np.isinf(high), sharpness * 2, (low + high) / 2)
    near = np.exp(-distances * sharpness[:, None])
    near /= near.sum(axis=1, keepdims=True)
    shared: NDArray[np.float64] = (near + near.T) / (2 * len(vectors))
    return shared


def _filled(positions: Points) -> Points:
    """Return the positions turned so that they spread widest in x, and stretched to fill the map; a lone point in the
    middle."""
    turned = principal(positions)
    low, high = (turned.min(axis=0), turned.max(axis=0)) if len(turned) else (np.zeros(2), np.zeros(2))
    extent = np.where(high > low, high - low, 1.0)
    relative = np.where(high > low, (turned - low) / extent, 0.5)
    return relative * [WIDTH, 1.0]
