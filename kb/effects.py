"""Effects as data: figures in common units, which way they point, and what a search may ask of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kb.case import Effect
from kb.errors import Fault
from kb.taxonomy import Taxonomy
from kb.text import Text

EFFECT_PARAMETERS = ("metric", "kind", "direction", "at_least", "unit")
BETTER, WORSE = "better", "worse"
DIRECTIONS = (BETTER, WORSE)
PERCENT = "%"
_A_YEAR = "/a"
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure in the common unit of its metric. `converted` is False where it stood in that unit already."""

    value: int | float
    unit: str
    converted: bool


def convert(value: int | float, unit: str, to: str, taxonomy: Taxonomy) -> int | float:
    """Return `value`, which counts in `unit`, counted in `to`.

    The factors are exact fractions, and the result is rounded once, to the nearest float; whole numbers stay whole.
    Raises ValueError for units of different kinds: %, amounts a year and amounts of a single time never mix.
    """
    if unit == to:
        return value
    old, new = taxonomy.units[unit], taxonomy.units[to]
    if old.common != new.common:
        raise ValueError(f"{unit} does not convert to {to}")
    return _plain(_exact(value) * old.factor / new.factor)


def normalised(effect: Effect, taxonomy: Taxonomy) -> Amount:
    """Return the figure of `effect` in the common unit of its own; bound and kind stay with the effect."""
    common = taxonomy.units[effect.unit].common
    return Amount(convert(effect.value, effect.unit, common, taxonomy), common, effect.unit != common)


def period(unit: str) -> str | None:
    """Say whether an amount in `unit` is one a `year` or of a single time (`once`); None for a share."""
    if unit == PERCENT:
        return None
    return "year" if unit.endswith(_A_YEAR) else "once"


def direction(metric: str, value: int | float, taxonomy: Taxonomy) -> str | None:
    """Say whether a figure is an improvement (`better`) or the opposite (`worse`); None for no change at all."""
    if value == 0:
        return None
    return BETTER if (value < 0) == taxonomy.metrics[metric].lower_is_better else WORSE


@dataclass(frozen=True, slots=True)
class EffectFilter:
    """What one effect of a case has to be, all of it at once. Made by `resolve_effect`.

    With `at_least`, a size in `unit`, there is a `direction`: an increase is no saving, however large it is.
    `unit` without a size asks for figures in that unit or one that converts to it.
    """

    metric: str | None = None
    kinds: tuple[str, ...] = ()
    direction: str | None = None
    at_least: int | float | None = None
    unit: str | None = None

    def parameters(self) -> Iterator[tuple[str, str]]:
        """Yield the filter as the words that `resolve_effect` reads."""
        if self.metric:
            yield "metric", self.metric
        yield from (("kind", kind) for kind in self.kinds)
        if self.direction:
            yield "direction", self.direction
        if self.at_least is not None:
            yield "at_least", format(Decimal(str(self.at_least)), "f")
        if self.unit:
            yield "unit", self.unit

    def __bool__(self) -> bool:
        return self != EffectFilter()

    def thresholds(self, taxonomy: Taxonomy) -> dict[str, float]:
        """Return the units that a figure may stand in, with the least size in each; {} where any unit will do."""
        if self.unit is None:
            return {}
        wanted = taxonomy.units[self.unit]
        least = _exact(self.at_least or 0) * wanted.factor
        return {unit.id: float(least / unit.factor) for unit in taxonomy.units.values() if unit.common == wanted.common}

    def fits(self, effect: Effect, taxonomy: Taxonomy) -> bool:
        """Say whether `effect` is all that is asked for."""
        thresholds = self.thresholds(taxonomy)
        return (
            self.metric in (None, effect.metric)
            and (not self.kinds or effect.kind in self.kinds)
            and self.direction in (None, direction(effect.metric, effect.value, taxonomy))
            and (self.unit is None or (effect.unit in thresholds and abs(effect.value) >= thresholds[effect.unit]))
        )


