"""`make peers` or `python -m tests.bench.peers [FILE ...]`: other engines on the same cases and judged queries.

Each gets every text of a case and its names, and its usual settings; a filter of a query is applied to what it ranks.
Prints tables in Markdown for each file, by default the shipped dev and check. Needs requirements-peers.lock; nothing
is downloaded.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before the imports, which read it

import bm25s
import Stemmer
from txtai import Embeddings

from index.directions import HYBRID, Ground, direction, ground_of, grounds, run, within
from index.encoder import BundledEncoder
from index.evaluate import DEPTH, MEASURES, Judged, Summary, difference, measure, read_judgements
from index.report import shipped_file
from index.train.teacher import teacher_folder
from kb.case import Case, CaseId
from kb.filters import resolve
from kb.passages import passages
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy
from kb.text import LANGUAGES, Language

Search = Callable[[str], list[CaseId]]
"""A query to case ids, the best first."""
Make = Callable[[Sequence[Case]], Search]
"""An engine: the cases to what searches them."""
Sets = dict[str, list[Judged]]
SNOWBALL: dict[Language, str] = {"de": "german", "en": "english"}


def names(case: Case) -> str:
    return ", ".join([case.organisation, *case.partners, case.place or ""])


def document(case: Case, language: Language | None = None) -> str:
    """Everything that a case says, in one language or in all that it is told in."""
    told = [passage.text for passage in passages(case) if language in (None, passage.language)]
    return "\n".join([*told, names(case)])


def fts5(cases: Sequence[Case]) -> Search:
    """SQLite FTS5 as it comes: the tokenizer unicode61, bm25(), any word of the query."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE documents USING fts5(id UNINDEXED, text)")
    connection.executemany("INSERT INTO documents VALUES (?, ?)", [(case.id, document(case)) for case in cases])

    def search(query: str) -> list[CaseId]:
        words = "".join(char if char.isalnum() else " " for char in query).split()
        any_word = " OR ".join(f'"{word}"' for word in words)
        rows = connection.execute("SELECT id FROM documents WHERE documents MATCH ? ORDER BY rank, id", (any_word,))
        return [case_id for (case_id,) in rows]

    return search


def bm25_stems(cases: Sequence[Case]) -> Search:
    """bm25s over German stems of German texts and English stems of English ones, its stop words left out."""

    def stems(text: str, language: Language) -> list[str]:
        stemmer = Stemmer.Stemmer(SNOWBALL[language])
        (found,) = bm25s.tokenize(text, stopwords=language, stemmer=stemmer, return_ids=False, show_progress=False)
        return [f"{language}:{stem}" for stem in found]

    retriever = bm25s.BM25()
    told = [
        [stem for language in case.languages for stem in stems(document(case, language), language)] for case in cases
    ]
    retriever.index(told, show_progress=False)

    def search(query: str) -> list[CaseId]:
        terms = [stem for language in LANGUAGES for stem in stems(query, language)]
        known = [term for term in terms if term in retriever.vocab_dict]
        if not known:
            return []
        scores = retriever.get_scores(known)
        ranked = sorted(range(len(cases)), key=lambda number: (-scores[number], cases[number].id))
        return [cases[number].id for number in ranked if scores[number] > 0]

    return search


def txtai_documents(cases: Sequence[Case]) -> Search:
    """txtai in hybrid mode with all-MiniLM-L6-v2, each case a document (the model reads its first 256 word pieces)."""
    return txtai_hybrid([(case.id, document(case)) for case in cases])


def txtai_passages(cases: Sequence[Case]) -> Search:
    """txtai in hybrid mode with all-MiniLM-L6-v2, each passage a document; a case counts with its best passage."""
    cut = [(case.id, passage.text) for case in cases for passage in passages(case)]
    return txtai_hybrid(cut + [(case.id, names(case)) for case in cases])


def txtai_hybrid(documents: Sequence[tuple[CaseId, str]]) -> Search:
    embeddings = Embeddings(path=str(teacher_folder()), hybrid=True)
    embeddings.index(enumerate(text for _, text in documents))

    def search(query: str) -> list[CaseId]:
        hits = embeddings.search(query, len(documents))
        return list(dict.fromkeys(documents[number][0] for number, _ in hits))

    return search


