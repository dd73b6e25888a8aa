"""Proposals from files of cases: thousands at a time, all or none, with the write lock held for the writing alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.audit import Audit
from kb.case import Case
from kb.permissions import Actor, Permission
from kb.proposal import Action, State
from kb.proposal_reader import KnownProposal, dump, known_proposals
from kb.review import decide
from kb.store import CaseStore
from kb.taxonomy import Taxonomy


class Outdated(Exception):
    """Somebody has changed what a batch was prepared from. Nothing was written; look again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database holds about some ids of cases, as far as `actor` may know of it.

    Two that are equal say that nothing about these ids has changed, without a look into a single record.
    """

    case_ids: tuple[str, ...]
    actor: Actor
    cases: Sequence[Mapping[str, Any]]
    proposals: Sequence[Mapping[str, Any]]

    def known(self, taxonomy: Taxonomy) -> Known:
        """Return it read: as cases and proposals."""
        return Known(
            {
                row["asked"]: Case.from_record(json.loads(row["record"]), taxonomy)
                for row in self.cases
                if row["state"] == "published"
            },
            frozenset(row["asked"] for row in self.cases),
            known_proposals(self.proposals),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """Id that was asked for -> the published case that has it or had it; ids that are taken; proposals by id."""

    published: Mapping[str, Case]
    taken: frozenset[str]
    proposals: Mapping[str, Sequence[KnownProposal]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What `FileProposals.prepare` has checked and written out as JSON. It holds as long as `snapshot` does.

    `fresh` is a list of the records that become proposals; `saved` one of (proposal, its version, record) that become
    the next version of a proposal. `again` are all proposals that the file holds, `changed` those of them whose record
    is another, `submitted` those that go to the curators.
    """

    snapshot: Snapshot
    origin: str
    submit: bool
    count: int
    fresh: str
    saved: str
    again: tuple[int, ...]
    changed: tuple[int, ...]
    submitted: tuple[int, ...]


