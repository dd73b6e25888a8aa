"""Every encoder, ranker and vector index obeys the laws of its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index.comparable import Comparer
from index.encoder import BundledEncoder
from index.encoder_transformers import TransformersEncoder
from index.hybrid import Searcher
from index.types import Ranker, VectorIndex, Vectors
from index.vectors import FaissIndex
from kb.case import Case, CaseId
from tests.contracts import ENCODER_LAWS, RANKER_LAWS, VECTOR_LAWS, NumpyIndex, transformers_encoder_in
from tests.small_index import SMALL, searcher_over, small

IDS = frozenset(CaseId(case_id) for case_id in SMALL)


def name(law: Any) -> str:
    return str(law.__name__)


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> TransformersEncoder:
    return transformers_encoder_in(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, collection: list[Case], bundled: BundledEncoder) -> Searcher:
    return searcher_over(tmp_path_factory.mktemp("index"), small(collection), bundled)


@pytest.mark.parametrize("law", ENCODER_LAWS, ids=name)
def test_the_bundled_encoder_obeys(law: Any, bundled: BundledEncoder) -> None:
    law(bundled)


@pytest.mark.parametrize("law", ENCODER_LAWS, ids=name)
def test_the_transformers_encoder_obeys(law: Any, transformers: TransformersEncoder) -> None:
    law(transformers)


@pytest.mark.parametrize("law", RANKER_LAWS, ids=name)
@pytest.mark.parametrize("leg", ["all legs", "comparable", "meaning", "words", "grams"])
def test_every_ranker_obeys(law: Any, leg: str, searcher: Searcher, bundled: BundledEncoder) -> None:
    rankers: dict[str, Ranker] = {"all legs": searcher, "comparable": Comparer(searcher, bundled)}
    ranker = rankers.get(leg) or getattr(searcher, leg)
    law(ranker, IDS)


def faiss_from_its_file(folder: Path, vectors: Vectors) -> FaissIndex:
    FaissIndex.of(vectors).save(folder / "vectors.faiss")
    return FaissIndex.read(folder / "vectors.faiss")


@pytest.mark.parametrize("law", VECTOR_LAWS, ids=name)
@pytest.mark.parametrize("kind", ["faiss", "faiss from its file", "numpy"])
def test_every_vector_index_obeys(law: Any, kind: str, tmp_path: Path) -> None:
    def index_of(vectors: Vectors) -> VectorIndex:
        if kind == "numpy":
            return NumpyIndex(vectors)
        return FaissIndex.of(vectors) if kind == "faiss" else faiss_from_its_file(tmp_path, vectors)

    law(index_of)
