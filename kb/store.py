"""CaseStore: the record of cases, and the one door through which a case becomes public."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from kb.audit import Audit
from kb.case import Case, CaseId
from kb.database import Clock, Database, utc_now
from kb.effect_rows import EffectRows
from kb.errors import Fault, InvalidCase, NotFound, PfadfinderError
from kb.filters import Filters, facet_terms
from kb.outline import Outline
from kb.passages import text_hash
from kb.proposals import Proposals
from kb.review import COLLECTION, AcceptedCase
from kb.taxonomy import Taxonomy
from kb.text import Text


class Outcome(Enum):
    """What publishing a case did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The case was edited here since; the edit stays."""
    PROPOSED = "proposed"
    """The collection has a new state of a case that was edited here: the edit stays, the new state is a proposal."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the sequence that an index follows."""

    seq: int
    case_id: CaseId
    kind: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One published state of a case: its number, where it came from, by whom, and from which proposal.

    `by` is None for states of the first version of the database, which kept no names.
    """

    number: int
    origin: str
    at: str
    by: str | None
    proposal: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """The published state of a case: its number, the moment since which it stands, and that of its first state."""

    number: int
    at: str
    first_at: str


class CaseMoved(PfadfinderError):
    """The case has another revision than the one that a change was reviewed against. Nothing was overwritten."""

    def __init__(self, case_id: str, expected: int, revision: int) -> None:
        self.case_id, self.expected, self.revision = case_id, expected, revision
        super().__init__(
            Text(
                de=f"{case_id} steht inzwischen bei Fassung {revision}, die Änderung ging von Fassung {expected} aus. "
                "Bitte vergleichen und auf den neuen Stand bringen.",
                en=f"{case_id} is at revision {revision} by now, the change began from revision {expected}. "
                "Please compare and bring it onto the new state.",
            )
        )


class CaseStore:
    """Cases, their revisions and changes.

    One instance belongs to one thread. Every write is one transaction: either all of it is there or nothing.
    `database` is what the other stores of the room share with it, `proposals` and `effects` the first of them.
    """

    def __init__(self, path: Path | None, taxonomy: Taxonomy, clock: Clock = utc_now) -> None:
        """Open the database at `path` (None: in memory). Raises StoreError, as kb.database.Database does."""
        self.taxonomy = taxonomy
        self.database = Database(path, clock)
        self.proposals = Proposals(self.database, taxonomy)
        self.effects = EffectRows(self.database, taxonomy)
        self._audit = Audit(self.database)

    def close(self) -> None:
        """Close the database file."""
        self.database.close()

    def __enter__(self) -> CaseStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Make everything inside one transaction; an error undoes all of it. Nests."""
        return self.database.transaction()

    def publish(self, accepted: AcceptedCase) -> Outcome:
        """Make a case the published state of its id: case, revision, change, facets and audit in one transaction.

        A case from the shipped collection never overwrites an edit: a new state of it becomes a proposal, once.
        Raises CaseMoved for an edit of a state that is no longer the newest one, InvalidCase for an id that is taken.
        """
        case, record = accepted.case, json.dumps(accepted.case.to_record(), ensure_ascii=False, sort_keys=True)
        with self.transaction():
            row = self.database.row("SELECT record, state, revision FROM cases WHERE id = ?", case.id)
            shipped = self._shipped_before(case.id, record) if accepted.origin == COLLECTION else None
            if row is None:
                self._refuse_if_taken(case.id)
            elif row["record"] == record and row["state"] == "published":
                return Outcome.UNCHANGED
            elif accepted.origin == COLLECTION and (row["state"] == "retired" or text_hash(row["record"]) != shipped):
                return self._leave_edit(case, record, row["revision"], shipped)
            number = row["revision"] if row else 0
            if accepted.replaces is not None and accepted.replaces != number:
                raise CaseMoved(case.id, accepted.replaces, number)
            self._write(accepted, record, number + 1)
        return Outcome.CHANGED if row else Outcome.NEW

    def _shipped_before(self, case_id: str, record: str) -> str | None:
        """Return the hash of the state that the collection had of a case until now, and keep that of the new one."""
        row = self.database.row("SELECT hash FROM collection_states WHERE case_id = ?", case_id)
        if row is None or row["hash"] != text_hash(record):
            self.database.run(
                "INSERT OR REPLACE INTO collection_states (case_id, hash) VALUES (?, ?)", case_id, text_hash(record)
            )
        return row["hash"] if row else None

    def _leave_edit(self, case: Case, record: str, revision: int, shipped: str | None) -> Outcome:
        """Leave a case as it was edited or retired here; a new state from the collection becomes a proposal."""
        if text_hash(record) == shipped:
            return Outcome.KEPT
        self.proposals.offer(case, revision)
        return Outcome.PROPOSED

    def _refuse_if_taken(self, case_id: str) -> None:
        if self.proposals.is_taken(case_id):
            message = Text(de=f"{case_id} ist schon vergeben", en=f"{case_id} is taken already")
            raise InvalidCase(case_id, [Fault("id", message)])

    def _write(self, accepted: AcceptedCase, record: str, number: int) -> None:
        case, time = accepted.case, self.database.now()
        self.database.run(
            "INSERT INTO revisions (case_id, number, record, origin, at, by, proposal) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(case.id, number, record, accepted.origin, time, accepted.by, accepted.proposal),
        )
        self.database.run(
            "INSERT INTO cases (id, state, revision, record) VALUES (?1, 'published', ?2, ?3)"
            " ON CONFLICT (id) DO UPDATE SET state = 'published', revision = ?2, record = ?3",
            *(case.id, number, record),
        )
        self.database.run(
            "INSERT INTO changes (case_id, revision, kind, at) VALUES (?, ?, 'published', ?)", case.id, number, time
        )
        self.database.run("DELETE FROM tombstones WHERE case_id = ?", case.id)
        self.database.run("DELETE FROM facets WHERE case_id = ?", case.id)
        self.database.run_many(
            "INSERT INTO facets (facet, term, case_id) VALUES (?, ?, ?)",
            [(facet, term, case.id) for facet, term in facet_terms(case)],
        )
        self.effects.write(case)
        self._audit.record(
            *(accepted.by, "publish", "case", case.id),
            revision=number,
            origin=accepted.origin,
            proposal=accepted.proposal,
        )

    def get(self, case_id: str) -> Case | None:
        """Return the published case with this id or alias, or None."""
        row = self.database.row(
            "SELECT record FROM cases WHERE state = 'published'"
            " AND id = coalesce((SELECT case_id FROM aliases WHERE alias = ?1), ?1)",
            case_id,
        )
        return self._case(row["record"]) if row else None

    def canonical(self, case_id: str) -> CaseId | None:
        """Return the id that a case with this id or alias has, published or retired; None where there is none."""
        row = self.database.row(
            "SELECT id FROM cases WHERE id = coalesce((SELECT case_id FROM aliases WHERE alias = ?1), ?1)", case_id
        )
        return row["id"] if row else None

    def get_many(self, case_ids: Sequence[str]) -> list[Case]:
        """Return the published cases with these ids, in the order asked for; unknown ids are left out."""
        rows = self.database.rows(
            "SELECT id, record FROM cases WHERE state = 'published' AND id IN (SELECT value FROM json_each(?))",
            json.dumps(list(case_ids)),
        )
        records = {row["id"]: row["record"] for row in rows}
        return [self._case(records[case_id]) for case_id in case_ids if case_id in records]

    def outlines(self) -> list[Outline]:
        """Return every published case in outline, by id: a tenth of the time that whole cases take."""
        rows = self.database.rows(
            "SELECT id, json_extract(record, '$.title.de', '$.title.en', '$.organisation', '$.pathway', '$.sector',"
            " '$.country', '$.region', '$.year') AS facts FROM cases WHERE state = 'published' ORDER BY id"
        )
        return [_outline(row["id"], *json.loads(row["facts"])) for row in rows]

    def all(self) -> Iterator[Case]:
        """Yield every published case, by id."""
        for row in self.database.rows("SELECT record FROM cases WHERE state = 'published' ORDER BY id"):
            yield self._case(row["record"])

    def matching(self, filters: Filters) -> frozenset[CaseId]:
        """Return the ids of all published cases that pass `filters`."""
        conditions, values = ["state = 'published'"], list[Any]()
        for facet, terms in filters.selected():
            conditions.append(
                "id IN (SELECT case_id FROM facets WHERE facet = ? AND term IN (SELECT value FROM json_each(?)))"
            )
            values += [facet, json.dumps(terms)]
        # A case without a year compares as NULL, which is not true: it does not pass.
        for sign, year in ((">=", filters.years.first), ("<=", filters.years.last)):
            if year is not None:
                conditions.append(f"json_extract(record, '$.year') {sign} ?")
                values.append(year)
        if filters.effect:
            condition, wanted = self.effects.condition(filters.effect)
            conditions.append(f"id IN (SELECT case_id FROM effects WHERE {condition})")
            values += wanted
        rows = self.database.rows(f"SELECT id FROM cases WHERE {' AND '.join(conditions)}", *values)
        return frozenset(row["id"] for row in rows)

    def newest_first(self, case_ids: Collection[str]) -> list[CaseId]:
        """Return `case_ids` by year, the newest first, then by id; those without a year last."""
        rows = self.database.rows(
            "SELECT id FROM cases WHERE id IN (SELECT value FROM json_each(?))"
            " ORDER BY json_extract(record, '$.year') DESC NULLS LAST, id",
            json.dumps(list(case_ids)),
        )
        return [row["id"] for row in rows]

    def facet_counts(self, case_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """Return facet -> term -> number of the cases in `case_ids`, the largest number first."""
        rows = self.database.rows(
            "SELECT facet, term, count(*) AS cases FROM facets"
            " WHERE case_id IN (SELECT value FROM json_each(?)) GROUP BY facet, term ORDER BY cases DESC, term",
            json.dumps(list(case_ids)),
        )
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            counts.setdefault(row["facet"], {})[row["term"]] = row["cases"]
        return counts

    def count(self) -> int:
        """Return the number of published cases."""
        row = self.database.row("SELECT count(*) AS cases FROM cases WHERE state = 'published'")
        return int(row["cases"]) if row else 0

    def revisions(self, case_id: str) -> list[Revision]:
        """Return every state that a case had, the oldest first; being retired is one too."""
        rows = self.database.rows(
            "SELECT number, origin, at, by, proposal FROM revisions WHERE case_id = ? ORDER BY number", case_id
        )
        return [Revision(**row) for row in rows]

    def revision(self, case_id: str, number: int) -> dict[str, Any]:
        """Return the record of one state. It may break rules that are newer than itself. Raises NotFound."""
        row = self.database.row("SELECT record FROM revisions WHERE case_id = ? AND number = ?", case_id, number)
        if row is None:
            raise NotFound("revision", f"{case_id} {number}")
        found: dict[str, Any] = json.loads(row["record"])
        return found

    def versions(self, case_ids: Collection[str]) -> dict[CaseId, Version]:
        """Return the published state of each of these cases, the newest change first; others are left out."""
        rows = self.database.rows(
            "SELECT c.id, c.revision, now.at, first.at AS first_at FROM cases c"
            " JOIN revisions now ON now.case_id = c.id AND now.number = c.revision"
            " JOIN revisions first ON first.case_id = c.id AND first.number = 1"
            " JOIN changes ch ON ch.case_id = c.id AND ch.revision = c.revision"
            " WHERE c.state = 'published' AND c.id IN (SELECT value FROM json_each(?)) ORDER BY ch.seq DESC",
            json.dumps(list(case_ids)),
        )
        return {row["id"]: Version(row["revision"], row["at"], row["first_at"]) for row in rows}

    def identity(self) -> str:
        """Return what tells this database from every other."""
        row = self.database.row("SELECT id FROM identity")
        return str(row["id"]) if row else ""

    def last_change(self) -> int:
        """Return the newest sequence number, 0 when nothing has ever changed."""
        row = self.database.row("SELECT coalesce(max(seq), 0) AS seq FROM changes")
        return int(row["seq"]) if row else 0

    def last_changed(self) -> str | None:
        """Return when a case last changed (ISO 8601, UTC), None when nothing ever has."""
        row = self.database.row("SELECT max(at) AS at FROM revisions")
        return row["at"] if row else None

    def changes_after(self, seq: int) -> list[Change]:
        """Return the changes with a sequence number above `seq`, in order."""
        rows = self.database.rows("SELECT seq, case_id, kind FROM changes WHERE seq > ? ORDER BY seq", seq)
        return [Change(row["seq"], row["case_id"], row["kind"]) for row in rows]

    def _case(self, record: str) -> Case:
        return _read(record, self.taxonomy)


def _outline(case_id: CaseId, de: str | None, en: str | None, *facts: Any) -> Outline:
    return Outline(case_id, Text(de=de, en=en), *facts)


@lru_cache(maxsize=1024)
def _read(record: str, taxonomy: Taxonomy) -> Case:
    """Return the case that a stored record holds. Cases are frozen, so requests may share them."""
    return Case.from_record(json.loads(record), taxonomy)