class FileProposals:
    """Makes proposals of the cases of a file, and brings those that hold an earlier state of it to the new one.

    Looking and preparing hold no lock. Writing is a handful of statements over all rows: in a busy process every
    statement may wait for the other threads before the next one, so one a row would keep all writers waiting.
    """

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        self._database = store.database
        self._audit = Audit(store.database)

    def snapshot(self, case_ids: Collection[str], actor: Actor) -> Snapshot:
        """Return what there is about these ids."""
        cases = self._database.rows(
            "SELECT w.value AS asked, c.id, c.state, c.revision, c.record FROM json_each(?) w"
            " JOIN cases c ON c.id = coalesce((SELECT case_id FROM aliases WHERE alias = w.value), w.value)",
            json.dumps(list(case_ids)),
        )
        return Snapshot(tuple(case_ids), actor, cases, self._store.proposals.known_rows(case_ids, actor))

    def prepare(
        self,
        snapshot: Snapshot,
        fresh: Sequence[Case],
        again: Sequence[tuple[int, int, Case]],
        origin: str,
        *,
        submit: bool,
    ) -> Batch:
        """Return what `write` needs: a proposal for each case of `fresh`, the next state of each of `again`.

        `again` are (proposal, its version, case). With `submit` all of them wait for review at once. One of `fresh`
        with the id of a case that is there changes that case as it stands. Raises Forbidden, Refused, Outdated, and
        InvalidCase for a proposal of a new case whose id another case has got.
        """
        actor = snapshot.actor
        actor.require(Permission.BRING_IN)
        saved, submitted = [], []
        for proposal_id, version, case in again:
            found = self._store.proposals.get(proposal_id)
            if found.version != version:
                raise Outdated
            decide(found, Action.SAVE, actor, four_eyes=False)
            text = dump(case.to_record())
            if text != dump(found.record):
                saved.append((proposal_id, version, text))
            if submit and found.state is not State.PROPOSED:
                decide(found, Action.PROPOSE, actor, four_eyes=False)
                self._store.proposals.check_id(case, found.case_id)
                submitted.append(proposal_id)
        return Batch(
            snapshot=snapshot,
            origin=origin,
            submit=submit,
            count=len(fresh) + len(again),
            fresh=json.dumps([dump(case.to_record()) for case in fresh], ensure_ascii=False),
            saved=json.dumps(saved, ensure_ascii=False),
            again=tuple(proposal_id for proposal_id, _, _ in again),
            changed=tuple(proposal_id for proposal_id, _, _ in saved),
            submitted=tuple(submitted),
        )

    def write(self, batch: Batch) -> int:
        """Write all of `batch` or nothing; return how many proposals it made or brought up to date.

        Raises Outdated where its snapshot does not hold any more.
        """
        with self._database.transaction():
            if self.snapshot(batch.snapshot.case_ids, batch.snapshot.actor) != batch.snapshot:
                raise Outdated
            if batch.count > len(batch.again):
                self._make(batch)
            if batch.again:
                self._bring_again(batch)
        return batch.count

    def _make(self, batch: Batch) -> None:
        by, now = batch.snapshot.actor.name, self._database.now()
        state, version = (State.PROPOSED, 2) if batch.submit else (State.DRAFT, 1)
        # Nobody else writes meanwhile: all ids above are of this batch, in the order of the file.
        row = self._database.row("SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'proposals'")
        last = row["last"] if row else 0
        self._database.run(
            "INSERT INTO proposals (version, state, case_id, base_revision, record, origin, created_by, created_at,"
            " changed_by, changed_at) SELECT ?, ?, c.id, c.revision, r.value, ?, ?4, ?5, ?4, ?5"
            " FROM json_each(?6) r LEFT JOIN cases c ON c.id = json_extract(r.value, '$.id') ORDER BY r.key",
            *(version, state, batch.origin, by, now, batch.fresh),
        )
        self._database.run(
            "INSERT INTO proposal_origins (proposal, original, suggestions)"
            " SELECT id, record, '[]' FROM proposals WHERE id > ?",
            last,
        )
        self._database.run(
            "INSERT INTO proposal_versions (proposal, number, record, by, at)"
            " SELECT id, 1, record, created_by, created_at FROM proposals WHERE id > ?",
            last,
        )
        made = self._database.rows("SELECT id, case_id FROM proposals WHERE id > ? ORDER BY id", last)
        created = [(row["id"], {"case": row["case_id"], "origin": batch.origin}) for row in made]
        self._audit.record_many(by, "create", "proposal", created)
        if batch.submit:
            self._tell([row["id"] for row in made], by, now)

    def _bring_again(self, batch: Batch) -> None:
        by, now = batch.snapshot.actor.name, self._database.now()
        self._database.run(
            "INSERT INTO proposal_versions (proposal, number, record, by, at)"
            " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') + 1, json_extract(value, '$[2]'), ?, ?"
            " FROM json_each(?)",
            *(by, now, batch.saved),
        )
        self._database.run(
            "UPDATE proposals SET version = v.number, record = v.record, changed_by = v.by, changed_at = v.at"
            " FROM proposal_versions v WHERE v.proposal = proposals.id AND v.number = proposals.version + 1"
            " AND proposals.id IN (SELECT value FROM json_each(?))",
            json.dumps(batch.changed),
        )
        self._database.run(
            "UPDATE proposal_origins SET original = p.record FROM proposals p WHERE p.id = proposal"
            " AND proposal IN (SELECT value FROM json_each(?))",
            json.dumps(batch.again),
        )
        self._database.run(
            "UPDATE proposals SET version = version + 1, state = 'proposed', changed_by = ?, changed_at = ?"
            " WHERE id IN (SELECT value FROM json_each(?))",
            *(by, now, json.dumps(batch.submitted)),
        )
        self._tell(batch.submitted, by, now)

    def _tell(self, proposals: Sequence[int], by: str, now: str) -> None:
        """Note that these, as they stand, were sent to the curators."""
        self._database.run(
            "INSERT INTO proposal_events (proposal, version, action, state, by, at, reason)"
            " SELECT id, version, 'propose', state, ?, ?, '' FROM proposals"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            *(by, now, json.dumps(proposals)),
        )
        rows = self._database.rows(
            "SELECT id, version, state FROM proposals WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            json.dumps(proposals),
        )
        told = [(row["id"], {"version": row["version"], "state": row["state"]}) for row in rows]
        self._audit.record_many(by, Action.PROPOSE, "proposal", told)
