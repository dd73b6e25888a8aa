"""Filters that are resolved before anything is searched."""

from __future__ import annotations

import pytest
from hypothesis import given

from kb.case import Case
from kb.errors import InvalidFilter
from kb.filters import FACETS, HAS_FIGURES, Filters, facet_terms, resolve
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.years import YearFilter
from tests.strategies import PROPERTY, complete_record, filters


def test_words_become_terms_by_facet(taxonomy: Taxonomy) -> None:
    given = {"pathway": ["services", "efficiency"], "region": ["DE-HH"], "has_figures": ["yes"]}
    found = resolve(given, taxonomy)
    assert found == Filters(pathway=("services", "efficiency"), region=("DE-HH",), has_figures=True)
    assert dict(found.selected()) == {
        "pathway": ("services", "efficiency"),
        "region": ("DE-HH",),
        "has_figures": ("yes",),
    }


@pytest.mark.parametrize("facet", FACETS)
def test_every_term_of_a_vocabulary_can_be_asked_for(taxonomy: Taxonomy, facet: str) -> None:
    words = list(taxonomy.vocabularies[FACETS[facet]])
    assert dict(resolve({facet: words}, taxonomy).selected()) == {facet: tuple(words)}


@pytest.mark.parametrize("given", [{}, {"sector": []}, {"sector": [""], "size": ["", ""], "has_figures": [""]}])
def test_a_form_sent_without_a_choice_filters_nothing(taxonomy: Taxonomy, given: dict[str, list[str]]) -> None:
    found = resolve(given, taxonomy)
    assert found == Filters()
    assert not found


def test_a_word_given_twice_counts_once(taxonomy: Taxonomy) -> None:
    assert resolve({"size": ["large", "", "large", "small"]}, taxonomy).size == ("large", "small")


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        *((["yes"], True), (["true"], True), (["1"], True), (["no"], False), (["false"], False), (["0"], False)),
        *((["no", "yes"], True), (["yes", "no"], False)),
    ],
)
def test_has_figures_understands_yes_and_no_and_the_last_word_counts(
    taxonomy: Taxonomy, words: list[str], meaning: bool
) -> None:
    found = resolve({HAS_FIGURES: words}, taxonomy)
    assert found.has_figures is meaning
    assert bool(found) is meaning


