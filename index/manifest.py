"""The birth certificate of an index: what it was made from, and why it no longer fits."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from index.analysis import ANALYSIS_VERSION
from kb.errors import PfadfinderError
from kb.passages import PASSAGES_VERSION
from kb.text import Text

FORMAT = 3
"""Raised whenever the files of a generation change their shape."""
FILE = "manifest.json"


class IndexUnusable(PfadfinderError):
    """There is no index, or it is damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What an index depends on. Two equal fingerprints: nothing has to be built."""

    store: str
    seq: int
    model: str
    format: int = FORMAT
    passages_version: int = PASSAGES_VERSION
    analysis_version: int = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Written last into a generation: a folder without one is not an index. See `index.build.grow` for `grown`."""

    fingerprint: Fingerprint
    dim: int
    cases: int
    passages: int
    grown: bool
    built_at: str
    files: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write the manifest into `folder`."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Return the manifest of `folder` after holding every file against it. Raises IndexUnusable."""
        try:
            content = json.loads((folder / FILE).read_text(encoding="utf-8"))
            manifest = cls(**{**content, "fingerprint": Fingerprint(**content["fingerprint"])})
            damaged = [name for name, digest in manifest.files.items() if file_digest(folder / name) != digest]
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexUnusable(_unreadable(folder, error)) from error
        if damaged:
            raise IndexUnusable(_damaged(folder, damaged))
        return manifest


def file_digest(path: Path) -> str:
    """Return the SHA-256 of the file at `path`, hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def mismatches(found: Fingerprint, wanted: Fingerprint) -> tuple[Text, ...]:
    """Return in words why an index that was `found` does not fit what is `wanted`; () when it does."""
    reasons = []
    if found.store != wanted.store:
        reasons.append(
            Text(de="der Index gehört zu einer anderen Datenbank", en="the index belongs to another database")
        )
    elif found.seq != wanted.seq:
        reasons.append(
            Text(
                de=f"der Index steht bei Änderung {found.seq}, die Datenbank bei {wanted.seq}",
                en=f"the index stands at change {found.seq}, the database at {wanted.seq}",
            )
        )
    if found.model != wanted.model:
        reasons.append(
            Text(
                de=f"der Index wurde mit dem Modell {found.model} gebaut, eingestellt ist {wanted.model}",
                en=f"the index was built with the model {found.model}, {wanted.model} is configured",
            )
        )
    versions = [(found.format, wanted.format), (found.passages_version, wanted.passages_version)]
    versions.append((found.analysis_version, wanted.analysis_version))
    if any(old != new for old, new in versions):
        reasons.append(
            Text(
                de="der Index stammt von einer anderen Version des Programms",
                en="the index was made by another version of the program",
            )
        )
    return tuple(reasons)


def _unreadable(folder: Path, error: Exception) -> Text:
    return Text(
        de=f"Der Index {folder.name} ist nicht lesbar: {error}. `pfadfinder index` baut ihn neu.",
        en=f"The index {folder.name} cannot be read: {error}. `pfadfinder index` builds it anew.",
    )


def _damaged(folder: Path, files: list[str]) -> Text:
    names = ", ".join(files)
    return Text(
        de=f"Der Index {folder.name} ist beschädigt ({names}). `pfadfinder index` baut ihn neu.",
        en=f"The index {folder.name} is damaged ({names}). `pfadfinder index` builds it anew.",
    )
