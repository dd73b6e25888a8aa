"""Files to raw records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.readers import SIZE_LIMIT, RawRecord, Records, UnreadableFile, find_files, load

ENDINGS = ".yml, .yaml, .json, .jsonl, .csv, .xlsx"


def refusal(path: Path, language: str = "en") -> str:
    """Return why `path` holds no records."""
    with pytest.raises(UnreadableFile) as caught:
        load(path)
    assert caught.value.subject == path.name
    ((field, messages),) = caught.value.by_field(language).items()  # type: ignore[arg-type]
    assert field == "(file)"
    return messages[0]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def records(name: str, *contents: Any) -> Records:
    """What a file called `name` with these records is read as."""
    return Records(Path(name), tuple(RawRecord(Path(name), at, content) for at, content in enumerate(contents)))


def first(file: Path) -> Any:
    """Return the content of the first record of `file`."""
    found = load(file)
    assert isinstance(found, Records)
    return found.records[0].content


# Which files


def test_a_file_means_itself(tmp_path: Path) -> None:
    file = written(tmp_path, "notes.txt", "")
    assert find_files(file) == [file]


def test_a_folder_means_its_record_files_by_name(tmp_path: Path) -> None:
    for name in ("c.json", "a.yml", "b.yaml", "notes.txt", "README.md", "d.yml.bak"):
        written(tmp_path, name, "")
    (tmp_path / "deeper").mkdir()
    written(tmp_path / "deeper", "e.yml", "")
    (tmp_path / "folder.yml").mkdir()
    assert [file.name for file in find_files(tmp_path)] == ["a.yml", "b.yaml", "c.json"]


def test_a_folder_without_record_files_says_what_it_looked_for(tmp_path: Path) -> None:
    written(tmp_path, "notes.txt", "")
    with pytest.raises(UnreadableFile, match=f"no file with {ENDINGS}") as caught:
        find_files(tmp_path)
    assert f"keine Datei mit {ENDINGS}" in caught.value.describe("de")


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="does not exist") as caught:
        find_files(tmp_path / "nowhere")
    assert caught.value.by_field("de") == {"(file)": ["gibt es nicht"]}


# What they hold


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yml", "id: a\nplace: Köln"),
        ("a.yaml", "id: a\nplace: Köln"),
        ("a.json", '{"id": "a", "place": "Köln"}'),
        ("a.json", '{"id": "a", "place": "K\\u00f6ln"}'),
        ("a.yml", '{"id": "a", "place": "Köln"}'),
    ],
)
def test_one_mapping_is_one_record(tmp_path: Path, name: str, content: str) -> None:
    file = written(tmp_path, name, content)
    assert load(file) == records(name, {"id": "a", "place": "Köln"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yml", "- id: a\n- id: b\n- 5"),
        ("a.json", '[{"id":"a"},{"id":"b"},5]'),
        ("a.jsonl", '{"id":"a"}\n\n{"id":"b"}\r\n5'),
    ],
)
def test_a_list_is_a_record_for_each_entry_that_knows_its_position(tmp_path: Path, name: str, content: str) -> None:
    file = written(tmp_path, name, content)
    assert load(file) == records(name, {"id": "a"}, {"id": "b"}, 5)


@pytest.mark.parametrize(("name", "content"), [("a.yml", "place: Köln"), ("a.json", '{"place": "Köln"}')])
def test_a_byte_order_mark_is_no_part_of_the_content(tmp_path: Path, name: str, content: str) -> None:
    file = written(tmp_path, name, b"\xef\xbb\xbf" + content.encode())
    assert first(file) == {"place": "Köln"}


@pytest.mark.parametrize("name", ["a.yml", "a.json"])
def test_lines_may_end_the_way_windows_ends_them(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, name, '{"id":\r\n "a"}\r\n')
    assert first(file) == {"id": "a"}


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("name", ["a.yml", "a.json"])
def test_another_encoding_is_refused_and_never_guessed(tmp_path: Path, name: str, encoding: str) -> None:
    file = written(tmp_path, name, '{"place": "Köln"}'.encode(encoding))
    assert "is not written in UTF-8" in refusal(file)
    assert "ist nicht in UTF-8 geschrieben" in refusal(file, "de")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.yml", ""), ("a.json", ""), ("a.yml", "# nothing\n"), ("a.yml", "[]"), ("a.json", "null"), ("a.json", "[]")],
)
def test_a_file_without_content_is_empty(tmp_path: Path, name: str, content: str) -> None:
    file = written(tmp_path, name, content)
    assert (refusal(file), refusal(file, "de")) == ("is empty", "ist leer")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.yml", "id: [a", "line 1"),
        ("a.yml", "id: a\nid: b", "given twice"),
        ("a.yml", "a: &x [1]\nb: *x", "aliases are not allowed"),
        ("a.yml", "--- 1\n--- 2", "line 2"),
        ("a.yml", "day: 2020-99-99", "month"),
        ("a.json", '{"id": "a",}', "line 1"),
        ("a.json", '{"id": "a", "id": "b"}', "'id' is given twice"),
        ("a.json", '[{"x": {"id": 1, "y": 2, "id": 3}}]', "'id' is given twice"),
        ("a.json", '{"id": "a"} {"id": "b"}', "Extra data"),
        ("a.json", '{"id": "a\nb"}', "control character"),
        ("a.json", "[" + "9" * 5000 + "]", "4300 digits"),
    ],
)
def test_broken_content_is_refused_with_the_reason_in_one_line(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    file = written(tmp_path, name, content)
    assert reason in refusal(file)
    assert refusal(file).startswith("cannot be read: ")
    assert refusal(file, "de").startswith("nicht lesbar: ")
    assert "\n" not in refusal(file)


@pytest.mark.parametrize(
    "content", ["a: !!bool maybe", "a: !!int ''", "a: !!timestamp noon"], ids=["bool", "int", "time"]
)
def test_a_yaml_value_that_does_not_fit_its_kind_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(written(tmp_path, "a.yml", content)).startswith("cannot be read: ")


@pytest.mark.parametrize("depth", [990, 100_000])
@pytest.mark.parametrize("name", ["a.yml", "a.json"])
def test_content_that_is_nested_too_deeply_is_refused(tmp_path: Path, name: str, depth: int) -> None:
    file = written(tmp_path, name, '{"a": ' + "[" * depth + "]" * depth + "}")
    assert refusal(file)


def test_a_file_as_large_as_the_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "a.json", b'{"id": "a"}'.ljust(SIZE_LIMIT))
    assert first(file) == {"id": "a"}
    file.write_bytes(b'{"id": "a"}'.ljust(SIZE_LIMIT + 1))
    assert (refusal(file), refusal(file, "de")) == ("is larger than 8 MB", "ist größer als 8 MB")


def test_a_file_that_has_gone_meanwhile_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.yml").startswith("cannot be read: ")


@pytest.mark.parametrize("content", [5, "words", True, {}, {"a": None}])
def test_whatever_a_file_holds_is_handed_on_unjudged(tmp_path: Path, content: Any) -> None:
    for name in ("a.json", "a.yml"):
        file = written(tmp_path, name, json.dumps(content))
        assert load(file) == records(name, content)
