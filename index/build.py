"""A new generation in a folder of its own: manifest last, then the pointer is replaced."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
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
BUILDING, POINTING = "building.lock", "lock"
"""Held by a build in full from its beginning to its end, and by whoever changes which generation is in use: growing one
does not wait for a build."""
_PREFIX, _DRAFT = "generation-", "draft-"
KEPT = {_PREFIX: 600, _DRAFT: 86_400}
"""Seconds for which a generation stays after it was replaced, longer than any request takes, and for which a draft is
left to whoever may be writing it: embedding a large collection with a large model takes hours."""


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

    A process that is killed on the way leaves the old generation in use. Several processes build one after the other,
    and one that `grow` has overtaken meanwhile puts nothing to use.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root, BUILDING):
        return _build(root, cases, encoder, fingerprint, progress)


def _build(
    root: Path,
    cases: Iterable[Case],
    encoder: Encoder,
    fingerprint: Fingerprint,
    progress: Callable[[int, int], Any] = lambda done, of: None,
) -> Built:
    before = current_folder(root)
    with _draft(root) as draft:
        manifest, embedded = _write(draft, root / CACHE, list(cases), encoder, fingerprint, progress)
        with _alone(root, POINTING):
            if current_folder(root) != before and _seq(root) > fingerprint.seq:
                return Built(draft, manifest, embedded)
            return Built(_put_to_use(root, draft, manifest), manifest, embedded)


def grow(root: Path, encoder: Encoder, wanted: Callable[[], tuple[Fingerprint, Iterable[Case]]]) -> None:
    """Put to use what is `wanted` in a fraction of the time of a build, if it is not in use already.

    Only what is new or changed is analysed. The other cases keep the parts of compounds that they had: words that came
    since may part them differently, which a build in full sees to. Without an index that can be grown upon it is built.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root, POINTING):
        # Asked for inside: of several processes that were waiting the first does the work of all.
        fingerprint, cases = wanted()
        upon = _usable(root, fingerprint)
        if upon is not None and upon.manifest.fingerprint == fingerprint:
            return
        with _draft(root) as draft:
            manifest, _ = _write(draft, root / CACHE, list(cases), encoder, fingerprint, upon=upon)
            _put_to_use(root, draft, manifest)


def settle(root: Path, encoder: Encoder, wanted: Callable[[], tuple[Fingerprint, Iterable[Case]]]) -> None:
    """Build in full what was grown, if nobody else did: the parts of compounds are then those of all words."""
    with _alone(root, BUILDING):
        if is_grown(root):
            fingerprint, cases = wanted()
            _build(root, cases, encoder, fingerprint)


def is_grown(root: Path) -> bool:
    """Say whether the index in use was grown and not built in full since."""
    try:
        return open_current(root).manifest.grown
    except IndexUnusable:
        return False


def _usable(root: Path, wanted: Fingerprint) -> Generation | None:
    """Return the generation in use if it differs in nothing but its cases from what is wanted."""
    try:
        found = open_current(root)
    except IndexUnusable:
        return None
    return found if replace(found.manifest.fingerprint, seq=wanted.seq) == wanted else None


def _seq(root: Path) -> int:
    try:
        return open_current(root).manifest.fingerprint.seq
    except IndexUnusable:
        return -1


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
    progress: Callable[[int, int], Any] = lambda done, of: None,
    upon: Generation | None = None,
) -> tuple[Manifest, int]:
    order = write_lexical(folder / WORDS, cases, upon.folder / WORDS if upon else None)
    positions = {case_id: position for position, case_id in enumerate(order)}
    cases = sorted(cases, key=lambda case: positions[case.id])
    cut = [passage for case in cases for passage in passages(case)]
    vectors, embedded = EmbeddingCache(cache).passages([passage.text for passage in cut], encoder, progress)
    FaissIndex.of(vectors).save(folder / VECTORS)
    write_passages(folder / WORDS, cut)
    owners = np.array([positions[passage.case_id] for passage in cut], np.int64)
    np.save(folder / OWNERS, owners)
    names: dict[str, list[str]] = {}
    for case in sorted(cases, key=lambda case: case.id):
        for name in names_of(case):
            names.setdefault(name, []).append(case.id)
    (folder / NAMES).write_text(json.dumps(names, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    coded = [list(facet_terms(case)) for case in cases]
    (folder / FACTS).write_text(json.dumps(coded), encoding="utf-8")
    by_case = case_vectors(vectors, owners, len(cases))
    draw_map(order, by_case, coded, _earlier_map(cache.parent)).write(folder / MAP)
    manifest = Manifest(
        fingerprint=fingerprint,
        dim=encoder.dim,
        cases=len(cases),
        passages=len(cut),
        grown=upon is not None,
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
def _draft(root: Path) -> Iterator[Path]:
    """Give a new folder to write in, which is gone afterwards unless it was put to use."""
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=root))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put_to_use(root: Path, draft: Path, manifest: Manifest) -> Path:
    folder = root / f"{_PREFIX}{manifest.fingerprint.seq:08d}-{draft.name.removeprefix(_DRAFT)}"
    previous = current_folder(root)
    os.rename(draft, folder)
    point_to(root, folder)
    if previous is not None:
        # From now on its age counts.
        os.utime(previous)
    _tidy(root, folder)
    return folder


@contextmanager
def _alone(root: Path, name: str) -> Iterator[None]:
    """Hold a lock of `root`; the system lets go of it when the process ends, however it ends."""
    with (root / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tidy(root: Path, current: Path) -> None:
    """Remove what nobody needs any more: generations out of use and drafts of killed builds, each after a while.

    A request may have begun with a generation that was replaced since, and a thread opens its files when it first
    needs them.
    """
    for pointer in root.glob(f"{POINTER}.*"):
        pointer.unlink(missing_ok=True)
    for prefix, seconds in KEPT.items():
        for folder in root.glob(f"{prefix}*"):
            with suppress(FileNotFoundError):
                if folder != current and time.time() - folder.stat().st_mtime > seconds:
                    shutil.rmtree(folder, ignore_errors=True)
