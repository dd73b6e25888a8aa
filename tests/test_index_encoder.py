"""The bundled model both ways it can be loaded, models that cannot be used, and the cache of vectors."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.encoder import MODEL_FOLDER, BundledEncoder, EmbeddingCache, ModelError, model_revision
from index.encoder_transformers import TransformersEncoder
from kb.case import Case
from kb.passages import passages
from kb.text import LANGUAGES
from tests.contracts import TEXTS, UNKNOWN, transformers_encoder_in
from web.wiring import Services

ROOT = Path(__file__).parent.parent
FILES = ("model.json", "tokenizer.json", "vectors.npy", "scales.npy")
MANY = [f"Text {number} über Abwärme" for number in range(300)]
"""More texts than one batch of the cache."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the bundled model, to be spoilt."""
    return Path(shutil.copytree(MODEL_FOLDER, tmp_path / "model"))


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> TransformersEncoder:
    return transformers_encoder_in(tmp_path_factory.mktemp("models") / "saved")


def assert_unusable(folder: Path) -> None:
    """The model is refused in both languages, with its place and with what to do."""
    with pytest.raises(ModelError) as refused:
        BundledEncoder(folder)
    for language in LANGUAGES:
        message = refused.value.describe(language)
        assert str(folder) in message
        assert "git checkout index/model" in message
        assert "PFADFINDER_MODEL" in message


# ---- both ways of loading


def test_both_ways_of_loading_the_bundled_model_give_the_same_vectors(
    bundled: BundledEncoder, transformers: TransformersEncoder, collection: list[Case]
) -> None:
    texts = [passage.text for case in collection[:30] for passage in passages(case)]
    assert len(texts) > 300
    np.testing.assert_allclose(transformers.passages(texts), bundled.passages(texts), atol=1e-5)


def test_both_ways_of_loading_the_bundled_model_agree_on_odd_texts(
    bundled: BundledEncoder, transformers: TransformersEncoder
) -> None:
    odd = [*TEXTS, *UNKNOWN, "Abwa\u0308rme", "ABWÄRME", "[UNK] [PAD]", "a\x00b", "wort" * 500, "Wärme\n" * 500]
    np.testing.assert_allclose(transformers.passages(odd), bundled.passages(odd), atol=1e-5)


