"""Words: SQLite FTS5 over analysed text, stems and character 4-grams, each language in a table of its own."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Literal

from index.analysis import fold, grams, stems
from index.compounds import Splitter
from index.glossary import Related, related_terms
from index.terms import Analyser
from index.vocabulary import Word, spellings, vocabulary_of
from kb.case import Case, CaseId
from kb.passages import text_hash
from kb.text import LANGUAGES, Language

Kind = Literal["stems", "grams"]
KINDS: tuple[Kind, ...] = ("stems", "grams")
_WEIGHTS = {"names": 2.0, "title": 2.0, "keywords": 2.0, "body": 1.0, "extras": 1.0}
"""How much a match counts, by column. What a text says beside its words stands in a column of its own, so that a
phrase is found in the words as they stand."""


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


def write_lexical(path: Path, cases: Iterable[Case], upon: Path | None = None) -> list[CaseId]:
    """Write the word tables for `cases` to a new SQLite file at `path`; return the cases in the order of `case_ids`.

    `upon`: the file of an earlier generation. The rows of cases that say what they said then are taken over, with the
    parts of compounds by the vocabulary of then; everything else is as in a file written in full.
    """
    told: dict[CaseId, dict[Language, dict[str, str]]] = {}
    for case in cases:
        if case.id in told:
            raise ValueError(f"{case.id} is given twice")
        told[case.id] = {language: texts for language in LANGUAGES if (texts := columns(case, language))}
    vocabulary = vocabulary_of(
        {language: "\n".join(texts.values()) for language, texts in by_language.items()}
        for by_language in told.values()
    )
    analyser = Analyser(Splitter(vocabulary))
    if upon is not None:
        shutil.copyfile(upon, path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("BEGIN")
    if upon is None:
        _create(connection)
    else:
        connection.execute("DELETE FROM vocabulary")
    connection.executemany("INSERT INTO vocabulary VALUES (?, ?, ?, ?, ?)", vocabulary)
    hashes = {case_id: text_hash(json.dumps(by_language)) for case_id, by_language in told.items()}
    numbers = _keep_known(connection, hashes)
    taken = frozenset(numbers.values())
    free = (number for number in count() if number not in taken)
    for case_id, by_language in told.items():
        if case_id in numbers:
            continue
        numbers[case_id] = number = next(free)
        connection.execute("INSERT INTO cases VALUES (?, ?, ?)", (number, case_id, hashes[case_id]))
        for language, texts in by_language.items():
            _insert(connection, number, language, list(texts.values()), analyser)
    connection.execute("COMMIT")
    connection.close()
    return sorted(numbers, key=numbers.__getitem__)


def _keep_known(connection: sqlite3.Connection, hashes: dict[CaseId, str]) -> dict[CaseId, int]:
    """Remove what stands of cases that are gone or say something else; return the numbers of those that stay."""
    kept: dict[CaseId, int] = {}
    for number, case_id, texts in connection.execute("SELECT number, id, hash FROM cases").fetchall():
        if hashes.get(case_id) == texts:
            kept[case_id] = number
            continue
        connection.execute("DELETE FROM cases WHERE number = ?", (number,))
        for kind in KINDS:
            for language in LANGUAGES:
                connection.execute(f"DELETE FROM {kind}_{language} WHERE rowid = ?", (number,))
    return kept


def _insert(
    connection: sqlite3.Connection, number: int, language: Language, texts: Sequence[str], analyser: Analyser
) -> None:
    rows: dict[Kind, list[list[str]]] = {
        "stems": [stems(text, language) for text in texts],
        "grams": [grams(text, language) for text in texts],
    }
    rows["stems"].append([term for text in texts for term in analyser.extras(text, language)])
    rows["grams"].append([])
    for kind, terms in rows.items():
        connection.execute(
            f"INSERT INTO {kind}_{language} (rowid, {', '.join(_WEIGHTS)}) VALUES (?, ?, ?, ?, ?, ?)",
            (number, *map(" ".join, terms)),
        )


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE cases (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL)")
    connection.execute("CREATE TABLE vocabulary (written TEXT, language TEXT, stem TEXT, cases INTEGER, terms INTEGER)")
    connection.execute("CREATE TABLE spellings (folded TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute(
        "CREATE TABLE related (source_language TEXT, source TEXT, language TEXT, target TEXT, shown TEXT,"
        " PRIMARY KEY (source_language, source, language, target)) WITHOUT ROWID"
    )
    for kind in KINDS:
        for language in LANGUAGES:
            # Terms are ready when they come here: the tokenizer has only to cut at white space. They are kept, since
            # FTS5 has to know what it forgets when a case goes.
            connection.execute(
                f"CREATE VIRTUAL TABLE {kind}_{language} USING fts5"
                f"({', '.join(_WEIGHTS)}, tokenize=\"unicode61 tokenchars '_'\")"
            )
            connection.execute(f"CREATE VIRTUAL TABLE {kind}_{language}_terms USING fts5vocab({kind}_{language}, row)")
    connection.executemany("INSERT OR IGNORE INTO spellings VALUES (?)", ((word,) for word in spellings()))
    connection.executemany("INSERT INTO related VALUES (?, ?, ?, ?, ?)", related_terms())


class Lexicon:
    """The word tables of one generation, read only. May be used by several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self.case_of: dict[int, CaseId] = dict(
            self.connection.execute("SELECT number, id FROM cases ORDER BY number").fetchall()
        )
        """The case of each row of the word tables. Their numbers have gaps where cases have gone."""
        self.case_ids = tuple(self.case_of.values())
        """The cases in the order in which every other file of the generation holds them."""
        self.positions = {case_id: position for position, case_id in enumerate(self.case_ids)}
        self.sizes: dict[Language, int] = {language: self._count(language) for language in LANGUAGES}
        """The number of cases that are told in each language."""
        self.narrow = min(self.sizes.values()) < max(self.sizes.values()) / 2
        """Whether most cases are told in one language only."""

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(f"{self._path.as_uri()}?mode=ro&immutable=1", uri=True)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _count(self, language: Language) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM stems_{language}_docsize").fetchone()[0])

    @cached_property
    def vocabulary(self) -> tuple[Word, ...]:
        """The words that exist, those of the glossary included."""
        return tuple(Word(*row) for row in self.connection.execute("SELECT * FROM vocabulary"))

    @cached_property
    def analyser(self) -> Analyser:
        """What turned the texts into terms, for queries to be treated alike."""
        return Analyser(Splitter(self.vocabulary))

    @cached_property
    def stems(self) -> dict[Language, frozenset[str]]:
        """The stems of the words that exist, by language."""
        return {
            language: frozenset(word.stem for word in self.vocabulary if word.language == language)
            for language in LANGUAGES
        }

    @cached_property
    def spellings(self) -> dict[str, Word]:
        """The words that stand in cases, by their folded spelling; of several the most frequent."""
        standing = sorted((word for word in self.vocabulary if word.cases), key=lambda word: word.cases)
        return {fold(word.written): word for word in standing if word.written.isalpha() and len(word.written) > 2}

    def spelled(self, folded: str) -> bool:
        """Say whether a folded word stands in any of the product's own text."""
        return bool(self.connection.execute("SELECT 1 FROM spellings WHERE folded = ?", (folded,)).fetchone())

    def frequencies(self, kind: Kind, language: Language, terms: Collection[str]) -> dict[str, int]:
        """Return in how many cases each of `terms` stands; terms that stand in none are left out."""
        rows = self.connection.execute(
            f"SELECT term, doc FROM {kind}_{language}_terms WHERE term IN (SELECT value FROM json_each(?))",
            (json.dumps(list(terms)),),
        )
        return dict(rows.fetchall())

    def related(self, language: Language, sources: Collection[str]) -> list[Related]:
        """Return what the glossary relates to terms of `language`, given as stems in a row."""
        rows = self.connection.execute(
            "SELECT source_language, source, language, target, shown FROM related"
            " WHERE source_language = ? AND source IN (SELECT value FROM json_each(?))",
            (language, json.dumps(list(sources))),
        )
        return [Related(*row) for row in rows]

    def holding(self, phrase: str) -> set[CaseId]:
        """Return the cases in which the stems of `phrase` stand one after the other, in either language.

        Stop words count on neither side. A phrase of nothing else stands nowhere.
        """
        return {
            self.case_of[number] for language in LANGUAGES for number in self._rows(language, stems(phrase, language))
        }

    def count(self, language: Language, terms: Sequence[str]) -> int:
        """Return the number of cases in which `terms` stand one after the other in `language`."""
        return len(self._rows(language, terms))

    def _rows(self, language: Language, terms: Sequence[str]) -> list[int]:
        if not terms:
            return []
        table, spoken = f"stems_{language}", " ".join(name for name in _WEIGHTS if name != "extras")
        found = f'{{{spoken}}} : "{" ".join(terms)}"'
        return [row for (row,) in self.connection.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (found,))]

    def matches(self, kind: Kind, language: Language, phrases: Sequence[str]) -> list[tuple[int, int, float]]:
        """Return (place in `phrases`, number of the row, BM25) for every case that holds one of `phrases`.

        A phrase is a term, or several with spaces between them, which must stand in a row.
        """
        return self.connection.execute(
            *self._scored(kind, language, phrases, "SELECT place, number, score FROM scored")
        ).fetchall()

    def sums(self, kind: Kind, language: Language, phrases: Sequence[str]) -> list[tuple[int, float]]:
        """Return (number of the row, sum of the BM25 of all `phrases`) for every case that holds one of them."""
        rest = "SELECT number, sum(score) FROM scored GROUP BY number"
        return self.connection.execute(*self._scored(kind, language, phrases, rest)).fetchall()

    def _scored(self, kind: Kind, language: Language, phrases: Sequence[str], rest: str) -> tuple[str, tuple[str]]:
        weights = ", ".join(str(weight) for weight in _WEIGHTS.values())
        table = f"{kind}_{language}"
        # One look-up a term and a sum, not one OR over all terms: the sum is the same, and bm25() over an OR takes
        # time that grows with the square of the number of terms (200 ms instead of 10 for a question in 4-grams).
        return (
            "WITH scored AS MATERIALIZED ("
            f"  SELECT phrases.key AS place, {table}.rowid AS number, -bm25({table}, {weights}) AS score"
            f"  FROM json_each(?) AS phrases CROSS JOIN {table} WHERE {table} MATCH phrases.value"
            f") {rest}",
            (json.dumps([f'"{phrase}"' for phrase in phrases]),),
        )
