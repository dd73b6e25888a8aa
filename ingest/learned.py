"""What published cases teach about texts: kernel ridge regression over word beginnings, cues and meaning.

Method: regularised least squares on 0/1 targets (Rifkin, Yeo, Poggio 2003); scores to probabilities by Platt (1999),
fitted to the scores that each case gets when it, in both languages, is left out (closed form of the block).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ingest import cues
from kb.passages import text_hash

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors, shape (texts, dim); the same text always gives the same vector."""
Matrix = NDArray[np.float64]
REMEMBERED = 32 * 1024
"""Texts: those of two thousand cases; some 40 MB with the bundled model."""

PREFIX = 6
"""A word counts by its first letters: a stemmer that serves both languages."""
MOST_FEATURES = 8000
RIDGE = 1.2
"""The weight of the penalty: 0.4 for each of the three kernels."""
CUED = ("technologies", "pathways")
_WORD = re.compile(r"[^\W_]+")


class Remembered:
    """An Embed that asks another one for each text once, as long as the text is among those last asked for.

    Texts of published cases come again after every change. Safe to share between threads.
    """

    def __init__(self, embed: Embed, most: int = REMEMBERED) -> None:
        self._embed, self._most = embed, most
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text, shape (texts, dim)."""
        hashes = [text_hash(text) for text in texts]
        with self._lock:
            known = {key: self._known[key] for key in hashes if key in self._known}
        new = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        # Outside of the lock: the same text gives the same vector, so that two threads may both ask for it.
        made = self._embed(list(new.values()))
        known |= zip(new, made, strict=True)
        with self._lock:
            for key in hashes:
                self._known[key] = known[key]
                self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return np.array([known[key] for key in hashes], np.float32) if hashes else made


@dataclass(frozen=True, slots=True)
class Example:
    """One text of one case: its pieces (paragraphs), which case it tells, and its terms by field."""

    case: int
    pieces: tuple[str, ...]
    terms: frozenset[tuple[str, str]]


# Texts of published cases come again whenever the model is made anew: each is looked at once.
@lru_cache(maxsize=4 * 1024)
def beginnings(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return the folded beginning of every word of `text` with the start and end of the word."""
    return tuple((_fold(match.group())[:PREFIX], match.start(), match.end()) for match in _WORD.finditer(text))


@lru_cache(maxsize=32 * 1024)
def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return re.sub(r"([aou])e", r"\1", "".join(c for c in plain if not unicodedata.combining(c)))


