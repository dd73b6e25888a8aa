"""The torch part: one vector a piece, a text is their mean, taught to stand where the teacher puts the English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from index.train.cuts import Cutter, IntArray, Ragged
from index.train.options import Options
from index.train.teacher import FloatArray


@dataclass(frozen=True, slots=True)
class Lesson:
    """All that the student sees. Rows of german, english and targets belong together; order lists the rows of an
    epoch with their repeats. Each of askers and answers lists columns of equally many texts (text numbers of
    `asked`): any asker of a row may be put beside any answer of that row."""

    german: Cutter
    english: Cutter
    targets: FloatArray  # shape (pairs, 384)
    order: IntArray
    asked: Cutter
    askers: IntArray  # shape (columns, questions)
    answers: IntArray  # shape (columns, questions)


def mean_vectors(table: Tensor, bags: Ragged) -> Tensor:
    """The mean of each bag's rows of the table, not normalised. Shape (bags, dimensions)."""
    values, starts = torch.from_numpy(bags.values), torch.from_numpy(bags.starts[:-1])
    return functional.embedding_bag(values, table, starts, mode="mean")


def ranking_loss(left: Tensor, right: Tensor, scale: float) -> Tensor:
    """Symmetric multiple-negatives ranking: row i of one side has to find row i of the other among all rows."""
    scores = scale * functional.normalize(left, dim=1) @ functional.normalize(right, dim=1).T
    labels = torch.arange(len(scores))
    return (functional.cross_entropy(scores, labels) + functional.cross_entropy(scores.T, labels)) / 2


def translation_loss(german: Tensor, english: Tensor, targets: Tensor, options: Options) -> Tensor:
    """Both languages near the teacher's vector, and each nearer to its own translation than to others."""
    near = (
        2 - functional.cosine_similarity(german, targets).mean() - functional.cosine_similarity(english, targets).mean()
    )
    size = options.negatives
    parts = [
        ranking_loss(german[start : start + size], english[start : start + size], options.scale)
        for start in range(0, len(german), size)
    ]
    return near + options.ranking_weight * torch.stack(parts).mean()


def batches(order: IntArray, size: int, random: np.random.Generator) -> Iterator[IntArray]:
    """The rows of one epoch in a new order; what does not fill a batch is left for another epoch."""
    shuffled = random.permutation(order)
    for start in range(0, len(shuffled) - size + 1, size):
        yield shuffled[start : start + size]


class Student:
    """Trains a table of piece vectors on a lesson."""

    def __init__(self, start: FloatArray, lesson: Lesson, options: Options) -> None:
        torch.manual_seed(options.seed)
        self._random = np.random.default_rng(options.seed)
        self._table = torch.nn.Parameter(torch.from_numpy(start.copy()))
        self._lesson = lesson
        self._options = options

    def train(self) -> FloatArray:
        """All epochs, the learning rate falling linearly to zero. Returns the table, shape (pieces, 384)."""
        options = self._options
        optimiser = torch.optim.Adam([self._table], lr=options.learning_rate)
        steps = options.epochs * (len(self._lesson.order) // options.batch)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        for _ in range(options.epochs):
            for rows in batches(self._lesson.order, options.batch, self._random):
                optimiser.zero_grad()
                loss = self._pairs_loss(rows) + options.question_weight * self._questions_loss()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
        return self._table.detach().numpy()

    def _pairs_loss(self, rows: IntArray) -> Tensor:
        lesson, options = self._lesson, self._options
        german = lesson.german.bags(rows, options.german_alternative_cuts, self._random)
        english = lesson.english.bags(rows, options.english_alternative_cuts, self._random)
        targets = torch.from_numpy(lesson.targets[rows])
        return translation_loss(mean_vectors(self._table, german), mean_vectors(self._table, english), targets, options)

    def _questions_loss(self) -> Tensor:
        """Questions in either language beside passages in either language, a new choice at each step."""
        lesson, options = self._lesson, self._options
        columns, count = lesson.askers.shape
        rows = self._random.choice(count, size=min(options.question_batch, count), replace=False)
        askers = lesson.askers[self._random.integers(columns, size=len(rows)), rows]
        answers = lesson.answers[self._random.integers(len(lesson.answers), size=len(rows)), rows]
        sides = [
            mean_vectors(self._table, lesson.asked.bags(side, options.german_alternative_cuts, self._random))
            for side in (askers, answers)
        ]
        return ranking_loss(sides[0], sides[1], options.scale)
