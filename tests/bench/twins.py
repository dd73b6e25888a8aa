"""`python -m tests.bench.twins`: how many twins are caught, and how many other pairs are taken for twins.

Twins are thirty cases of the collection: as their own German texts against a collection in English only (and the other
way round), with and without the name and the address in the same spelling; and told in other words (golden/twins.yml).
Alarms are counted over all other pairs of the collection, each case being asked about as a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.encoder import BundledEncoder
from ingest.duplicates import TwinFinder
from ingest.learned import Embed
from kb.case import Case
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy
from kb.text import LANGUAGES, Language, other
from kb.yaml_files import read_yaml

GOLDEN = Path(__file__).parent.parent / "golden" / "twins.yml"
TOLD = ("title", "summary", "problem", "solution", "result", "lessons", "keywords")
Record = Mapping[str, Any]


def told_in(case: Case, language: Language) -> dict[str, Any]:
    """The record of `case` with its texts in one language."""
    record = case.to_record()
    return record | {field: {language: record[field][language]} for field in TOLD if language in record.get(field, {})}


def other_spelling(url: str) -> str:
    """The same address as another person copies it."""
    return url.replace("https://", "http://").replace("://www.", "://").rstrip("/") + "/?utm_source=newsletter#top"


def drafts() -> list[tuple[str, Language, dict[str, Any]]]:
    """Case, language and draft of every entry of the golden file."""
    cases = {case.id: case for case in shipped_cases(shipped_taxonomy())}
    found = []
    for entry in read_yaml(GOLDEN):
        language = entry["language"]
        draft = {"title": {language: entry["title"]}, "summary": {language: entry["text"]}}
        if "organisation" in entry:
            draft["organisation"] = entry["organisation"]
        if entry.get("url") == "same":
            draft["sources"] = [{"url": other_spelling(cases[entry["case"]].sources[0].url)}]
        found.append((entry["case"], language, draft))
    return found


def stripped(record: dict[str, Any]) -> dict[str, Any]:
    """A draft that has neither id nor organisation nor sources."""
    return {name: value for name, value in record.items() if name not in ("id", "organisation", "partners", "sources")}


def caught(finder: TwinFinder, asked: Sequence[tuple[str, Record]]) -> float:
    """The share of the drafts whose case is among the twins found."""
    found = finder.find([draft for _, draft in asked])
    hits = [case in {twin.case_id for twin in twins} for (case, _), twins in zip(asked, found, strict=True)]
    return sum(hits) / len(hits)


def measure(embed: Embed | None) -> dict[str, float]:
    """Every share that the table shows, by name."""
    cases = shipped_cases(shipped_taxonomy())
    by_id = {case.id: case for case in cases}
    whole = TwinFinder.of([case.to_record() for case in cases], embed)
    single = {language: TwinFinder.of([told_in(case, language) for case in cases], embed) for language in LANGUAGES}
    found = {}
    chosen = drafts()

    def translated(change: Callable[[dict[str, Any]], dict[str, Any]]) -> float:
        shares = [
            caught(single[other(language)], [(case, change(told_in(by_id[case], language))) for case, _, _ in chosen])
            for language in LANGUAGES
        ]
        return sum(shares) / len(shares)

    found["translated, caught"] = translated(lambda record: {**record, "id": ""})
    found["translated, no name or address, caught"] = translated(stripped)
    found["in other words, caught"] = caught(whole, [(case, draft) for case, _, draft in chosen])
    found["in other words, other language, caught"] = sum(
        caught(single[other(language)], [(case, draft)]) for case, language, draft in chosen
    ) / len(chosen)
    alarms = sum(
        twin.case_id != case.id
        for case, twins in zip(cases, whole.find([case.to_record() for case in cases]), strict=True)
        for twin in twins
    )
    found["other pairs, alarms"] = alarms / (len(cases) * (len(cases) - 1))
    told = sum(
        twin.case_id != case
        for (case, _, _), twins in zip(chosen, whole.find([draft for _, _, draft in chosen]), strict=True)
        for twin in twins
    )
    found["in other words, alarms"] = told / (len(chosen) * (len(cases) - 1))
    return found


def main() -> None:
    """Print the table, with and without meaning."""
    encoder = BundledEncoder()
    for name, embed in (("with meaning", encoder.passages), ("names and addresses alone", None)):
        print(name)
        for label, share in measure(embed).items():
            print(f"  {label:<50}{share:>9.4f}")


if __name__ == "__main__":
    main()
