"""Records side by side: every word of both is there, and what differs is what `difference` names."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kb.difference import difference
from kb.taxonomy import Taxonomy, shipped_taxonomy
from tests.strategies import PROPERTY, case_records, complete_record
from web.compared import Row, rows, words_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DRAFTS = st.dictionaries(st.sampled_from(["title", "sources", "effects", "keywords", "x"]), JSON, max_size=4)


def compared(new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Row]:
    found = rows(new, old, shipped_taxonomy(), "en")
    return {f"{row.path}{'-' if row.kind == 'removed' else ''}": row for row in found}


def test_a_changed_text_shows_its_words_old_and_new() -> None:
    old, new = complete_record(), complete_record()
    new["title"]["en"] = old["title"]["en"] + " today"
    row = compared(new, old)["title.en"]
    assert (row.kind, row.pieces[-1]) == ("changed", ("new", " today"))
    assert {row.kind for path, row in compared(new, old).items() if path != "title.en"} == {"same"}


def test_a_source_put_in_front_leaves_the_others_as_they_were() -> None:
    old, new = complete_record(), complete_record()
    new["sources"].insert(0, {"url": "https://example.org/new", "title": "New"})
    found = compared(new, old)
    assert found["sources[0].url"].kind == found["sources[0].title"].kind == "added"
    assert found["sources[0].url"].parts == ("sources", 1, "url")
    assert {row.kind for path, row in found.items() if path.startswith("sources[1]")} == {"same"}


def test_what_is_gone_is_shown_too() -> None:
    old, new = complete_record(), complete_record()
    del new["lessons"], new["sources"][0]
    found = compared(new, old)
    assert found["lessons.en-"].pieces == (("old", old["lessons"]["en"]),)
    assert found["sources[0].url-"].kind == "removed"


def test_a_list_of_words_is_one_row(taxonomy: Taxonomy) -> None:
    old, new = complete_record(), complete_record()
    new["technologies"] = [*old["technologies"][1:], "sorting"]
    row = compared(new, old)["technologies"]
    label = taxonomy.technologies["sorting"].label["en"]
    assert row.kind == "changed"
    assert f"{label} (sorting)" in "".join(text for kind, text in row.pieces if kind != "old")


def test_terms_have_their_label_and_words_that_are_none_stand_as_they_are(taxonomy: Taxonomy) -> None:
    assert words_of("pathway", "services", taxonomy, "de").endswith("(services)")
    assert words_of("pathway", "nope", taxonomy, "de") == "nope"
    assert words_of("effects[0].value", -1.5, taxonomy, "de") == "-1.5"


def test_the_original_stands_beside_what_became_of_it() -> None:
    original, new = complete_record(), complete_record()
    new["organisation"] = "Another"
    (row,) = [row for row in rows(new, None, shipped_taxonomy(), "en", original) if row.path == "organisation"]
    assert (row.original, row.pieces) == (original["organisation"], (("same", "Another"),))


@PROPERTY
@given(case_records(), case_records())
def test_the_pieces_give_both_records_again(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert_complete(new, old)


@PROPERTY
@given(DRAFTS, DRAFTS)
def test_the_pieces_give_faulty_drafts_again(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert_complete(new, old)


def assert_complete(new: dict[str, Any], old: dict[str, Any]) -> None:
    kept = json.dumps(copy.deepcopy(new))
    found = rows(new, old, shipped_taxonomy(), "de")
    plain = rows(new, None, shipped_taxonomy(), "de")
    assert json.dumps(new) == kept
    after = {
        row.path: "".join(text for kind, text in row.pieces if kind != "old") for row in found if row.kind != "removed"
    }
    assert after == {row.path: row.pieces[0][1] for row in plain}
    assert all(row.kind == "same" for row in found) is (not difference(old, new))
    gone = [row for row in found if row.kind == "removed"]
    assert all(kind == "old" for row in gone for kind, _ in row.pieces)
