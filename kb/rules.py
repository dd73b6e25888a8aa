"""The rules of a case record, in one place: whoever makes a case, by file, form or code, meets the same ones."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from kb.errors import Fault
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Text, normalised

LIMITS = {"title": 80, "summary": 320, "problem": 1000, "solution": 2000, "result": 1500, "lessons": 1000}
"""The most characters that a text may have, by field."""
ID_LIMIT = 80
NAME_LIMIT = 160
URL_LIMIT = 2000
LARGEST = 1e15
"""No effect is larger."""
YEARS = (1800, 2100)
KEYWORDS = (3, 8)
TECHNOLOGIES = (1, 6)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")


def normalised_record(value: Any) -> Any:
    """Return `value` with every string inside it composed (NFC) and stripped, and keys that hold null left out.

    A day that YAML read as a date is the text that stood there again: JSON and the database know no dates.
    """
    if isinstance(value, str):
        return normalised(value)
    if type(value) is date:
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [normalised_record(part) for part in value]
    if isinstance(value, Mapping):
        return {key: normalised_record(part) for key, part in value.items() if part is not None}
    return value


def shown(value: Any) -> str:
    """Return `value` as a message may show it: short, also for a number with thousands of digits."""
    try:
        text = repr(value)
    except ValueError:
        return "…"
    return text if len(text) <= 80 else f"{text[:80]}…"


def _endless(value: int | float) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def faults_of(record: Mapping[str, Any], taxonomy: Taxonomy) -> tuple[Fault, ...]:
    """Return everything that is wrong with `record`, in the order of its fields; () for a valid one."""
    check = _Check(record, taxonomy)
    check.all()
    return tuple(check.faults)


def identifier_fault(word: str) -> Text | None:
    """Return why `word` can be no id or address of a case, None when it can."""
    if _ID.fullmatch(word) and len(word) <= ID_LIMIT:
        return None
    return Text(
        de=f"besteht aus Kleinbuchstaben a-z, Ziffern und einzelnen Bindestrichen, höchstens {ID_LIMIT} Zeichen",
        en=f"is made of lower case letters a-z, digits and single hyphens, {ID_LIMIT} characters at most",
    )


class _Check:
    """One pass over one record. Every method pops the field it knows; what is left over is unknown."""

    def __init__(self, record: Mapping[str, Any], taxonomy: Taxonomy) -> None:
        self.rest = dict(record)
        self.taxonomy = taxonomy
        self.faults: list[Fault] = []

    def fault(self, path: str, de: str, en: str) -> None:
        self.faults.append(Fault(path, Text(de=de, en=en)))

    def all(self) -> None:
        terms = self.taxonomy
        self.identifier(self.pop("id"))
        self.text("title", self.pop("title"))
        self.word("organisation", self.pop("organisation"), NAME_LIMIT)
        self.choice("role", self.pop("role"), terms.roles)
        self.words("partners", self.pop("partners", []), (0, 40), NAME_LIMIT)
        country = self.choice("country", self.pop("country"), terms.countries)
        self.place(country)
        self.choice("sector", self.pop("sector"), terms.sectors)
        if "size" in self.rest:
            self.choice("size", self.pop("size"), terms.sizes)
        self.year()
        if "status" in self.rest:
            self.choice("status", self.pop("status"), terms.statuses)
        pathway = self.choice("pathway", self.pop("pathway"), terms.pathways)
        if "pathway_secondary" in self.rest:
            second = self.choice("pathway_secondary", self.pop("pathway_secondary"), terms.pathways)
            if second is not None and second == pathway:
                self.fault("pathway_secondary", "ist schon der Hauptpfad", "is the main pathway already")
        self.choices("roadmap_fields", self.pop("roadmap_fields", []), terms.roadmap_fields, (0, 4))
        self.choices("technologies", self.pop("technologies"), terms.technologies, TECHNOLOGIES)
        for name in ("summary", "problem", "solution", "result"):
            self.text(name, self.pop(name))
        if "lessons" in self.rest:
            self.text("lessons", self.pop("lessons"))
        self.effects(self.pop("effects", []))
        self.keywords(self.pop("keywords"))
        self.sources(self.pop("sources"))
        self.choice("evidence", self.pop("evidence"), terms.evidence)
        self.unknown("", self.rest)

    def pop(self, name: str, default: Any = None) -> Any:
        return self.rest.pop(name, default)

    def unknown(self, path: str, rest: Mapping[str, Any]) -> None:
        for key in rest:
            name = key if isinstance(key, str) else shown(key)
            self.fault(f"{path}{name}", "dieses Feld gibt es nicht", "there is no such field")

    def word(self, path: str, value: Any, limit: int, *, lines: bool = False) -> str | None:
        """Check a text of one line, or of several where `lines`, and return it, or None where it is faulty."""
        if value is None:
            self.fault(path, "fehlt", "is missing")
        elif not isinstance(value, str):
            self.fault(
                path,
                f"muss Text sein, ist aber {shown(value)} (in YAML in Anführungszeichen setzen)",
                f"must be text but is {shown(value)} (in YAML put it in quotes)",
            )
        elif not value.strip():
            self.fault(path, "ist leer", "is empty")
        elif value[0].isspace() or value[-1].isspace() or not unicodedata.is_normalized("NFC", value):
            self.fault(
                path,
                "hat Leerraum am Rand oder zerlegte Zeichen (NFC nötig)",
                "has white space at its ends or decomposed characters (NFC is needed)",
            )
        elif "\n" in value and not lines:
            self.fault(path, "hat mehrere Zeilen, erlaubt ist eine", "has several lines, one is allowed")
        elif _CONTROL.search(value):
            self.fault(path, "enthält Steuerzeichen", "holds control characters")
        elif len(value) > limit:
            self.fault(
                path,
                f"hat {len(value)} Zeichen, erlaubt sind {limit}",
                f"has {len(value)} characters, {limit} are allowed",
            )
        else:
            return value
        return None

    def identifier(self, value: Any) -> None:
        word = self.word("id", value, ID_LIMIT)
        if word is not None and (message := identifier_fault(word)) is not None:
            self.faults.append(Fault("id", message))

    def text(self, path: str, value: Any) -> None:
        if value is None:
            self.fault(path, "fehlt", "is missing")
        elif not isinstance(value, Mapping):
            self.fault(path, "braucht die Sprachen: {de: ..., en: ...}", "needs its languages: {de: ..., en: ...}")
        else:
            self.languages(path, value)
            for language in LANGUAGES:
                if language in value:
                    limit = LIMITS.get(path, NAME_LIMIT)
                    lines = path in LIMITS and path != "title"
                    self.word(f"{path}.{language}", value[language], limit, lines=lines)

    def languages(self, path: str, value: Mapping[str, Any]) -> None:
        if not any(language in value for language in LANGUAGES):
            self.fault(path, "braucht de oder en", "needs de or en")
        self.unknown(f"{path}.", {key: None for key in value if key not in LANGUAGES})

    def choice(self, path: str, value: Any, allowed: Mapping[str, Any]) -> str | None:
        """Check one term of a vocabulary and return it, or None where it is faulty."""
        word = self.word(path, value, NAME_LIMIT)
        if word is None or word in allowed:
            return word
        some = ", ".join(list(allowed)[:60])
        more = " …" if len(allowed) > 60 else ""
        self.fault(
            path,
            f"kein Begriff des Vokabulars: {word}. Erlaubt: {some}{more}",
            f"not a term of the vocabulary: {word}. Allowed: {some}{more}",
        )
        return None

    def listed(self, path: str, value: Any, bounds: tuple[int, int]) -> list[Any]:
        """Check a list and its length; return what can be looked at."""
        least, most = bounds
        if value is None:
            self.fault(path, "fehlt", "is missing")
            return []
        if not isinstance(value, list | tuple):
            self.fault(path, "muss eine Liste sein", "must be a list")
            return []
        if not least <= len(value) <= most:
            self.fault(
                path,
                f"hat {len(value)} Einträge, erlaubt sind {least} bis {most}",
                f"has {len(value)} entries, {least} to {most} are allowed",
            )
        return list(value[:most])

    def words(self, path: str, value: Any, bounds: tuple[int, int], limit: int) -> None:
        self.unique(
            path,
            [self.word(f"{path}[{n}]", entry, limit) for n, entry in enumerate(self.listed(path, value, bounds))],
        )

    def choices(self, path: str, value: Any, allowed: Mapping[str, Any], bounds: tuple[int, int]) -> None:
        entries = self.listed(path, value, bounds)
        self.unique(path, [self.choice(f"{path}[{n}]", entry, allowed) for n, entry in enumerate(entries)])

    def unique(self, path: str, entries: list[str | None]) -> None:
        known = [entry for entry in entries if entry is not None]
        for entry in sorted({entry for entry in known if known.count(entry) > 1}):
            self.fault(path, f"nennt {entry} zweimal", f"names {entry} twice")

    def place(self, country: str | None) -> None:
        if "region" in self.rest:
            region = self.choice("region", self.pop("region"), self.taxonomy.regions)
            if region is not None and country is not None and not region.startswith(f"{country}-"):
                self.fault("region", f"liegt nicht in {country}", f"does not lie in {country}")
        if "place" in self.rest:
            self.word("place", self.pop("place"), NAME_LIMIT)

    def year(self) -> None:
        year, kind = self.pop("year"), self.pop("year_kind")
        if year is not None and (type(year) is not int or not YEARS[0] <= year <= YEARS[1]):
            self.fault(
                "year",
                f"ist kein Jahr von {YEARS[0]} bis {YEARS[1]}: {shown(year)}",
                f"is not a year from {YEARS[0]} to {YEARS[1]}: {shown(year)}",
            )
        if kind is not None:
            self.choice("year_kind", kind, self.taxonomy.year_kinds)
        if (year is None) != (kind is None):
            self.fault(
                "year_kind" if kind is None else "year",
                "year und year_kind gehören zusammen",
                "year and year_kind belong together",
            )

    def effects(self, value: Any) -> None:
        for number, effect in enumerate(self.listed("effects", value, (0, 20))):
            path = f"effects[{number}]"
            if isinstance(effect, Mapping):
                self.effect(path, dict(effect))
            else:
                self.fault(path, "muss eine Zuordnung sein", "must be a mapping")

    def effect(self, path: str, rest: dict[str, Any]) -> None:
        metric_id = self.choice(f"{path}.metric", rest.pop("metric", None), self.taxonomy.metrics)
        unit = self.word(f"{path}.unit", rest.pop("unit", None), NAME_LIMIT)
        value = rest.pop("value", None)
        if isinstance(value, bool) or not isinstance(value, int | float) or _endless(value):
            self.fault(
                f"{path}.value", f"muss eine Zahl sein, ist aber {shown(value)}", f"must be a number, is {shown(value)}"
            )
        elif abs(value) > LARGEST:
            self.fault(f"{path}.value", "ist zu groß", "is too large")
        if metric_id is not None and unit is not None:
            units = self.taxonomy.metrics[metric_id].units
            if unit not in units:
                allowed = ", ".join(units)
                self.fault(
                    f"{path}.unit",
                    f"{unit} passt nicht zu {metric_id}. Erlaubt: {allowed}",
                    f"{unit} does not fit {metric_id}. Allowed: {allowed}",
                )
        self.choice(f"{path}.kind", rest.pop("kind", None), self.taxonomy.effect_kinds)
        if "bound" in rest:
            self.choice(f"{path}.bound", rest.pop("bound"), self.taxonomy.bounds)
        if "note" in rest:
            self.text(f"{path}.note", rest.pop("note"))
        self.unknown(f"{path}.", rest)

    def keywords(self, value: Any) -> None:
        if not isinstance(value, Mapping):
            self.text("keywords", value)
            return
        self.languages("keywords", value)
        for language in LANGUAGES:
            if language in value:
                self.words(f"keywords.{language}", value[language], KEYWORDS, 80)

    def sources(self, value: Any) -> None:
        for number, source in enumerate(self.listed("sources", value, (1, 20))):
            path = f"sources[{number}]"
            if not isinstance(source, Mapping):
                self.fault(path, "muss eine Zuordnung sein", "must be a mapping")
                continue
            rest = dict(source)
            self.address(f"{path}.url", rest.pop("url", None))
            self.word(f"{path}.title", rest.pop("title", None), 300)
            self.word(f"{path}.publisher", rest.pop("publisher", None), NAME_LIMIT)
            self.choice(f"{path}.language", rest.pop("language", None), self.taxonomy.languages)
            if "checked" in rest:
                self.day(f"{path}.checked", rest.pop("checked"))
            self.unknown(f"{path}.", rest)

    def day(self, path: str, value: Any) -> None:
        word = self.word(path, value, NAME_LIMIT)
        if word is None:
            return
        try:
            fits = date.fromisoformat(word).isoformat() == word
        except ValueError:
            fits = False
        if not fits:
            self.fault(path, f"ist kein Tag wie 2026-01-31: {word}", f"is not a day such as 2026-01-31: {word}")

    def address(self, path: str, value: Any) -> None:
        url = self.word(path, value, URL_LIMIT)
        if url is None:
            return
        try:
            parts = urlsplit(url)
            fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", url)
        except ValueError:
            fits = False
        if not fits:
            self.fault(
                path,
                "ist keine vollständige Adresse mit http oder https",
                "is no complete address with http or https",
            )
