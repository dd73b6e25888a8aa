"""A comparison as rows of words and numbers: what the page and the exported table share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kb.case import Case
from kb.comparison import Caution, ComparedEffect, Comparison
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.i18n import Translator
from web.numbers import amount
from web.serialise import effect_data, text_data

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is known of the cases, by case; None is a gap."""

    label: str
    cells: tuple[str | None, ...]
    same: bool
    """Whether every case says the same."""


def facts(comparison: Comparison, taxonomy: Taxonomy, words: Translator) -> list[Row]:
    """Return the facts of the cases, those left out that none of them has."""
    language = words.language
    vocabularies = taxonomy.vocabularies

    def term(vocabulary: str, field: str) -> Callable[[Case], str | None]:
        return lambda case: vocabularies[vocabulary][found].label[language] if (found := getattr(case, field)) else None

    def year(case: Case) -> str | None:
        return f"{case.year} ({taxonomy.year_kinds[case.year_kind].label[language]})" if case.year_kind else None

    def fields(case: Case) -> str | None:
        return ", ".join(taxonomy.roadmap_fields[one].label[language] for one in case.roadmap_fields) or None

    def role(case: Case) -> str:
        return f"{case.organisation} ({taxonomy.roles[case.role].label[language]})"

    readers: list[tuple[str, Callable[[Case], str | None]]] = [
        ("fact.organisation", role),
        ("fact.place", lambda case: place(case, taxonomy, language)),
        ("fact.year", year),
        ("facet.status", term("statuses", "status")),
        ("facet.pathway", term("pathways", "pathway")),
        ("compare.second_pathway", term("pathways", "pathway_secondary")),
        ("facet.sector", term("sectors", "sector")),
        ("facet.size", term("sizes", "size")),
        ("facet.roadmap_field", fields),
        ("evidence", term("evidence", "evidence")),
    ]
    rows = []
    for key, read in readers:
        cells = tuple(read(case) for case in comparison.cases)
        if any(cells):
            rows.append(Row(words(key), cells, len(set(cells)) == 1))
    return rows


def place(case: Case, taxonomy: Taxonomy, language: Language) -> str:
    """Return where a case is: place, region and country, as far as they are known."""
    region = taxonomy.regions[case.region].label[language] if case.region else None
    parts = [case.place, region if region != case.place else None, taxonomy.countries[case.country].label[language]]
    return ", ".join(part for part in parts if part)


def table(comparison: Comparison, taxonomy: Taxonomy, words: Translator) -> Iterator[list[Cell]]:
    """Yield the rows of the exported table: figures as numbers in the common unit, below as the source gives them."""
    language, cases = words.language, comparison.cases
    yield [words("compare.what"), *(case.title[language] for case in cases)]
    yield ["id", *(case.id for case in cases)]
    for row in facts(comparison, taxonomy, words):
        yield [row.label, *row.cells]
    labels = taxonomy.technologies
    yield [
        words("facet.technology"),
        *(", ".join(labels[t].label[language] for t in case.technologies) for case in cases),
    ]
    for metric in comparison.metrics:
        label = taxonomy.metrics[metric.metric].label[language]
        for unit in dict.fromkeys(figure.amount.unit for cell in metric.cells for figure in cell):
            columns = [[figure for figure in cell if figure.amount.unit == unit] for cell in metric.cells]
            head = f"{label} ({taxonomy.units[unit].label[language]})"
            for number in range(max(map(len, columns))):
                nth = [column[number] if number < len(column) else None for column in columns]
                yield [head, *(figure.amount.value if figure else None for figure in nth)]
                yield [
                    words("compare.as_given", label=head),
                    *(as_given(figure, taxonomy, language) if figure else None for figure in nth),
                ]
    yield [words("sources"), *(" ".join(source.url for source in case.sources) for case in cases)]


def as_given(figure: ComparedEffect, taxonomy: Taxonomy, language: Language) -> str:
    """Return an effect in the words of its source: bound, figure, unit, kind, note."""
    effect = figure.effect
    note = f"; {effect.note[language]}" if effect.note else ""
    kind = taxonomy.effect_kinds[effect.kind].label[language]
    return f"{amount(effect, language, taxonomy)} ({kind}{note})"


def caution_words(caution: Caution, taxonomy: Taxonomy, words: Translator) -> str:
    """Return in a sentence why figures are not simply comparable."""
    language = words.language
    labels = taxonomy.effect_kinds if caution.what == "kinds" else taxonomy.units
    terms = ", ".join(labels[term].label[language] for term in caution.terms)
    return words(f"compare.caution.{caution.what}", terms=terms)


def comparison_data(comparison: Comparison, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return the comparison as data. Effects stand by metric and case, in the order of `cases`."""
    return {
        "cases": [
            {
                **{name: part for name, part in case.to_record().items() if name in _FACTS},
                "title": text_data(case.title),
            }
            for case in comparison.cases
        ],
        "shared_technologies": sorted(comparison.shared),
        "metrics": [
            {
                "metric": metric.metric,
                "effects": [[effect_data(figure.effect, taxonomy) for figure in cell] for cell in metric.cells],
                "cautions": [{"what": caution.what, "terms": list(caution.terms)} for caution in metric.cautions],
            }
            for metric in comparison.metrics
        ],
    }


_FACTS = (
    *("id", "organisation", "role", "place", "region", "country", "year", "year_kind", "status", "pathway"),
    *("pathway_secondary", "sector", "size", "roadmap_fields", "evidence", "technologies", "sources"),
)
