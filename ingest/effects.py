"""Figures in a text: value, unit, what it counts, which way it points and how it is known, with the words seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingest import cells, cues
from ingest.readers.prose import language_of
from kb.taxonomy import Taxonomy

_NUMBER = (
    r"(?<![\w.,])[+\-\u2212\u2013]?\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d+)?"
    r"|(?<![\w.,])[+\-\u2212]?\d+(?:[.,]\d+)?"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ0-9\"„“(])|\n+")
_NO_END = re.compile(r"(?:Mio|Mrd|Tsd|ca|z\. ?B|bzw|Nr|d\. ?h|inkl|max|min|p\. ?a|e\. ?g|i\. ?e|approx)\.$")
_PER = re.compile(r"[^.;,]{0,18}?\b(?:je|pro|per|for every|for each)\s+(?!Jahr|year|annum|Kalender|cent)\w", re.I)
"""What follows a figure that is one of a single piece or tonne: no effect of the case as a whole."""
_COMPARED = re.compile(r"\b(?:mehr als|more than|weniger als|less than|höher als|higher than)(?=\s+[\d€E])", re.I)
DIRECTED, UNDIRECTED = 0.65, 0.2
"""How sure an effect is, with and without a word for its direction: the shares found right on the collection, as
`python -m tests.bench.suggest` prints them."""
NEAR = 80
"""Words further away than so many characters say nothing of a figure."""


@dataclass(frozen=True, slots=True)
class EffectSuggestion:
    """One figure as an effect. `value` is in `unit`, negative for a saving; `confidence` from 0 to 1.

    `start` and `end` are those of the figure with its unit, `seen` those of the words that spoke for metric,
    direction and kind.
    """

    metric: str
    value: int | float
    unit: str
    kind: str
    bound: str | None
    confidence: float
    start: int
    end: int
    seen: tuple[tuple[int, int], ...]


def effects_in(text: str, taxonomy: Taxonomy) -> list[EffectSuggestion]:
    """Return the figures of `text` that fit a metric, in their order; 1.234 as the language of the text reads it."""
    marks: dict[str | None, cells.Decimal] = {"de": ",", "en": "."}
    decimal = cells.decimal_of(re.findall(_NUMBER, text)) or marks.get(language_of(text))
    found = []
    for start, end in _sentences(text):
        sentence = text[start:end]
        for match in _figures().finditer(sentence):
            effect = _effect(sentence, match, decimal, taxonomy)
            if effect is not None:
                found.append(_moved(effect, start))
    return found


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _NO_END.search(text[start : match.start()]):
            continue
        yield start, match.start()
        start = match.end()
    yield start, len(text)


@cache
def _units() -> Mapping[str, tuple[str, float]]:
    """Return the word of a unit, folded -> the unit and by how much it is to be multiplied."""
    return {
        str(word).casefold(): (entry.get("unit", unit), entry.get("factor", 1))
        for unit, entry in cues.data()["units"].items()
        for word in entry["words"]
    }


@cache
def _figures() -> re.Pattern[str]:
    words = sorted(_units(), key=len, reverse=True)
    multiples = "|".join(re.escape(str(word)) for word in cues.data()["multiples"])
    years = "|".join(re.escape(str(word)).replace(r"\*", r"\w*") for word in cues.data()["a_year"])
    units = "|".join(re.escape(word) for word in words)
    return re.compile(
        rf"(?:(?P<before>EUR|€)\s?)?(?P<number>{_NUMBER})[\s\u00a0\u202f]*"
        rf"(?:(?P<multiple>{multiples})\b\.?[\s\u00a0]*)?(?(before)|(?P<unit>{units})(?!\w))"
        rf"(?P<year>(?:\s+\w+){{0,3}}?\s*(?:{years}))?",
        re.I,
    )


def _effect(
    sentence: str, match: re.Match[str], decimal: cells.Decimal | None, taxonomy: Taxonomy
) -> EffectSuggestion | None:
    try:
        number = cells.number(match["number"], decimal)
    except ValueError:
        return None
    multiple = (match["multiple"] or "").casefold()
    times = next((n for word, n in cues.data()["multiples"].items() if str(word).casefold() == multiple), 1)
    if _PER.match(sentence[match.end() : match.end() + 40]):
        return None
    unit, factor = _units()[(match["unit"] or match["before"]).casefold()]
    value = _tidy(abs(number) * times * factor)
    yearly = match["year"] is not None or _near("a_year", sentence, match) is not None
    metric, unit, seen = _metric(sentence, match, unit, yearly, taxonomy)
    if metric is None:
        return None
    kind, kind_at = next(
        ((kind, at) for kind in ("expected", "measured") if (at := _first("kinds", kind, sentence))), ("claimed", None)
    )
    # More than 700 t is no increase: such words say how exact the figure is.
    plain = _COMPARED.sub(lambda words: " " * len(words.group()), sentence)
    down, up = (_nearest(cues.patterns("directions")[way], plain, match) for way in ("down", "up"))
    way = min((place for place in (down, up) if place), key=lambda place: _gap(place, match), default=None)
    saving = taxonomy.metrics[metric].lower_is_better
    if saving and (way is None or way == down or number < 0):
        value = -value
    before = sentence[max(0, match.start() - 20) : match.start()].strip()
    places = [place for place in (seen, way, kind_at) if place]
    return EffectSuggestion(
        metric=metric,
        value=value,
        unit=unit,
        kind=kind,
        bound=_bound(before),
        confidence=DIRECTED if way is not None or not saving else UNDIRECTED,
        start=match.start(),
        end=match.end(),
        seen=tuple(sorted(set(places))),
    )


def _metric(
    sentence: str, match: re.Match[str], unit: str, yearly: bool, taxonomy: Taxonomy
) -> tuple[str | None, str, tuple[int, int] | None]:
    """Return the metric whose words stand nearest, among those that count in the unit, a year or once."""
    wanted = [f"{unit}/a", unit] if yearly else [unit, f"{unit}/a"]
    best: tuple[float, str, str, tuple[int, int]] | None = None
    for metric in taxonomy.metrics.values():
        known = next((name for name in wanted if name in metric.units), None)
        place = _nearest(cues.patterns("metrics")[metric.id], sentence, match) if known else None
        if known and place and (best is None or _gap(place, match) < best[0]):
            best = (_gap(place, match), metric.id, known, place)
    if best is not None:
        return best[1], best[2], best[3]
    return None, unit, None


def _nearest(found: re.Pattern[str], sentence: str, match: re.Match[str]) -> tuple[int, int] | None:
    places = [place.span() for place in found.finditer(sentence)]
    near = [place for place in places if _gap(place, match) <= NEAR]
    return min(near, key=lambda place: _gap(place, match), default=None)


def _gap(place: tuple[int, int], match: re.Match[str]) -> float:
    """Return how far a word is from a figure. What follows it (30 % less electricity) is nearer than what precedes."""
    if place[0] >= match.start():
        return max(0, place[0] - match.end()) * 0.8
    return max(0, match.start() - place[1])


def _first(part: str, term: str, sentence: str) -> tuple[int, int] | None:
    found = cues.patterns(part)[term].search(sentence)
    return found.span() if found else None


def _near(part: str, sentence: str, match: re.Match[str]) -> tuple[int, int] | None:
    return _nearest(_year_words() if part == "a_year" else cues.patterns(part)[part], sentence, match)


@cache
def _year_words() -> re.Pattern[str]:
    return cues.pattern(word for word in cues.data()["a_year"] if str(word)[0].isalpha())


def _bound(before: str) -> str | None:
    from ingest.headings import spellings

    lowered = before.casefold()
    for bound, words in spellings()["bounds"].items():
        if any(re.search(rf"(?<!\w){re.escape(str(word))}\.?$", lowered) for word in words):
            return str(bound)
    return None


def _tidy(value: float) -> int | float:
    rounded = round(value, 9)
    return int(rounded) if float(rounded).is_integer() else rounded


def _moved(effect: EffectSuggestion, by: int) -> EffectSuggestion:
    values: dict[str, Any] = {name: getattr(effect, name) for name in EffectSuggestion.__dataclass_fields__}
    values |= {
        "start": effect.start + by,
        "end": effect.end + by,
        "seen": tuple((start + by, end + by) for start, end in effect.seen),
    }
    return EffectSuggestion(**values)
