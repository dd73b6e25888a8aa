"""What the collection covers, counted from the cases themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kb.case import Case
from kb.text import LANGUAGES


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts over all cases; each mapping from a term to its number, most frequent first unless it says otherwise."""

    cases: int
    organisations: int
    sources: int
    hosts: int
    """How many different sites the sources stand on."""
    checked: int
    """Sources of which the record says when somebody last read them."""
    told_in: Mapping[str, int]
    """By language of the case's own text: how many cases are told in it."""
    source_languages: Mapping[str, int]
    countries: Mapping[str, int]
    years: Mapping[int, int]
    """By year, in order."""
    without_year: int
    evidence: Mapping[str, int]
    effects: Mapping[str, Mapping[str, int]]
    """Metric -> kind of effect -> number; metrics with most effects first."""

    @property
    def effect_count(self) -> int:
        """The number of effects of all cases."""
        return sum(sum(kinds.values()) for kinds in self.effects.values())


def coverage(cases: Iterable[Case]) -> Coverage:
    """Count `cases`."""
    cases = list(cases)
    sources = [source for case in cases for source in case.sources]
    effects: dict[str, Counter[str]] = {}
    for case in cases:
        for effect in case.effects:
            effects.setdefault(effect.metric, Counter())[effect.kind] += 1
    return Coverage(
        cases=len(cases),
        organisations=len({case.organisation for case in cases}),
        sources=len(sources),
        hosts=len({(urlsplit(source.url).hostname or "").removeprefix("www.") for source in sources}),
        checked=sum(source.checked is not None for source in sources),
        told_in={language: sum(language in case.languages for case in cases) for language in LANGUAGES},
        source_languages=_frequent(source.language for source in sources),
        countries=_frequent(case.country for case in cases),
        years=dict(sorted(Counter(case.year for case in cases if case.year is not None).items())),
        without_year=sum(case.year is None for case in cases),
        evidence=_frequent(case.evidence for case in cases),
        effects=dict(sorted(effects.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))),
    )


def _frequent(terms: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(terms).items(), key=lambda pair: (-pair[1], pair[0])))
