"""Why a case is there, in plain words: what found it, and what it shares."""

from __future__ import annotations

from collections.abc import Callable

from index.shared import Shared
from index.types import Hit
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.i18n import Translator


def reason(shared: Shared, taxonomy: Taxonomy, language: Language) -> str:
    """Return one reason as a short phrase; a word of the reader's text that names a term stands behind it."""
    words = Translator(language)
    label = _labels(shared.kind, taxonomy, language)
    told = []
    for term in shared.terms:
        name, word = label(term), shared.named.get(term)
        if word and word.lower() != name.lower():
            # The word is in brackets: a label that ends in some goes without them.
            name = words("reason.named", term=name.split(" (")[0], word=word)
        told.append(name)
    return words(f"reason.{shared.kind}", terms=", ".join(told))


def found_by(hit: Hit, words: Translator) -> str:
    """Return what found a case, and the coded facts that brought it up where they did."""
    found = words(f"found_by.{hit.found_by}")
    facts = [words(f"found_by.fact.{facet}") for facet in hit.by_facts]
    if not facts:
        return found
    *others, last = facts
    listed = words("and", first=", ".join(others), last=last) if others else last
    return words("found_by.facts", found=found, facts=listed)


def _labels(kind: str, taxonomy: Taxonomy, language: Language) -> Callable[[str], str]:
    if kind == "keywords":
        return str
    vocabulary = taxonomy.vocabularies[kind]
    return lambda term: str(vocabulary[term].short[language])
