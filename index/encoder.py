"""Texts to vectors: the bundled model, read with numpy and tokenizers, and the cache in front of any encoder."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.types import Encoder, Vectors
from kb.errors import PfadfinderError
from kb.passages import text_hash
from kb.text import Text

MODEL_FOLDER = Path(__file__).parent / "model"
_WORD = re.compile(r"\w+")
_RESPELLED = re.compile(r"[aouAOU]e|ss")
_UMLAUTS = dict(zip("aouAOU", "äöüÄÖÜ", strict=True))
_FILES = ("tokenizer.json", "vectors.npy", "scales.npy")


class ModelError(PfadfinderError):
    """A model that cannot be used."""


class BundledEncoder:
    """A static bilingual model: a text is the mean of the vectors of its word pieces, at unit length.

    Knows no word order and no negation. Made by `python -m index.train`; needs neither torch nor the network.
    """

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        """Read the model in `folder`. Raises ModelError when a file is missing or damaged."""
        try:
            description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            name, said = str(description["name"]), description["revision"]
            revision = model_revision(folder)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._rows: NDArray[np.int8] = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            self._scales: NDArray[np.float32] = np.load(folder / "scales.npy", allow_pickle=False).astype(np.float32)
        except Exception as error:  # tokenizers raises plain Exception
            raise ModelError(_unusable(folder, str(error))) from error
        if revision != said or len(self._rows) != len(self._scales):
            raise ModelError(_unusable(folder, "its files do not belong together"))
        self._key = f"{name}@{revision}+int8"

    @property
    def key(self) -> str:
        """Name, revision (from the bytes of the files) and format."""
        return self._key

    @property
    def dim(self) -> int:
        """The number of dimensions."""
        return int(self._rows.shape[1])

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, shape (texts, dim)."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for number, encoding in enumerate(self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)):
            pieces = encoding.ids
            if pieces:
                vectors[number] = self._scales[pieces] @ self._rows[pieces].astype(np.float32)
        return unit(vectors)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each query, which may be typed without a German keyboard."""
        return self.passages([self._respelled(text) for text in texts])

    def _respelled(self, text: str) -> str:
        """Return `text` with ä, ö, ü and ß where ae, oe, ue and ss stand for them.

        A spelling is better when the model knows the word in fewer pieces: Gebaeude becomes Gebäude, neue stays.
        """
        # Word by word: a single expression for a word with such letters takes time by the square of its length.
        return _WORD.sub(lambda word: self._best_spelling(word.group()), text)

    def _best_spelling(self, word: str) -> str:
        if not _RESPELLED.search(word):
            return word
        umlauts = re.sub(r"[aouAOU]e", lambda pair: _UMLAUTS[pair.group()[0]], word)
        spellings = dict.fromkeys((word, umlauts, word.replace("ss", "ß"), umlauts.replace("ss", "ß")))
        return min(spellings, key=lambda spelling: len(self._tokenizer.encode(spelling, add_special_tokens=False).ids))


def model_revision(folder: Path) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 over the files of the model in `folder`."""
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Return `vectors` at unit length; a row of zeros, a text without any piece, becomes the first axis."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    empty = lengths[:, 0] == 0
    scaled: Vectors = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    scaled[empty, 0] = 1.0
    return scaled


def _unusable(folder: Path, reason: str) -> Text:
    return Text(
        de=f"Das Modell in {folder} ist nicht benutzbar: {reason}. Dateien wiederherstellen (git checkout index/model)"
        " oder ein anderes Modell einstellen (PFADFINDER_MODEL).",
        en=f"The model in {folder} cannot be used: {reason}. Restore its files (git checkout index/model) or choose"
        " another model (PFADFINDER_MODEL).",
    )


class EmbeddingCache:
    """Vectors by (hash of the text, key of the model), in one SQLite file that outlives every generation."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def passages(
        self, texts: Sequence[str], encoder: Encoder, progress: Callable[[int, int], Any] = lambda done, of: None
    ) -> tuple[Vectors, int]:
        """Return the vectors of `texts`, shape (texts, dim), and how many had to be made.

        `progress` is told (made, to be made) after each batch, which is kept at once: a killed build resumes.
        """
        try:
            return self._passages(texts, encoder, progress)
        except sqlite3.OperationalError:
            raise  # locked, or no room on the disk: nothing is wrong with the cache
        except sqlite3.DatabaseError:
            # A cache that is damaged is worth nothing: begin a new one.
            self._path.unlink(missing_ok=True)
            return self._passages(texts, encoder, progress)

    def _passages(
        self, texts: Sequence[str], encoder: Encoder, progress: Callable[[int, int], Any]
    ) -> tuple[Vectors, int]:
        hashes = [text_hash(text) for text in texts]
        with closing(self._connect()) as connection:
            known = self._known(connection, hashes, encoder)
            missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
            keys = list(missing)
            for start in range(0, len(keys), 256):
                batch = keys[start : start + 256]
                for key, vector in zip(batch, encoder.passages([missing[key] for key in batch]), strict=True):
                    known[key] = vector
                with connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
                        [(encoder.key, key, known[key].tobytes()) for key in batch],
                    )
                progress(start + len(batch), len(keys))
        vectors = np.array([known[key] for key in hashes], np.float32).reshape(len(texts), encoder.dim)
        return vectors, len(keys)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30)
        connection.text_factory = bytes
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS embeddings"
                " (model TEXT, text_hash TEXT, vector BLOB, PRIMARY KEY (model, text_hash)) WITHOUT ROWID"
            )
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _known(
        self, connection: sqlite3.Connection, hashes: Sequence[str], encoder: Encoder
    ) -> dict[str, NDArray[np.float32]]:
        rows = connection.execute(
            "SELECT text_hash, vector FROM embeddings"
            " WHERE model = ? AND text_hash IN (SELECT value FROM json_each(?))",
            (encoder.key, json.dumps(list(hashes))),
        )
        size = encoder.dim * 4
        known = {str(key, "ascii"): np.frombuffer(blob, np.float32) for key, blob in rows if len(blob) == size}
        # A vector that is not of unit length, or holds no numbers, was damaged on the disk: it is made again.
        with np.errstate(all="ignore"):
            return {key: vector for key, vector in known.items() if abs(float(vector @ vector) - 1) < 1e-3}
