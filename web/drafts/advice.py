"""What helps whoever writes a draft: suggestions from its text, each with the words seen, and likely twins."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.duplicates import Twin, TwinFinder
from ingest.effects import EffectSuggestion
from ingest.suggest import TEXTS, Suggester, Suggestion
from kb.case import Effect
from kb.proposal import Suggestion as Kept
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language
from web.numbers import amount

LEAST_TEXT = 80
"""Fewer characters tell nothing of pathway, sector or technology."""
LEAST_SURE = 0.1
"""Below it a sector is not offered."""
SEEN = " … "
"""Between words that were seen in different places."""
VOCABULARIES = {"pathway": "pathways", "sector": "sectors", "technologies": "technologies"}
AROUND = 40
"""How many characters of the text are shown on either side of a figure."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggestion as it is shown: for which field, what, how sure (0 to 1), and the words that were seen.

    `taking` is what the button sends.
    """

    field: str
    label: str
    confidence: float
    seen: str
    taking: str


def told(record: Mapping[str, Any]) -> tuple[Language, str]:
    """Return the language in which `record` tells most, and its text in it, field by field with an empty line."""
    texts = {language: "\n\n".join(_texts(record, language)) for language in LANGUAGES}
    longest = max(LANGUAGES, key=lambda language: len(texts[language]))
    return longest, texts[longest]


def _texts(record: Mapping[str, Any], language: Language) -> Iterator[str]:
    for field in TEXTS:
        text = record.get(field)
        words = text.get(language) if isinstance(text, Mapping) else None
        if isinstance(words, str) and words.strip():
            yield words


def offers(
    record: Mapping[str, Any],
    kept: Sequence[Kept],
    suggester: Suggester,
    taxonomy: Taxonomy,
    language: Language,
) -> dict[str, list[Offer]]:
    """Return what is suggested and `record` does not say yet, by field.

    From what a document said when it was brought in (`kept`), then from the text that has been typed.
    """
    by_field: dict[str, list[Offer]] = {}
    taking: set[str] = set()
    for one in [*kept, *_from_text(record, suggester)]:
        offer = _offer(one, taxonomy, language)
        if offer is None or offer.taking in taking or _says(record, one):
            continue
        taking.add(offer.taking)
        by_field.setdefault(one.field, []).append(offer)
    return by_field


def _from_text(record: Mapping[str, Any], suggester: Suggester) -> Iterator[Kept]:
    """Yield what the typed text suggests, with the words seen between ellipses."""
    written_in, text = told(record)
    found = suggester.suggest(text)

    def said(field: str, one: Suggestion) -> Kept:
        return Kept(
            field, one.value, SEEN.join(dict.fromkeys(text[start:end] for start, end in one.seen)), one.confidence
        )

    if len(text) >= LEAST_TEXT:
        yield from (said("pathway", one) for one in found.pathway[:1] if one.seen)
        yield from (said("sector", one) for one in found.sector if one.seen and one.confidence >= LEAST_SURE)
        yield from (said("technologies", one) for one in found.technologies if one.seen)
    for effect in found.effects:
        parts = {name: getattr(effect, name) for name in ("metric", "value", "unit", "kind", "bound")}
        value = {name: part for name, part in parts.items() if part is not None}
        yield Kept("effects", value, _around(text, effect), effect.confidence)
    yield from (said(f"keywords.{written_in}", one) for one in found.keywords)


def _offer(one: Kept, taxonomy: Taxonomy, language: Language) -> Offer | None:
    """Return a suggestion as it is shown, or None for one that is of no use (any more), such as a term that is gone."""
    taking = json.dumps({"field": one.field, "value": one.value}, ensure_ascii=False, sort_keys=True)
    try:
        if one.field in VOCABULARIES:
            label = taxonomy.vocabularies[VOCABULARIES[one.field]][one.value].label[language]
        elif one.field == "effects":
            effect = Effect(**one.value)
            kind = taxonomy.effect_kinds[effect.kind].label[language]
            label = f"{taxonomy.metrics[effect.metric].label[language]}: {amount(effect, language, taxonomy)} ({kind})"
        else:
            label = str(one.value)
    except (KeyError, TypeError):
        return None
    return Offer(one.field, label, one.confidence, one.passage, taking)


def _says(record: Mapping[str, Any], one: Kept) -> bool:
    """Say whether the record says it already, or something else where only one thing can be said."""
    if one.field == "effects":
        effects = record.get("effects")
        return isinstance(effects, list) and any(
            isinstance(effect, Mapping) and all(effect.get(part) == one.value[part] for part in ("value", "unit"))
            for effect in effects
        )
    name, _, of_language = one.field.partition(".")
    value = record.get(name)
    if of_language:
        value = value.get(of_language) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return str(one.value).casefold() in {str(entry).casefold() for entry in value}
    return bool(value)


def twins(record: Mapping[str, Any], case_id: str | None, finder: TwinFinder) -> tuple[Twin, ...]:
    """Return the published cases that `record` is likely a twin of; never the case that it changes."""
    found = finder.find([{**record, "id": case_id or ""}])[0]
    return tuple(twin for twin in found if twin.case_id != case_id)


def _around(text: str, one: EffectSuggestion) -> str:
    start, end = max(0, one.start - AROUND), min(len(text), one.end + AROUND)
    return f"{'…' if start else ''}{' '.join(text[start:end].split())}{'…' if end < len(text) else ''}"
