"""One built index on disk, opened for reading, and the pointer that says which one is in use."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold, words
from index.case_map import CaseMap
from index.facts import Facts
from index.lexical import Lexicon
from index.manifest import IndexUnusable, Manifest
from index.types import Rows
from index.vectors import FaissIndex
from kb.case import Case, CaseId
from kb.passages import Passage
from kb.text import Text

POINTER = "CURRENT"
VECTORS, WORDS, OWNERS, NAMES, FACTS = "vectors.faiss", "words.db", "owners.npy", "names.json", "facts.json"
MAP = "map.json"


class Generation:
    """An index that fits its manifest: vectors, words, whose each passage is, and what the cases are coded with."""

    def __init__(self, folder: Path) -> None:
        """Open the generation in `folder`. Raises IndexUnusable when it is damaged."""
        self.folder = folder
        self.manifest = Manifest.read(folder)
        try:
            self.vectors = FaissIndex.read(folder / VECTORS)
            self.lexicon = Lexicon(folder / WORDS)
            self.owners: NDArray[np.int64] = np.load(folder / OWNERS, allow_pickle=False)
            self.names: dict[str, list[CaseId]] = json.loads((folder / NAMES).read_text(encoding="utf-8"))
            self.map = CaseMap.read(folder / MAP)
            self.facts = Facts(json.loads((folder / FACTS).read_text(encoding="utf-8")))
        except (RuntimeError, OSError, ValueError, sqlite3.DatabaseError) as error:
            raise IndexUnusable(_broken(folder, error)) from error

    def rows_of(self, case_id: CaseId) -> Rows:
        """Return the rows of the passages of one case; none for a case that the index does not hold."""
        position = self.lexicon.positions.get(case_id)
        return np.flatnonzero(self.owners == position) if position is not None else np.empty(0, np.int64)

    def rows_within(self, case_ids: frozenset[CaseId]) -> Rows:
        """Return the rows of the passages of these cases, ascending."""
        allowed = np.zeros(len(self.lexicon.case_ids), bool)
        positions = self.lexicon.positions
        allowed[[positions[case_id] for case_id in case_ids if case_id in positions]] = True
        return np.flatnonzero(allowed[self.owners])

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages in these rows, in the order asked for."""
        found = {
            row: Passage(*rest)
            for row, *rest in self.lexicon.connection.execute(
                "SELECT row, case_id, field, language, text, hash FROM passages"
                " WHERE row IN (SELECT value FROM json_each(?))",
                (json.dumps([int(row) for row in rows]),),
            )
        }
        return [found[int(row)] for row in rows]


def write_passages(path: Path, passages: Sequence[Passage]) -> None:
    """Write the table of passages in the SQLite file at `path`, in place of one that is there."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DROP TABLE IF EXISTS passages")
        connection.execute(
            "CREATE TABLE passages (row INTEGER PRIMARY KEY, case_id TEXT, field TEXT, language TEXT, text TEXT,"
            " hash TEXT)"
        )
        connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
            [(row, p.case_id, p.field, p.language, p.text, p.hash) for row, p in enumerate(passages)],
        )
        connection.execute("CREATE INDEX passages_by_case ON passages (case_id)")
    connection.close()


def name_key(text: str) -> str:
    """Return the folded words of a name, so that spelling and punctuation do not matter."""
    return " ".join(fold(word) for word, _, _ in words(text))


def names_of(case: Case) -> set[str]:
    """Return the keys of everything that `case` is called by: title, organisation, partners, place."""
    titles = [words for language in case.title.languages if (words := case.title.get(language))]
    return {name_key(name) for name in (*titles, case.organisation, *case.partners, case.place or "")} - {""}


def current_folder(root: Path) -> Path | None:
    """Return the folder of the generation in use under `root`, or None."""
    try:
        name = (root / POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    # A plain name and nothing else: what a damaged pointer says must not lead out of `root`.
    folder = root / name
    return folder if name not in ("", ".", "..") and Path(name).name == name and folder.is_dir() else None


def point_to(root: Path, folder: Path) -> None:
    """Make `folder` the generation in use under `root`, atomically."""
    draft = root / f"{POINTER}.{os.getpid()}"
    with draft.open("w", encoding="utf-8") as pointer:
        pointer.write(folder.name + "\n")
        pointer.flush()
        os.fsync(pointer.fileno())
    os.replace(draft, root / POINTER)


def _broken(folder: Path, error: Any) -> Text:
    return Text(
        de=f"Der Index {folder.name} lässt sich nicht öffnen: {error}. `pfadfinder index` baut ihn neu.",
        en=f"The index {folder.name} cannot be opened: {error}. `pfadfinder index` builds it anew.",
    )
