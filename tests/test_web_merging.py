"""Two versions of a proposal are compared field by field and brought together, and neither loses a word."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import PROPERTY, case_records, complete_record
from tests.test_web_form import broken_records
from web.drafts.merging import brought_together, clashes

RECORDS = case_records() | broken_records()


@PROPERTY
@given(RECORDS, RECORDS, RECORDS)
def test_picking_all_gives_mine_and_picking_none_gives_theirs(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    fields = {clash.field for clash in clashes(base, mine, theirs)}
    assert brought_together(base, mine, theirs, ()) == theirs
    assert brought_together(base, mine, theirs, fields) == mine


@PROPERTY
@given(RECORDS, RECORDS)
def test_only_what_differs_is_asked_about(base: dict[str, Any], mine: dict[str, Any]) -> None:
    assert clashes(base, mine, mine) == ()
    for clash in clashes(base, mine, base):
        assert clash.prefer_mine
        assert not clash.changed_by_both
    for clash in clashes(base, base, mine):
        assert not clash.prefer_mine


@PROPERTY
@given(RECORDS, RECORDS, st.data())
def test_what_only_one_of_us_changed_is_kept_when_the_preferences_stand(
    base: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted({*base, *other}) or [""])))
    mine = {**base, **{name: other[name] for name in names if name in other}}
    theirs = {**base, **{name: value for name, value in other.items() if name not in names}}
    picked = {clash.field for clash in clashes(base, mine, theirs) if clash.prefer_mine}
    assert brought_together(base, mine, theirs, picked) == {**base, **other}


def test_each_language_of_a_text_is_a_field_and_a_list_is_one() -> None:
    base = complete_record()
    mine = {**base, "title": {**base["title"], "de": "Meins"}, "technologies": ["analytics"]}
    theirs = {**base, "title": {**base["title"], "en": "Theirs", "de": "Ihres"}, "place": "Bremen"}
    found = {clash.field: clash for clash in clashes(base, mine, theirs)}
    assert list(found) == ["title.de", "title.en", "place", "technologies"]
    assert found["title.de"].changed_by_both
    assert found["title.de"].prefer_mine
    assert (found["title.de"].mine, found["title.de"].theirs) == ("Meins", "Ihres")
    assert not found["title.en"].prefer_mine
    assert found["technologies"].mine == "analytics"
    assert [kind for kind, _ in found["title.de"].pieces] == ["old", "new"]
    picked = {field for field, clash in found.items() if clash.prefer_mine}
    assert brought_together(base, mine, theirs, picked) == {
        **theirs,
        "title": {"de": "Meins", "en": "Theirs"},
        "technologies": ["analytics"],
    }
