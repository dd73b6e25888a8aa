"""Generations: complete or not there, the old one in use until the new one is, and damage said in words."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.build import BUILDING, CACHE, KEPT, POINTING, build, grow, is_grown, open_current, settle, state
from index.comparable import Comparer
from index.encoder import BundledEncoder
from index.generation import FACTS, MAP, NAMES, OWNERS, POINTER, VECTORS, WORDS, current_folder, name_key
from index.hybrid import Searcher
from index.lexical import KINDS
from index.manifest import FILE, IndexUnusable, Manifest, file_digest, mismatches
from index.types import Encoder
from kb.case import Case, CaseId
from kb.passages import passages
from kb.text import LANGUAGES
from tests.small_index import SMALL, build_small, case_of, fingerprint, small

ROOT = Path(__file__).parent.parent
FILES = (VECTORS, WORDS, OWNERS, NAMES, FACTS, MAP)
LOCKS = (BUILDING, POINTING)
IDS = frozenset(CaseId(case_id) for case_id in SMALL)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, collection: list[Case], bundled: BundledEncoder) -> Path:
    """An index of the small collection at change 1. Tests copy it."""
    root = tmp_path_factory.mktemp("index")
    build_small(root, small(collection), bundled)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """A copy of that index, to build upon and to spoil."""
    return Path(shutil.copytree(built, tmp_path / "index"))


def in_use(root: Path) -> Path:
    folder = current_folder(root)
    assert folder is not None
    return folder


def entries(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


def assert_unusable(root: Path, *said: str) -> None:
    """The index is refused in both languages, with what is wrong and with what to do."""
    with pytest.raises(IndexUnusable) as refused:
        open_current(root)
    for language in LANGUAGES:
        message = refused.value.describe(language)
        assert "`pfadfinder index`" in message
        for words in said:
            assert words in message


# ---- what a build leaves


def test_a_build_is_complete_and_in_use(root: Path, collection: list[Case], bundled: BundledEncoder) -> None:
    generation = open_current(root)
    cut = [passage for case in small(collection) for passage in passages(case)]
    assert generation.manifest.fingerprint == fingerprint(bundled)
    assert (generation.manifest.cases, generation.manifest.passages) == (len(SMALL), len(cut))
    assert generation.manifest.dim == generation.vectors.dim == bundled.dim
    assert len(generation.vectors) == len(generation.owners) == len(cut)
    assert generation.passages(range(len(cut))) == cut
    np.testing.assert_allclose(
        generation.vectors.rows(np.arange(len(cut))), bundled.passages([p.text for p in cut]), atol=1e-6
    )
    assert entries(generation.folder) == {*FILES, FILE}
    assert entries(root) == {generation.folder.name, POINTER, CACHE, *LOCKS}
    assert state(root, fingerprint(bundled)) == ()


def test_the_manifest_holds_the_digest_of_every_file(root: Path) -> None:
    manifest = Manifest.read(in_use(root))
    assert manifest.files == {name: file_digest(in_use(root) / name) for name in FILES}


def test_rows_belong_to_the_case_whose_passages_they_are(root: Path) -> None:
    generation = open_current(root)
    for case_id in SMALL:
        rows = generation.rows_of(CaseId(case_id))
        assert {passage.case_id for passage in generation.passages(rows.tolist())} == {case_id}
        assert rows.tolist() == generation.rows_within(frozenset({CaseId(case_id)})).tolist()
    assert generation.rows_of(CaseId("no-such-case")).size == 0
    assert generation.rows_within(frozenset({CaseId("no-such-case")})).size == 0
    assert generation.rows_within(IDS).tolist() == list(range(len(generation.owners)))


def test_names_are_kept_without_spelling_and_punctuation(root: Path) -> None:
    names = open_current(root).names
    assert names[name_key("robert bosch gmbh, WERK Homburg")] == [
        "bosch-homburg-energy-platform",
        "bosch-homburg-shutdown-management",
    ]
    assert "" not in names


def test_a_second_build_embeds_nothing_and_a_changed_case_only_its_new_texts(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    assert build_small(root, small(collection), bundled, seq=2).embedded == 0
    new = case_of("new-case", summary={"en": "A text that nobody has read yet"})
    texts = {passage.text for passage in passages(new)}
    assert build_small(root, [*small(collection), new], bundled, seq=3).embedded == len(texts)
    assert "new-case" in open_current(root).lexicon.case_ids


def test_the_embeddings_outlive_the_generations(root: Path, collection: list[Case], bundled: BundledEncoder) -> None:
    shutil.rmtree(in_use(root))
    assert build_small(root, small(collection), bundled).embedded == 0


def test_progress_is_told_up_to_the_end(tmp_path: Path, collection: list[Case], bundled: BundledEncoder) -> None:
    told: list[tuple[int, int]] = []
    made = build(
        tmp_path, small(collection), bundled, fingerprint(bundled), lambda done, of: told.append((done, of))
    ).embedded
    assert told[-1] == (made, made)


def test_a_generation_stays_for_some_minutes_after_it_was_replaced_however_old_it_is(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    first = in_use(root)
    age(first, 1_000_000)
    second = build_small(root, small(collection), bundled, seq=2).folder
    third = build_small(root, small(collection), bundled, seq=3).folder
    assert entries(root) == {first.name, second.name, third.name, POINTER, CACHE, *LOCKS}
    age(first, KEPT["generation-"] + 1)
    fourth = build_small(root, small(collection), bundled, seq=4).folder
    assert entries(root) == {second.name, third.name, fourth.name, POINTER, CACHE, *LOCKS}
    assert in_use(root) == fourth


def age(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_a_thread_that_begins_late_reads_a_generation_that_was_replaced_several_times(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    searcher = Searcher(open_current(root), bundled)
    before = searcher.search("Abwärme heizt", IDS)
    for seq in (2, 3, 4):
        build_small(root, small(collection)[:3], bundled, seq=seq)
    with ThreadPoolExecutor(1) as late:
        assert late.submit(searcher.search, "Abwärme heizt", IDS).result() == before
        assert late.submit(searcher.reasons, "Abwärme heizt", [before[0].case_id], "de").result()


def test_a_reader_goes_on_reading_while_a_newer_index_is_put_to_use(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    searcher = Searcher(open_current(root), bundled)
    before = searcher.search("Abwärme heizt", IDS)
    build_small(root, small(collection)[:3], bundled, seq=2)
    assert searcher.search("Abwärme heizt", IDS) == before
    assert len(Searcher(open_current(root), bundled).near_misses("Abwärme heizt", IDS, 12)) == 3


def test_an_index_without_cases_is_built_and_finds_nothing(tmp_path: Path, bundled: BundledEncoder) -> None:
    made = build_small(tmp_path, [], bundled)
    assert (made.manifest.cases, made.manifest.passages, made.embedded) == (0, 0, 0)
    searcher = Searcher(open_current(tmp_path), bundled)
    assert searcher.search("Abwärme", IDS) == ()
    comparer = Comparer(searcher, bundled)
    assert comparer.to_case(CaseId("hp-instant-ink"), IDS) == []
    assert comparer.to_text(comparer.described("Abwärme"), IDS).hits == ()
    assert state(tmp_path, fingerprint(bundled)) == ()


def test_a_case_told_in_one_language_is_indexed(tmp_path: Path, bundled: BundledEncoder) -> None:
    build_small(tmp_path, [case_of("in-english")], bundled)
    assert {passage.language for passage in open_current(tmp_path).passages(range(6))} == {"en"}


# ---- a build that does not end


def test_a_build_that_is_interrupted_leaves_the_old_generation_in_use_and_nothing_behind(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    before = entries(root)
    cases = [*small(collection), case_of("new-case", summary={"en": "Never read before"})]
    with pytest.raises(KeyboardInterrupt):
        build(root, cases, bundled, fingerprint(bundled, seq=2), interrupt)
    assert entries(root) == before
    assert open_current(root).manifest.fingerprint.seq == 1
    assert build_small(root, cases, bundled, seq=2).manifest.cases == len(cases)


def test_a_case_given_twice_is_an_error_and_the_old_generation_stays(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    before = entries(root)
    with pytest.raises(ValueError, match="twice"):
        build_small(root, [*small(collection), small(collection)[0]], bundled, seq=2)
    assert entries(root) == before
    assert open_current(root).manifest.fingerprint.seq == 1


BUILD = """
import os, sys
from pathlib import Path

