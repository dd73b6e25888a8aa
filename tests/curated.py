"""A small home with people in it, for the tests of the curators' pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from index.encoder import BundledEncoder
from kb.accounts import Accounts
from kb.passwords import Scrypt
from kb.permissions import OPERATOR, Role
from kb.proposal import Action, Document, Proposal
from kb.shipped import COLLECTION_FOLDER
from kb.store import CaseStore
from kb.text import Language
from tests.people import PASSWORD, begin_session, send
from tests.proposals import CONTRIBUTOR
from tests.strategies import complete_record
from web.app import create_app
from web.settings import Settings
from web.wiring import Services

CASES = ("eta-fabrik-darmstadt", "kalundborg-symbiosis", "mader-looxr-digital-air")
PEOPLE = {"carla": Role.CONTRIBUTOR, "kurt": Role.CURATOR, "klara": Role.CURATOR, "ada": Role.ADMIN}
ALL = ("page", "outcome", "source", "wording", "languages")
FOUND_BY = {"de": "Gießerei Abwärme Fernwärme", "en": "foundry waste heat district heating"}
"""Words that find the record of `complete_record`."""


def make_home(home: Path) -> None:
    """Make a home with three shipped cases, their index, and a user of every role."""
    services = Services(Settings(home=home))
    for case_id in CASES:
        services.take_in(COLLECTION_FOLDER / f"{case_id}.yml", "file")
    services.build_index()
    add_people(services)


def add_people(services: Services) -> None:
    """Add a user of every role, whose password is checked in no time."""
    with services.store() as store:
        accounts = Accounts(store.database, Scrypt(n=16, r=1, p=1))
        for name, role in PEOPLE.items():
            accounts.add(name, role, OPERATOR, PASSWORD)


@dataclass
class Curated:
    """A home of one test, which it may change."""

    services: Services
    store: CaseStore

    @classmethod
    def over(cls, home: Path, encoder: BundledEncoder, **settings: Any) -> Curated:
        services = Services(Settings(home=home, **settings))
        services.encoder = encoder
        return cls(services, services.store())

    def browser(self, name: str = "", language: Language = "en") -> FlaskClient:
        """Return the browser of somebody, signed in if a name is given, which asks for pages in a language."""
        client = create_app(self.services).test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        if name:
            begin_session(client, Accounts(self.store.database).get(name))
        return client

    def with_four_eyes(self) -> Curated:
        """Return the same home with nobody publishing what they wrote themselves."""
        services = Services(replace(self.services.settings, four_eyes=True))
        services.encoder = self.services.encoder
        return Curated(services, self.store)

    def proposed(
        self, case_id: str | None = None, document: Document | None = None, original: Any = None, **changes: Any
    ) -> Proposal:
        """Return a proposal of carla that waits for review: for a new case, or with changes to one that there is."""
        case = self.store.get(case_id) if case_id else None
        record = {**case.to_record(), **changes} if case else complete_record(**changes)
        proposals = self.store.proposals
        made = proposals.create(
            record,
            CONTRIBUTOR,
            "document" if document else "form",
            case_id=case.id if case else None,
            document=document,
            original=original,
        )
        return proposals.act(made.id, made.version, Action.PROPOSE, CONTRIBUTOR)

    def found(self, query: str, language: Language = "en") -> list[str]:
        """Return the ids of the cases that a reader finds."""
        address = "/api/v1/search"
        answer = self.browser(language=language).get(address, query_string={"q": query, "lang": language})
        assert answer.status_code == 200
        return [entry["id"] for entry in json.loads(answer.data)["results"]]


def decide(client: FlaskClient, proposal: Proposal, action: str, **fields: Any) -> TestResponse:
    """Send the form of the review page as it stands for this version of the proposal."""
    return send(client, f"/review/{proposal.id}/{action}", **{"version": str(proposal.version), **fields})
