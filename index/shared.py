"""What a case has in common with another case, or with what a text names. Pure; says only what stands there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from index.analysis import fold, stems
from kb.case import Case
from kb.mentions import Mention
from kb.text import LANGUAGES, Language

Kind = str
KINDS = (
    "technologies",
    "sectors",
    "metrics",
    "keywords",
    "sizes",
    "roadmap_fields",
    "regions",
    "pathways",
    "countries",
)
"""What can be shared, the most telling first: names of vocabularies, and the keywords of a case."""
WEAK = ("pathways", "countries")
"""True of a third of all cases: said only where there is little else."""
MOST_REASONS = 4
FEWEST_REASONS = 2
MOST_TERMS = 4
_LONG_ENOUGH = 5
"""The fewest letters of a keyword that is worth naming, and of a word that is looked for inside longer ones."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Terms of one kind that are shared; `named` holds for each the word of the text that names it."""

    kind: Kind
    terms: tuple[str, ...]
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared with cases: for each kind its terms, with the word that names each where it is a text."""

    terms: Mapping[Kind, Mapping[str, str | None]]
    stems: Mapping[Language, frozenset[str]] | None = None
    """The stems of a text, by language; None for a case, which has keywords of its own."""

    @classmethod
    def of_case(cls, case: Case) -> Profile:
        """Return the facts and keywords of a case."""
        return cls({kind: dict.fromkeys(terms) for kind, terms in _terms_of(case, LANGUAGES).items()})

    @classmethod
    def of_text(cls, text: str, mentions: Iterable[Mention]) -> Profile:
        """Return what a text names, and its words."""
        found: dict[Kind, dict[str, str | None]] = {}
        for mention in mentions:
            found.setdefault(mention.vocabulary, {})[mention.term] = mention.word
        return cls(found, {language: frozenset(stems(text, language)) for language in LANGUAGES})

    def shared_with(self, case: Case, language: Language) -> tuple[Shared, ...]:
        """Return what `case` has in common with this, the most telling first, at most MOST_REASONS.

        What says little is left out where there is enough else. Keywords of cases are compared in `language`.
        """
        found = [
            shared
            for kind, terms in _terms_of(case, LANGUAGES if self.stems else (language,)).items()
            if (shared := self._shared(kind, terms))
        ]
        found.sort(key=lambda shared: KINDS.index(shared.kind))
        strong = [shared for shared in found if shared.kind not in WEAK]
        return tuple((strong if len(strong) >= FEWEST_REASONS else found)[:MOST_REASONS])

    def _shared(self, kind: Kind, terms: Collection[str]) -> Shared | None:
        if kind == "keywords" and self.stems is not None:
            held = [keyword for keyword in terms if _holds(self.stems, keyword)]
            return Shared(kind, _without_doubles(held)[:MOST_TERMS]) if held else None
        own = self.terms.get(kind, {})
        if kind == "keywords":
            known = {fold(keyword) for keyword in own}
            common = [keyword for keyword in terms if fold(keyword) in known]
        else:
            common = [term for term in terms if term in own]
        named = {term: word for term in common if (word := own.get(term))}
        return Shared(kind, tuple(common[:MOST_TERMS]), named) if common else None


def _terms_of(case: Case, languages: Iterable[Language]) -> dict[Kind, tuple[str, ...]]:
    return {
        "technologies": case.technologies,
        "sectors": (case.sector,),
        "metrics": tuple(dict.fromkeys(effect.metric for effect in case.effects)),
        "keywords": tuple(keyword for language in languages for keyword in case.keywords.get(language)),
        "sizes": (case.size,) if case.size else (),
        "roadmap_fields": case.roadmap_fields,
        "regions": (case.region,) if case.region else (),
        "pathways": (case.pathway,),
        "countries": (case.country,),
    }


def _holds(held: Mapping[Language, frozenset[str]], keyword: str) -> bool:
    """Say whether a text of these stems holds every word of `keyword`, in one language.

    A longer word may hold it at one of its ends: Abwärme stands in Ofenabwärme, and Schmiedewärme does not in Wärme.
    """
    for language in LANGUAGES:
        wanted = stems(keyword, language)
        if len("".join(wanted)) >= _LONG_ENOUGH and all(_stands(word, held[language]) for word in wanted):
            return True
    return False


def _stands(word: str, held: frozenset[str]) -> bool:
    if word in held:
        return True
    return len(word) >= _LONG_ENOUGH and any(longer.startswith(word) or longer.endswith(word) for longer in held)


def _without_doubles(keywords: Iterable[str]) -> tuple[str, ...]:
    """Return `keywords` without those that the other language spells alike."""
    return tuple({fold(keyword): keyword for keyword in reversed(list(keywords))}.values())[::-1]