from index.build import build
from index.encoder import BundledEncoder
from index.lexical import KINDS
from index.manifest import Fingerprint
from kb.case import Case
from kb.taxonomy import shipped_taxonomy
from kb.yaml_files import read_yaml

root, seq, event, part, *ids = sys.argv[1:]


def die(happens, arguments):
    if event and happens == event and any(part in str(argument) for argument in arguments):
        os._exit(9)


sys.addaudithook(die)
cases = [Case.from_record(read_yaml(Path("kb/collection") / f"{id}.yml"), shipped_taxonomy()) for id in ids]
encoder = BundledEncoder()
build(Path(root), cases, encoder, Fingerprint(store="a-store", seq=int(seq), model=encoder.key))
"""
"""A process that builds, and ends without any goodbye when `event` happens to something with `part` in its name."""


def building(root: Path, seq: int, event: str = "", part: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, str(root), str(seq), event, part, *SMALL[:4]]
    return subprocess.Popen(command, cwd=ROOT, text=True, stderr=subprocess.PIPE)


@pytest.mark.parametrize(
    ("event", "part"),
    [
        ("sqlite3.connect", CACHE),
        ("open", FILE),
        ("os.rename", "draft-"),
        ("os.rename", f"{POINTER}."),
        ("shutil.rmtree", ""),
    ],
    ids=["before embedding", "before the manifest", "before the new name", "before the pointer", "before tidying"],
)
def test_a_build_killed_at_any_point_leaves_a_whole_index_and_the_next_one_tidies(
    event: str, part: str, root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    (root / "draft-of-long-ago").mkdir()
    age(root / "draft-of-long-ago", KEPT["draft-"] + 1)
    with building(root, 2, event, part) as process:
        process.communicate()
    assert process.returncode == 9
    assert open_current(root).manifest.fingerprint.seq == (2 if event == "shutil.rmtree" else 1)
    for folder in root.glob("*-*/"):
        age(folder, KEPT["draft-"] + 1)
    before = in_use(root).name
    now = build_small(root, small(collection), bundled, seq=3).folder.name
    assert entries(root) - {f"{CACHE}-journal"} == {before, now, POINTER, CACHE, *LOCKS}
    assert open_current(root).manifest.fingerprint.seq == 3


def test_two_processes_that_build_at_once_both_end_well(root: Path) -> None:
    with building(root, 2) as one, building(root, 3) as other:
        errors = [process.communicate()[1] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), errors
    generation = open_current(root)
    assert generation.manifest.fingerprint.seq in (2, 3)
    assert generation.manifest.cases == 4
    assert not [name for name in entries(root) if name.startswith("draft-")]


# ---- an index that grows


def everything_in(root: Path) -> tuple[object, ...]:
    """Return what an index says of its cases, whatever their numbers, but for the parts of compounds."""
    generation = open_current(root)
    lexicon, ids = generation.lexicon, frozenset(generation.lexicon.case_ids)
    tables = []
    for kind in KINDS:
        for language in LANGUAGES:
            table = f"{kind}_{language}"
            lexicon.connection.execute(f"CREATE VIRTUAL TABLE temp.in_{table} USING fts5vocab(main, {table}, col)")
            rows = lexicon.connection.execute(f"SELECT * FROM temp.in_{table} WHERE col != 'extras'")
            tables.append({row[:2]: row[2:] for row in rows})
    vectors = {case_id: generation.vectors.rows(generation.rows_of(case_id)).tobytes() for case_id in sorted(ids)}
    cut = {case_id: generation.passages(generation.rows_of(case_id).tolist()) for case_id in ids}
    return (tables, lexicon.vocabulary, lexicon.sizes, vectors, cut, generation.names, generation.manifest.cases)


def found_in(root: Path, encoder: Encoder) -> list[object]:
    searcher = Searcher(open_current(root), encoder)
    ids = frozenset(searcher.generation.lexicon.case_ids)
    queries = ("Abwärme heizt", "Druckluft", "compressed air", "Never read before", "kiln press", "Plain")
    found: list[object] = [[hit.case_id for hit in searcher.search(query, ids)] for query in queries]
    comparer = Comparer(searcher, encoder)
    nearest = [comparer.to_case(case_id, ids)[:3] for case_id in sorted(ids)]
    return [*found, *([other for other, _ in pairs] for pairs in nearest)]


def test_an_index_that_grew_holds_what_a_build_in_full_would(
    root: Path, tmp_path: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    cases = small(collection)
    steps = [
        [*cases, case_of("new-case", summary={"en": "Never read before"})],
        [*cases[1:], case_of("new-case", summary={"en": "Said in other words"}), case_of("a-case")],
        [*cases[:3], *cases[5:], case_of("z-case", summary={"en": "Never read before"})],
        cases[2:4],
        [],
        cases,
    ]
    for seq, step in enumerate(steps, start=2):
        grow(root, bundled, lambda seq=seq, step=step: (fingerprint(bundled, seq=seq), step))
        assert state(root, fingerprint(bundled, seq=seq)) == ()
        assert is_grown(root)
        build_small(tmp_path / "full", step, bundled, seq=seq)
        assert everything_in(root) == everything_in(tmp_path / "full")
        assert found_in(root, bundled) == found_in(tmp_path / "full", bundled)


def test_words_that_came_since_part_compounds_after_the_index_was_built_in_full(
    tmp_path: Path, bundled: BundledEncoder
) -> None:
    def text(word: str) -> dict[str, dict[str, str]]:
        return {"title": {"de": "Zahl"}, "summary": {"de": word}}

    old, new = case_of("old", **text("Quarzofenkessel")), case_of("new", **text("Quarz Quarz Ofenkessel"))
    wanted = (fingerprint(bundled, seq=2), [old, new])
    build_small(tmp_path, [old], bundled)
    grow(tmp_path, bundled, lambda: wanted)
    part = ("stems", "de", ["quarz"])
    assert open_current(tmp_path).lexicon.frequencies(*part) == {"quarz": 1}
    settle(tmp_path, bundled, lambda: wanted)
    assert open_current(tmp_path).lexicon.frequencies(*part) == {"quarz": 2}
    assert not is_grown(tmp_path)
    settled = in_use(tmp_path)
    settle(tmp_path, bundled, lambda: wanted)
    assert in_use(tmp_path) == settled


def test_what_is_in_use_already_is_not_built_again(root: Path, collection: list[Case], bundled: BundledEncoder) -> None:
    before = in_use(root)
    grow(root, bundled, lambda: (fingerprint(bundled), small(collection)))
    assert in_use(root) == before


@pytest.mark.parametrize("change", [{"store": "another"}, {"model": "another"}, {"analysis_version": 99}])
def test_an_index_of_something_else_is_not_grown_upon(
    change: dict[str, object], root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    grow(root, bundled, lambda: (fingerprint(bundled, **change), small(collection)))
    assert not is_grown(root)
    assert state(root, fingerprint(bundled, **change)) == ()


def test_a_damaged_index_is_not_grown_upon(root: Path, collection: list[Case], bundled: BundledEncoder) -> None:
    (in_use(root) / WORDS).write_bytes(b"")
    grow(root, bundled, lambda: (fingerprint(bundled, seq=2), small(collection)))
    assert not is_grown(root)
    assert state(root, fingerprint(bundled, seq=2)) == ()


def test_a_build_that_was_overtaken_puts_nothing_to_use(
    root: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    new = case_of("new-case", summary={"en": "Never read before"})

    def overtake(done: int, of: int) -> None:
        grow(root, bundled, lambda: (fingerprint(bundled, seq=3), [*small(collection), new]))

    late = case_of("late-case", summary={"en": "Nobody has read this"})
    build(root, [*small(collection), late], bundled, fingerprint(bundled, seq=2), overtake)
    assert open_current(root).manifest.fingerprint.seq == 3
    assert "new-case" in open_current(root).lexicon.case_ids
    assert not list(root.glob("draft-*"))


# ---- damage


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 0.5, -1], ids=["first byte", "middle byte", "last byte"])
def test_one_altered_byte_is_noticed_and_said_in_words(
    name: str, place: float, root: Path, bundled: BundledEncoder
) -> None:
    path = in_use(root) / name
    content = bytearray(path.read_bytes())
    content[int(len(content) * place) if place > 0 else int(place)] ^= 1
    path.write_bytes(content)
    assert_unusable(root, in_use(root).name, name)
    (said,) = state(root, fingerprint(bundled))
    assert name in said["de"]
    assert name in said["en"]


@pytest.mark.parametrize("name", [*FILES, FILE])
def test_a_missing_file_is_noticed_and_said_in_words(name: str, root: Path, bundled: BundledEncoder) -> None:
    (in_use(root) / name).unlink()
    assert_unusable(root, in_use(root).name, name)
    assert len(state(root, fingerprint(bundled))) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", "7", '{"fingerprint": 1}', "\x00", '{"files": 1}'])
def test_a_manifest_that_says_nothing_is_noticed_and_said_in_words(content: str, root: Path) -> None:
    (in_use(root) / FILE).write_text(content, encoding="utf-8")
    assert_unusable(root, in_use(root).name)


@pytest.mark.parametrize("change", [{"files": 1}, {"files": {"../lock": "0"}}, {"fingerprint": {}}, {"more": 1}])
def test_a_manifest_of_another_shape_is_noticed_and_said_in_words(change: dict[str, object], root: Path) -> None:
    path = in_use(root) / FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), encoding="utf-8")
    assert_unusable(root, in_use(root).name)


def test_a_damaged_index_is_built_anew(root: Path, collection: list[Case], bundled: BundledEncoder) -> None:
    (in_use(root) / WORDS).write_bytes(b"")
    build_small(root, small(collection), bundled)
    assert state(root, fingerprint(bundled)) == ()


def test_without_an_index_the_message_says_what_to_do(tmp_path: Path, bundled: BundledEncoder) -> None:
    assert_unusable(tmp_path)
    assert_unusable(tmp_path / "no" / "such" / "folder")
    assert state(tmp_path, fingerprint(bundled))[0]["en"] == "there is no index yet"


@pytest.mark.parametrize("content", [b"", b"\n", b"no-such-generation", b"..", b"../index", b"/", b"\xff\xfe", b"a/b"])
def test_a_pointer_to_nowhere_means_that_there_is_no_index(content: bytes, root: Path) -> None:
    (root / POINTER).write_bytes(content)
    assert current_folder(root) is None
    assert_unusable(root)


def test_a_pointer_to_a_folder_that_is_no_generation_is_refused_in_words(root: Path) -> None:
    (root / "folder").mkdir()
    (root / POINTER).write_text("folder", encoding="utf-8")
    assert_unusable(root)


# ---- what no longer fits


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seq": 7}, "stands at change 1, the database at 7"),
        ({"store": "another"}, "belongs to another database"),
        ({"store": "another", "seq": 7}, "belongs to another database"),
        ({"model": "another-model"}, "another-model is configured"),
        ({"format": 99}, "another version of the program"),
        ({"passages_version": 99}, "another version of the program"),
        ({"analysis_version": 99}, "another version of the program"),
        ({"format": 99, "analysis_version": 99}, "another version of the program"),
    ],
)
def test_what_no_longer_fits_is_named_once(
    change: dict[str, object], said: str, bundled: BundledEncoder, built: Path
) -> None:
    (reason,) = mismatches(fingerprint(bundled), fingerprint(bundled, **change))
    assert said in reason["en"]
    assert reason.de
    assert state(built, fingerprint(bundled, **change)) == (reason,)


def test_everything_that_no_longer_fits_is_named(bundled: BundledEncoder) -> None:
    reasons = mismatches(fingerprint(bundled), fingerprint(bundled, seq=2, model="other", format=99))
    assert len(reasons) == 3


def test_what_fits_has_no_faults(bundled: BundledEncoder) -> None:
    assert mismatches(fingerprint(bundled), fingerprint(bundled)) == ()


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_are_free_again_after_a_build(name: str, root: Path) -> None:
    with (root / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
