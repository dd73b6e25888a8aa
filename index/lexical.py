"""Words: SQLite FTS5 over analysed text, stems and character 4-grams, each language in a table of its own."""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Literal

from index.analysis import grams, stems
from kb.case import Case, CaseId
from kb.text import LANGUAGES, Language

Kind = Literal["stems", "grams"]
_ANALYSE: dict[Kind, Callable[[str, Language], list[str]]] = {"stems": stems, "grams": grams}
_WEIGHTS = {"names": 2.0, "title": 2.0, "keywords": 2.0, "body": 1.0}
"""How much a match counts, by column."""
MOST_TERMS = 400
"""The most different terms of a query that are looked up: bounds the time of a pasted page."""


def columns(case: Case, language: Language) -> dict[str, str] | None:
    """Return the text of `case` in `language` by column, or None when the case is not told in it."""
    texts = [case.summary, case.problem, case.solution, case.result, *([case.lessons] if case.lessons else [])]
    body = [words for text in texts if (words := text.get(language))]
    title = case.title.get(language) or ""
    keywords = case.keywords.get(language)
    if not (title or body or keywords):
        return None
    names = [case.organisation, *case.partners, case.place or ""]
    return {
        "names": ", ".join(name for name in names if name),
        "title": title,
        "keywords": ", ".join(keywords),
        "body": "\n".join(body),
    }


def write_lexical(path: Path, cases: Iterable[Case]) -> None:
    """Write the word tables for `cases` to a new SQLite file at `path`."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE cases (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)")
    names = ", ".join(_WEIGHTS)
    for kind in _ANALYSE:
        for language in LANGUAGES:
            # Terms are ready when they come here: the tokenizer has only to cut at white space.
            connection.execute(
                f"CREATE VIRTUAL TABLE {kind}_{language} USING fts5"
                f"({names}, content='', tokenize=\"unicode61 tokenchars '_'\")"
            )
            connection.execute(f"CREATE VIRTUAL TABLE {kind}_{language}_terms USING fts5vocab({kind}_{language}, row)")
    for number, case in enumerate(cases):
        connection.execute("INSERT INTO cases VALUES (?, ?)", (number, case.id))
        for language in LANGUAGES:
            texts = columns(case, language)
            if texts is None:
                continue
            for kind, analyse in _ANALYSE.items():
                analysed = [" ".join(analyse(text, language)) for text in texts.values()]
                holders = ", ".join("?" * len(analysed))
                connection.execute(
                    f"INSERT INTO {kind}_{language} (rowid, {names}) VALUES (?, {holders})", (number, *analysed)
                )
    connection.execute("COMMIT")
    connection.close()


class Lexicon:
    """The word tables of one generation, read only. May be used by several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self.case_ids: tuple[CaseId, ...] = tuple(
            row[0] for row in self.connection.execute("SELECT id FROM cases ORDER BY number")
        )
        self.sizes: dict[Language, int] = {language: self._count(language) for language in LANGUAGES}
        """The number of cases that are told in each language."""
        self.numbers = {case_id: number for number, case_id in enumerate(self.case_ids)}

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(f"{self._path.as_uri()}?mode=ro&immutable=1", uri=True)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _count(self, language: Language) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM stems_{language}_docsize").fetchone()[0])

    def frequencies(self, kind: Kind, language: Language, terms: Collection[str]) -> dict[str, int]:
        """Return in how many cases each of `terms` stands; terms that stand in none are left out."""
        rows = self.connection.execute(
            f"SELECT term, doc FROM {kind}_{language}_terms WHERE term IN (SELECT value FROM json_each(?))",
            (json.dumps(list(terms)),),
        )
        return dict(rows.fetchall())

    def holding(self, phrase: str) -> set[CaseId]:
        """Return the cases in which the stems of `phrase` stand one after the other, in either language.

        Stop words count on neither side. A phrase of nothing else stands nowhere.
        """
        found: set[CaseId] = set()
        for language in LANGUAGES:
            table = f"stems_{language}"
            if terms := stems(phrase, language):
                rows = self.connection.execute(
                    f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (f'"{" ".join(terms)}"',)
                )
                found |= {self.case_ids[number] for (number,) in rows}
        return found

    def matches(
        self, kind: Kind, language: Language, terms: Collection[str], numbers: Collection[int]
    ) -> list[tuple[int, float]]:
        """Return (case number, BM25) for the cases of `numbers` that hold one of `terms` at least."""
        weights = ", ".join(str(weight) for weight in _WEIGHTS.values())
        table = f"{kind}_{language}"
        # One look-up a term and a sum, not one OR over all terms: the sum is the same, and bm25() over an OR takes
        # time that grows with the square of the number of terms (200 ms instead of 10 for a question in 4-grams).
        rows = self.connection.execute(
            "WITH scored AS MATERIALIZED ("
            f"  SELECT {table}.rowid AS number, -bm25({table}, {weights}) AS score"
            f"  FROM json_each(?) AS terms CROSS JOIN {table} WHERE {table} MATCH terms.value"
            ") SELECT number, sum(score) FROM scored GROUP BY number",
            (json.dumps([f'"{term}"' for term in terms]),),
        )
        allowed = set(numbers)
        return [(number, score) for number, score in rows if number in allowed]


class WordRanker:
    """Cases by BM25, as the share of what a case could reach that held every term of the query.

    A score is in [0, 1] and can be compared between languages and queries: a German question matches English texts
    in a loanword or two, which is a small share, so it does not stir their order up. Each case counts with the
    better of its languages. BM25 as in FTS5 (k1 1.2, b 0.75); Robertson and Zaragoza 2009.
    """

    def __init__(self, lexicon: Lexicon, kind: Kind) -> None:
        self._lexicon = lexicon
        self._kind: Kind = kind

    def rank(self, query: str, k: int, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """See index.types.Ranker.rank."""
        best = self.scores(query, within)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def scores(self, query: str, within: Collection[CaseId]) -> dict[CaseId, float]:
        """Return the score of every case of `within` that holds a term of `query`."""
        numbers = [self._lexicon.numbers[case_id] for case_id in within if case_id in self._lexicon.numbers]
        best: dict[CaseId, float] = {}
        if not numbers:
            return best
        for language in LANGUAGES:
            for number, score in self._language(query, language, numbers):
                case_id = self._lexicon.case_ids[number]
                best[case_id] = max(best.get(case_id, 0.0), score)
        return best

    def _language(self, query: str, language: Language, numbers: list[int]) -> Iterable[tuple[int, float]]:
        terms = list(dict.fromkeys(_ANALYSE[self._kind](query, language)))[:MOST_TERMS]
        cases = self._lexicon.sizes[language]
        if not terms or not cases:
            return
        known = self._lexicon.frequencies(self._kind, language, terms)
        if not known:
            return
        # A term that stands nowhere weighs like one that stands in a single case: it was asked for and is missing.
        rarity = {term: _rarity(cases, known.get(term, 1)) for term in terms}
        ideal = sum(rarity.values()) * _SATURATION
        telling = [term for term in known if rarity[term] > 0]
        for number, score in self._lexicon.matches(self._kind, language, telling, numbers):
            yield number, min(1.0, score / ideal) if ideal else 0.0


_SATURATION = 2.2
"""What BM25 with k1 = 1.2 gives at most for one term, in units of its rarity."""


def _rarity(cases: int, holding: int) -> float:
    """Return the weight of a term that `holding` of `cases` hold: 0 from half of them on, where it tells nothing."""
    return max(0.0, math.log((cases - holding + 0.5) / (holding + 0.5)))
