"""What helps whoever writes a draft: suggestions from its text, each with the words seen, and likely twins."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from index.types import Encoder
from ingest.duplicates import Twin, TwinFinder
from ingest.effects import EffectSuggestion
from ingest.suggest import TEXTS, Suggester, Suggestion
from kb.case import Effect
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language
from web.numbers import amount

LEARN_AGAIN = 25
"""After so many changes of the collection the suggestions are learned anew; that takes seconds."""
LEAST_SURE = 0.1
"""Below it a sector is not offered."""
AROUND = 40
"""How many characters of the text are shown on either side of a figure."""


class Advisers:
    """What is learned from the published cases, made when it is first asked for. Serves every thread."""

    def __init__(self, encoder: Callable[[], Encoder], taxonomy: Taxonomy) -> None:
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._lock = threading.Lock()
        self._suggester: tuple[int, Suggester] | None = None
        self._finder: tuple[int, TwinFinder] | None = None

    def suggester(self, store: CaseStore) -> Suggester:
        """Return what suggests; learned from the cases of `store`, of a little while ago at most."""
        with self._lock:
            now = store.last_change()
            if self._suggester is None or abs(now - self._suggester[0]) >= LEARN_AGAIN:
                learned = Suggester(list(store.all()), self._taxonomy, self._encoder().passages)
                self._suggester = (now, learned)
            return self._suggester[1]

    def finder(self, store: CaseStore) -> TwinFinder:
        """Return what finds twins among the cases of `store` as they stand."""
        with self._lock:
            now = store.last_change()
            if self._finder is None or now != self._finder[0]:
                records = [case.to_record() for case in store.all()]
                self._finder = (now, TwinFinder(records, self._encoder().passages))
            return self._finder[1]


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggestion as it is shown: for which field, what, how sure (0 to 1), and the words that were seen.

    `taking` is what the button sends.
    """

    field: str
    label: str
    confidence: float
    seen: tuple[str, ...]
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
    record: Mapping[str, Any], suggester: Suggester, taxonomy: Taxonomy, language: Language
) -> dict[str, list[Offer]]:
    """Return what the text of `record` suggests and the record does not say yet, by field."""
    by_field: dict[str, list[Offer]] = {}
    for offer in _offers(record, suggester, taxonomy, language):
        by_field.setdefault(offer.field, []).append(offer)
    return by_field


def _offers(record: Mapping[str, Any], suggester: Suggester, taxonomy: Taxonomy, language: Language) -> list[Offer]:
    written_in, text = told(record)
    found = suggester.suggest(text)
    lists = [record.get("technologies"), _keywords(record, written_in)]
    technologies, keywords = (value if isinstance(value, list) else [] for value in lists)

    def term(field: str, vocabulary: str, one: Suggestion) -> Offer:
        label = taxonomy.vocabularies[vocabulary][one.value].label[language]
        return Offer(field, label, one.confidence, _seen(text, one), _taking(field, one.value))

    offered: list[Offer] = []
    if not record.get("pathway") and found.pathway:
        offered.append(term("pathway", "pathways", found.pathway[0]))
    if not record.get("sector"):
        offered += [term("sector", "sectors", one) for one in found.sector if one.confidence >= LEAST_SURE]
    offered += [
        term("technologies", "technologies", one) for one in found.technologies if one.value not in technologies
    ]
    offered += [
        Offer("effects", _effect(one, taxonomy, language), one.confidence, (_around(text, one),), _taking_effect(one))
        for one in found.effects
        if not _has_effect(record, one)
    ]
    known = {str(keyword).casefold() for keyword in keywords}
    field = f"keywords.{written_in}"
    offered += [
        Offer(field, one.value, one.confidence, _seen(text, one), _taking(field, one.value))
        for one in found.keywords
        if one.value.casefold() not in known
    ]
    return offered


def twins(record: Mapping[str, Any], case_id: str | None, finder: TwinFinder) -> tuple[Twin, ...]:
    """Return the published cases that `record` is likely a twin of; never the case that it changes."""
    found = finder.find([{**record, "id": case_id or ""}])[0]
    return tuple(twin for twin in found if twin.case_id != case_id)


def _keywords(record: Mapping[str, Any], language: Language) -> Any:
    keywords = record.get("keywords")
    return keywords.get(language) if isinstance(keywords, Mapping) else None


def _seen(text: str, one: Suggestion) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text[start:end] for start, end in one.seen))


def _around(text: str, one: EffectSuggestion) -> str:
    start, end = max(0, one.start - AROUND), min(len(text), one.end + AROUND)
    return f"{'…' if start else ''}{' '.join(text[start:end].split())}{'…' if end < len(text) else ''}"


def _effect(one: EffectSuggestion, taxonomy: Taxonomy, language: Language) -> str:
    said = amount(Effect(one.metric, one.value, one.unit, one.kind, one.bound), language, taxonomy)
    return f"{taxonomy.metrics[one.metric].label[language]}: {said} ({taxonomy.effect_kinds[one.kind].label[language]})"


def _has_effect(record: Mapping[str, Any], one: EffectSuggestion) -> bool:
    effects = record.get("effects")
    return isinstance(effects, list) and any(
        isinstance(effect, Mapping) and effect.get("unit") == one.unit and effect.get("value") == one.value
        for effect in effects
    )


def _taking(field: str, value: Any) -> str:
    return json.dumps({"field": field, "value": value}, ensure_ascii=False)


def _taking_effect(one: EffectSuggestion) -> str:
    effect = {"metric": one.metric, "value": one.value, "unit": one.unit, "kind": one.kind, "bound": one.bound}
    return _taking("effects", {name: value for name, value in effect.items() if value is not None})
