"""From the trained table to the files of index/model/: fewer dimensions, eight bits, one folder."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.train.cuts import Ragged
from index.train.teacher import FloatArray

WEIGHT_FILES = ("tokenizer.json", "vectors.npy", "scales.npy")
DESCRIPTION_FILE = "model.json"


def text_vectors(table: FloatArray, bags: Ragged) -> FloatArray:
    """Unit vectors of bags of pieces, shape (bags, dimensions)."""
    sums = np.add.reduceat(table[bags.values], bags.starts[:-1], axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, 1e-12), dtype=np.float32)


def principal_axes(vectors: FloatArray, dimensions: int) -> FloatArray:
    """The directions in which text vectors differ most, shape (384, dimensions), in falling order.

    Not centred: a cosine has to stay a cosine. Signs are fixed, so that the result does not depend on the solver.
    """
    moments = vectors.astype(np.float64).T @ vectors.astype(np.float64)
    _, directions = np.linalg.eigh(moments)
    axes = directions[:, ::-1][:, :dimensions]
    strongest = np.abs(axes).argmax(axis=0)
    upright: FloatArray = (axes * np.sign(axes[strongest, np.arange(dimensions)])).astype(np.float32)
    return upright


def to_bytes(table: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Eight bits a number and one scale a row: shapes (pieces, dimensions) and (pieces,)."""
    scales = np.maximum(np.abs(table).max(axis=1) / 127.0, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(table / scales[:, None]).astype(np.int8), scales


def write_model(folder: Path, tokenizer: Tokenizer, table: FloatArray, description: Mapping[str, Any]) -> str:
    """Write all files beside the folder, then put them in their places, the description last.

    Returns the revision: the first twelve hexadecimal digits of the SHA-256 of the weight files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vectors, scales = to_bytes(table)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".model-") as name:
        temporary = Path(name)
        tokenizer.save(str(temporary / "tokenizer.json"), pretty=False)
        np.save(temporary / "vectors.npy", vectors)
        np.save(temporary / "scales.npy", scales)
        revision = weights_revision(temporary)
        about = {"name": description["name"], "revision": revision, **description}
        text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
        (temporary / DESCRIPTION_FILE).write_text(text, encoding="utf-8")
        for file in (*WEIGHT_FILES, DESCRIPTION_FILE):
            os.replace(temporary / file, folder / file)
    return revision


def weights_revision(folder: Path) -> str:
    """What the weight files of a folder hash to."""
    digest = hashlib.sha256()
    for file in WEIGHT_FILES:
        digest.update((folder / file).read_bytes())
    return digest.hexdigest()[:12]
