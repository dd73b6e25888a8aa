"""The vocabularies that cases are coded with, loaded from kb/terms/*.yml and checked on load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from kb.errors import Fault, InvalidTerms
from kb.text import Text
from kb.vocabulary import CodingQuestion, Metric, Pathway, Term, Unit, Vocabulary
from kb.yaml_files import read_yaml

TERMS_FOLDER = Path(__file__).parent / "terms"
VOCABULARY_OF = {
    "role": "roles",
    "country": "countries",
    "region": "regions",
    "sector": "sectors",
    "size": "sizes",
    "year_kind": "year_kinds",
    "status": "statuses",
    "pathway": "pathways",
    "pathway_secondary": "pathways",
    "roadmap_fields": "roadmap_fields",
    "technologies": "technologies",
    "evidence": "evidence",
    "metric": "metrics",
    "unit": "units",
    "kind": "effect_kinds",
    "bound": "bounds",
    "language": "languages",
}
"""Name of a field whose values are terms -> vocabulary that they come from. `language` is that of a source."""
T = TypeVar("T", bound=Term)


@dataclass(frozen=True, slots=True, eq=False)
class Taxonomy:
    """Every vocabulary of the product. Complete and checked: made by `load_taxonomy`."""

    pathways: Vocabulary[Pathway]
    coding_rule: tuple[CodingQuestion, ...]
    roadmap_fields: Vocabulary[Term]
    technologies: Vocabulary[Term]
    metrics: Vocabulary[Metric]
    units: Vocabulary[Unit]
    sizes: Vocabulary[Term]
    sectors: Vocabulary[Term]
    regions: Vocabulary[Term]
    countries: Vocabulary[Term]
    roles: Vocabulary[Term]
    year_kinds: Vocabulary[Term]
    statuses: Vocabulary[Term]
    effect_kinds: Vocabulary[Term]
    bounds: Vocabulary[Term]
    evidence: Vocabulary[Term]
    languages: Vocabulary[Term]

    @property
    def vocabularies(self) -> dict[str, Vocabulary[Any]]:
        """The vocabularies by name."""
        return {
            field.name: value for field in fields(self) if isinstance(value := getattr(self, field.name), Vocabulary)
        }


class _Reader:
    """Reads the files of one folder and collects every fault of all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []

    def fault(self, field: str, de: str, en: str) -> None:
        self.faults.append(Fault(field, Text(de=de, en=en)))

    def read(self, name: str) -> Any:
        file = self.folder / f"{name}.yml"
        try:
            return read_yaml(file)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            self.fault(file.name, f"nicht lesbar: {error}", f"cannot be read: {error}")
            return None

    def text(self, field: str, value: Any) -> Text:
        if (
            isinstance(value, dict)
            and set(value) == {"de", "en"}
            and all(isinstance(words, str) and words.strip() for words in value.values())
        ):
            return Text(**value)
        self.fault(field, "braucht de und en, beide nicht leer", "needs de and en, neither blank")
        return Text(de="?", en="?")

    def vocabulary(self, name: str, make: Callable[[dict[str, Any], str], T]) -> Vocabulary[T]:
        terms: dict[str, T] = {}
        for group, field, entry in self._entries(name):
            if not isinstance(entry, dict) or not (isinstance(entry.get("id"), str) and entry["id"]):
                self.fault(field, "braucht eine id als Wort", "needs an id that is a word")
                continue
            rest = dict(entry)
            term_id = rest.pop("id")
            label = self.text(f"{field}.label", rest.pop("label", None))
            short = self.text(f"{field}.short", rest.pop("short")) if "short" in rest else label
            scope = self.text(f"{field}.scope", rest.pop("scope")) if "scope" in rest else None
            rest |= {"id": term_id, "label": label, "short": short, "scope": scope, "group": group}
            if term_id in terms:
                self.fault(field, f"die id {term_id} steht zweimal da", f"the id {term_id} is given twice")
                continue
            try:
                terms[term_id] = make(rest, field)
            except TypeError as error:
                self.fault(field, f"passt nicht zum Vokabular: {error}", f"does not fit the vocabulary: {error}")
        return Vocabulary(name, terms)

    def _entries(self, name: str) -> Iterator[tuple[str | None, str, Any]]:
        content = self.read(name)
        if isinstance(content, dict) and "terms" in content:
            content = content["terms"]
        groups = content if isinstance(content, dict) else {None: content}
        if not groups:
            self.fault(f"{name}.yml", "braucht eine Liste von Begriffen", "needs a list of terms")
        for group, entries in groups.items():
            if not isinstance(entries, list) or not entries:
                self.fault(f"{name}.yml", "braucht eine Liste von Begriffen", "needs a list of terms")
                continue
            for number, entry in enumerate(entries):
                yield group, f"{name}.yml[{group or ''}{number}]", entry

    def coding_rule(self, pathways: Vocabulary[Pathway]) -> tuple[CodingQuestion, ...]:
        content = self.read("pathways")
        entries = content.get("coding_rule") if isinstance(content, dict) else None
        if not isinstance(entries, list) or not entries:
            self.fault("pathways.yml", "die Kodierregel fehlt (coding_rule)", "the coding_rule is missing")
            return ()
        steps = []
        for number, entry in enumerate(entries):
            field = f"pathways.yml.coding_rule[{number}]"
            pathway = entry.get("pathway") if isinstance(entry, dict) else None
            if not isinstance(pathway, str) or pathway not in pathways:
                self.fault(field, f"kein Pfad: {pathway}", f"not a pathway: {pathway}")
                continue
            steps.append(CodingQuestion(self.text(f"{field}.question", entry.get("question")), pathway))
        return tuple(steps)


