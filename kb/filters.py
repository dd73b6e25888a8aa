"""What a search may be narrowed by: the facets, and filters that are resolved before anything is searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.case import Case
from kb.effects import EFFECT_PARAMETERS, EffectFilter, resolve_effect
from kb.errors import Fault, InvalidFilter
from kb.taxonomy import Taxonomy
from kb.text import Text
from kb.years import YEAR_PARAMETERS, YearFilter, resolve_years

FACETS = {
    "pathway": "pathways",
    "sector": "sectors",
    "technology": "technologies",
    "country": "countries",
    "region": "regions",
    "roadmap_field": "roadmap_fields",
    "size": "sizes",
    "status": "statuses",
}
"""Facet -> vocabulary that its values come from."""
HAS_FIGURES = "has_figures"
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
SECOND_PATHWAY = "pathway_secondary"
EFFECT = "effect"
"""What is asked of effects, as the one thing that it is."""
YEARS = "years"
"""What is asked of the year, as the one thing that it is."""
FILTERS = (*FACETS, HAS_FIGURES, *YEAR_PARAMETERS, *EFFECT_PARAMETERS)
"""Every parameter that narrows a search."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Resolved filters. Values of one facet are alternatives, facets add up. `pathway` means the main pathway.

    What is asked of effects one and the same effect has to be.
    """

    pathway: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    technology: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    roadmap_field: tuple[str, ...] = ()
    size: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    has_figures: bool = False
    years: YearFilter = YearFilter()
    effect: EffectFilter = EffectFilter()
    """What one effect of the case has to be."""

    def selected(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each facet that narrows the search, with the terms it allows."""
        for facet in FACETS:
            if terms := getattr(self, facet):
                yield facet, terms
        if self.has_figures:
            yield HAS_FIGURES, ("yes",)

    def parameters(self) -> Iterator[tuple[str, str]]:
        """Yield the filters as the words that `resolve` reads."""
        yield from ((facet, term) for facet, terms in self.selected() for term in terms)
        yield from self.years.parameters()
        yield from self.effect.parameters()

    def __bool__(self) -> bool:
        return any(True for _ in self.parameters())


def resolve(given: Mapping[str, Sequence[str]], taxonomy: Taxonomy) -> Filters:
    """Return the filters that the lists of words in `given` (facet -> words) mean.

    Raises InvalidFilter for every unknown facet or term, naming the allowed values.
    """
    faults: list[Fault] = []
    resolved: dict[str, Any] = {}
    for facet, words in given.items():
        terms = tuple(dict.fromkeys(word for word in words if word))
        if facet not in FILTERS:
            faults.append(_unknown(facet, facet, FILTERS))
            continue
        if not terms or facet in (*YEAR_PARAMETERS, *EFFECT_PARAMETERS):
            continue
        if facet == HAS_FIGURES:
            allowed = [*_YES, *_NO]
            resolved[facet] = terms[-1] in _YES
        else:
            allowed = list(taxonomy.vocabularies[FACETS[facet]])
            resolved[facet] = terms
        faults += [_unknown(facet, term, allowed) for term in terms if term not in allowed]
    resolved["years"], wrong_years = resolve_years(given)
    resolved["effect"], wrong_effect = resolve_effect(given, taxonomy)
    faults += [*wrong_years, *wrong_effect]
    if faults:
        raise InvalidFilter("Filter", faults)
    return Filters(**resolved)


def _unknown(facet: str, term: str, allowed: Sequence[str]) -> Fault:
    values = ", ".join(allowed)
    return Fault(
        facet,
        Text(de=f"{term!r} gibt es nicht. Erlaubt: {values}", en=f"{term!r} does not exist. Allowed: {values}"),
    )


def facet_terms(case: Case) -> Iterator[tuple[str, str]]:
    """Yield (facet, term) for everything that `case` can be filtered by or counted under."""
    yield "pathway", case.pathway
    if case.pathway_secondary:
        yield SECOND_PATHWAY, case.pathway_secondary
    yield "sector", case.sector
    for technology in case.technologies:
        yield "technology", technology
    yield "country", case.country
    if case.region:
        yield "region", case.region
    for field in case.roadmap_fields:
        yield "roadmap_field", field
    if case.size:
        yield "size", case.size
    if case.status:
        yield "status", case.status
    if case.effects:
        yield HAS_FIGURES, "yes"
