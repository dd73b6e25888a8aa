"""A new generation in a folder of its own: manifest last, then the pointer is replaced."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from index.case_map import CaseMap, case_vectors, draw_map
from index.encoder import EmbeddingCache
from index.generation import (
    FACTS,
    MAP,
    NAMES,
    OWNERS,
    POINTER,
    VECTORS,
    WORDS,
    Generation,
    current_folder,
    names_of,
    point_to,
    write_passages,
)
from index.lexical import write_lexical
from index.manifest import Fingerprint, IndexUnusable, Manifest, file_digest, mismatches
from index.types import Encoder
from index.vectors import FaissIndex
from kb.case import Case
from kb.filters import facet_terms
from kb.passages import passages
from kb.text import Text

CACHE = "embeddings.db"
_PREFIX = "generation-"


@dataclass(frozen=True, slots=True)
class Built:
    """A generation that was built, and how many passages had to be embedded for it."""

    folder: Path
    manifest: Manifest
    embedded: int


def state(root: Path, wanted: Fingerprint) -> tuple[Text, ...]:
    """Return in words why the index under `root` cannot serve what is `wanted`; () when it can."""
    folder = current_folder(root)
    if folder is None:
        return (Text(de="es gibt noch keinen Index", en="there is no index yet"),)
    try:
        return mismatches(Manifest.read(folder).fingerprint, wanted)
    except IndexUnusable as error:
        return (error.message,)


def build(
    root: Path,
    cases: Iterable[Case],
    encoder: Encoder,
    fingerprint: Fingerprint,
    progress: Callable[[int, int], Any] = lambda done, of: None,
) -> Built:
    """Build a generation for `cases` under `root` and put it to use; `progress` is told (embedded, to be embedded).

    A process that is killed on the way leaves the old generation in use. Several processes build one after the other.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=root))
        try:
            manifest, embedded = _write(draft, root / CACHE, list(cases), encoder, fingerprint, progress)
            folder = root / f"{_PREFIX}{fingerprint.seq:08d}-{draft.name.removeprefix('draft-')}"
            os.rename(draft, folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        previous = current_folder(root)
        point_to(root, folder)
        _tidy(root, keep={folder, previous})
    return Built(folder, manifest, embedded)


def open_current(root: Path) -> Generation:
    """Return the generation in use under `root`. Raises IndexUnusable."""
    folder = current_folder(root)
    if folder is None:
        raise IndexUnusable(
            Text(
                de="Es gibt noch keinen Index. `pfadfinder index` baut ihn.",
                en="There is no index yet. `pfadfinder index` builds it.",
            )
        )
    return Generation(folder)


def _write(
    folder: Path,
    cache: Path,
    cases: list[Case],
    encoder: Encoder,
    fingerprint: Fingerprint,
    progress: Callable[[int, int], Any],
) -> tuple[Manifest, int]:
    cut = [passage for case in cases for passage in passages(case)]
    vectors, embedded = EmbeddingCache(cache).passages([passage.text for passage in cut], encoder, progress)
    FaissIndex.of(vectors).save(folder / VECTORS)
    write_lexical(folder / WORDS, cases)
    write_passages(folder / WORDS, cut)
    numbers = {case.id: number for number, case in enumerate(cases)}
    owners = np.array([numbers[passage.case_id] for passage in cut], np.int64)
    np.save(folder / OWNERS, owners)
    names: dict[str, list[str]] = {}
    for case in cases:
        for name in names_of(case):
            names.setdefault(name, []).append(case.id)
    (folder / NAMES).write_text(json.dumps(names, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    coded = [list(facet_terms(case)) for case in cases]
    (folder / FACTS).write_text(json.dumps(coded), encoding="utf-8")
    by_case = case_vectors(vectors, owners, len(cases))
    draw_map(list(numbers), by_case, coded, _earlier_map(cache.parent)).write(folder / MAP)
    manifest = Manifest(
        fingerprint=fingerprint,
        dim=encoder.dim,
        cases=len(cases),
        passages=len(cut),
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files={name: file_digest(folder / name) for name in (VECTORS, WORDS, OWNERS, NAMES, FACTS, MAP)},
    )
    manifest.write(folder)
    return manifest, embedded


def _earlier_map(root: Path) -> CaseMap | None:
    """Return the map of the generation in use, which the new one continues; None when there is none to go by."""
    folder = current_folder(root)
    try:
        return CaseMap.read(folder / MAP) if folder else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the lock of `root`; the system lets go of it when the process ends, however it ends."""
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tidy(root: Path, keep: set[Path | None]) -> None:
    """Remove what no reader needs: older generations and drafts of killed builds.

    The generation before the new one stays, since a reader may just have read the pointer and not opened it yet.
    """
    for pointer in root.glob(f"{POINTER}.*"):
        pointer.unlink(missing_ok=True)
    for folder in root.iterdir():
        if folder.is_dir() and folder not in keep and folder.name.startswith((_PREFIX, "draft-")):
            shutil.rmtree(folder, ignore_errors=True)
