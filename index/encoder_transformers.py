"""Any other sentence-transformers model. The only file that imports sentence_transformers (4 s, so on demand)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.encoder import MODEL_FOLDER, ModelError, unit
from index.types import Vectors
from kb.text import Text

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TransformersEncoder:
    """A sentence-transformers model by name or folder, with the prefixes that it wants."""

    def __init__(self, model: str, *, query_prefix: str = "", passage_prefix: str = "") -> None:
        """Load `model`. Raises ModelError when it is neither a folder nor to be had by its name."""
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(model, device="cpu")
        except Exception as error:
            raise ModelError(_not_found(model, error)) from error
        self._prefixes = (query_prefix, passage_prefix)
        self._key = f"{_name(model)}+float32+{query_prefix}|{passage_prefix}"

    @property
    def key(self) -> str:
        """Name, revision and prefixes: a change of any of them means other vectors."""
        return self._key

    @property
    def dim(self) -> int:
        """The number of dimensions."""
        return int(self._model.get_embedding_dimension() or 0)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage, shape (texts, dim)."""
        return self._encode(self._prefixes[1], texts)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each query, shape (texts, dim)."""
        return self._encode(self._prefixes[0], texts)

    def _encode(self, prefix: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dim), np.float32)
        vectors = self._model.encode([prefix + text for text in texts], convert_to_numpy=True, show_progress_bar=False)
        return unit(np.asarray(vectors, np.float32))


def bundled_as_sentence_transformer(folder: Path = MODEL_FOLDER) -> SentenceTransformer:
    """Return the bundled model as a SentenceTransformer (StaticEmbedding, then Normalize): the same vectors."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer

    rows = np.load(folder / "vectors.npy").astype(np.float32)
    scales = np.load(folder / "scales.npy").astype(np.float32)
    static = StaticEmbedding(
        Tokenizer.from_file(str(folder / "tokenizer.json")), embedding_weights=rows * scales[:, None]
    )
    return SentenceTransformer(modules=[static, Normalize()], device="cpu")


def _name(model: str) -> str:
    """Return the name of `model`; a folder is named by what its weights and settings hold, not by where it lies."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in (".json", ".txt", ".safetensors", ".bin", ".model"):
            digest.update(str(file.relative_to(folder)).encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return f"{folder.resolve().name}@{digest.hexdigest()[:12]}"


def _not_found(model: str, error: Any) -> Text:
    first_line = (str(error).splitlines() or [type(error).__name__])[0]
    return Text(
        de=f"Das Modell {model} lässt sich nicht laden: {first_line}. Einen Ordner mit einem sentence-transformers-"
        "Modell angeben oder PFADFINDER_MODEL leeren, um das mitgelieferte zu nehmen.",
        en=f"The model {model} cannot be loaded: {first_line}. Name a folder that holds a sentence-transformers model,"
        " or unset PFADFINDER_MODEL to use the bundled one.",
    )
