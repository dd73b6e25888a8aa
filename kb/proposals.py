"""Proposals in SQLite: every saved version, every decision, and nobody's words overwritten by another's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kb.audit import Audit
from kb.case import Case, CaseId
from kb.database import Database
from kb.errors import Fault, InvalidCase, NotFound, PfadfinderError
from kb.permissions import COLLECTION_ACTOR, Actor, Permission
from kb.proposal import (
    OPEN,
    REASON_LIMIT,
    Action,
    Document,
    InvalidProposal,
    Proposal,
    State,
    Suggestion,
    document_faults,
    draft_faults,
)
from kb.proposal_reader import ProposalReader, dump
from kb.review import COLLECTION, decide, proposable
from kb.taxonomy import Taxonomy
from kb.text import Text


class EditConflict(PfadfinderError):
    """Somebody else changed the proposal since it was read. Nothing was overwritten: both versions are here."""

    def __init__(self, mine: Mapping[str, Any] | None, theirs: Proposal) -> None:
        self.mine, self.theirs = mine, theirs
        super().__init__(
            Text(
                de=f"{theirs.changed_by} hat diesen Vorschlag inzwischen geändert (Version {theirs.version}). "
                "Es wurde nichts überschrieben; bitte beide Fassungen vergleichen.",
                en=f"{theirs.changed_by} has changed this proposal meanwhile (version {theirs.version}). "
                "Nothing was overwritten; please compare both.",
            )
        )


class Proposals(ProposalReader):
    """Everything that happens to a proposal short of publishing it, which `kb.lifecycle` does."""

    def __init__(self, database: Database, taxonomy: Taxonomy) -> None:
        super().__init__(database)
        self._taxonomy = taxonomy
        self._audit = Audit(database)

    def create(
        self,
        record: Mapping[str, Any],
        actor: Actor,
        origin: str,
        *,
        case_id: CaseId | None = None,
        original: Mapping[str, Any] | None = None,
        document: Document | None = None,
        suggestions: tuple[Suggestion, ...] = (),
    ) -> Proposal:
        """Keep a new draft of `actor`, for the case `case_id` as it stands now or for a new one.

        `origin` says where it came from (form, file, document, address).
        Raises Forbidden, InvalidProposal, and NotFound for a case that is not there.
        """
        actor.require(Permission.PROPOSE)
        _refuse_faults("(new)", record, original, document)
        with self._database.transaction():
            base = self._revision_of(case_id) if case_id is not None else None
            now = self._database.now()
            proposal_id = self._database.run(
                "INSERT INTO proposals (version, state, case_id, base_revision, record, origin, created_by, created_at,"
                " changed_by, changed_at) VALUES (1, 'draft', ?, ?, ?, ?, ?5, ?6, ?5, ?6)",
                *(case_id, base, dump(record), origin, actor.name, now),
            )
            self._database.run(
                "INSERT INTO proposal_origins (proposal, original, document, suggestions) VALUES (?, ?, ?, ?)",
                proposal_id,
                None if original is None else dump(original),
                None if document is None else json.dumps(asdict(document), ensure_ascii=False),
                json.dumps([asdict(suggestion) for suggestion in suggestions], ensure_ascii=False),
            )
            self._keep_version(proposal_id, 1, dump(record), actor)
            self._audit.record(actor.name, "create", "proposal", proposal_id, case=case_id, origin=origin)
            return self.get(proposal_id)

    def save(
        self, proposal_id: int, version: int, record: Mapping[str, Any], actor: Actor, *, onto: int | None = None
    ) -> Proposal:
        """Keep `record` as the next version, if `version` is the one that stands; the same words again keep nothing.

        `onto`: the revision of the case that the edit has been brought onto, where the case went on meanwhile.
        Raises EditConflict with both versions, Refused, InvalidProposal, NotFound.
        """
        _refuse_faults(str(proposal_id), record)
        with self._database.transaction():
            found = self.get(proposal_id)
            decide(found, Action.SAVE, actor, four_eyes=False)
            base = found.base_revision if onto is None else onto
            if dump(record) == dump(found.record) and base == found.base_revision:
                return found
            if version != found.version:
                raise EditConflict(record, found)
            number = self._move(found, found.state, actor)
            self._database.run(
                "UPDATE proposals SET record = ?, base_revision = ? WHERE id = ?", dump(record), base, proposal_id
            )
            self._keep_version(proposal_id, number, dump(record), actor)
            return self.get(proposal_id)

    def act(self, proposal_id: int, version: int, action: Action, actor: Actor, reason: str = "") -> Proposal:
        """Do everything but saving and accepting. A comment needs no version: it stands in nobody's way.

        Raises EditConflict, Refused, NotFound, and InvalidCase for a faulty record that is proposed.
        """
        if action in (Action.SAVE, Action.ACCEPT):
            raise ValueError(f"{action} is no matter of act()")
        reason = reason.strip()[:REASON_LIMIT]
        with self._database.transaction():
            found = self.get(proposal_id)
            to = decide(found, action, actor, four_eyes=False, reason=reason)
            if action is not Action.COMMENT and version != found.version:
                raise EditConflict(None, found)
            if action is Action.PROPOSE:
                self.check(found)
            number = found.version if action is Action.COMMENT else self._move(found, to, actor)
            self._tell(found.id, number, action, to, actor, reason)
            return self.get(proposal_id)

    def check(self, proposal: Proposal) -> Case:
        """Return the case that the proposal describes. Raises InvalidCase, also when the id of a new one is taken."""
        case = proposable(proposal.record, proposal.case_id, self._taxonomy)
        self.check_id(case, proposal.case_id)
        return case

    def check_id(self, case: Case, case_id: CaseId | None) -> None:
        """Raise InvalidCase where a proposal for `case_id` (None for a new case) may not have the id of `case`."""
        if case_id is None and self.is_taken(case.id):
            message = Text(de=f"{case.id} ist schon vergeben", en=f"{case.id} is taken already")
            raise InvalidCase(case.id, [Fault("id", message)])

    def settle(self, proposal: Proposal, actor: Actor, case_id: CaseId, revision: int, reason: str) -> None:
        """Note that the proposal has been published as `revision` of `case_id`, inside the publishing transaction."""
        number = self._move(proposal, State.PUBLISHED, actor)
        self._database.run(
            "UPDATE proposals SET case_id = ?, base_revision = ? WHERE id = ?", case_id, revision, proposal.id
        )
        self._tell(proposal.id, number, Action.ACCEPT, State.PUBLISHED, actor, reason)

    # The shipped collection

    def offer(self, case: Case, revision: int) -> None:
        """Propose a new state from the collection for a case that was edited here; at most one such stays open.

        A proposal that somebody has worked on keeps their words, and the new state stands beside them.
        """
        record = case.to_record()
        row = self._database.row(
            "SELECT id FROM proposals WHERE case_id = ? AND origin = ? AND state IN (SELECT value FROM json_each(?))",
            *(case.id, COLLECTION, json.dumps(OPEN)),
        )
        if row is None:
            made = self.create(record, COLLECTION_ACTOR, COLLECTION, case_id=case.id, original=record)
            self.act(made.id, made.version, Action.PROPOSE, COLLECTION_ACTOR)
            return
        found = self.get(row["id"])
        self._database.run("UPDATE proposal_origins SET original = ? WHERE proposal = ?", dump(record), found.id)
        if found.authors == (COLLECTION_ACTOR.name,):
            self.save(found.id, found.version, record, COLLECTION_ACTOR, onto=revision)
        self._tell(found.id, found.version, Action.COMMENT, found.state, COLLECTION_ACTOR, _NEW_STATE)

    def _revision_of(self, case_id: str) -> int:
        row = self._database.row("SELECT revision FROM cases WHERE id = ?", case_id)
        if row is None:
            raise NotFound("case", case_id)
        return int(row["revision"])

    def _move(self, proposal: Proposal, to: State, actor: Actor) -> int:
        """Give the proposal its next version and return it."""
        self._database.run(
            "UPDATE proposals SET version = ?, state = ?, changed_by = ?, changed_at = ? WHERE id = ?",
            *(proposal.version + 1, to, actor.name, self._database.now(), proposal.id),
        )
        return proposal.version + 1

    def _keep_version(self, proposal_id: int, number: int, record: str, actor: Actor) -> None:
        self._database.run(
            "INSERT INTO proposal_versions (proposal, number, record, by, at) VALUES (?, ?, ?, ?, ?)",
            *(proposal_id, number, record, actor.name, self._database.now()),
        )

    def _tell(self, proposal_id: int, version: int, action: Action, to: State, actor: Actor, reason: str) -> None:
        self._database.run(
            "INSERT INTO proposal_events (proposal, version, action, state, by, at, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(proposal_id, version, action, to, actor.name, self._database.now(), reason),
        )
        self._audit.record(
            actor.name, action, "proposal", proposal_id, version=version, state=to, reason=reason or None
        )


def _refuse_faults(subject: str, record: Any, original: Any = None, document: Document | None = None) -> None:
    faults = [
        *draft_faults(record),
        *(draft_faults(original) if original is not None else ()),
        *document_faults(document),
    ]
    if faults:
        raise InvalidProposal(f"proposal {subject}", faults)


_NEW_STATE = "Neuer Stand der mitgelieferten Sammlung. / New state of the shipped collection."
