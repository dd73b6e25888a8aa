"""The shipped cases."""

from __future__ import annotations

import json
from typing import Any

from kb.case import Case
from kb.rules import faults_of
from kb.shipped import COLLECTION_FOLDER
from kb.taxonomy import Taxonomy

Records = dict[str, dict[str, Any]]


def test_the_folder_holds_213_case_files_and_nothing_else(records: Records) -> None:
    assert len(records) == 213
    assert {path.stem for path in COLLECTION_FOLDER.iterdir()} == set(records)


def test_every_file_is_named_after_its_id(records: Records) -> None:
    assert {name: record.get("id") for name, record in records.items()} == {name: name for name in records}


def test_every_file_is_valid_as_it_stands(records: Records, taxonomy: Taxonomy) -> None:
    assert {name: faults for name, record in records.items() if (faults := faults_of(record, taxonomy))} == {}


def test_every_case_reads_back_from_its_record(collection: list[Case], taxonomy: Taxonomy) -> None:
    for case in collection:
        assert Case.from_record(json.loads(json.dumps(case.to_record())), taxonomy) == case


def test_a_case_keeps_all_that_its_file_says(records: Records, collection: list[Case]) -> None:
    for case in collection:
        told = {name: value for name, value in records[case.id].items() if value != []}
        assert case.to_record() == told


def test_every_case_is_told_in_both_languages(collection: list[Case]) -> None:
    for case in collection:
        for text in (case.title, case.summary, case.problem, case.solution, case.result, case.lessons):
            assert text is None or text.languages == ("de", "en"), case.id
        assert case.keywords.de, case.id
        assert case.keywords.en, case.id


def test_no_two_cases_have_the_same_title(collection: list[Case]) -> None:
    for language in ("de", "en"):
        assert len({case.title[language] for case in collection}) == len(collection)


def test_every_pathway_and_roadmap_field_has_cases(collection: list[Case], taxonomy: Taxonomy) -> None:
    assert {case.pathway for case in collection} == set(taxonomy.pathways)
    assert {field for case in collection for field in case.roadmap_fields} == set(taxonomy.roadmap_fields)
