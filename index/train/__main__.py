"""Makes the bundled model out of our own text: `python -m index.train [--seed N] [--out FOLDER] ...`.

A static model: one vector a piece, a text is the mean of its pieces. Distilled from an English sentence encoder with
parallel text, as Reimers and Gurevych (2020) make models multilingual: a German text is taught to stand where the
teacher puts its English translation.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from index.train.cuts import Cutter, IntArray
from index.train.options import Options, parse
from index.train.pack import principal_axes, text_vectors, write_model
from index.train.start import start_values
from index.train.student import Lesson, Student
from index.train.teacher import NAME as TEACHER
from index.train.teacher import FloatArray, Teacher, teacher_folder, teacher_pieces
from index.train.text import (
    Pair,
    Question,
    TrainingText,
    put_into_frames,
    question_pairs,
    read_training_text,
)
from index.train.tokenizer import build_tokenizer, latin_pieces, pieces_of

INDEX = Path(__file__).parent.parent
TRAINING = INDEX / "training"
COLLECTION = INDEX.parent / "kb" / "collection"
MODEL = INDEX / "model"


@dataclass(frozen=True, slots=True)
class Material:
    """The pairs to learn from and how often an epoch shows each."""

    pairs: tuple[Pair, ...]
    repeats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What training starts from."""

    tokenizer: Tokenizer
    lesson: Lesson
    start: FloatArray  # shape (pieces, 384)


def gather(text: TrainingText, options: Options) -> Material:
    """Terms in frames once, sentences and the collection several times."""
    parts: list[tuple[Sequence[Pair], int]] = [
        (put_into_frames(text.terms, text.frames, options.frames_per_term), 1),
        (text.sentences, options.sentence_repeats),
        (question_pairs(text.questions), 1),
        (text.cases, options.case_repeats),
    ]
    pairs = tuple(pair for part, _ in parts for pair in part)
    repeats = tuple(times for part, times in parts for _ in part)
    return Material(pairs, repeats)


def question_columns(questions: Sequence[Question]) -> tuple[list[str], IntArray, IntArray]:
    """All texts of the questions file, and the numbers of those that ask and those that answer.

    Both arrays have the shape (columns, questions): questions in two languages; passages in two and the keywords.
    """
    columns = [[row[column] for row in questions] for column in range(len(Question._fields))]
    numbers = np.arange(len(columns) * len(questions), dtype=np.int64).reshape(len(columns), len(questions))
    return [cell for column in columns for cell in column], numbers[:2], numbers[2:]


def prepare(text: TrainingText, teacher: Teacher, options: Options) -> Preparation:
    """Everything up to the first step of training; no chance is involved."""
    material = gather(text, options)
    german = [pair.german for pair in material.pairs]
    english = [pair.english for pair in material.pairs]
    asked, askers, answers = question_columns(text.questions)
    vocabulary = teacher_pieces(teacher_folder())
    tokenizer = build_tokenizer(vocabulary, german, options.german_pieces)
    alone = teacher.encode([piece.removeprefix("##") for piece in latin_pieces(vocabulary)])
    targets = teacher.encode(english)
    lesson = Lesson(
        german=Cutter(tokenizer, german),
        english=Cutter(tokenizer, english),
        targets=targets,
        order=np.repeat(np.arange(len(german), dtype=np.int64), material.repeats),
        asked=Cutter(tokenizer, asked),
        askers=askers,
        answers=answers,
    )
    start = start_values(alone, lesson.german.usual_bags(), targets, pieces_of(tokenizer))
    return Preparation(tokenizer, lesson, start)


def train_model(text: TrainingText, teacher: Teacher, out: Path, options: Options) -> str:
    """The whole recipe; returns the revision of the model written."""
    ready = prepare(text, teacher, options)
    table = Student(ready.start, ready.lesson, options).train()
    small = fewer_dimensions(table, ready.lesson, options.dimensions)
    return write_model(out, ready.tokenizer, small, describe(options))


def fewer_dimensions(table: FloatArray, lesson: Lesson, dimensions: int) -> FloatArray:
    """Turn the table so that the axes that matter for our texts come first, and drop the others."""
    seen = [text_vectors(table, cutter.usual_bags()) for cutter in (lesson.german, lesson.english)]
    small = table @ principal_axes(np.concatenate(seen), dimensions)
    # A text of unknown characters only must not be the zero vector; beside known pieces this counts for nothing.
    small[0] = 0.0
    small[0, 0] = 1e-6
    return small


def describe(options: Options) -> dict[str, object]:
    """What model.json says, apart from the revision."""
    settings = asdict(options)
    return {
        "name": "pfadfinder-static-de-en",
        "dim": options.dimensions,
        "languages": ["de", "en"],
        "teacher": TEACHER,
        "licence": "Apache-2.0",
        "seed": settings.pop("seed"),
        "training": settings,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m index.train", description="Make the bundled model.")
    parser.add_argument("--out", type=Path, default=MODEL, help="where to write it (default: index/model)")
    parser.add_argument("--training", type=Path, default=TRAINING, help="folder of the training text")
    parser.add_argument("--collection", type=Path, default=COLLECTION, help="folder of the case records")
    parser.add_argument("--cache", type=Path, help="folder that keeps the teacher's vectors between runs")
    parser.add_argument("--threads", type=int, default=2, help="processor threads (default: 2)")
    options, namespace = parse(arguments, parser)
    torch.set_num_threads(namespace.threads)
    torch.use_deterministic_algorithms(True)
    text = read_training_text(namespace.training, namespace.collection)
    revision = train_model(text, Teacher(teacher_folder(), namespace.cache), namespace.out, options)
    print(f"{namespace.out}: revision {revision}")


if __name__ == "__main__":
    main()
