"""Record to fields and back: what nobody touched stays as it is, and nothing typed is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.case import Case
from kb.rules import faults_of
from kb.taxonomy import shipped_taxonomy
from kb.text import LANGUAGES, Language, normalised
from tests.strategies import PROPERTY, case_records, complete_record
from web.drafts import form
from web.drafts.fields import FIELDS, ROWS, Kind
from web.drafts.typed import number_words

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = [*FIELDS, *ROWS, "surprise"]


def broken_records() -> st.SearchStrategy[dict[str, Any]]:
    """Records of which some fields hold anything at all."""
    spoilt = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4)
    rows = st.fixed_dictionaries(
        {},
        optional={
            group: st.lists(
                st.dictionaries(st.sampled_from([*(field.name for field in fields), "surprise"]), JSON, max_size=3)
                | JSON,
                max_size=3,
            )
            for group, fields in ROWS.items()
        },
    )
    return st.tuples(case_records() | st.just({}), spoilt, rows).map(lambda parts: parts[0] | parts[1] | parts[2])


def as_sent(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """What a browser sends for a form that shows `fields`: CR LF for a line end, and no NUL."""
    return {
        name: [
            word.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").replace("\0", "\ufffd")
            for word in words
        ]
        for name, words in fields.items()
    }


@PROPERTY
@given(case_records(), st.sampled_from(LANGUAGES))
def test_a_valid_record_written_into_an_empty_form_and_read_is_the_same_case(
    record: dict[str, Any], language: Language
) -> None:
    taxonomy = shipped_taxonomy()
    again = form.record_of(as_sent(form.fields_of(record, language)), {}, language)
    assert Case.from_record(again, taxonomy) == Case.from_record(record, taxonomy)


@PROPERTY
@given(broken_records(), st.sampled_from(LANGUAGES))
def test_a_form_sent_as_it_was_shown_changes_nothing_however_broken_the_record(
    record: dict[str, Any], language: Language
) -> None:
    assert form.record_of(as_sent(form.fields_of(record, language)), record, language) == record


def typed_words() -> st.SearchStrategy[dict[str, list[str]]]:
    """Anything that somebody could type into the fields of a form with two rows in each group."""
    shape = form.fields_of({"effects": [{}, {}], "sources": [{}, {}]}, "de")
    line = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12) | st.sampled_from(
        ["1.234", "1,5", "-12", "2018", "zwölf", "a, b", "a\nb, c", "C24", "1e400"]
    )
    several = st.lists(line.map(normalised).filter(bool), max_size=3, unique=True)
    kinds = {name: name in ("technologies", "roadmap_fields") for name in shape}
    return st.fixed_dictionaries(
        {}, optional={name: several if many else line.map(lambda word: [word]) for name, many in kinds.items()}
    )


def same_words(name: str, one: list[str], other: list[str]) -> bool:
    """Whether two contents of a field say the same: white space at the ends and between entries aside."""
    if name in ("technologies", "roadmap_fields"):
        return set(one) == set(other)
    first, second = (normalised(words[0]) if words else "" for words in (one, other))
    if name == "partners" or name.startswith("keywords"):
        split = [
            [
                entry
                for part in (w.split("\n") if "\n" in w or name == "partners" else w.split(","))
                if (entry := normalised(part))
            ]
            for w in (words[0] if words else "" for words in (one, other))
        ]
        return split[0] == split[1]
    if name.endswith(".value") and first != second:
        return _as_number(first) == _as_number(second)
    return first == second


def _as_number(words: str) -> Any:
    return form.record_of({"effects[0].value": [words]}, {}, "de")["effects"][0]["value"]


@PROPERTY
@given(typed_words(), broken_records(), st.sampled_from(LANGUAGES))
def test_what_was_typed_stands_in_the_form_again(
    typed: dict[str, list[str]], base: dict[str, Any], language: Language
) -> None:
    record = form.record_of(typed, base, language)
    shown = form.fields_of(record, language)
    before = form.fields_of(base, language)
    for name, words in typed.items():
        assert same_words(name, words, shown.get(name, [""])), name
    for name, words in before.items():
        if name not in typed:
            assert shown[name] == words, name


@PROPERTY
@given(typed_words(), case_records())
def test_unknown_keys_survive_every_save(typed: dict[str, list[str]], record: dict[str, Any]) -> None:
    base = {
        **record,
        "surprise": {"deep": [1, None]},
        "title": {**record["title"], "fr": "Titre"},
        "sources": [{**record["sources"][0], "found": "by chance"}, *record["sources"][1:]],
    }
    again = form.record_of(typed, base, "de")
    assert again["surprise"] == {"deep": [1, None]}
    assert again["title"]["fr"] == "Titre"
    assert again["sources"][0]["found"] == "by chance"


def test_every_field_of_the_rules_has_a_field_in_the_form() -> None:
    record = complete_record()
    shown = form.fields_of(record, "de")
    emptied = form.record_of({name: [""] for name in shown}, record, "de")
    assert emptied == {"effects": [{}, {}], "sources": [{}]}
    assert not form.leftovers(record)


def test_the_limits_of_the_fields_are_those_of_the_rules(taxonomy: Any) -> None:
    for field in FIELDS.values():
        if field.limit is None or field.kind is Kind.LINES:
            continue
        path = f"{field.name}.de" if field.languages else field.name
        fits, too_long = ("a" * (field.limit + more) for more in (0, 1))
        assert path not in {f.field for f in faults_of(form.record_of({path: [fits]}, {}, "de"), taxonomy)}
        assert path in {f.field for f in faults_of(form.record_of({path: [too_long]}, {}, "de"), taxonomy)}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("-12,5", -12.5),
        ("\u221212,5 ", -12.5),
        ("160000", 160000),
        ("1.234,5", 1234.5),
        ("1.234", "1.234"),
        ("rund 5", "rund 5"),
        ("9" * 400 + ",5e999", "9" * 400 + ",5e999"),
    ],
)
def test_a_number_is_read_in_either_language_and_never_guessed(typed: str, value: Any) -> None:
    record = form.record_of({"effects[0].value": [typed]}, {}, "en")
    assert record == {"effects": [{"value": value}]}
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [1.234, -999.125, 1.234e-07, 1e22, 0.001, 5.0, 10**15, -0.0])
def test_a_number_is_written_such_that_it_is_read_again(value: float, language: Language) -> None:
    words = number_words(value, language)
    assert repr(form.record_of({"effects[0].value": [words]}, {}, language)["effects"][0]["value"]) == repr(value)


def test_an_offered_row_that_stays_empty_is_none_and_an_emptied_one_stays_in_its_place() -> None:
    typed = {"effects[0].note.de": [""], "effects[1].value": [" "], "sources[0].url": ["https://example.org"]}
    assert form.record_of(typed, {}, "de") == {"sources": [{"url": "https://example.org"}]}
    base = {"effects": [{"value": 1}, {"value": 2, "surprise": 3}]}
    assert form.record_of({"effects[0].value": [""]}, base, "de") == {"effects": [{}, {"value": 2, "surprise": 3}]}


def test_a_row_is_removed_by_its_number_alone() -> None:
    base = {"effects": [{"value": 1}, {"value": 2}]}
    assert form.without_row(base, "effects", 0) == {"effects": [{"value": 2}]}
    assert form.without_row(base, "effects", 2) == base
    assert form.without_row({"effects": 5}, "effects", 0) == {"effects": 5}


def test_keywords_may_stand_between_commas_or_one_a_line_and_hold_a_comma_there() -> None:
    assert form.record_of({"keywords.de": ["a, b ,,c"]}, {}, "de") == {"keywords": {"de": ["a", "b", "c"]}}
    assert form.record_of({"keywords.de": ["a, b\r\n\r\nc"]}, {}, "de") == {"keywords": {"de": ["a, b", "c"]}}
    assert form.fields_of({"keywords": {"de": ["a, b"]}}, "de")["keywords.de"] == ["a, b\n"]


def test_the_order_of_chosen_terms_is_kept_and_what_is_new_comes_last() -> None:
    base = {"technologies": ["waste-heat", "analytics"]}
    typed = {"technologies": ["", "analytics", "blockchain", "waste-heat"]}
    assert form.record_of(typed, base, "de") == {"technologies": ["waste-heat", "analytics", "blockchain"]}
    assert form.record_of({"technologies": [""]}, base, "de") == {}
    assert form.record_of({}, base, "de") == base


@PROPERTY
@given(broken_records())
def test_whatever_the_form_cannot_show_is_left_over_and_can_be_removed(record: dict[str, Any]) -> None:
    for leftover in form.leftovers(record):
        assert leftover.name not in {
            left.name for left in form.leftovers(form.without_leftover(record, leftover.name))
        } or (
            leftover.name.endswith("]")  # the row behind it moves up
        )
    taxonomy = shipped_taxonomy()
    unknown = {f.field for f in faults_of(record, taxonomy) if "dieses Feld gibt es nicht" in f.message["de"]}
    assert unknown <= {left.name for left in form.leftovers(record)} | {""}


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ("title", "title.de"),
        ("keywords.de[2]", "keywords.de"),
        ("effects[0].note", "effects[0].note.de"),
        ("effects[0].surprise", "effects"),
        ("effects", "effects"),
        ("sources[7].url", "sources"),
        ("technologies[1]", "technologies"),
        ("surprise", "leftovers"),
        ("(record)", "leftovers"),
        ("title.fr", "title.de"),
    ],
)
def test_a_fault_finds_its_field(fault: str, field: str) -> None:
    assert form.field_at(fault, form.fields_of(complete_record(), "de").keys()) == field


def test_a_suggestion_is_put_in_or_added_once() -> None:
    assert form.taken({"pathway": "services"}, "pathway", "efficiency") == {"pathway": "efficiency"}
    once = form.taken({"technologies": ["analytics"]}, "technologies", "waste-heat")
    assert once == {"technologies": ["analytics", "waste-heat"]} == form.taken(once, "technologies", "waste-heat")
    assert form.taken({}, "keywords.de", "Abwärme") == {"keywords": {"de": ["Abwärme"]}}
    assert form.taken({"effects": "?"}, "effects", {"value": 1}) == {"effects": [{"value": 1}]}
    for name in ("surprise", "title", "title.fr", "place.de", "keywords"):
        with pytest.raises(ValueError, match="no such field"):
            form.taken({}, name, "x")