@pytest.mark.parametrize("word", ["maybe", "Yes", "ja", "2", "yes "])
def test_has_figures_understands_nothing_else_and_says_what_it_does(taxonomy: Taxonomy, word: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve({HAS_FIGURES: [word]}, taxonomy)
    assert caught.value.by_field("en") == {
        HAS_FIGURES: [f"{word!r} does not exist. Allowed: yes, true, 1, no, false, 0"]
    }


def test_an_unknown_term_names_the_terms_that_there_are(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve({"pathway": ["services", "sharing"]}, taxonomy)
    error = caught.value
    allowed = "efficiency, services, cooperation"
    assert error.by_field("en") == {"pathway": [f"'sharing' does not exist. Allowed: {allowed}"]}
    assert error.by_field("de") == {"pathway": [f"'sharing' gibt es nicht. Erlaubt: {allowed}"]}


@pytest.mark.parametrize("facet", ["sectors", "pathway_secondary", "", "id", "Sector"])
def test_an_unknown_facet_names_the_facets_that_there_are(taxonomy: Taxonomy, facet: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve({facet: ["C24"]}, taxonomy)
    (message,) = caught.value.by_field("en")[facet]
    allowed = (
        "pathway, sector, technology, country, region, roadmap_field, size, status, has_figures, "
        "year_from, year_to, metric, kind, direction, at_least, unit"
    )
    assert message == f"{facet!r} does not exist. Allowed: {allowed}"


def test_every_unknown_facet_and_term_is_named_at_once(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve({"sector": ["X", "C24", "Y"], "colour": ["red"], "has_figures": ["perhaps"]}, taxonomy)
    assert [fault.field for fault in caught.value.faults] == ["sector", "sector", "colour", "has_figures"]


def test_a_case_is_counted_under_everything_that_it_is_coded_with(taxonomy: Taxonomy) -> None:
    case = Case.from_record(complete_record(), taxonomy)
    assert list(facet_terms(case)) == [
        ("pathway", "cooperation"),
        ("pathway_secondary", "efficiency"),
        ("sector", "C24"),
        ("technology", "waste-heat"),
        ("technology", "district-heating"),
        ("country", "DE"),
        ("region", "DE-HH"),
        ("roadmap_field", "process-heat"),
        ("size", "large"),
        ("status", "running"),
        ("has_figures", "yes"),
    ]


def test_a_case_is_not_counted_under_what_it_leaves_out(taxonomy: Taxonomy) -> None:
    optional = dict.fromkeys(("pathway_secondary", "region", "roadmap_fields", "size", "status", "effects"))
    case = Case.from_record(complete_record(**optional), taxonomy)
    assert {facet for facet, _ in facet_terms(case)} == {"pathway", "sector", "technology", "country"}


# Years


@pytest.mark.parametrize(
    ("words", "first", "last", "passing"),
    [
        ({"year_from": ["2015"]}, 2015, None, {2015, 2016, 2020}),
        ({"year_to": ["2015"]}, None, 2015, {2014, 2015}),
        ({"year_from": ["2015"], "year_to": ["2016"]}, 2015, 2016, {2015, 2016}),
        ({"year_from": ["2015", " 2015 "], "year_to": ["2015"]}, 2015, 2015, {2015}),
    ],
)
def test_a_range_of_years_holds_both_its_ends_and_no_case_without_a_year(
    taxonomy: Taxonomy, words: dict[str, list[str]], first: int | None, last: int | None, passing: set[int]
) -> None:
    years = resolve(words, taxonomy).years
    assert years == YearFilter(first, last)
    assert {year for year in (2014, 2015, 2016, 2020) if years.fits(year)} == passing
    assert not years.fits(None)


def test_where_no_year_is_asked_every_case_passes(taxonomy: Taxonomy) -> None:
    years = resolve({"year_from": [""], "year_to": [" "]}, taxonomy).years
    assert not years
    assert all(years.fits(year) for year in (None, 1800, 2100))


@pytest.mark.parametrize("word", ["15", "20155", "2015.0", "-2015", "٢٠١٥", "MMXV", "2015 bis 2016", "1e3", "2015\0"])
@pytest.mark.parametrize("name", ["year_from", "year_to"])
def test_what_is_no_year_is_named_with_what_is(taxonomy: Taxonomy, name: str, word: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve({name: [word]}, taxonomy)
    assert caught.value.by_field("en") == {name: [f"{word!r} is no year. Allowed: four digits, such as 2015"]}
    assert caught.value.by_field("de") == {name: [f"{word!r} ist kein Jahr. Erlaubt: vier Ziffern, etwa 2015"]}


def test_a_range_that_ends_before_it_begins_says_so(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve({"year_from": ["2020"], "year_to": ["2019"]}, taxonomy)
    assert caught.value.by_field("de") == {"year_to": ["2019 liegt vor 2020, wo year_from beginnt"]}
    assert caught.value.by_field("en") == {"year_to": ["2019 is before 2020, where year_from begins"]}


def test_every_fault_of_years_and_of_all_else_is_named_at_once(taxonomy: Taxonomy) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve(
            {"country": ["XX"], "year_from": ["x", "2010"], "year_to": ["2011", "2012"], "metric": ["joy"]}, taxonomy
        )
    assert [fault.field for fault in caught.value.faults] == ["country", "year_from", "year_from", "year_to", "metric"]


@PROPERTY
@given(filters())
def test_filters_written_as_words_are_read_as_the_same_filters(filters: Filters) -> None:
    words: dict[str, list[str]] = {}
    for name, word in filters.parameters():
        words.setdefault(name, []).append(word)
    assert resolve(words, shipped_taxonomy()) == filters
    assert bool(words) is bool(filters)
