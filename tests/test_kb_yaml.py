"""YAML that drops nothing and hides nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from kb.yaml_files import parse_yaml, read_yaml


def test_plain_content_is_read_as_it_stands() -> None:
    text = (
        "id: a-b\nyear: 2018\nshare: -12.5\nempty: null\nopen: true\nwords: [Wärme, 'NO']\nsource: {url: 'http://x'}\n"
    )
    assert parse_yaml(text) == {
        "id": "a-b",
        "year": 2018,
        "share": -12.5,
        "empty": None,
        "open": True,
        "words": ["Wärme", "NO"],
        "source": {"url": "http://x"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 2\na: 1",
        "outer: {a: 1, a: 2}",
        "- {a: 1, a: 2}",
        "a: {b: [{c: 1, d: 2, c: 3}]}",
        "'a': 1\na: 2",
        "1: x\n1: y",
    ],
)
def test_a_key_given_twice_is_refused_at_every_depth(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="given twice"):
        parse_yaml(text)


def test_a_key_given_twice_is_named_with_its_line() -> None:
    with pytest.raises(yaml.YAMLError, match=r"'title' is given twice[\s\S]*line 3"):
        parse_yaml("title: x\nid: y\ntitle: z")


def test_the_same_key_in_two_mappings_is_no_repetition() -> None:
    assert parse_yaml("[{a: 1}, {a: 2}]") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x word\nb: *x",
        "a: &x [1]\nb: *x",
        "a: &x {c: 1}\nb: *x",
        "- &x [1]\n- *x",
        "&x [*x]",
        "&x {a: *x}",
        "a: &x {c: 1}\nb: {<<: *x}",
    ],
)
def test_an_alias_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        parse_yaml(text)


def test_aliases_that_would_unfold_without_bound_are_refused() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 20)]
    with pytest.raises(yaml.YAMLError, match="aliases are not allowed"):
        parse_yaml("\n".join(["l0: &l0 [x]", *levels]))


def test_an_anchor_that_nobody_uses_is_harmless() -> None:
    assert parse_yaml("a: &x 1") == {"a": 1}


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: 1}\n: 1", "2018-01-01: x", "!!binary YQ==: x"])
def test_a_key_that_is_no_plain_word_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="a key must be a plain word"):
        parse_yaml(text)


@pytest.mark.parametrize("text", ["!!python/object/apply:os.getcwd []", "!!python/name:os.getcwd ''", "!thing 1"])
def test_a_tag_never_makes_an_object(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        parse_yaml(text)


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\ta: 1", "--- 1\n--- 2", "a: \x07"])
def test_what_is_no_single_yaml_document_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        parse_yaml(text)


@pytest.mark.parametrize(
    "text",
    ["a: !!bool maybe", "a: !!int ''", "a: !!float ''", "a: !!timestamp noon", "a: 2020-99-99", "a: " + "9" * 5000],
    ids=["bool", "int", "float", "timestamp", "date", "digits"],
)
def test_a_value_that_does_not_fit_its_kind_is_an_error_of_yaml(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        parse_yaml(text)


def test_nesting_deeper_than_any_case_needs_is_read() -> None:
    assert parse_yaml("a: " + "[" * 50 + "]" * 50) == {"a": json.loads("[" * 50 + "]" * 50)}


@pytest.mark.parametrize("depth", [900, 2_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "")], ids=["list", "map", "block"])
def test_nesting_that_is_too_deep_is_an_error_of_yaml_and_no_crash(opening: str, closing: str, depth: int) -> None:
    start = "a:\n  " if opening == "- " else "a: "
    with pytest.raises(yaml.YAMLError):
        parse_yaml(start + opening * depth + "x" + closing * depth)


def test_a_file_is_read_as_utf_8_whatever_the_machine_prefers(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes("a: Wärme".encode())
    assert read_yaml(file) == {"a": "Wärme"}
    file.write_bytes("a: Wärme".encode("latin-1"))
    with pytest.raises(UnicodeDecodeError):
        read_yaml(file)
