"""What a case has to show before it is published: a checklist, as far as a machine can look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from kb.rules import LIMITS
from kb.text import LANGUAGES, Language, Text
from kb.yaml_files import read_yaml

ADVERTISING_FILE = Path(__file__).parent / "advertising.yml"


class Criterion(StrEnum):
    """What is looked at."""

    PAGE = "page"
    OUTCOME = "outcome"
    SOURCE = "source"
    WORDING = "wording"
    LANGUAGES = "languages"


class Verdict(StrEnum):
    """What the machine found. What it cannot judge it leaves to a person, who has to confirm it."""

    PASSED = "passed"
    FAILED = "failed"
    TO_CHECK = "to-check"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist, with the reason for its verdict."""

    criterion: Criterion
    verdict: Verdict
    reason: Text


def checklist(record: Mapping[str, Any], today: date, answers: Mapping[str, bool] | None = None) -> tuple[Item, ...]:
    """Return every criterion with its verdict, in the order of Criterion.

    `record` may be incomplete and faulty: a draft is shown what it still lacks. `answers` says of addresses whether
    they answered when they were last tried; one that is not in it has not been tried.
    """
    sources = [source for source in _list(record.get("sources")) if isinstance(source, Mapping)]
    return (
        _page(sources, answers or {}),
        _outcome(record),
        _source(sources, today),
        _wording(record),
        _languages(record),
    )


def _page(sources: list[Mapping[str, Any]], answers: Mapping[str, bool]) -> Item:
    urls = [url for source in sources if isinstance(url := source.get("url"), str) and url.startswith("http")]
    if not urls:
        return _failed(Criterion.PAGE, "Keine veröffentlichte Seite ist genannt.", "No published page is named.")
    if any(answers.get(url) for url in urls):
        return _passed(Criterion.PAGE, "Eine genannte Seite ist erreichbar.", "A page that is named answers.")
    silent = [url for url in urls if url in answers]
    if silent:
        return _to_check(
            Criterion.PAGE,
            f"Beim letzten Versuch nicht erreichbar: {', '.join(silent)}",
            f"Did not answer when last tried: {', '.join(silent)}",
        )
    return _to_check(
        Criterion.PAGE,
        "Noch nicht abgerufen: Seite öffnen und nachsehen, ob sie den Fall beschreibt.",
        "Not tried yet: open the page and see whether it tells of the case.",
    )


def _outcome(record: Mapping[str, Any]) -> Item:
    texts = [text for _, text in _texts(record, ("result",))]
    if not texts:
        return _failed(Criterion.OUTCOME, "Das Ergebnis fehlt.", "The result is missing.")
    if _list(record.get("effects")):
        return _passed(Criterion.OUTCOME, "Ergebnis mit Wirkungen in Zahlen.", "A result with effects in figures.")
    if any(re.search(r"\d", text) for text in texts):
        return _passed(Criterion.OUTCOME, "Ergebnis mit einer Zahl im Text.", "A result with a figure in its text.")
    return _to_check(
        Criterion.OUTCOME,
        "Das Ergebnis nennt keine Zahl: Sagt es, was erreicht wurde?",
        "The result names no figure: does it say what was achieved?",
    )


def _source(sources: list[Mapping[str, Any]], today: date) -> Item:
    named = [source for source in sources if all(source.get(part) for part in ("url", "title", "publisher"))]
    if not named:
        return _failed(
            Criterion.SOURCE,
            "Keine Quelle mit Adresse, Titel und Herausgeber.",
            "No source with address, title and publisher.",
        )
    if any(isinstance(day := source.get("checked"), str) and day > today.isoformat() for source in sources):
        return _failed(
            Criterion.SOURCE,
            "Ein Prüfdatum liegt in der Zukunft.",
            "A date last checked lies in the future.",
        )
    return _passed(Criterion.SOURCE, f"Quellen genannt: {len(named)}.", f"Sources named: {len(named)}.")


def _wording(record: Mapping[str, Any]) -> Item:
    found = advertising(record)
    if not found:
        return _passed(Criterion.WORDING, "Keine Werbesprache gefunden.", "No advertising words found.")
    places = "; ".join(f"{field}: {word}" for field, word in found)
    return _to_check(Criterion.WORDING, f"Klingt nach Werbung: {places}", f"Sounds like advertising: {places}")


def _languages(record: Mapping[str, Any]) -> Item:
    texts: dict[str, Mapping[str, Any]] = {
        field: record[field] for field in (*LIMITS, "keywords") if isinstance(record.get(field), Mapping)
    }
    lacking = [f"{field}.{language}" for field in texts for language in LANGUAGES if not texts[field].get(language)]
    if not texts:
        return _failed(Criterion.LANGUAGES, "Es gibt noch keinen Text.", "There is no text yet.")
    if not lacking:
        return _passed(Criterion.LANGUAGES, "Deutsch und Englisch vollständig.", "Complete in German and English.")
    names = ", ".join(lacking)
    return _to_check(
        Criterion.LANGUAGES,
        f"Fehlt: {names}. Die Seite zeigt, dass eine Sprache fehlt.",
        f"Missing: {names}. The page shows that a language is missing.",
    )


def advertising(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the advertising words of the texts of `record`, each once a field: (`field.language`, word)."""
    found: dict[tuple[str, str], None] = {}
    for path, text in _texts(record, (*LIMITS, "keywords")):
        language: Language = "de" if path.endswith(".de") else "en"
        found |= {(path, match.group().lower()): None for match in _pattern(language).finditer(text)}
    return list(found)


def advertising_words(language: Language) -> tuple[str, ...]:
    """Return the words that are looked for; `*` stands for any ending, a space also for a hyphen."""
    return tuple(read_yaml(ADVERTISING_FILE)[language])


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    """Return what matches any word of the list; in it `*` stands for any ending, a space also for a hyphen."""
    words = []
    for entry in advertising_words(language):
        stem = re.escape(entry.removesuffix("*")).replace(r"\ ", r"[\s-]+")
        words.append(stem + (r"\w*" if entry.endswith("*") else r"\b"))
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)


def _texts(record: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for field in fields:
        value = record.get(field)
        for language in LANGUAGES:
            words = value.get(language) if isinstance(value, Mapping) else None
            for text in words if isinstance(words, list) else [words]:
                if isinstance(text, str) and text.strip():
                    yield f"{field}.{language}", text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _passed(criterion: Criterion, de: str, en: str) -> Item:
    return Item(criterion, Verdict.PASSED, Text(de=de, en=en))


def _failed(criterion: Criterion, de: str, en: str) -> Item:
    return Item(criterion, Verdict.FAILED, Text(de=de, en=en))


def _to_check(criterion: Criterion, de: str, en: str) -> Item:
    return Item(criterion, Verdict.TO_CHECK, Text(de=de, en=en))
