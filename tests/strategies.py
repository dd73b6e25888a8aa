"""Valid case records: one that uses every field, and all that Hypothesis can think of."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from kb.filters import FACETS, Filters
from kb.rules import KEYWORDS, LIMITS, NAME_LIMIT, TECHNOLOGIES, YEARS
from kb.taxonomy import shipped_taxonomy
from kb.text import normalised
from kb.years import YearFilter

PROPERTY = settings(derandomize=True, deadline=None, max_examples=40)
"""How every property test runs: the same examples each time, however slow the machine."""

Strategy = st.SearchStrategy[Any]
TERMS = shipped_taxonomy().vocabularies
LINE_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
)


def complete_record(**changes: Any) -> dict[str, Any]:
    """Return a valid record that uses every field, with `changes` to its fields."""
    record = {
        "id": "example-foundry-waste-heat",
        "title": {"de": "Gießerei liefert Abwärme", "en": "Foundry supplies waste heat"},
        "organisation": "Example Foundry",
        "role": "operator",
        "partners": ["Example Town", "Example Grid"],
        "country": "DE",
        "region": "DE-HH",
        "place": "Hamburg",
        "sector": "C24",
        "size": "large",
        "year": 2018,
        "year_kind": "operation",
        "status": "running",
        "pathway": "cooperation",
        "pathway_secondary": "efficiency",
        "roadmap_fields": ["process-heat"],
        "technologies": ["waste-heat", "district-heating"],
        "summary": {"de": "Die Gießerei heizt ein Viertel.", "en": "The foundry heats a quarter."},
        "problem": {"de": "Die Wärme ging verloren.", "en": "The heat was lost."},
        "solution": {"de": "Eine Leitung führt sie ins Netz.", "en": "A pipe leads it into the grid."},
        "result": {"de": "160 GWh im Jahr.", "en": "160 GWh a year."},
        "lessons": {"de": "Früh miteinander reden.", "en": "Talk to each other early."},
        "effects": [
            {
                "metric": "heat-supplied",
                "value": 160000,
                "unit": "MWh/a",
                "kind": "claimed",
                "bound": "up-to",
                "note": {"de": "8.000 Haushalte", "en": "8,000 households"},
            },
            {"metric": "co2e", "value": -12.5, "unit": "%", "kind": "expected"},
        ],
        "keywords": {"de": ["Abwärme", "Fernwärme", "Gießerei"], "en": ["waste heat", "district heating", "foundry"]},
        "sources": [
            {
                "url": "https://example.org/heat",
                "title": "Heat",
                "publisher": "Example Press",
                "language": "en",
                "checked": "2026-01-31",
            }
        ],
        "evidence": "high",
    }
    return record | changes


def lines(limit: int) -> Strategy:
    """Text of one line in any script, composed and stripped."""
    return st.text(LINE_CHARACTERS, min_size=1, max_size=25).map(normalised).filter(lambda line: 0 < len(line) <= limit)


def texts(limit: int) -> Strategy:
    """A text in German, English or both."""
    languages = st.sampled_from([("de",), ("en",), ("de", "en")])
    return languages.flatmap(lambda found: st.fixed_dictionaries({language: lines(limit) for language in found}))


def terms(vocabulary: str) -> Strategy:
    return st.sampled_from(list(TERMS[vocabulary]))


def some_terms(vocabulary: str, least: int, most: int) -> Strategy:
    return st.lists(terms(vocabulary), min_size=least, max_size=most, unique=True)


def keywords() -> Strategy:
    least, most = KEYWORDS
    words = st.lists(lines(80), min_size=least, max_size=most, unique=True)
    return st.fixed_dictionaries({"de": words}, optional={"en": words})


def effects() -> Strategy:
    def of_metric(metric: str) -> Strategy:
        return st.fixed_dictionaries(
            {
                "metric": st.just(metric),
                "value": st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15),
                "unit": st.sampled_from(TERMS["metrics"][metric].units),
                "kind": terms("effect_kinds"),
            },
            optional={"bound": terms("bounds"), "note": texts(NAME_LIMIT)},
        )

    return terms("metrics").flatmap(of_metric)


def sources() -> Strategy:
    return st.fixed_dictionaries(
        {
            "url": st.sampled_from(["https://example.org/a?b=c#d", "http://example.net:8080/ä"]),
            "title": lines(300),
            "publisher": lines(NAME_LIMIT),
            "language": terms("languages"),
        },
        optional={"checked": st.dates().map(str)},
    )


def places() -> Strategy:
    """A country alone, or a region with the country that it lies in."""
    alone = st.fixed_dictionaries({"country": terms("countries")})
    return alone | terms("regions").map(lambda region: {"country": region.split("-")[0], "region": region})


def years() -> Strategy:
    """A year with what it stands for, or neither."""
    both = {"year": st.integers(*YEARS), "year_kind": terms("year_kinds")}
    return st.just({}) | st.fixed_dictionaries(both)


def pathways() -> Strategy:
    """A main pathway, with or without a second one."""
    orders = st.lists(terms("pathways"), min_size=1, max_size=2, unique=True)
    return orders.map(lambda order: dict(zip(("pathway", "pathway_secondary"), order, strict=False)))


@st.composite
def case_records(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid record, as a careful author could have written it."""
    slugs = st.text("abcxyz019", min_size=1, max_size=6)
    rest = st.fixed_dictionaries(
        {
            "id": st.lists(slugs, min_size=1, max_size=4).map("-".join),
            **{name: texts(LIMITS[name]) for name in ("title", "summary", "problem", "solution", "result")},
            "organisation": lines(NAME_LIMIT),
            "role": terms("roles"),
            "sector": terms("sectors"),
            "technologies": some_terms("technologies", *TECHNOLOGIES),
            "keywords": keywords(),
            "sources": st.lists(sources(), min_size=1, max_size=2),
            "evidence": terms("evidence"),
        },
        optional={
            "partners": st.lists(lines(NAME_LIMIT), max_size=2, unique=True),
            "place": lines(NAME_LIMIT),
            "size": terms("sizes"),
            "status": terms("statuses"),
            "roadmap_fields": some_terms("roadmap_fields", 0, 4),
            "lessons": texts(LIMITS["lessons"]),
            "effects": st.lists(effects(), max_size=2),
        },
    )
    return draw(rest) | draw(places()) | draw(years()) | draw(pathways())


def filters() -> Strategy:
    """Any resolved filters; most facets stay open, or hardly a case would pass."""
    facets = {facet: st.just(()) | some_terms(name, 1, 3).map(tuple) for facet, name in FACETS.items()}
    return st.builds(Filters, **facets, has_figures=st.booleans(), years=year_filters())


def year_filters() -> Strategy:
    """Any range of years, open at an end or at both; often one that parts the shipped cases."""
    year = st.none() | st.integers(2010, 2026) | st.integers(*YEARS)
    return st.tuples(year, year).map(
        lambda ends: YearFilter(*(ends if None in ends else sorted(ends)))  # type: ignore[type-var]
    )
