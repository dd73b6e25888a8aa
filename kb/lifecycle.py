"""What becomes of a case after it was proposed: accepted and published, retired, restored, given another address."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from kb.acceptance import Criterion, Verdict, checklist
from kb.audit import Audit
from kb.case import Case, CaseId
from kb.errors import Fault, Faulty, NotFound
from kb.links import LinkChecks
from kb.permissions import Actor, Permission
from kb.proposal import Action, Proposal, State
from kb.proposal_reader import source_urls
from kb.proposals import EditConflict
from kb.review import NotAcceptable, Refused, accept, accept_again, decide
from kb.rules import identifier_fault
from kb.store import CaseStore, Outcome
from kb.text import Text

EASTERNMOST = timedelta(hours=14)
"""Ahead of UTC: a source that somebody has checked today, wherever they are, was not checked in the future."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stands where a retired case was. `successor` is the case that took its place."""

    case_id: CaseId
    title: Text
    reason: Text
    successor: CaseId | None
    at: str


class InvalidRequest(Faulty):
    """Retiring or renaming that cannot be, with every fault by field."""


class Lifecycle:
    """The steps of a case that need a curator. Each is one transaction with its revision, change and audit row."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        self._database = store.database
        self._audit = Audit(store.database)

    def accept(
        self,
        proposal_id: int,
        version: int,
        actor: Actor,
        *,
        four_eyes: bool,
        confirmed: Collection[Criterion] = (),
        reason: str = "",
    ) -> tuple[Proposal, Outcome]:
        """Accept the proposal and publish its case. Accepting again is no error and changes nothing.

        `version` is the one that the curator saw, `confirmed` what they ticked of the checklist.
        Raises EditConflict, CaseMoved, Refused, InvalidCase, NotAcceptable, NotFound.
        """
        with self._store.transaction():
            proposal = self._store.proposals.get(proposal_id)
            decide(proposal, Action.ACCEPT, actor, four_eyes=four_eyes)
            if proposal.state is State.PUBLISHED:
                return proposal, Outcome.UNCHANGED
            if version != proposal.version:
                raise EditConflict(None, proposal)
            accepted = accept(
                proposal,
                actor,
                self._store.taxonomy,
                today=self.today(),
                four_eyes=four_eyes,
                confirmed=confirmed,
                answers=LinkChecks(self._database).answers(source_urls(proposal.record)),
            )
            self._store.proposals.check(proposal)
            outcome = self._store.publish(accepted)
            self._audit.record(
                *(actor.name, "confirm", "proposal", proposal_id),
                criteria=sorted(confirmed),
                outcome=outcome.value,
            )
            self._store.proposals.settle(proposal, actor, accepted.case.id, self._revision(accepted.case.id), reason)
            return self._store.proposals.get(proposal_id), outcome

    def today(self) -> date:
        """Return the latest day that it may be anywhere: nobody's today lies in the future."""
        return (self._database.clock() + EASTERNMOST).date()

    def check_sources(
        self, case_id: str, urls: Collection[str], actor: Actor, *, four_eyes: bool
    ) -> tuple[Proposal, bool] | None:
        """Note that `actor` has read these sources of a case today, and that they say what the case says.

        A proposal like any other, accepted at once where the rules let its author do that; what a person has to
        confirm was confirmed for the state that stands, of which nothing but a day changes. Else it stays proposed.
        Return it and whether it is published; None where the day is noted already. Raises Forbidden, NotFound.
        """
        actor.require(Permission.UPKEEP)
        with self._store.transaction():
            case = self._store.get(case_id)
            if case is None:
                raise NotFound("case", case_id)
            before, record = case.to_record(), case.to_record()
            for source in record["sources"]:
                if source["url"] in urls:
                    source["checked"] = self._database.clock().date().isoformat()
            if record == before:
                return None
            proposals = self._store.proposals
            made = proposals.create(record, actor, "upkeep", case_id=case.id)
            made = proposals.act(made.id, made.version, Action.PROPOSE, actor)
            confirmed = [one.criterion for one in checklist(before, self.today()) if one.verdict is Verdict.TO_CHECK]
            try:
                done, _ = self.accept(made.id, made.version, actor, four_eyes=four_eyes, confirmed=confirmed)
            except (Refused, NotAcceptable):
                return made, False
            return done, True

    def retire(self, case_id: str, reason: Text, actor: Actor, successor: str | None = None) -> Tombstone:
        """Take a published case out of search at once and leave a tombstone. Retiring again changes the tombstone.

        Raises Forbidden, NotFound, and InvalidRequest for a successor that is no other published case.
        """
        actor.require(Permission.RETIRE)
        with self._store.transaction():
            row = self._database.row("SELECT state, record FROM cases WHERE id = ?", case_id)
            if row is None:
                raise NotFound("case", case_id)
            follower = self._store.get(successor) if successor is not None else None
            if successor is not None and (follower is None or follower.id == case_id):
                message = Text(de="ist kein anderer veröffentlichter Fall", en="is no other published case")
                raise InvalidRequest(case_id, [Fault("successor", message)])
            now = self._database.now()
            if row["state"] == "published":
                self._end(case_id, row["record"], actor, now)
            self._database.run(
                "INSERT OR REPLACE INTO tombstones (case_id, reason, successor, by, at) VALUES (?, ?, ?, ?, ?)",
                case_id,
                json.dumps(asdict(reason), ensure_ascii=False),
                *(follower.id if follower else None, actor.name, now),
            )
            self._audit.record(
                *(actor.name, "retire", "case", case_id),
                reason=reason["de"],
                successor=follower.id if follower else None,
            )
            found = self.tombstone(case_id)
            assert found is not None  # it has just been written
            return found

    def _end(self, case_id: str, record: str, actor: Actor, now: str) -> None:
        """Retire in the history: a revision of its own, so that an edit begun before is told that the case moved."""
        number = self._revision(case_id) + 1
        self._database.run(
            "INSERT INTO revisions (case_id, number, record, origin, at, by) VALUES (?, ?, ?, 'retired', ?, ?)",
            *(case_id, number, record, now, actor.name),
        )
        self._database.run("UPDATE cases SET state = 'retired', revision = ? WHERE id = ?", number, case_id)
        self._database.run(
            "INSERT INTO changes (case_id, revision, kind, at) VALUES (?, ?, 'retired', ?)", case_id, number, now
        )
        self._database.run("DELETE FROM facets WHERE case_id = ?", case_id)
        self._store.effects.remove(case_id)

    def tombstone(self, case_id: str) -> Tombstone | None:
        """Return what stands where the case with this id or alias was, None if it is published or never was."""
        row = self._database.row(
            "SELECT c.id, c.record, t.reason, t.successor, t.at FROM cases c LEFT JOIN tombstones t ON t.case_id = c.id"
            " WHERE c.state = 'retired' AND c.id = coalesce((SELECT case_id FROM aliases WHERE alias = ?1), ?1)",
            case_id,
        )
        if row is None:
            return None
        return Tombstone(
            case_id=row["id"],
            title=Text(**json.loads(row["record"])["title"]),
            reason=Text(**json.loads(row["reason"])) if row["reason"] else _NO_REASON,
            successor=row["successor"],
            at=row["at"] or "",
        )

    def restore(self, case_id: str, number: int, actor: Actor) -> Outcome:
        """Publish an earlier revision again, as a new one; that brings back a retired case too.

        Raises Forbidden, NotFound, and InvalidCase where the rules have grown stricter since.
        """
        with self._store.transaction():
            case = Case.from_record(self._store.revision(case_id, number), self._store.taxonomy)
            return self._store.publish(accept_again(case, actor, self._revision(case_id)))

    def add_alias(self, alias: str, case_id: str, actor: Actor) -> None:
        """Let a further address lead to the case. Its id stays, and no address ever leads to another case.

        Raises Forbidden, NotFound, and InvalidRequest for an address that is taken or cannot be.
        """
        actor.require(Permission.RENAME)
        with self._store.transaction():
            self._revision(case_id)
            fault = identifier_fault(alias)
            if fault is None and self._store.proposals.is_taken(alias):
                fault = Text(de=f"{alias} ist schon vergeben", en=f"{alias} is taken already")
            if fault is not None:
                raise InvalidRequest(case_id, [Fault("alias", fault)])
            self._database.run("INSERT INTO aliases (alias, case_id) VALUES (?, ?)", alias, case_id)
            self._audit.record(actor.name, "alias", "case", case_id, alias=alias)

    def aliases(self, case_id: str) -> list[str]:
        """Return the further addresses of a case."""
        rows = self._database.rows("SELECT alias FROM aliases WHERE case_id = ? ORDER BY alias", case_id)
        return [row["alias"] for row in rows]

    def _revision(self, case_id: str) -> int:
        row = self._database.row("SELECT revision FROM cases WHERE id = ?", case_id)
        if row is None:
            raise NotFound("case", case_id)
        return int(row["revision"])


_NO_REASON = Text(de="Ein Grund ist nicht festgehalten.", en="No reason was recorded.")