def _metric(entry: Mapping[str, Any], field: str) -> Metric:
    units = entry.get("units")
    if not isinstance(units, list) or not units or not all(isinstance(unit, str) for unit in units):
        raise TypeError("units must be a list of words")
    if not isinstance(entry.get("lower_is_better"), bool):
        raise TypeError("lower_is_better must be true or false")
    return Metric(**{**entry, "units": tuple(units)})


def _unit(entry: Mapping[str, Any], field: str) -> Unit:
    if ("base" in entry) != ("factor" in entry):
        raise TypeError("base and factor belong together")
    if "base" not in entry:
        return Unit(**entry)
    try:
        factor = Fraction(str(entry["factor"]))
    except (ValueError, ZeroDivisionError) as error:
        raise TypeError("factor must be a number or a fraction such as 5/18") from error
    if factor <= 0 or not isinstance(entry["base"], str):
        raise TypeError("factor must be positive and base a unit")
    return Unit(**{**entry, "factor": factor})


def _with_convertible(metrics: Vocabulary[Metric], units: Vocabulary[Unit]) -> Vocabulary[Metric]:
    """Return `metrics` that may also be given in every unit that converts to one of their own."""
    extended = {
        metric.id: replace(
            metric, units=(*metric.units, *(unit.id for unit in units.values() if unit.base in metric.units))
        )
        for metric in metrics.values()
    }
    return Vocabulary(metrics.name, extended)


def load_taxonomy(folder: Path) -> Taxonomy:
    """Return the vocabularies of `folder`. Raises InvalidTerms with every fault of every file."""
    reader = _Reader(folder)

    def plain(name: str) -> Vocabulary[Term]:
        return reader.vocabulary(name, lambda entry, field: Term(**entry))

    pathways = reader.vocabulary("pathways", lambda entry, field: Pathway(**entry))
    units = reader.vocabulary("units", _unit)
    metrics = reader.vocabulary("metrics", _metric)
    taxonomy = Taxonomy(
        pathways=pathways,
        coding_rule=reader.coding_rule(pathways),
        metrics=_with_convertible(metrics, units),
        units=units,
        **{
            field.name: plain(field.name)
            for field in fields(Taxonomy)
            if field.name not in ("pathways", "coding_rule", "metrics", "units")
        },
    )
    for metric in taxonomy.metrics.values():
        for unit in set(metric.units) - set(taxonomy.units):
            reader.fault(f"metrics.yml.{metric.id}", f"die Einheit {unit} fehlt", f"the unit {unit} is missing")
    for one in units.values():
        if one.base is not None and (one.base not in units or units[one.base].base is not None):
            reader.fault(
                f"units.yml.{one.id}",
                f"{one.base} ist keine gemeinsame Einheit",
                f"{one.base} is no common unit",
            )
    if reader.faults:
        raise InvalidTerms(folder.name, reader.faults)
    return taxonomy


@cache
def shipped_taxonomy() -> Taxonomy:
    """Return the vocabularies that ship with the product, read once."""
    return load_taxonomy(TERMS_FOLDER)
