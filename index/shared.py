"""What a case has in common with another case, or with what a text names. Pure; says only what stands there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from index.analysis import fold, stop_words, words
from index.marking import Marker
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
"""The fewest letters of a word that makes a keyword common to both: `Gas` alone says too little."""


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
    marker: Marker | None = None
    """Finds the words of a text in keywords; None for a case, which has keywords of its own."""

    @classmethod
    def of_case(cls, case: Case) -> Profile:
        """Return the facts and keywords of a case."""
        return cls({kind: dict.fromkeys(terms) for kind, terms in _terms_of(case, LANGUAGES).items()})

    @classmethod
    def of_text(cls, marker: Marker, mentions: Iterable[Mention]) -> Profile:
        """Return what a text names, and the words that `marker` was made for."""
        found: dict[Kind, dict[str, str | None]] = {}
        for mention in mentions:
            found.setdefault(mention.vocabulary, {})[mention.term] = mention.word
        return cls(found, marker)

    def shared_with(self, case: Case, language: Language) -> tuple[Shared, ...]:
        """Return what `case` has in common with this, the most telling first, at most MOST_REASONS.

        What says little is left out where there is enough else. Keywords of cases are compared in `language`.
        """
        found = [
            shared
            for kind, terms in _terms_of(case, LANGUAGES if self.marker else (language,)).items()
            if (shared := self._shared(kind, terms))
        ]
        found.sort(key=lambda shared: KINDS.index(shared.kind))
        strong = [shared for shared in found if shared.kind not in WEAK]
        return tuple((strong if len(strong) >= FEWEST_REASONS else found)[:MOST_REASONS])

    def _shared(self, kind: Kind, terms: Collection[str]) -> Shared | None:
        if kind == "keywords" and self.marker is not None:
            held = [keyword for keyword in terms if _holds(self.marker, keyword)]
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


def _holds(marker: Marker, keyword: str) -> bool:
    """Say whether the text holds every word of `keyword`, in one language, and one that is no mere syllable."""
    for language in LANGUAGES:
        telling = [found for found in words(keyword) if found[0].lower() not in stop_words(language)]
        long_enough = any(len(word) >= _LONG_ENOUGH for word, _, _ in telling)
        if long_enough and len(marker.marks(keyword, language)) == len(telling):
            return True
    return False


def _without_doubles(keywords: Iterable[str]) -> tuple[str, ...]:
    """Return `keywords` without those that the other language spells alike."""
    return tuple({fold(keyword): keyword for keyword in reversed(list(keywords))}.values())[::-1]