def resolve_effect(given: Mapping[str, Sequence[str]], taxonomy: Taxonomy) -> tuple[EffectFilter, list[Fault]]:
    """Return what the words in `given` (parameter -> words) ask of an effect, and every fault in them.

    A size without a unit counts in the first unit of the metric, and without a direction as an improvement.
    """
    faults: list[Fault] = []
    metric = _one("metric", given, list(taxonomy.metrics), faults)
    kinds = tuple(dict.fromkeys(word for word in given.get("kind", ()) if word))
    faults += [
        _unknown("kind", kind, list(taxonomy.effect_kinds)) for kind in kinds if kind not in taxonomy.effect_kinds
    ]
    way = _one("direction", given, DIRECTIONS, faults)
    units = taxonomy.metrics[metric].units if metric else tuple(taxonomy.units)
    unit = _one("unit", given, units, faults)
    size = _size(given, faults)
    if size is not None:
        way = way or BETTER
        if unit is None and metric:
            unit = units[0]
        elif unit is None and not faults:
            allowed = ", ".join(units)
            faults.append(
                _fault(
                    "unit",
                    f"fehlt: eine Mindestgröße braucht ihre Einheit. Erlaubt: {allowed}",
                    f"is missing: a minimum needs its unit. Allowed: {allowed}",
                )
            )
    return EffectFilter(metric, kinds, way, size, unit), faults


def _one(name: str, given: Mapping[str, Sequence[str]], allowed: Sequence[str], faults: list[Fault]) -> str | None:
    """Return the one word that is given for `name`; two different ones are a fault, for one effect has one of each."""
    words = list(dict.fromkeys(word for word in given.get(name, ()) if word))
    unknown = [word for word in words if word not in allowed]
    faults += [_unknown(name, word, allowed) for word in unknown]
    if len(words) > 1:
        faults.append(_fault(name, "darf nur einmal angegeben werden", "may be given once only"))
    return words[0] if len(words) == 1 and not unknown else None


def _size(given: Mapping[str, Sequence[str]], faults: list[Fault]) -> int | float | None:
    words = list(dict.fromkeys(word.strip() for word in given.get("at_least", ()) if word.strip()))
    if len(words) > 1:
        faults.append(_fault("at_least", "darf nur einmal angegeben werden", "may be given once only"))
    elif words and not _NUMBER.fullmatch(words[0]):
        faults.append(
            _fault(
                "at_least",
                f"{words[0]!r} ist keine Mindestgröße. Erlaubt: eine Zahl ab 0 mit Punkt, etwa 20 oder 2.5",
                f"{words[0]!r} is no minimum. Allowed: a number from 0 on with a point, such as 20 or 2.5",
            )
        )
    elif words:
        return _plain(Fraction(words[0]))
    return None


def _exact(value: int | float) -> Fraction:
    """Return the number that a person wrote: 0.1 is a tenth, not the float that is nearest to it."""
    return Fraction(str(value))


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _unknown(field: str, word: str, allowed: Sequence[str]) -> Fault:
    values = ", ".join(allowed)
    return _fault(field, f"{word!r} gibt es nicht. Erlaubt: {values}", f"{word!r} does not exist. Allowed: {values}")


def _fault(field: str, de: str, en: str) -> Fault:
    return Fault(field, Text(de=de, en=en))


def largest_first(effects: Sequence[tuple[Any, Effect]], taxonomy: Taxonomy, unit: str | None) -> list[Any]:
    """Return the keys of `effects` by their figure in the common unit of `unit`, the largest improvement first.

    Of several figures of one key the best one counts. Keys without a figure in that unit are left out.
    Without a `unit` it is the one that most figures stand in.
    """
    amounts = [(key, effect, normalised(effect, taxonomy)) for key, effect in effects]
    common = taxonomy.units[unit].common if unit else _most_frequent([amount.unit for _, _, amount in amounts])
    best: dict[Any, int | float] = {}
    for key, effect, amount in amounts:
        if amount.unit == common:
            gain = -amount.value if taxonomy.metrics[effect.metric].lower_is_better else amount.value
            best[key] = max(gain, best.get(key, gain))
    return sorted(best, key=lambda key: -best[key])


def _most_frequent(words: Sequence[str]) -> str | None:
    return max(dict.fromkeys(words), key=words.count, default=None)
