"""Files into the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import FileReport, IngestReport, ingest
from ingest.readers import SIZE_LIMIT
from kb.case import Case
from kb.review import COLLECTION
from kb.shipped import COLLECTION_FOLDER
from kb.store import CaseStore, Outcome
from kb.taxonomy import Taxonomy, shipped_taxonomy
from tests.strategies import PROPERTY, case_records, complete_record

EDITOR = "file"


@pytest.fixture
def store(taxonomy: Taxonomy) -> Iterator[CaseStore]:
    with CaseStore(None, taxonomy) as store:
        yield store


def written(folder: Path, name: str, content: Any) -> Path:
    """Write `content` as the ending of the name says; text and bytes as they stand."""
    file = folder / name
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        dump = json.dumps if file.suffix == ".json" else yaml.safe_dump
        content = dump(content).encode()
    file.write_bytes(content)
    return file


def fields(report: FileReport) -> list[str]:
    return [fault.field for fault in report.faults]


def ids(store: CaseStore) -> list[str]:
    return [case.id for case in store.all()]


# What goes in


@pytest.mark.parametrize("name", ["a.yml", "a.yaml", "a.json"])
def test_a_file_with_one_case_is_published(tmp_path: Path, store: CaseStore, taxonomy: Taxonomy, name: str) -> None:
    file = written(tmp_path, name, complete_record(id="a"))
    report = ingest([file], store, EDITOR)
    assert report == IngestReport((FileReport(file, outcomes=(("a", Outcome.NEW),)),))
    assert store.get("a") == Case.from_record(complete_record(id="a"), taxonomy)
    assert [row.origin for row in store.revisions("a")] == [EDITOR]


@pytest.mark.parametrize("name", ["a.yml", "a.json"])
def test_a_file_with_a_list_publishes_every_case_of_it(tmp_path: Path, store: CaseStore, name: str) -> None:
    file = written(tmp_path, name, [complete_record(id=case_id) for case_id in "cab"])
    (report,) = ingest([file], store, EDITOR).files
    assert report.outcomes == tuple((case_id, Outcome.NEW) for case_id in "cab")
    assert ids(store) == ["a", "b", "c"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path, store: CaseStore) -> None:
    for name, dump in (("a.yml", yaml.safe_dump), ("b.json", json.dumps)):
        written(tmp_path, name, b"\xef\xbb\xbf" + dump(complete_record(id=name[0])).encode())
    ingest([tmp_path / "a.yml", tmp_path / "b.json"], store, EDITOR)
    assert ids(store) == ["a", "b"]


def test_no_files_are_an_empty_report(store: CaseStore) -> None:
    report = ingest([], store, EDITOR)
    assert report.files == ()
    assert report.counts() == {"new": 0, "changed": 0, "unchanged": 0, "kept": 0, "proposed": 0, "faulty": 0}


def test_a_second_run_over_the_collection_changes_nothing(store: CaseStore, collection: list[Case]) -> None:
    files = sorted(COLLECTION_FOLDER.glob("*.yml"))
    nothing = {"new": 0, "changed": 0, "unchanged": 0, "kept": 0, "proposed": 0, "faulty": 0}
    assert ingest(files, store, COLLECTION).counts() == nothing | {"new": len(collection)}
    seq = store.last_change()
    assert ingest(files, store, COLLECTION).counts() == nothing | {"unchanged": len(collection)}
    assert store.last_change() == seq == len(collection)
    assert list(store.all()) == collection


def test_the_progress_sees_every_file_in_order(tmp_path: Path, store: CaseStore) -> None:
    files = [written(tmp_path, f"{name}.yml", complete_record(id=name)) for name in "ab"]
    seen = []

    def progress(given: Iterable[Path]) -> Iterator[Path]:
        for file in given:
            seen.append(file)
            yield file

    ingest(files, store, EDITOR, progress=progress)
    assert seen == files


# Dry run


def test_a_dry_run_reports_the_same_and_stores_nothing(tmp_path: Path, store: CaseStore) -> None:
    for case_id in ("changed", "unchanged"):
        ingest([written(tmp_path, "old.yml", complete_record(id=case_id))], store, COLLECTION)
    ingest([written(tmp_path, "old.yml", complete_record(id="kept", year=2020))], store, EDITOR)
    files = [
        written(tmp_path, "a.yml", [complete_record(id="new"), complete_record(id="changed", year=2021)]),
        written(tmp_path, "b.json", [complete_record(id="kept"), complete_record(id="unchanged")]),
        written(tmp_path, "c.yml", [complete_record(id="lost"), complete_record(id="new")]),
        written(tmp_path, "d.yml", "id: ["),
    ]
    before = (list(store.all()), store.last_change(), store.revisions("changed"))
    dry = ingest(files, store, COLLECTION, dry_run=True)
    assert (list(store.all()), store.last_change(), store.revisions("changed")) == before
    assert dry.counts() == {"new": 1, "changed": 1, "unchanged": 1, "kept": 0, "proposed": 1, "faulty": 2}
    assert ingest(files, store, COLLECTION) == dry


# What is refused


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.yml", "id: [a"),
        ("m.yml", "id: a\nid: b"),
        ("m.yml", "id: &x a\ntitle: *x"),
        ("m.yml", ""),
        ("m.yml", "just words"),
        ("m.yml", "2018-01-01: x"),
        ("m.yml", "place: Köln".encode("latin-1")),
        ("m.yml", "day: 2020-99-99"),
        ("m.yml", "open: !!bool maybe"),
        ("m.yml", "year: !!int ''"),
        ("m.yml", "day: !!timestamp noon"),
        ("m.yml", "year: 0x" + "f" * 5000),
        ("m.yml", "id: 0x" + "f" * 5000),
        ("m.yml", "? 0x" + "f" * 5000 + "\n: x"),
        ("m.yml", "a: " + "[" * 900 + "]" * 900),
        ("m.yml", "[" * 900 + "]" * 900),
        ("m.json", '{"id": "a",}'),
        ("m.json", '{"id": "a", "id": "a"}'),
        ("m.json", "[null, 5, []]"),
        ("m.json", '{"id": "\\ud800"}'),
        ("m.json", '{"\\ud800": "id"}'),
        ("m.json", '{"a": ' + "[" * 600 + "]" * 600 + "}"),
        ("m.json", '{"a": ' * 900 + "1" + "}" * 900),
        ("m.json", '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"),
        ("m.json", complete_record(effects=[{"metric": "co2e", "value": 10**400, "unit": "%", "kind": "claimed"}])),
        (
            "m.json",
            complete_record(effects=[{"metric": "co2e", "value": float("nan"), "unit": "%", "kind": "claimed"}]),
        ),
        ("m.json", complete_record(title={"de": "", "en": 5})),
        ("m.txt", "id: a"),
        ("m.json", b" " * (SIZE_LIMIT + 1)),
    ],
    ids=range(29),
)
def test_one_broken_file_among_good_ones_loses_nothing_else(
    tmp_path: Path, store: CaseStore, name: str, content: Any
) -> None:
    files = [
        written(tmp_path, "a.yml", complete_record(id="a")),
        written(tmp_path, name, content),
        written(tmp_path, "z.json", complete_record(id="z")),
    ]
    report = ingest(files, store, EDITOR)
    first, broken, last = report.files
    assert (first.outcomes, last.outcomes) == ((("a", Outcome.NEW),), (("z", Outcome.NEW),))
    assert broken.faults
    assert broken.outcomes == ()
    assert report.counts()["faulty"] == 1
    assert ids(store) == ["a", "z"]


def test_a_file_that_is_not_there_loses_nothing_else(tmp_path: Path, store: CaseStore) -> None:
    report = ingest([tmp_path / "gone.yml", written(tmp_path, "a.yml", complete_record(id="a"))], store, EDITOR)
    assert fields(report.files[0]) == ["(file)"]
    assert ids(store) == ["a"]


def test_a_file_with_one_faulty_of_three_records_publishes_none_of_it(tmp_path: Path, store: CaseStore) -> None:
    content = [complete_record(id="a"), complete_record(id="b", role="owner", year=1), complete_record(id="c")]
    (report,) = ingest([written(tmp_path, "abc.yml", content)], store, EDITOR).files
    assert fields(report) == ["[1].role", "[1].year"]
    assert report.outcomes == ()
    assert (ids(store), store.last_change()) == ([], 0)


def test_every_fault_of_every_record_is_reported_with_its_position(tmp_path: Path, store: CaseStore) -> None:
    content = [complete_record(id="A"), 5, complete_record(id="c", sources=[]), complete_record(id="d", colour="red")]
    (report,) = ingest([written(tmp_path, "many.json", content)], store, EDITOR).files
    assert fields(report) == ["[0].id", "[1].(record)", "[2].sources", "[3].colour"]


def test_a_file_with_a_single_record_needs_no_positions(tmp_path: Path, store: CaseStore) -> None:
    files = [
        written(tmp_path, "a.yml", complete_record(id="a", year=1)),
        written(tmp_path, "b.yml", [complete_record(id="b", year=1)]),
    ]
    assert [fields(report) for report in ingest(files, store, EDITOR).files] == [["year"], ["year"]]


def test_unknown_keys_are_reported_and_never_dropped(tmp_path: Path, store: CaseStore) -> None:
    record = complete_record(colour="green", Title={"de": "x"})
    record["sources"][0]["licence"] = "free"
    record["effects"][0]["Value"] = 5
    record["summary"]["fr"] = "x"
    (report,) = ingest([written(tmp_path, "a.yml", record)], store, EDITOR).files
    unknown = {"colour", "Title", "sources[0].licence", "effects[0].Value", "summary.fr"}
    assert set(fields(report)) == unknown
    assert {fault.message["en"] for fault in report.faults} == {"there is no such field"}
    assert ids(store) == []


def test_an_id_twice_in_one_file_is_a_fault_and_publishes_neither(tmp_path: Path, store: CaseStore) -> None:
    content = [complete_record(id="a"), complete_record(id="a", year=2020)]
    (report,) = ingest([written(tmp_path, "a.yml", content)], store, EDITOR).files
    assert fields(report) == ["[1].id"]
    assert report.faults[0].message["en"] == "a stands in a.yml already"
    assert ids(store) == []


def test_an_id_twice_in_one_run_is_a_fault_of_the_second_file(tmp_path: Path, store: CaseStore) -> None:
    files = [
        written(tmp_path, "one.yml", complete_record(id="a")),
        written(tmp_path, "two.json", [complete_record(id="a"), complete_record(id="b")]),
    ]
    one, two = ingest(files, store, EDITOR).files
    assert one.outcomes == (("a", Outcome.NEW),)
    assert fields(two) == ["[0].id"]
    assert two.faults[0].message["de"] == "a steht schon in one.yml"
    assert ids(store) == ["a"]


def test_ids_that_differ_only_before_tidying_are_the_same(tmp_path: Path, store: CaseStore) -> None:
    file = written(tmp_path, "a.json", [complete_record(id="a"), complete_record(id=" a ")])
    assert fields(ingest([file], store, EDITOR).files[0]) == ["[1].id"]


def test_an_id_of_an_earlier_run_is_no_fault(tmp_path: Path, store: CaseStore) -> None:
    ingest([written(tmp_path, "one.yml", complete_record(id="a"))], store, EDITOR)
    report = ingest([written(tmp_path, "two.yml", complete_record(id="a", year=2020))], store, EDITOR)
    assert report.files[0].outcomes == (("a", Outcome.CHANGED),)


def test_a_report_can_be_said_as_plain_data_in_both_languages(tmp_path: Path, store: CaseStore) -> None:
    files = [
        written(tmp_path, "a.yml", complete_record(id="a")),
        written(tmp_path, "b.yml", complete_record(id="b", colour="red")),
    ]
    good, faulty = ingest(files, store, EDITOR).files
    assert good.to_json() == {"file": "a.yml", "cases": {"a": "new"}, "faults": []}
    assert faulty.to_json() == {
        "file": "b.yml",
        "cases": {},
        "faults": [{"field": "colour", "de": "dieses Feld gibt es nicht", "en": "there is no such field"}],
    }


@PROPERTY
@given(record=case_records(), ending=st.sampled_from([".yml", ".json"]))
def test_any_case_comes_back_from_a_file_through_the_store(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any], ending: str
) -> None:
    taxonomy = shipped_taxonomy()
    folder = tmp_path_factory.mktemp("any")
    text = json.dumps(record) if ending == ".json" else yaml.safe_dump(record, allow_unicode=True, sort_keys=False)
    with CaseStore(None, taxonomy) as store:
        report = ingest([written(folder, f"a{ending}", text)], store, EDITOR)
        assert report.counts()["new"] == 1
        assert store.get(record["id"]) == Case.from_record(record, taxonomy)