def test_prefixes_change_the_vectors_and_the_key(transformers: TransformersEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    transformers_encoder_in(folder)
    prefixed = TransformersEncoder(str(folder), query_prefix="query: ", passage_prefix="passage: ")
    assert prefixed.key != transformers.key
    text = ["Abwärme"]
    np.testing.assert_allclose(prefixed.queries(text), transformers.queries(["query: Abwärme"]), atol=1e-6)
    np.testing.assert_allclose(prefixed.passages(text), transformers.passages(["passage: Abwärme"]), atol=1e-6)


def test_a_saved_model_is_named_by_its_content_and_not_by_its_place(
    transformers: TransformersEncoder, tmp_path: Path
) -> None:
    assert transformers_encoder_in(tmp_path / "saved").key == transformers.key
    assert str(tmp_path) not in transformers.key


def test_a_model_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    missing = str(tmp_path / "no-model")
    with pytest.raises(ModelError) as refused:
        TransformersEncoder(missing)
    for language in LANGUAGES:
        assert missing in refused.value.describe(language)
        assert "PFADFINDER_MODEL" in refused.value.describe(language)


# ---- models that cannot be used


@pytest.mark.parametrize("name", FILES)
def test_a_model_without_one_of_its_files_is_refused_in_words(name: str, model: Path) -> None:
    (model / name).unlink()
    assert_unusable(model)


@pytest.mark.parametrize("name", FILES)
def test_a_model_with_a_file_cut_short_is_refused_in_words(name: str, model: Path) -> None:
    (model / name).write_bytes((model / name).read_bytes()[:-50])
    assert_unusable(model)


@pytest.mark.parametrize("name", ["tokenizer.json", "vectors.npy", "scales.npy"])
def test_a_model_with_one_altered_byte_is_refused_in_words(name: str, model: Path) -> None:
    content = bytearray((model / name).read_bytes())
    content[len(content) // 2] ^= 1
    (model / name).write_bytes(content)
    assert_unusable(model)


def test_a_file_of_another_model_is_refused_in_words(model: Path) -> None:
    np.save(model / "scales.npy", np.ones(5, np.float32))
    assert_unusable(model)


@pytest.mark.parametrize("description", ["[]", "null", "{}", '{"revision": "%s"}'])
def test_a_description_that_describes_nothing_is_refused_in_words(description: str, model: Path) -> None:
    (model / "model.json").write_text(description.replace("%s", model_revision(model)), encoding="utf-8")
    assert_unusable(model)


def test_the_revision_comes_from_the_bytes_of_the_model(model: Path, bundled: BundledEncoder) -> None:
    revision = model_revision(MODEL_FOLDER)
    assert revision == model_revision(model) == json.loads((model / "model.json").read_text("utf-8"))["revision"]
    assert revision in bundled.key
    np.save(model / "scales.npy", np.load(model / "scales.npy") * 2)
    assert model_revision(model) != revision


def test_the_shipped_model_speaks_both_languages(bundled: BundledEncoder) -> None:
    heat, same, other = bundled.passages(["Abwärme nutzen", "use of waste heat", "Möbel mieten"])
    assert heat @ same > heat @ other + 0.2


# ---- the cache


def test_a_second_build_embeds_nothing(bundled: BundledEncoder, tmp_path: Path) -> None:
    first, made = EmbeddingCache(tmp_path / "cache.db").passages(MANY, bundled)
    again, made_again = EmbeddingCache(tmp_path / "cache.db").passages(MANY, bundled)
    assert (made, made_again) == (len(MANY), 0)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first, bundled.passages(MANY), atol=1e-6)


def test_a_changed_text_embeds_only_itself(bundled: BundledEncoder, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache.db")
    cache.passages(MANY, bundled)
    vectors, made = cache.passages(["Druckluft", *MANY[1:]], bundled)
    assert made == 1
    np.testing.assert_allclose(vectors, bundled.passages(["Druckluft", *MANY[1:]]), atol=1e-6)


def test_a_text_given_twice_is_embedded_once(bundled: BundledEncoder, tmp_path: Path) -> None:
    vectors, made = EmbeddingCache(tmp_path / "cache.db").passages(["Strom", "Wasser", "Strom"], bundled)
    assert made == 2
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert not np.array_equal(vectors[0], vectors[1])


def test_two_models_never_mix(bundled: BundledEncoder, transformers: TransformersEncoder, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache.db")
    assert cache.passages(TEXTS, bundled)[1] == len(TEXTS)
    assert cache.passages(TEXTS, transformers)[1] == len(TEXTS)
    assert cache.passages(TEXTS, bundled)[1] == cache.passages(TEXTS, transformers)[1] == 0


def test_no_text_needs_nothing_made(bundled: BundledEncoder, tmp_path: Path) -> None:
    vectors, made = EmbeddingCache(tmp_path / "cache.db").passages([], bundled)
    assert vectors.shape == (0, bundled.dim)
    assert made == 0


def test_progress_counts_up_to_all_that_had_to_be_made(bundled: BundledEncoder, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    EmbeddingCache(tmp_path / "cache.db").passages(MANY, bundled, lambda done, of: told.append((done, of)))
    assert told == [(256, 300), (300, 300)]


def test_what_was_made_before_an_interruption_is_kept(bundled: BundledEncoder, tmp_path: Path) -> None:
    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    cache = EmbeddingCache(tmp_path / "cache.db")
    with pytest.raises(KeyboardInterrupt):
        cache.passages(MANY, bundled, interrupt)
    assert cache.passages(MANY, bundled)[1] == len(MANY) - 256


def spoilt(content: bytes, how: str) -> bytes:
    """Return the bytes of a cache, damaged."""
    page = 4096
    return {
        "no database": b"This was a database once. " * 400,
        "empty": b"",
        "cut short": content[: len(content) // 2],
        "first page": b"\xff" * page + content[page:],
        "a page inside": content[:page] + b"\xff" * page + content[2 * page :],
    }[how]


@pytest.mark.parametrize("how", ["no database", "empty", "cut short", "first page", "a page inside"])
def test_a_damaged_cache_begins_anew(how: str, bundled: BundledEncoder, tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    EmbeddingCache(path).passages(MANY, bundled)
    path.write_bytes(spoilt(path.read_bytes(), how))
    vectors, made = EmbeddingCache(path).passages(MANY, bundled)
    np.testing.assert_allclose(vectors, bundled.passages(MANY), atol=1e-6)
    assert made == len(MANY)
    assert EmbeddingCache(path).passages(MANY, bundled)[1] == 0


@pytest.mark.parametrize("blob", ["zeroblob(length(vector))", "x'00'", "replace(vector, x'3d', x'7f')"])
def test_a_damaged_vector_is_made_again(blob: str, bundled: BundledEncoder, tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    EmbeddingCache(path).passages(TEXTS, bundled)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE embeddings SET vector = {blob}")
    vectors, made = EmbeddingCache(path).passages(TEXTS, bundled)
    assert made == len(TEXTS)
    np.testing.assert_allclose(vectors, bundled.passages(TEXTS), atol=1e-6)


# ---- what serving loads


def test_serving_with_the_bundled_model_loads_neither_torch_nor_sentence_transformers(services: Services) -> None:
    code = (
        "import sys; from pathlib import Path; from web.app import create_app; from web.settings import Settings;"
        " from web.wiring import Services;"
        " answer = create_app(Services(Settings(home=Path(sys.argv[1])))).test_client().get('/search?q=Abwärme');"
        " assert answer.status_code == 200, answer.status;"
        " print({'torch', 'sentence_transformers'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(services.settings.home)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "set()", done.stderr
