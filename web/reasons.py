"""What cases share, in plain words."""

from __future__ import annotations

from collections.abc import Callable

from index.shared import Shared
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


def _labels(kind: str, taxonomy: Taxonomy, language: Language) -> Callable[[str], str]:
    if kind == "keywords":
        return str
    vocabulary = taxonomy.vocabularies[kind]
    return lambda term: str(vocabulary[term].short[language])
