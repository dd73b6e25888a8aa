"""Texts as bags of pieces, with words cut in more than one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.train.tokenizer import CONTINUATION, UNKNOWN

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths in one array: row i is values[starts[i] : starts[i + 1]]."""

    values: IntArray
    starts: IntArray  # shape (rows + 1,)

    @staticmethod
    def of(rows: Sequence[Sequence[int]]) -> Ragged:
        """Pack lists of numbers."""
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        return Ragged(np.array([value for row in rows for value in row], dtype=np.int64), starts)

    def take(self, rows: IntArray) -> Ragged:
        """The given rows in the given order, repeats allowed."""
        lengths = np.diff(self.starts)[rows]
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        shift = np.repeat(self.starts[rows] - starts[:-1], lengths)
        return Ragged(self.values[np.arange(starts[-1]) + shift], starts)


def greedy_cut(word: str, vocabulary: dict[str, int], longest_first: int) -> list[int] | None:
    """WordPiece: always the longest piece that fits, the first one at most `longest_first` characters long."""
    numbers: list[int] = []
    start = 0
    while start < len(word):
        prefix = CONTINUATION if start else ""
        end = len(word) if start else min(len(word), longest_first)
        while end > start and prefix + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return None
        numbers.append(vocabulary[prefix + word[start:end]])
        start = end
    return numbers


def both_cuts(word: str, vocabulary: dict[str, int]) -> tuple[list[int], list[int]]:
    """The usual cut of a word, and the cut with its longest first piece forbidden (or the usual one again)."""
    usual = greedy_cut(word, vocabulary, len(word))
    if usual is None:
        return [vocabulary[UNKNOWN]], [vocabulary[UNKNOWN]]
    first = max(size for size in range(1, len(word) + 1) if vocabulary.get(word[:size]) == usual[0])
    return usual, greedy_cut(word, vocabulary, first - 1) or usual


class Cutter:
    """Turns texts into words once, and words into pieces anew for every batch."""

    def __init__(self, tokenizer: Tokenizer, texts: Iterable[str]) -> None:
        self._word_numbers: dict[str, int] = {}
        self._split = word_splitter(tokenizer)
        texts_as_words = [self._numbers(text) for text in texts]
        self.words = Ragged.of(texts_as_words)
        vocabulary = tokenizer.get_vocab()
        cuts = [both_cuts(word, vocabulary) for word in self._word_numbers]
        self._word_count = len(cuts)
        self._cuts = Ragged.of([usual for usual, _ in cuts] + [other for _, other in cuts])

    def _numbers(self, text: str) -> list[int]:
        return [self._word_numbers.setdefault(word, len(self._word_numbers)) for word in self._split(text)]

    def bags(self, texts: IntArray, alternative: float, random: np.random.Generator) -> Ragged:
        """The pieces of the texts with these numbers; each word takes its alternative cut with that probability."""
        words = self.words.take(texts)
        other = random.random(len(words.values)) < alternative
        pieces = self._cuts.take(words.values + other * self._word_count)
        return Ragged(pieces.values, pieces.starts[words.starts])

    def usual_bags(self) -> Ragged:
        """The pieces of all texts, as the tokenizer cuts them."""
        everything = np.arange(len(self.words.starts) - 1, dtype=np.int64)
        return self.bags(everything, 0.0, np.random.default_rng(0))


def word_splitter(tokenizer: Tokenizer) -> Callable[[str], list[str]]:
    """The tokenizer's normalisation and split into words, without the cut into pieces."""

    def split(text: str) -> list[str]:
        normal = tokenizer.normalizer.normalize_str(text)
        return [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]

    return split
