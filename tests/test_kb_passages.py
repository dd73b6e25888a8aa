"""A case cut into what is searched."""

from __future__ import annotations

import hashlib

from hypothesis import given

from kb.case import Case
from kb.passages import PASSAGE_FIELDS, passages, text_hash
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import LANGUAGES
from tests.strategies import PROPERTY, case_records, complete_record


def test_a_complete_case_has_every_field_in_both_languages_in_a_fixed_order(taxonomy: Taxonomy) -> None:
    found = passages(Case.from_record(complete_record(), taxonomy))
    expected = [(field, language) for field in PASSAGE_FIELDS for language in LANGUAGES]
    assert [(passage.field, passage.language) for passage in found] == expected
    assert {passage.case_id for passage in found} == {"example-foundry-waste-heat"}


def test_a_passage_holds_the_words_of_its_field(taxonomy: Taxonomy) -> None:
    found = passages(Case.from_record(complete_record(), taxonomy))
    words = {(passage.field, passage.language): passage.text for passage in found}
    assert words["title", "de"] == "Gießerei liefert Abwärme"
    assert words["lessons", "en"] == "Talk to each other early."
    assert words["keywords", "en"] == "waste heat, district heating, foundry"


def test_what_a_case_does_not_tell_is_no_passage(taxonomy: Taxonomy) -> None:
    record = complete_record(summary={"en": "In English only."}, keywords={"de": ["eins", "zwei", "drei"]})
    del record["lessons"]
    found = [(passage.field, passage.language) for passage in passages(Case.from_record(record, taxonomy))]
    assert ("summary", "de") not in found
    assert ("keywords", "en") not in found
    assert "lessons" not in {field for field, _ in found}


def test_the_hash_is_the_first_half_of_sha_256_of_the_text_alone(taxonomy: Taxonomy) -> None:
    one = passages(Case.from_record(complete_record(), taxonomy))[0]
    other = passages(Case.from_record(complete_record(id="another", lessons=complete_record()["title"]), taxonomy))
    assert one.hash == text_hash(one.text) == hashlib.sha256(one.text.encode()).hexdigest()[:32]
    assert [passage.field for passage in other if passage.hash == one.hash] == ["title", "lessons"]


def test_words_typed_in_decomposed_characters_hash_the_same(taxonomy: Taxonomy) -> None:
    composed = Case.from_record(complete_record(title={"de": "Wärme"}), taxonomy)
    decomposed = Case.from_record(complete_record(title={"de": "Wa\u0308rme "}), taxonomy)
    assert passages(composed) == passages(decomposed)


@PROPERTY
@given(case_records())
def test_any_case_gives_one_passage_for_each_text_it_has(record: dict) -> None:
    found = passages(Case.from_record(record, shipped_taxonomy()))
    told = [
        (field, language) for field in PASSAGE_FIELDS for language in LANGUAGES if language in record.get(field, {})
    ]
    assert [(passage.field, passage.language) for passage in found] == told
    assert all(passage.text.strip() for passage in found)
