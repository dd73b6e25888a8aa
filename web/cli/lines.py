"""Cases, lists and figures as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from index.types import Reason
from kb.case import Case, Effect
from kb.effects import normalised
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.i18n import Translator
from web.listing import Entry, Listing, Wider
from web.numbers import amount, common_amount
from web.reasons import found_by, reason

PASSAGE_WIDTH = 300


class Lines:
    """Makes lines for a reader of one language."""

    def __init__(self, taxonomy: Taxonomy, words: Translator) -> None:
        self._taxonomy = taxonomy
        self._words = words
        self._language: Language = words.language

    def entry(self, entry: Entry) -> Iterator[str]:
        """Yield what a list shows of one case, with the reason for which it is there."""
        case, language = entry.case, self._language
        number = f"{entry.hit.rank}. " if entry.hit else ""
        yield click.style(f"{number}{case.title[language]}", bold=True) + f"  [{case.id}]"
        pathway = self._taxonomy.pathways[case.pathway]
        facts = [case.organisation, case.place or case.country, str(case.year or "")]
        facts.append(f"{self._words('pathway')} {pathway.number}: {pathway.short[language]}")
        yield "   " + " · ".join(fact for fact in facts if fact)
        for effect in entry.effects or case.effects[:1]:
            yield "   " + self.effect(effect)
        if entry.hit and entry.reason:
            yield f"   {found_by(entry.hit, self._words)}: {self.passage(entry.reason)}"
        yield ""

    def asked(self, listing: Listing) -> Iterator[str]:
        """Yield how the query may have been meant, and what was searched beside it."""
        if listing.suggestion:
            yield f"{self._words('results.did_you_mean')} {listing.suggestion}"
        if listing.related:
            yield f"{self._words('related')}: {', '.join(one.shown for one in listing.related)}"
        yield ""

    def comparable(self, entry: Entry) -> Iterator[str]:
        """Yield what a list of comparable cases shows of one, with every reason for which it is there."""
        lines = list(self.entry(replace(entry, reason=None)))
        yield from lines[:-1]
        yield from (f"   - {reason(shared, self._taxonomy, self._language)}" for shared in entry.shared)
        for passage in [*([entry.reason] if entry.reason else []), *entry.more_passages]:
            yield f"   - {self._words('field.' + passage.field)}: {self.passage(passage)}"
        yield ""

    def near_misses(self, cases: Sequence[Case]) -> Iterator[str]:
        """Yield what comes nearest, when nothing fits."""
        yield self._words("results.near_misses")
        yield from (f"- {case.title[self._language]}  [{case.id}]" for case in cases)

    def wider(self, searches: Sequence[Wider]) -> Iterator[str]:
        """Yield the filters that exclude most, when they leave nothing."""
        yield self._words("results.wider")
        for one in searches:
            facet = self._words(f"facet.{one.facet}") if one.facet else ""
            without = self._words("results.wider.without", facet=facet) if facet else self._words("results.wider.all")
            yield f"- {without}: {self._words('results.count', n=one.total)}"

    def passage(self, reason: Reason) -> str:
        """Return the passage with the words of the query set off."""
        shown, room = "", PASSAGE_WIDTH
        for piece, marked in reason.pieces():
            cut = piece[:room]
            shown += click.style(cut, underline=True, bold=True) if marked else cut
            room -= len(cut)
            if len(cut) < len(piece):
                return shown + " …"
        return shown

    def effect(self, effect: Effect) -> str:
        """Return an effect with its kind: a claim is never shown as a fact."""
        metric = self._taxonomy.metrics[effect.metric].label[self._language]
        kind = self._taxonomy.effect_kinds[effect.kind].label[self._language]
        note = f"; {effect.note[self._language]}" if effect.note else ""
        shown = amount(effect, self._language, self._taxonomy)
        if normalised(effect, self._taxonomy).converted:
            shown += f" = {common_amount(effect, self._language, self._taxonomy)}"
        return f"{metric}: {shown} ({kind}{note})"

    def case(self, case: Case) -> Iterator[str]:
        """Yield the whole case."""
        words, terms, language = self._words, self._taxonomy, self._language
        yield click.style(case.title[language], bold=True)
        yield f"[{case.id}]"
        yield ""
        facts = [
            (words("fact.organisation"), case.organisation),
            (words("fact.role"), terms.roles[case.role].label[language]),
            (words("fact.partners"), ", ".join(case.partners)),
            (words("fact.place"), case.place or ""),
            (words("fact.region"), terms.regions[case.region].label[language] if case.region else ""),
            (words("fact.country"), terms.countries[case.country].label[language]),
            (words("fact.year"), str(case.year or "")),
            (words("facet.status"), terms.statuses[case.status].label[language] if case.status else ""),
            (words("facet.pathway"), terms.pathways[case.pathway].label[language]),
            (words("facet.sector"), terms.sectors[case.sector].label[language]),
            (words("facet.technology"), ", ".join(terms.technologies[t].label[language] for t in case.technologies)),
        ]
        for label, value in facts:
            if value:
                yield f"{label}: {value}"
        for field in ("summary", "problem", "solution", "result", "lessons"):
            if text := getattr(case, field):
                yield ""
                yield click.style(words(f"field.{field}"), bold=True)
                yield text[language]
        if case.effects:
            yield ""
            yield click.style(words("effects"), bold=True)
            yield from (f"- {self.effect(effect)}" for effect in case.effects)
        yield ""
        yield click.style(words("sources"), bold=True)
        yield from (f"- {source.publisher}: {source.title} <{source.url}>" for source in case.sources)

    def stats(self, figures: dict[str, Any]) -> Iterator[str]:
        """Yield the collection in figures."""
        yield self._words("stats.cases", n=figures["cases"])
        for term, pathway in self._taxonomy.pathways.items():
            own, second = figures["by_pathway"][term], figures["by_pathway_secondary"][term]
            yield f"  {pathway.number}. {pathway.label[self._language]}: {own} ({self._words('as_second', n=second)})"
        yield self._words("stats.figures", n=figures["with_figures"])
