"""Exact nearest neighbours with FAISS. The only file that imports faiss."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Before the first import: idle OpenMP threads that spin cost a search on a busy core a thousandfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import faiss as _faiss  # noqa: E402

from index.types import Rows, Vectors  # noqa: E402

# The stubs that faiss ships do not know its Python conveniences (arrays, keyword arguments).
faiss: Any = _faiss
faiss.omp_set_num_threads(1)


class FaissIndex:
    """IndexFlatIP with IDSelectorBitmap: recall is 1 under every filter. Row numbers are positions."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> FaissIndex:
        """Return an index over `vectors`, shape (passages, dim)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> FaissIndex:
        """Return the index that `save` wrote. Raises RuntimeError for a damaged file."""
        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index to `path`."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """The number of dimensions."""
        return int(self._index.d)

    def rows(self, rows: Rows) -> Vectors:
        """Return the vectors in these rows, shape (rows, dim)."""
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def search(self, vector: NDArray[np.float32], k: int, within: Rows) -> tuple[Rows, NDArray[np.float32]]:
        """See index.types.VectorIndex.search."""
        k = min(k, len(within))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        allowed = np.zeros(len(self), bool)
        allowed[within] = True
        bitmap = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bitmap)
        query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
        # FAISS leaves open which of equal products come first: all are fetched, ordered, and only then cut.
        products, rows = self._index.search(query, len(within), params=faiss.SearchParameters(sel=selector))
        order = np.lexsort((rows[0], -products[0]))[:k]
        return rows[0][order], products[0][order]
