"""A searcher measured on judged queries: each leg alone and all together, and every direction between the languages.

A direction is a query in one language over texts in one language: both are asked over German texts alone and over
English texts alone, each from an index of its own that is made for the purpose.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.build import CACHE, build, open_current
from index.evaluate import DEPTH, NEGATIVE, Judged, measure
from index.hybrid import Searcher
from index.manifest import Fingerprint
from index.types import Encoder
from kb.case import Case, CaseId
from kb.filters import Filters, facet_terms, resolve
from kb.passages import PASSAGE_FIELDS
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language

HYBRID = "hybrid"
Leg = Callable[[Judged], Sequence[CaseId]]
Run = dict[str, Any]
"""What was measured, as it is saved: `model` (the key of the encoder), `cases` (how many), `legs` (summary by leg)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is searched while it is measured: the cases, and a searcher over them."""

    cases: tuple[Case, ...]
    searcher: Searcher


@contextmanager
def grounds(
    cases: Sequence[Case], encoder: Encoder, taxonomy: Taxonomy, cache: Path | None = None
) -> Iterator[dict[Language, Ground]]:
    """Give for each language the cases told in it, without their other texts; a language of no case is left out."""
    with ExitStack() as stack:
        found: dict[Language, Ground] = {}
        for language in LANGUAGES:
            told = tuple(told for case in cases if (told := told_in(case, language, taxonomy)))
            if told:
                found[language] = stack.enter_context(ground_of(told, encoder, cache))
        yield found


@contextmanager
def ground_of(cases: Sequence[Case], encoder: Encoder, cache: Path | None = None) -> Iterator[Ground]:
    """Give a searcher over an index of `cases` in a folder that goes away afterwards.

    `cache` is a file of embeddings (index.encoder.EmbeddingCache) that may spare work.
    """
    with tempfile.TemporaryDirectory(prefix="pfadfinder-measure-") as folder:
        root = Path(folder)
        if cache is not None and cache.is_file():
            shutil.copy(cache, root / CACHE)
        build(root, cases, encoder, Fingerprint(store="measure", seq=1, model=encoder.key))
        yield Ground(tuple(cases), Searcher(open_current(root), encoder))


def run(queries: Sequence[Judged], both: Ground, narrow: Mapping[Language, Ground], taxonomy: Taxonomy) -> Run:
    """Return what each leg scores on `queries`: over `both` languages' texts, and by direction over the `narrow` ones.

    Raises InvalidFilter for a filter of a query that does not exist.
    """
    allowed = {query.id: within(resolve(query.filters, taxonomy), both.cases, taxonomy) for query in queries}
    measured = {name: measure(queries, leg) for name, leg in legs_of(both.searcher, allowed).items()}
    for summary in measured.values():
        summary["by"]["direction"] = {}
    for texts, ground in narrow.items():
        untold = {case.id for case in both.cases} - {case.id for case in ground.cases}
        asked = answerable(queries, untold)
        for name, leg in legs_of(ground.searcher, allowed).items():
            by_language = measure(asked, leg)["by"]["language"]
            measured[name]["by"]["direction"] |= {
                direction(language, texts): summary for language, summary in by_language.items()
            }
    return {
        "model": both.searcher.generation.manifest.fingerprint.model,
        "cases": len(both.cases),
        "legs": measured,
    }


def direction(query: Language, texts: Language) -> str:
    """Return the name of asking in the language `query` over texts in the language `texts`."""
    return f"{query}-{texts}"


def legs_of(searcher: Searcher, allowed: dict[str, frozenset[CaseId]]) -> dict[str, Leg]:
    """Return what is measured, by name: all legs together as the product answers, and each leg alone."""
    legs: dict[str, Leg] = {
        HYBRID: lambda query: [hit.case_id for hit in searcher.search(query.text, allowed[query.id])],
    }
    rankers = {"meaning": searcher.meaning, "words": searcher.words, "grams": searcher.grams}
    for name, ranker in rankers.items():

        def ranked(query: Judged, ranker: Any = ranker) -> list[CaseId]:
            return [case_id for case_id, _ in ranker.rank(query.text, DEPTH, allowed[query.id])]

        legs[name] = ranked
    return legs


def within(filters: Filters, cases: Iterable[Case], taxonomy: Taxonomy) -> frozenset[CaseId]:
    """Return the ids of the cases that pass `filters`, as the store finds them."""
    wanted = list(filters.selected())
    found = set()
    for case in cases:
        terms = set(facet_terms(case))
        fits = all(any((facet, value) in terms for value in values) for facet, values in wanted)
        fits = fits and filters.years.fits(case.year)
        if fits and (not filters.effect or any(filters.effect.fits(effect, taxonomy) for effect in case.effects)):
            found.add(case.id)
    return frozenset(found)


def told_in(case: Case, language: Language, taxonomy: Taxonomy) -> Case | None:
    """Return `case` with its texts in `language` only, or None when it is not wholly told in it."""
    record = case.to_record()
    texts = {name: _only(record.pop(name), language) for name in PASSAGE_FIELDS if name in record}
    if not all(words for name, words in texts.items() if name != "lessons"):
        return None
    record |= {name: words for name, words in texts.items() if words}
    for effect in record.get("effects", []):
        if note := _only(effect.pop("note", {}), language):
            effect["note"] = note
    return Case.from_record(record, taxonomy)


def _only(text: Mapping[str, Any], language: Language) -> dict[str, Any]:
    return {language: text[language]} if language in text else {}


def answerable(queries: Iterable[Judged], missing: Collection[CaseId]) -> list[Judged]:
    """Return `queries` as they are judged without the cases `missing`; what no case is left to answer is left out."""
    kept = []
    for query in queries:
        relevant = {case_id: grade for case_id, grade in query.relevant.items() if case_id not in missing}
        if relevant or query.kind == NEGATIVE:
            kept.append(replace(query, relevant=relevant))
    return kept
