"""The rules of a case, and cases that are valid by construction."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given

from kb.case import Case, Effect, Keywords
from kb.errors import InvalidCase
from kb.rules import LIMITS, faults_of
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import Text
from kb.yaml_files import parse_yaml
from tests.strategies import PROPERTY, case_records, complete_record

GONE = object()
Path = tuple[str | int, ...]


def changed(path: Path, value: Any) -> dict[str, Any]:
    """Return the complete record with `value` at `path`, or without what stands there."""
    record = copy.deepcopy(complete_record())
    place: Any = record
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return record


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in complete_record().items() if name not in names}


REQUIRED = (
    *("id", "title", "organisation", "role", "country", "sector", "pathway", "technologies"),
    *("summary", "problem", "solution", "result", "keywords", "sources", "evidence"),
)
OPTIONAL = (
    *("partners", "region", "place", "size", "pathway_secondary", "roadmap_fields", "lessons", "effects", "status"),
    *(("sources", 0, "checked"), ("effects", 0, "bound"), ("effects", 0, "note"), ("title", "de"), ("keywords", "en")),
)
# What stands where, and the one fault that it is: its field, and words of its message in English and in German.
FAULTS: list[tuple[Path, Any, str, str, str]] = [
    (("id",), 5, "id", "must be text but is 5", "muss Text sein, ist aber 5"),
    (("id",), "Upper-Case", "id", "lower case letters a-z", "Kleinbuchstaben a-z"),
    (("id",), "gießerei", "id", "lower case letters a-z", "Kleinbuchstaben a-z"),
    (("id",), "two--hyphens", "id", "single hyphens", "einzelnen Bindestrichen"),
    (("id",), "-hyphen-first", "id", "single hyphens", "einzelnen Bindestrichen"),
    (("id",), "up/../there", "id", "single hyphens", "einzelnen Bindestrichen"),
    (("id",), "a" * 81, "id", "has 81 characters, 80 are allowed", "hat 81 Zeichen, erlaubt sind 80"),
    (("title",), "Only words", "title", "needs its languages", "braucht die Sprachen"),
    (("title",), {}, "title", "needs de or en", "braucht de oder en"),
    (("title", "de"), "", "title.de", "is empty", "ist leer"),
    (("title", "en"), " \t", "title.en", "is empty", "ist leer"),
    (("title", "en"), None, "title.en", "is missing", "fehlt"),
    (("title", "en"), ["a"], "title.en", "must be text", "muss Text sein"),
    (("title", "en"), " space before", "title.en", "white space at its ends", "Leerraum am Rand"),
    (("title", "en"), "space after\u00a0", "title.en", "white space at its ends", "Leerraum am Rand"),
    (("title", "de"), "Wa\u0308rme", "title.de", "decomposed characters", "zerlegte Zeichen"),
    (("title", "en"), "a\x00b", "title.en", "control characters", "Steuerzeichen"),
    (("title", "en"), "a\x1bb", "title.en", "control characters", "Steuerzeichen"),
    (("title", "en"), "a\ud800b", "title.en", "control characters", "Steuerzeichen"),
    (("title", "en"), "a\u2028b", "title.en", "control characters", "Steuerzeichen"),
    (("title", "fr"), "Chaleur", "title.fr", "no such field", "dieses Feld gibt es nicht"),
    (("organisation",), True, "organisation", "put it in quotes", "in Anführungszeichen setzen"),
    (("organisation",), "a" * 161, "organisation", "160 are allowed", "erlaubt sind 160"),
    (("role",), "owner", "role", "not a term of the vocabulary: owner", "kein Begriff des Vokabulars: owner"),
    (("partners",), "Example Town", "partners", "must be a list", "muss eine Liste sein"),
    (("partners", 1), "", "partners[1]", "is empty", "ist leer"),
    (("partners", 1), "Example Town", "partners", "names Example Town twice", "nennt Example Town zweimal"),
    (("country",), False, "country", "must be text but is False", "muss Text sein, ist aber False"),
    (("country",), "de", "country", "not a term", "kein Begriff"),
    (("region",), "DE-XX", "region", "not a term", "kein Begriff"),
    (("region",), "AT-9", "region", "does not lie in DE", "liegt nicht in DE"),
    (("place",), 20457, "place", "must be text", "muss Text sein"),
    (("sector",), "24", "sector", "not a term", "kein Begriff"),
    (("size",), "huge", "size", "Allowed: micro, small, medium, large, network", "Erlaubt: micro, small"),
    (("year",), "2018", "year", "not a year from 1800 to 2100: '2018'", "kein Jahr von 1800 bis 2100: '2018'"),
    (("year",), 1799, "year", "is not a year", "ist kein Jahr"),
    (("year",), 2101, "year", "is not a year", "ist kein Jahr"),
    (("year",), 2018.0, "year", "is not a year", "ist kein Jahr"),
    (("year",), True, "year", "is not a year", "ist kein Jahr"),
    (("year",), GONE, "year", "belong together", "gehören zusammen"),
    (("year_kind",), GONE, "year_kind", "belong together", "gehören zusammen"),
    (("year_kind",), "start", "year_kind", "not a term", "kein Begriff"),
    (("status",), "done", "status", "Allowed: planned, pilot, running, stopped, unknown", "Erlaubt: planned, pilot"),
    (("pathway",), 3, "pathway", "must be text", "muss Text sein"),
    (("pathway",), "sharing", "pathway", "Allowed: efficiency, services, cooperation", "Erlaubt: efficiency, services"),
    (("pathway_secondary",), "cooperation", "pathway_secondary", "the main pathway already", "schon der Hauptpfad"),
    (("roadmap_fields",), ["steel"], "roadmap_fields[0]", "not a term", "kein Begriff"),
    (("roadmap_fields",), {"carbon": 1}, "roadmap_fields", "must be a list", "muss eine Liste sein"),
    (
        ("technologies",),
        [],
        "technologies",
        "has 0 entries, 1 to 6 are allowed",
        "hat 0 Einträge, erlaubt sind 1 bis 6",
    ),
    (("technologies",), "waste-heat", "technologies", "must be a list", "muss eine Liste sein"),
    (("technologies", 1), "waste-heat", "technologies", "names waste-heat twice", "nennt waste-heat zweimal"),
    (("technologies", 1), "magic", "technologies[1]", "not a term", "kein Begriff"),
    (("technologies", 1), None, "technologies[1]", "is missing", "fehlt"),
    (("effects",), {}, "effects", "must be a list", "muss eine Liste sein"),
    (("effects", 1), -12.5, "effects[1]", "must be a mapping", "muss eine Zuordnung sein"),
    (("effects", 1, "metric"), "joy", "effects[1].metric", "not a term", "kein Begriff"),
    (("effects", 1, "unit"), "MWh", "effects[1].unit", "Allowed: %, t/a, t", "Erlaubt: %, t/a, t"),
    (("effects", 1, "unit"), GONE, "effects[1].unit", "is missing", "fehlt"),
    (("effects", 1, "value"), "-12", "effects[1].value", "must be a number, is '-12'", "muss eine Zahl sein"),
    (("effects", 1, "value"), GONE, "effects[1].value", "must be a number", "muss eine Zahl sein"),
    (("effects", 1, "value"), True, "effects[1].value", "must be a number", "muss eine Zahl sein"),
    (("effects", 1, "value"), math.nan, "effects[1].value", "must be a number", "muss eine Zahl sein"),
    (("effects", 1, "value"), -math.inf, "effects[1].value", "must be a number", "muss eine Zahl sein"),
    (("effects", 1, "value"), 10**16, "effects[1].value", "is too large", "ist zu groß"),
    (("effects", 1, "value"), -(10**400), "effects[1].value", "is too large", "ist zu groß"),
    (("effects", 1, "kind"), "guessed", "effects[1].kind", "not a term", "kein Begriff"),
    (("effects", 0, "bound"), "nearly", "effects[0].bound", "not a term", "kein Begriff"),
    (("effects", 0, "note"), "words", "effects[0].note", "needs its languages", "braucht die Sprachen"),
    (("effects", 0, "note", "de"), "a" * 161, "effects[0].note.de", "160 are allowed", "erlaubt sind 160"),
    (("effects", 0, "source"), 0, "effects[0].source", "no such field", "dieses Feld gibt es nicht"),
    (("keywords",), ["waste heat"], "keywords", "needs its languages", "braucht die Sprachen"),
    (
        ("keywords", "de"),
        ["eins", "zwei"],
        "keywords.de",
        "has 2 entries, 3 to 8",
        "hat 2 Einträge, erlaubt sind 3 bis 8",
    ),
    (("keywords", "de"), list("abcdefghi"), "keywords.de", "has 9 entries", "hat 9 Einträge"),
    (("keywords", "en"), "a, b, c", "keywords.en", "must be a list", "muss eine Liste sein"),
    (("keywords", "en", 2), "waste heat", "keywords.en", "names waste heat twice", "nennt waste heat zweimal"),
    (("keywords", "en", 2), "a" * 81, "keywords.en[2]", "80 are allowed", "erlaubt sind 80"),
    (("keywords", "fr"), ["chaleur"], "keywords.fr", "no such field", "dieses Feld gibt es nicht"),
    (("sources",), [], "sources", "has 0 entries, 1 to 20", "hat 0 Einträge, erlaubt sind 1 bis 20"),
    (("sources", 0), "https://example.org", "sources[0]", "must be a mapping", "muss eine Zuordnung sein"),
    (("sources", 0, "title"), GONE, "sources[0].title", "is missing", "fehlt"),
    (("sources", 0, "publisher"), "", "sources[0].publisher", "is empty", "ist leer"),
    (("sources", 0, "language"), "english", "sources[0].language", "not a term", "kein Begriff"),
    (("sources", 0, "checked"), "31.01.2026", "sources[0].checked", "not a day such as", "kein Tag wie 2026-01-31"),
    (("sources", 0, "checked"), "2026-02-30", "sources[0].checked", "not a day such as", "kein Tag wie 2026-01-31"),
    (("sources", 0, "checked"), "20260131", "sources[0].checked", "not a day such as", "kein Tag wie 2026-01-31"),
    (("sources", 0, "checked"), 2026, "sources[0].checked", "must be text but is 2026", "muss Text sein"),
    (("sources", 0, "licence"), "x", "sources[0].licence", "no such field", "dieses Feld gibt es nicht"),
    (("evidence",), "low", "evidence", "Allowed: high, medium", "Erlaubt: high, medium"),
    (("colour",), "green", "colour", "no such field", "dieses Feld gibt es nicht"),
    ((7,), "seven", "7", "no such field", "dieses Feld gibt es nicht"),
    *((((name,), GONE, name, "is missing", "fehlt")) for name in REQUIRED),
    *(
        ((name, "en"), "a" * (limit + 1), f"{name}.en", f"{limit} are allowed", f"erlaubt sind {limit}")
        for name, limit in LIMITS.items()
    ),
]


def test_the_complete_record_uses_every_field_and_is_valid(taxonomy: Taxonomy) -> None:
    assert faults_of(complete_record(), taxonomy) == ()
    assert Case.from_record(complete_record(), taxonomy).to_record() == complete_record()


@pytest.mark.parametrize(("path", "value", "field", "english", "german"), FAULTS, ids=range(len(FAULTS)))
def test_a_broken_rule_is_one_fault_at_its_field_in_both_languages(
    taxonomy: Taxonomy, path: Path, value: Any, field: str, english: str, german: str
) -> None:
    (fault,) = faults_of(changed(path, value), taxonomy)
    assert fault.field == field
    assert english in fault.message["en"]
    assert german in fault.message["de"]


@pytest.mark.parametrize("name", OPTIONAL, ids=str)
def test_what_is_optional_may_be_missing(taxonomy: Taxonomy, name: str | Path) -> None:
    path = name if isinstance(name, tuple) else (name,)
    assert faults_of(changed(path, GONE), taxonomy) == ()


def test_year_and_its_kind_may_be_missing_together(taxonomy: Taxonomy) -> None:
    assert faults_of(without("year", "year_kind"), taxonomy) == ()


@pytest.mark.parametrize("name", LIMITS)
def test_a_text_as_long_as_its_limit_is_valid(taxonomy: Taxonomy, name: str) -> None:
    assert faults_of(changed((name, "de"), "ä" * LIMITS[name]), taxonomy) == ()


@pytest.mark.parametrize("value", [0, -0.5, 1e15, -(10**15), 1e-300])
def test_any_finite_number_is_a_value(taxonomy: Taxonomy, value: float) -> None:
    assert faults_of(changed(("effects", 1, "value"), value), taxonomy) == ()


@pytest.mark.parametrize(
    "url",
    [
        *("example.org", "//example.org", "ftp://example.org/a", "javascript:alert(1)", "https://", "http://:80"),
        *("https://exam ple.org", 'https://example.org/"', "https://example.org/<b>", "https://[::1", "https:/a"),
        "mailto:desk@example.org",
    ],
)
def test_what_is_no_web_address_is_no_source(taxonomy: Taxonomy, url: str) -> None:
    (fault,) = faults_of(changed(("sources", 0, "url"), url), taxonomy)
    assert fault.field == "sources[0].url"
    assert "no complete address" in fault.message["en"]
    assert "keine vollständige Adresse" in fault.message["de"]


@pytest.mark.parametrize("url", ["http://example.org", "HTTPS://example.org:8443/ä?b=c&d=%20#e", "http://[::1]/a"])
def test_a_complete_web_address_is_a_source(taxonomy: Taxonomy, url: str) -> None:
    assert faults_of(changed(("sources", 0, "url"), url), taxonomy) == ()


def test_a_long_vocabulary_is_named_in_part(taxonomy: Taxonomy) -> None:
    (fault,) = faults_of(changed(("sector",), "Z99"), taxonomy)
    assert "Allowed: A01, A02" in fault.message["en"]
    assert fault.message["en"].endswith(" …")


@pytest.mark.parametrize("field", ["id", "year", "organisation"])
def test_a_number_too_long_to_be_written_out_is_a_fault_like_any_other(taxonomy: Taxonomy, field: str) -> None:
    with pytest.raises(InvalidCase) as caught:
        Case.from_record(complete_record(**{field: 16**5000}), taxonomy)
    assert [fault.field for fault in caught.value.faults] == [field]


def test_a_number_too_long_to_be_written_out_is_no_field(taxonomy: Taxonomy) -> None:
    (fault,) = faults_of(complete_record() | {16**5000: "x"}, taxonomy)
    assert "no such field" in fault.message["en"]


def test_a_message_quotes_no_more_of_a_value_than_a_reader_needs(taxonomy: Taxonomy) -> None:
    (fault,) = faults_of(changed(("organisation",), ["x"] * 10_000), taxonomy)
    assert len(fault.message["en"]) < 200


def test_all_faults_come_at_once_in_the_order_of_the_fields(taxonomy: Taxonomy) -> None:
    record = complete_record(
        id="No Id",
        title={"de": "", "fr": "x"},
        year=1,
        technologies=["magic", "waste-heat", "waste-heat", None],
        effects=[{"metric": "co2e"}, 7],
        sources=[{"url": "nowhere"}],
        colour="green",
    )
    del record["role"]
    assert [fault.field for fault in faults_of(record, taxonomy)] == [
        *("id", "title.fr", "title.de", "role", "year"),
        *("technologies[0]", "technologies[3]", "technologies"),
        *("effects[0].unit", "effects[0].value", "effects[0].kind", "effects[1]"),
        *("sources[0].url", "sources[0].title", "sources[0].publisher", "sources[0].language"),
        "colour",
    ]


def test_an_empty_record_lacks_every_required_field(taxonomy: Taxonomy) -> None:
    assert {fault.field for fault in faults_of({}, taxonomy)} == set(REQUIRED)


def test_an_invalid_record_raises_with_every_fault_by_field_and_in_words(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidCase) as caught:
        Case.from_record(complete_record(role="owner", year=1, colour="green"), taxonomy)
    error = caught.value
    assert list(error.by_field("en")) == ["role", "year", "colour"]
    assert error.by_field("de")["colour"] == ["dieses Feld gibt es nicht"]
    assert str(error) == error.describe("en")
    first, *rest = error.describe("de").splitlines()
    assert first == "example-foundry-waste-heat:"
    assert [line.split(":")[0].strip() for line in rest] == ["role", "year", "colour"]
    assert "ist kein Jahr" in rest[1]


@pytest.mark.parametrize("record", [None, "words", 5, ["id"], []])
def test_what_is_no_mapping_is_no_case(taxonomy: Taxonomy, record: Any) -> None:
    with pytest.raises(InvalidCase) as caught:
        Case.from_record(record, taxonomy)
    assert caught.value.by_field("en") == {"(record)": ["a case maps fields to values"]}
    assert "Zuordnung" in caught.value.describe("de")


def test_a_case_made_in_code_meets_the_same_rules(taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(), taxonomy)
    with pytest.raises(InvalidCase) as caught:
        dataclasses.replace(
            case,
            taxonomy=taxonomy,
            technologies=(),
            keywords=Keywords(),
            title=Text(de="Wa\u0308rme"),
            effects=(Effect("co2e", math.inf, "%", "claimed"),),
        )
    assert set(caught.value.by_field("en")) == {"title.de", "technologies", "effects[0].value", "keywords"}


def test_a_case_cannot_be_changed_and_has_a_hash(taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(), taxonomy)
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.year = 2020  # type: ignore[misc]
    assert {case, Case.from_record(complete_record(), taxonomy)} == {case}


def test_a_record_is_tidied_before_it_is_judged(taxonomy: Taxonomy) -> None:
    untidy = complete_record(
        id=" example-foundry-waste-heat\n",
        title={"de": " Gießerei liefert Abwa\u0308rme", "en": "Foundry supplies waste heat\t"},
        partners=("Example Town ", "Example Grid"),
    )
    assert Case.from_record(untidy, taxonomy) == Case.from_record(complete_record(), taxonomy)


def test_a_day_without_quotes_is_the_text_that_stood_in_the_file(taxonomy: Taxonomy) -> None:
    record = complete_record(sources=parse_yaml("- {url: 'https://a.example', title: A, publisher: A, language: en}"))
    record["sources"][0] |= parse_yaml("checked: 2026-01-31")
    assert Case.from_record(record, taxonomy).sources[0].checked == "2026-01-31"


def test_tidying_leaves_the_given_record_alone(taxonomy: Taxonomy) -> None:
    record = complete_record(organisation=" Example Foundry ", size=None)
    before = copy.deepcopy(record)
    Case.from_record(record, taxonomy)
    assert record == before


def test_a_field_that_holds_null_is_a_field_left_out(taxonomy: Taxonomy) -> None:
    empty = dict.fromkeys(("region", "place", "size", "year", "year_kind", "lessons", "effects", "partners"))
    case = Case.from_record(complete_record(**empty), taxonomy)
    assert not set(empty) & set(case.to_record())
    assert (case.size, case.effects, case.lessons) == (None, (), None)


def test_a_required_field_that_holds_null_is_missing(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidCase) as caught:
        Case.from_record(complete_record(role=None, summary={"de": None}), taxonomy)
    assert caught.value.by_field("en") == {"role": ["is missing"], "summary": ["needs de or en"]}


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_case_says_which_languages_it_is_told_in(taxonomy: Taxonomy, language: str) -> None:
    assert Case.from_record(complete_record(), taxonomy).languages == ("de", "en")
    assert Case.from_record(complete_record(title={language: "One"}), taxonomy).languages == (language,)


@PROPERTY
@given(case_records())
def test_any_valid_record_comes_back_from_its_case(record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    assert case.to_record() == {name: value for name, value in record.items() if value != []}


@PROPERTY
@given(case_records())
def test_a_case_from_a_record_is_the_case_that_code_would_make(record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    assert dataclasses.replace(case, taxonomy=shipped_taxonomy()) == case


@PROPERTY
@given(case_records())
def test_any_case_comes_back_from_json(record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    assert Case.from_record(json.loads(json.dumps(case.to_record())), shipped_taxonomy()) == case
