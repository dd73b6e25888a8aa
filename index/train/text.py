"""The text that the model learns from: reading it and making pairs of it. Pure, apart from reading files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

CASE_FIELDS = ("title", "summary", "problem", "solution", "result", "lessons")
# A sentence ends at . ! or ? before a space and something that can begin a sentence ...
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ0-9„\"'(])")
# ... unless the full stop belongs to an abbreviation or to a German ordinal ("am 3. Mai").
NO_SENTENCE_END = re.compile(
    r"(?:\b(?:z\. ?B|d\. ?h|u\. ?a|ca|bzw|Nr|Mio|Mrd|St|Dr|Prof|rd|approx|No|vs|e\.g|i\.e)|\b\d{1,2})\.$"
)


class Pair(NamedTuple):
    """The same statement, question or term in both languages."""

    german: str
    english: str


class Question(NamedTuple):
    """A question as people type it, a technical passage that answers it, and what the answer is called."""

    question_de: str
    question_en: str
    passage_de: str
    passage_en: str
    keywords_de: str


@dataclass(frozen=True, slots=True)
class TrainingText:
    """All own text of a folder, as it was written: nothing repeated, nothing put into frames."""

    terms: tuple[Pair, ...]
    frames: tuple[Pair, ...]
    sentences: tuple[Pair, ...]
    questions: tuple[Question, ...]
    cases: tuple[Pair, ...]


def read_columns(path: Path, columns: int) -> Iterator[list[str]]:
    """The rows of a tab-separated file without a heading; a row of the wrong width is an error with its place."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != columns or not all(cells):
            raise ValueError(f"{path.name}, line {number}: expected {columns} filled columns")
        yield cells


def read_pairs(folder: Path, pattern: str) -> tuple[Pair, ...]:
    """The distinct pairs of all files that fit the pattern, in the order of file names and lines."""
    rows = (Pair(*cells) for path in sorted(folder.glob(pattern)) for cells in read_columns(path, 2))
    return tuple(dict.fromkeys(rows))


def read_questions(folder: Path) -> tuple[Question, ...]:
    """The distinct questions of questions_*.tsv."""
    paths = sorted(folder.glob("questions_*.tsv"))
    rows = (Question(*cells) for path in paths for cells in read_columns(path, 5))
    return tuple(dict.fromkeys(rows))


def split_sentences(text: str) -> list[str]:
    """Cut a paragraph into sentences; a piece that ends in an abbreviation is joined to the next."""
    sentences: list[str] = []
    for part in SENTENCE_END.split(text.strip()):
        if sentences and NO_SENTENCE_END.search(sentences[-1]):
            sentences[-1] += " " + part
        else:
            sentences.append(part)
    return sentences


def align(german: str, english: str) -> list[Pair]:
    """Sentence by sentence where both sides have equally many, else the two texts as one pair."""
    left, right = split_sentences(german), split_sentences(english)
    if len(left) != len(right):
        return [Pair(german, english)]
    return [Pair(*both) for both in zip(left, right, strict=True)]


def case_pairs(case: Mapping[str, Any]) -> list[Pair]:
    """The parallel text of one case record: its fields, its keywords and the notes of its effects."""
    pairs: list[Pair] = []
    for name in CASE_FIELDS:
        if field := case.get(name):
            pairs += align(str(field["de"]), str(field["en"]))
    pairs += [align(note["de"], note["en"])[0] for effect in case.get("effects") or [] if (note := effect.get("note"))]
    keywords = case["keywords"]
    if len(keywords["de"]) == len(keywords["en"]):
        pairs += [Pair(str(de), str(en)) for de, en in zip(keywords["de"], keywords["en"], strict=True)]
    pairs.append(Pair(", ".join(map(str, keywords["de"])), ", ".join(map(str, keywords["en"]))))
    return pairs


def read_cases(folder: Path) -> tuple[Pair, ...]:
    """The distinct pairs of all case records of a folder."""
    pairs: list[Pair] = []
    for path in sorted(folder.glob("*.yml")):
        pairs += case_pairs(yaml.safe_load(path.read_text(encoding="utf-8")))
    return tuple(dict.fromkeys(pairs))


def read_training_text(training: Path, collection: Path) -> TrainingText:
    """Read the folder of own text and the folder of case records."""
    return TrainingText(
        terms=read_pairs(training, "glossary_*.tsv"),
        frames=read_pairs(training, "frames.tsv"),
        sentences=read_pairs(training, "sentences_*.tsv"),
        questions=read_questions(training),
        cases=read_cases(collection),
    )


def put_into_frames(terms: Sequence[Pair], frames: Sequence[Pair], count: int) -> list[Pair]:
    """Each term in `count` frames: the first frame (the bare term) always, the others taken in turn.

    No chance is involved, so that all seeds need the same teacher vectors.
    """
    bare, others = frames[0], frames[1:]
    pairs: list[Pair] = []
    for number, term in enumerate(terms):
        start = number * (count - 1)
        chosen = [bare, *(others[(start + offset) % len(others)] for offset in range(count - 1))]
        pairs += [
            Pair(frame.german.replace("{term}", term.german), frame.english.replace("{term}", term.english))
            for frame in chosen
        ]
    return pairs


def question_pairs(questions: Sequence[Question]) -> list[Pair]:
    """The parallel sentences inside the questions file: question beside question, passage beside passage."""
    pairs: list[Pair] = []
    for row in questions:
        pairs.append(Pair(row.question_de, row.question_en))
        pairs += align(row.passage_de, row.passage_en)
    return pairs