PEERS: dict[str, Make] = {
    "SQLite FTS5 as it comes": fts5,
    "bm25s, German and English stems": bm25_stems,
    "txtai hybrid, MiniLM, a case a document": txtai_documents,
    "txtai hybrid, MiniLM, a passage a document": txtai_passages,
}


def measured(make: Make, sets: Sets, both: Ground, narrow: dict[Language, Ground]) -> dict[str, Summary]:
    """What a peer scores on each set over both languages' texts and, by direction, over one language's."""

    def over(cases: Sequence[Case]) -> dict[str, Summary]:
        search = make(cases)
        found = {}
        for name, queries in sets.items():
            allowed = {query.id: within(resolve(query.filters, shipped_taxonomy()), both.cases) for query in queries}

            def ranked(query: Judged, allowed: dict[str, frozenset[CaseId]] = allowed) -> list[CaseId]:
                return [case_id for case_id in search(query.text) if case_id in allowed[query.id]][:DEPTH]

            found[name] = measure(queries, ranked)
        return found

    summaries = over(both.cases)
    for summary in summaries.values():
        summary["by"]["direction"] = {}
    for texts, ground in narrow.items():
        for name, summary in over(ground.cases).items():
            summaries[name]["by"]["direction"] |= {
                direction(language, texts): group for language, group in summary["by"]["language"].items()
            }
    return summaries


def point(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def cell(summary: Summary, name: str = "ndcg@10") -> str:
    low, high = summary["intervals"][name]
    return f"{point(summary[name])} ({point(low)}–{point(high)})"


def tables(found: dict[str, Summary]) -> Iterator[str]:
    """The lines of the tables, nDCG@10 first."""
    own = next(iter(found.values()))
    kinds = list(own["by"]["kind"])
    yield f"| nDCG@10 | all | de | en | {' | '.join(kinds)} |"
    yield "|---" * (len(kinds) + 4) + "|"
    for name, summary in found.items():
        by = summary["by"]
        groups = [summary, *by["language"].values(), *(by["kind"][kind] for kind in kinds)]
        yield f"| {name} | {' | '.join(map(cell, groups))} |"
    yield ""
    directions = list(own["by"]["direction"])
    yield f"| nDCG@10, one language's texts | {' | '.join(name.replace('-', ' > ') for name in directions)} |"
    yield "|---" * (len(directions) + 1) + "|"
    for name, summary in found.items():
        yield f"| {name} | {' | '.join(cell(summary['by']['direction'][way]) for way in directions)} |"
    yield ""
    yield "| | recall@10 | MRR | success@1 | answerable refused | negatives refused | ahead by, nDCG@10 |"
    yield "|---|---|---|---|---|---|---|"
    for name, summary in found.items():
        change = difference(own["each"], summary["each"]) if summary is not own else None
        ahead = (
            f"{change['change']:+.3f} ({change['interval'][0]:+.3f} to {change['interval'][1]:+.3f})" if change else ""
        )
        cells = [*(cell(summary, measure) for measure in MEASURES[1:]), point(summary["refused"])]
        yield f"| {name} | {' | '.join(cells)} | {point(summary['rejected'])} | {ahead} |"


def main(arguments: Sequence[str]) -> None:
    """Measure everything and print the tables of each set."""
    files = [Path(file) for file in arguments] or [shipped_file("dev"), shipped_file("check")]
    sets = {file.stem: read_judgements(file) for file in files}
    taxonomy = shipped_taxonomy()
    cases = shipped_cases(taxonomy)
    encoder = BundledEncoder()
    with ground_of(cases, encoder) as both, grounds(cases, encoder, taxonomy) as narrow:
        own = {name: run(queries, both, narrow, taxonomy)["legs"][HYBRID] for name, queries in sets.items()}
        found = {"**Pfadfinder**": own} | {name: measured(make, sets, both, narrow) for name, make in PEERS.items()}
    for name in sets:
        print(f"{name}:\n")
        print("\n".join(tables({engine: summaries[name] for engine, summaries in found.items()})) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