class Learned:
    """A model of (field, term) given texts. Made once from the examples; reading it changes nothing."""

    def __init__(self, examples: Sequence[Example], embed: Embed | None) -> None:
        self.labels = sorted({term for example in examples for term in example.terms})
        self._embed = embed
        texts = ["\n\n".join(example.pieces) for example in examples]
        counts = [Counter(word for word, _, _ in beginnings(text)) for text in texts]
        seen = Counter(word for count in counts for word in count)
        common = sorted((word for word, n in seen.items() if n >= 2), key=lambda word: (-seen[word], word))
        self.words = {word: at for at, word in enumerate(common[:MOST_FEATURES])}
        self._idf = np.log(max(len(texts), 1) / np.array([seen[word] for word in self.words] or [1]))
        hits = np.array([_cue_hits(text) for text in texts])
        self._cue_idf = np.log(len(texts) / ((hits > 0).sum(0) + 1.0))
        features = [np.array([self._weighed(count) for count in counts]), _unit(hits * self._cue_idf)]
        if embed is not None:
            raw = _means(embed, [example.pieces for example in examples])
            self._centre = raw.mean(0)
            features.append(_unit(raw - self._centre))
        self._widths = [feature.shape[1] for feature in features]
        x = np.hstack(features)
        y = np.array([[label in example.terms for label in self.labels] for example in examples], dtype=float)
        self._mean = y.mean(0)
        inverse = np.linalg.inv(x @ x.T + RIDGE * len(features) / 3 * np.eye(len(x)))
        dual = inverse @ (y - self._mean)
        self.weights: Matrix = x.T @ dual
        self.left_out = _left_out(inverse, dual, y, [example.case for example in examples])
        self._slopes = {
            field: _platt(self.left_out[:, where].ravel(), y[:, where].ravel())
            for field, where in self._where().items()
        }

    def _where(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, (field, _) in enumerate(self.labels):
            found.setdefault(field, []).append(at)
        return found

    def slopes(self, field: str) -> tuple[float, float]:
        """Return slope and offset of the curve from scores of `field` to probabilities."""
        return self._slopes[field]

    def _weighed(self, count: Counter[str]) -> Matrix:
        row = np.zeros(len(self.words))
        for word, n in count.items():
            if word in self.words:
                at = self.words[word]
                row[at] = (1 + np.log(n)) * self._idf[at]
        return row / (np.linalg.norm(row) or 1.0)

    def features(self, pieces: Sequence[str]) -> Matrix:
        """Return the features of one text in `pieces`."""
        text = "\n\n".join(pieces)
        parts = [
            self._weighed(Counter(word for word, _, _ in beginnings(text))),
            _unit((_cue_hits(text) * self._cue_idf)[None])[0],
        ]
        if self._embed is not None:
            parts.append(_unit(_means(self._embed, [pieces]) - self._centre)[0])
        return np.hstack(parts)

    def probabilities(self, features: Matrix) -> dict[str, dict[str, float]]:
        """Return field -> term -> probability, the most probable first."""
        scores = features @ self.weights + self._mean
        found = {}
        for field, where in self._where().items():
            slope, offset = self._slopes[field]
            chances = 1 / (1 + np.exp(-(slope * scores[where] + offset)))
            order = sorted(zip(where, chances, strict=True), key=lambda pair: (-pair[1], pair[0]))
            found[field] = {self.labels[at][1]: float(chance) for at, chance in order}
        return found

    def speaking(self, text: str, features: Matrix, field: str, term: str) -> list[tuple[float, int, int]]:
        """Return (weight, start, end) of the words of `text` that speak for `term`, the weightiest first."""
        if (field, term) not in self.labels:
            return []
        column = self.weights[:, self.labels.index((field, term))]
        given = features * column
        found: dict[tuple[int, int], float] = {}
        for word, start, end in beginnings(text):
            at = self.words.get(word)
            if at is not None and given[at] > 0 and end - start >= 4:
                found[start, end] = float(given[at])
        return sorted(((weight, *place) for place, weight in found.items()), key=lambda entry: (-entry[0], entry[1]))


@lru_cache(maxsize=4 * 1024)
def _cue_hits(text: str) -> Matrix:
    return np.array([np.log1p(len(found.findall(text))) for part in CUED for found in cues.patterns(part).values()])


def _means(embed: Embed, texts: Sequence[Sequence[str]]) -> Matrix:
    """Return the mean vector of the pieces of each text, all embedded in one call."""
    flat = [piece for pieces in texts for piece in pieces]
    vectors = np.asarray(embed(flat), dtype=float)
    found, at = [], 0
    for pieces in texts:
        found.append(vectors[at : at + len(pieces)].mean(0) if pieces else np.zeros(vectors.shape[1]))
        at += len(pieces)
    return _unit(np.array(found))


def _unit(rows: Matrix) -> Matrix:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = rows / np.where(lengths > 0, lengths, 1.0)
    return unit


def _left_out(inverse: Matrix, dual: Matrix, y: Matrix, cases: Sequence[int]) -> Matrix:
    """Return the scores of every text by the model without its case: y - (G_BB)^-1 (G (y - mean))_B."""
    scores = np.zeros_like(y)
    rows: dict[int, list[int]] = {}
    for at, case in enumerate(cases):
        rows.setdefault(case, []).append(at)
    for block in rows.values():
        scores[block] = y[block] - np.linalg.solve(inverse[np.ix_(block, block)], dual[block])
    return scores


def _platt(scores: NDArray[np.float64], truth: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and offset of the logistic curve through (score, truth): Newton's method, lightly regularised."""
    x = np.stack([scores, np.ones_like(scores)], axis=1)
    found = np.array([5.0, -2.5])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (chance - truth) + 1e-3 * found
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + 1e-3 * np.eye(2)
        found = found - np.linalg.solve(curve, slope)
    return float(found[0]), float(found[1])
