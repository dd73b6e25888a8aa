"""The settings of one training run: their defaults are the ones that made the committed model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the model, apart from the text. Written into model.json as it is."""

    seed: int = 1
    german_pieces: int = 13_000
    frames_per_term: int = 6
    sentence_repeats: int = 5
    case_repeats: int = 3
    epochs: int = 3
    batch: int = 1024
    learning_rate: float = 0.003
    negatives: int = 512
    scale: float = 20.0
    ranking_weight: float = 0.1
    question_batch: int = 256
    question_weight: float = 0.1
    german_alternative_cuts: float = 0.15
    english_alternative_cuts: float = 0.05
    dimensions: int = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One command-line option for each field, with the field's type and default."""
    for field in fields(Options):
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(name, type=type(field.default), default=field.default, help="default: %(default)s")


def from_arguments(arguments: argparse.Namespace) -> Options:
    """The parsed arguments as Options; other attributes of the namespace are left alone."""
    return Options(**{field.name: getattr(arguments, field.name) for field in fields(Options)})


def defaults(**changes: int | float) -> Options:
    """The default options with some fields changed (for experiments and tests)."""
    return from_arguments(argparse.Namespace(**{f.name: f.default for f in fields(Options)} | changes))


def parse(arguments: Sequence[str] | None, parser: argparse.ArgumentParser) -> tuple[Options, argparse.Namespace]:
    """Read the command line: the options and the whole namespace."""
    add_arguments(parser)
    namespace = parser.parse_args(arguments)
    return from_arguments(namespace), namespace
