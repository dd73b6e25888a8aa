"""Numbers and effects as a reader of each language writes them."""

from __future__ import annotations

from datetime import date

from kb.case import Effect
from kb.effects import normalised
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.i18n import Translator

MINUS = "\u2212"
COUNT = "count"
"""A plain number: its unit stands in a table and is not said in a sentence."""
_GERMAN = str.maketrans(",.", ".,")
NARROW_SPACE = "\u202f"


def number(value: int | float, language: Language) -> str:
    """Return `value` with the separators of `language` and a real minus sign."""
    plain = f"{abs(value):,.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{abs(value):,}"
    if language == "de":
        plain = plain.translate(_GERMAN)
    return f"{MINUS if value < 0 else ''}{plain}"


def rounded(value: int | float) -> int | float:
    """Return `value` to four digits, or to the whole number where it has more: a converted figure is no more exact."""
    if abs(value) >= 1000 or isinstance(value, int):
        return round(value)
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short


def common_amount(effect: Effect, language: Language, taxonomy: Taxonomy) -> str:
    """Return the amount of `effect` in the common unit of its own, such as `−90 MWh/year`, without its bound."""
    common = normalised(effect, taxonomy)
    return in_unit(rounded(common.value) if common.converted else common.value, common.unit, language, taxonomy)


def amount(effect: Effect, language: Language, taxonomy: Taxonomy) -> str:
    """Return the amount of `effect`, such as `bis zu −30 %` or `about 1,200 t/year`."""
    bound = f"{taxonomy.bounds[effect.bound].label[language]} " if effect.bound else ""
    return f"{bound}{in_unit(effect.value, effect.unit, language, taxonomy)}"


def in_unit(value: int | float, unit: str, language: Language, taxonomy: Taxonomy) -> str:
    """Return a number with its unit, such as `−30 %` or `1,200 t/year`; a plain count stands alone."""
    label = "" if unit == COUNT else taxonomy.units[unit].label[language]
    gap = "" if not label or (label, language) == ("%", "en") else NARROW_SPACE
    return f"{number(value, language)}{gap}{label}"


def moment(at: str) -> str:
    """Return a moment of the record (ISO 8601, UTC) as it is shown: to the minute, with its time zone."""
    return f"{at[:10]} {at[11:16]} UTC"


def day(value: date, language: Language) -> str:
    """Return a day as it is written out, such as `12. Mai 2026` or `12 May 2026`."""
    months = Translator(language)("months").split()
    return f"{value.day}{'.' if language == 'de' else ''} {months[value.month - 1]} {value.year}"
