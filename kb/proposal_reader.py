"""What can be asked of the proposals in SQLite."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kb.case import CaseId
from kb.database import Database
from kb.errors import NotFound
from kb.permissions import Actor, Permission
from kb.proposal import OPEN, Action, Document, Event, Proposal, State, Suggestion, title_of
from kb.review import parties
from kb.text import Text


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal as a list shows it."""

    id: int
    version: int
    state: State
    title: Text | None
    case_id: CaseId | None
    origin: str
    created_by: str
    created: str
    changed_by: str
    changed: str


_LINE = (
    "id, version, state, json_extract(record, '$.title') AS title, json_type(record, '$.title') AS kind, case_id,"
    " origin, created_by, created_at, changed_by, changed_at"
)


@dataclass(frozen=True, slots=True)
class Version:
    """One saved state of a proposal."""

    number: int
    record: dict[str, Any]
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class KnownProposal:
    """A proposal that has, or was brought in with, the id of some case. `by_others`: somebody else wrote in it."""

    id: int
    version: int
    state: State
    record: Mapping[str, Any]
    original: Mapping[str, Any] | None
    is_own: bool
    by_others: bool


class ProposalReader:
    """Proposals one by one, as lists, and their versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, proposal_id: int) -> Proposal:
        """Return the whole proposal. Raises NotFound."""
        row = self._database.row(
            "SELECT p.*, o.original, o.document, o.suggestions FROM proposals p"
            " JOIN proposal_origins o ON o.proposal = p.id WHERE p.id = ?",
            proposal_id,
        )
        if row is None:
            raise NotFound("proposal", proposal_id)
        writers = self._database.rows(
            "SELECT by FROM proposal_versions WHERE proposal = ? ORDER BY number", proposal_id
        )
        events = self._database.rows(
            "SELECT at, by, action, state, version, reason FROM proposal_events WHERE proposal = ? ORDER BY seq",
            proposal_id,
        )
        return Proposal(
            id=row["id"],
            version=row["version"],
            state=State(row["state"]),
            record=json.loads(row["record"]),
            authors=tuple(dict.fromkeys([row["created_by"], *(writer["by"] for writer in writers)])),
            origin=row["origin"],
            created=row["created_at"],
            changed=row["changed_at"],
            changed_by=row["changed_by"],
            case_id=row["case_id"],
            base_revision=row["base_revision"],
            original=json.loads(row["original"]) if row["original"] else None,
            document=Document(**json.loads(row["document"])) if row["document"] else None,
            suggestions=tuple(Suggestion(**suggestion) for suggestion in json.loads(row["suggestions"])),
            events=tuple(
                Event(**{**event, "action": Action(event["action"]), "state": State(event["state"])})
                for event in events
            ),
        )

    def seen_by(self, proposal_id: int, actor: Actor) -> Proposal:
        """Return the whole proposal to one of its authors or a curator. Raises NotFound, also for all others."""
        found = self.get(proposal_id)
        if not parties(found, actor):
            raise NotFound("proposal", proposal_id)
        return found

    def lines(
        self,
        *,
        states: Collection[State] = tuple(State),
        author: str | None = None,
        case_id: str | None = None,
        limit: int = 50,
        offset: int = 0,
        oldest_first: bool = False,
    ) -> list[ProposalLine]:
        """Return proposals as a list shows them, the last changed first or last; `author` wrote in each of them."""
        order = "ASC" if oldest_first else "DESC"
        rows = self._database.rows(
            f"SELECT {_LINE} FROM proposals"
            " WHERE state IN (SELECT value FROM json_each(?)) AND (?2 IS NULL OR case_id = ?2)"
            " AND (?3 IS NULL OR id IN (SELECT proposal FROM proposal_versions WHERE by = ?3))"
            f" ORDER BY changed_at {order}, id {order} LIMIT ? OFFSET ?",
            *(json.dumps(list(states)), case_id, author, limit, offset),
        )
        return [_line(row) for row in rows]

    def of_same_document(self, proposal_id: int, actor: Actor, limit: int = 5) -> list[ProposalLine]:
        """Return the other open proposals that `actor` may see and that came from the same text or the same address.

        The texts of all open ones are compared: a tenth of a second for five hundred of a hundred kilobytes.
        """
        rows = self._database.rows(
            f"WITH own AS (SELECT json_extract(document, '$.text') AS text, json_extract(document, '$.url') AS url"
            f" FROM proposal_origins WHERE proposal = ?1 AND document IS NOT NULL) SELECT {_LINE}"
            " FROM own, proposals JOIN proposal_origins o ON o.proposal = id"
            " WHERE id != ?1 AND state IN (SELECT value FROM json_each(?2)) AND o.document IS NOT NULL"
            " AND (json_extract(o.document, '$.text') = own.text OR json_extract(o.document, '$.url') = own.url)"
            " AND (?3 OR id IN (SELECT proposal FROM proposal_versions WHERE by = ?4)) ORDER BY id LIMIT ?5",
            *(proposal_id, json.dumps(OPEN), actor.may(Permission.REVIEW), actor.name, limit),
        )
        return [_line(row) for row in rows]

    def known(self, case_ids: Collection[str], actor: Actor) -> dict[str, list[KnownProposal]]:
        """Return id of a case -> the proposals with it that stand in the way of a further one, the oldest first.

        Those that were withdrawn do not; drafts of others are nobody's business but a curator's.
        """
        return known_proposals(self.known_rows(case_ids, actor))

    def known_rows(self, case_ids: Collection[str], actor: Actor) -> list[dict[str, Any]]:
        """Return what `known` is made from: rows that can be compared without a look into a record."""
        return self._database.rows(
            "WITH wanted (id) AS (SELECT value FROM json_each(?1)), found (case_id, proposal) AS ("
            " SELECT w.id, p.id FROM wanted w JOIN proposals p ON json_extract(p.record, '$.id') = w.id"
            " UNION"
            " SELECT w.id, o.proposal FROM wanted w JOIN proposal_origins o ON json_extract(o.original, '$.id') = w.id)"
            " SELECT f.case_id, p.id, p.version, p.state, p.record, o.original,"
            " EXISTS (SELECT 1 FROM proposal_versions v WHERE v.proposal = p.id AND v.by = ?2) AS is_own,"
            " EXISTS (SELECT 1 FROM proposal_versions v WHERE v.proposal = p.id AND v.by != ?2) AS by_others"
            " FROM found f JOIN proposals p ON p.id = f.proposal JOIN proposal_origins o ON o.proposal = p.id"
            " WHERE p.state != 'withdrawn' AND (p.state != 'draft' OR is_own OR ?3) ORDER BY p.id, f.case_id",
            *(json.dumps(list(case_ids)), actor.name, actor.may(Permission.REVIEW)),
        )

    def counts(self, author: str | None = None) -> dict[State, int]:
        """Return the number of proposals by state, all states named."""
        rows = self._database.rows(
            "SELECT state, count(*) AS proposals FROM proposals"
            " WHERE ?1 IS NULL OR id IN (SELECT proposal FROM proposal_versions WHERE by = ?1) GROUP BY state",
            author,
        )
        found = {row["state"]: row["proposals"] for row in rows}
        return {state: found.get(state, 0) for state in State}

    def contributors(self) -> list[str]:
        """Return everybody who made a proposal, for a choice to filter by."""
        return [row["by"] for row in self._database.rows("SELECT DISTINCT created_by AS by FROM proposals ORDER BY by")]

    def versions(self, proposal_id: int) -> list[Version]:
        """Return every saved state, the oldest first."""
        rows = self._database.rows(
            "SELECT number, record, by, at FROM proposal_versions WHERE proposal = ? ORDER BY number", proposal_id
        )
        return [Version(**{**row, "record": json.loads(row["record"])}) for row in rows]

    def is_taken(self, case_id: str) -> bool:
        """Say whether a case has, or ever had, this id or address. Ids are never used again."""
        return bool(
            self._database.row(
                "SELECT 1 FROM cases WHERE id = ?1 UNION ALL SELECT 1 FROM aliases WHERE alias = ?1", case_id
            )
        )


def known_proposals(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[KnownProposal]]:
    """Return the rows of `ProposalReader.known_rows` read: id of a case -> proposals, in their order."""
    found: dict[str, list[KnownProposal]] = {}
    for row in rows:
        found.setdefault(row["case_id"], []).append(
            KnownProposal(
                id=row["id"],
                version=row["version"],
                state=State(row["state"]),
                record=json.loads(row["record"]),
                original=json.loads(row["original"]) if row["original"] else None,
                is_own=bool(row["is_own"]),
                by_others=bool(row["by_others"]),
            )
        )
    return found


def source_urls(record: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a record names, which may be faulty."""
    sources = record.get("sources")
    urls = [source.get("url") for source in sources if isinstance(source, Mapping)] if isinstance(sources, list) else []
    return [url for url in urls if isinstance(url, str)]


def dump(record: Mapping[str, Any]) -> str:
    """Return a record as it is stored: the same content gives the same text."""
    # Twice, as a key of a draft may be a number, which JSON turns to text and Python cannot sort among texts.
    return json.dumps(json.loads(json.dumps(record)), ensure_ascii=False, sort_keys=True)


def _line(row: dict[str, Any]) -> ProposalLine:
    title = json.loads(row["title"]) if row["kind"] in ("object", "array") else row["title"]
    return ProposalLine(
        id=row["id"],
        version=row["version"],
        state=State(row["state"]),
        title=title_of({"title": title}),
        case_id=row["case_id"],
        origin=row["origin"],
        created_by=row["created_by"],
        created=row["created_at"],
        changed_by=row["changed_by"],
        changed=row["changed_at"],
    )
