"""Revisions, restoring, retiring, tombstones and further addresses, in the browser."""

from __future__ import annotations

import html
import json
from datetime import date

import pytest

from kb.case import Case
from kb.errors import InvalidCase
from kb.lifecycle import Lifecycle
from kb.review import accept_from_file
from kb.text import LANGUAGES, Language, Text
from tests.curated import CASES, Curated
from tests.people import send
from tests.proposals import CONTRIBUTOR, CURATOR
from tests.strategies import complete_record
from web.i18n import Translator
from web.numbers import day

BOTH = pytest.mark.parametrize("language", LANGUAGES)
CASE = CASES[0]
WHY = Text(de="Das Vorhaben wurde beendet.", en="The project was ended.")


def changed(curated: Curated, **changes: object) -> None:
    """Publish another state of the case."""
    case = curated.store.get(CASE)
    assert case is not None
    record = {**case.to_record(), **changes}
    curated.store.publish(accept_from_file(Case.from_record(record, curated.store.taxonomy), CURATOR))


def page(curated: Curated, address: str, language: Language = "en", name: str = "kurt", status: int = 200) -> str:
    answer = curated.browser(name, language).get(address)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


# ---- revisions


@BOTH
def test_every_published_state_can_be_read_and_compared_with_any_other(curated: Curated, language: Language) -> None:
    changed(curated, organisation="Second Name")
    changed(curated, organisation="Third Name", place="Altona")
    words = Translator(language)
    history = page(curated, f"/cases/{CASE}/history", language)
    for number in (1, 2, 3):
        assert f'href="/cases/{CASE}/history/{number}"' in history
    assert words("history.compared", old=2, new=3) in history
    assert "<ins>Third</ins>" in history
    further = page(curated, f"/cases/{CASE}/history?old=3&new=1", language)
    assert words("history.compared", old=3, new=1) in further
    assert "<del>Third Name</del>" in further or "<del>Third" in further
    second = page(curated, f"/cases/{CASE}/history/2", language)
    assert "Second Name" in second
    assert "Third Name" not in second
    assert words("record.organisation") in second
    page(curated, f"/cases/{CASE}/history/9", language, status=404)
    page(curated, f"/cases/{CASE}/history?old=9", language, status=404)
    page(curated, "/cases/no-such-case/history", language, status=404)


@pytest.mark.parametrize(("name", "status"), [("", 302), ("carla", 403)])
def test_what_is_done_with_revisions_is_for_curators(curated: Curated, name: str, status: int) -> None:
    before = curated.store.revisions(CASE)
    for step in ("restore", "retire", "aliases"):
        assert send(curated.browser(name), f"/cases/{CASE}/{step}", revision="1").status_code == status
    assert curated.store.revisions(CASE) == before


def test_a_state_is_restored_as_a_new_revision_and_found_again_at_once(curated: Curated) -> None:
    first = curated.store.get(CASE)
    changed(curated, organisation="Zwirbelwerke")
    kurt = curated.browser("kurt")
    answer = send(kurt, f"/cases/{CASE}/restore", revision="2", number="1")
    assert answer.location == f"/cases/{CASE}/history"
    assert curated.store.get(CASE) == first
    assert [one.origin for one in curated.store.revisions(CASE)] == ["file", "file", "restored"]
    assert curated.services.index_faults() == ()


@BOTH
def test_who_restores_over_a_state_that_they_have_not_seen_is_told(curated: Curated, language: Language) -> None:
    changed(curated, organisation="Second Name")
    changed(curated, organisation="Third Name")
    answer = send(curated.browser("kurt", language), f"/cases/{CASE}/restore", revision="2", number="1")
    assert answer.status_code == 409
    said = {"de": "steht inzwischen bei Fassung 3", "en": "is at revision 3 by now"}
    assert said[language] in answer.get_data(as_text=True)
    assert len(curated.store.revisions(CASE)) == 3


# ---- retiring


@BOTH
def test_a_retired_case_is_gone_and_its_page_says_why_and_what_took_its_place(
    curated: Curated, language: Language
) -> None:
    kurt = curated.browser("kurt", language)
    fields = {"reason.de": WHY["de"] or "", "reason.en": WHY["en"] or "", "successor": CASES[1]}
    assert send(kurt, f"/cases/{CASE}/retire", revision="1", **fields).status_code == 303
    for reader in LANGUAGES:
        tombstone = page(curated, f"/cases/{CASE}", reader, name="", status=410)
        assert WHY[reader] in tombstone
        assert f'href="/cases/{CASES[1]}"' in tombstone
        assert Translator(reader)("tombstone") in tombstone
        assert "/history" not in tombstone
    answer = curated.browser("", language).get(f"/api/v1/cases/{CASE}")
    told = json.loads(answer.data)["error"]
    assert answer.status_code == told["status"] == 410
    assert (told["message"], told["successor"]) == (WHY[language], CASES[1])
    assert Translator(language)("history.retire.again") in page(curated, f"/cases/{CASE}/history", language)


def test_a_retired_case_is_gone_from_search_before_the_index_follows(curated: Curated) -> None:
    title = curated.store.get(CASE)
    assert title is not None
    query = title.title["en"] or ""
    assert curated.found(query)[0] == CASE
    Lifecycle(curated.store).retire(CASE, WHY, CURATOR)
    assert curated.services.index_faults()
    assert CASE not in curated.found(query)
    for address in (f"/search?q={query}", f"/cases/{CASES[1]}", "/search", "/"):
        assert f"/cases/{CASE}" not in page(curated, address, name="")
    matches = curated.browser().post("/api/v1/match", json={"text": query})
    assert CASE not in matches.get_data(as_text=True)


@BOTH
def test_what_is_missing_or_wrong_when_retiring_is_said_at_once_and_nothing_typed_is_lost(
    curated: Curated, language: Language
) -> None:
    kurt = curated.browser("kurt", language)
    answer = send(kurt, f"/cases/{CASE}/retire", revision="1", **{"reason.de": "Nur deutsch."})
    told = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert Translator(language)("history.field.reason.en") in told
    assert "Nur deutsch.</textarea>" in told
    both = {"reason.de": "Beendet.", "reason.en": "Ended."}
    for successor in (CASE, "no-such-case"):
        answer = send(kurt, f"/cases/{CASE}/retire", revision="1", successor=successor, **both)
        assert answer.status_code == 422
        assert f'value="{successor}"' in answer.get_data(as_text=True)
    assert send(kurt, f"/cases/{CASE}/retire", revision="9", **both).status_code == 409
    assert curated.store.get(CASE) is not None


def test_a_retired_case_comes_back_as_a_new_revision(curated: Curated) -> None:
    Lifecycle(curated.store).retire(CASE, WHY, CURATOR)
    assert send(curated.browser("kurt"), f"/cases/{CASE}/restore", revision="2", number="1").status_code == 303
    assert curated.browser().get(f"/cases/{CASE}").status_code == 200
    case = curated.store.get(CASE)
    assert case is not None
    assert curated.found(case.title["en"] or "")[0] == CASE


def test_the_id_of_a_retired_case_is_never_used_again(curated: Curated) -> None:
    Lifecycle(curated.store).retire(CASE, WHY, CURATOR)
    made = curated.store.proposals.create(complete_record(id=CASE), CONTRIBUTOR, "form")
    with pytest.raises(InvalidCase, match=CASE):
        curated.store.proposals.check(made)
    assert CASE in page(curated, f"/review/{made.id}")


# ---- further addresses


def test_a_further_address_leads_to_the_case_for_good(curated: Curated) -> None:
    kurt = curated.browser("kurt")
    assert send(kurt, f"/cases/{CASE}/aliases", alias="eta-fabrik").status_code == 303
    reader = curated.browser()
    for address, goal in (
        ("/cases/eta-fabrik?lang=de", f"/cases/{CASE}?lang=de"),
        ("/api/v1/cases/eta-fabrik", f"/api/v1/cases/{CASE}"),
    ):
        answer = reader.get(address)
        assert (answer.status_code, answer.location) == (301, goal)
    assert kurt.get("/cases/eta-fabrik/history").location == f"/cases/{CASE}/history"
    assert kurt.get("/cases/eta-fabrik/history/1").location == f"/cases/{CASE}/history/1"
    Lifecycle(curated.store).retire(CASE, WHY, CURATOR)
    assert reader.get("/cases/eta-fabrik", follow_redirects=True).status_code == 410


@BOTH
@pytest.mark.parametrize("alias", [CASE, CASES[1], "Not an id", "", "ä"])
def test_an_address_that_is_taken_or_cannot_be_is_refused(curated: Curated, alias: str, language: Language) -> None:
    answer = send(curated.browser("kurt", language), f"/cases/{CASE}/aliases", alias=alias)
    assert answer.status_code == 422
    assert Translator(language)("history.field.alias") in answer.get_data(as_text=True)
    assert Lifecycle(curated.store).aliases(CASE) == []


# ---- the page of a case


@BOTH
def test_the_page_of_a_case_says_its_status_when_sources_were_checked_and_its_revision(
    curated: Curated, language: Language
) -> None:
    curated.store.publish(
        accept_from_file(Case.from_record(complete_record(status="pilot"), curated.store.taxonomy), CURATOR)
    )
    shown = page(curated, "/cases/example-foundry-waste-heat", language, name="")
    words = Translator(language)
    assert curated.store.taxonomy.vocabularies["statuses"]["pilot"].label[language] in shown
    assert words("source.checked", day="2026-01-31") in shown
    revision = curated.store.revisions("example-foundry-waste-heat")[-1]
    assert words("cite.edition", number=1, day=day(date.fromisoformat(revision.at[:10]), language)) in shown


def test_cases_can_be_filtered_by_status(curated: Curated) -> None:
    curated.store.publish(
        accept_from_file(Case.from_record(complete_record(status="pilot"), curated.store.taxonomy), CURATOR)
    )
    answer = curated.browser().get("/api/v1/search?status=pilot")
    assert [one["id"] for one in json.loads(answer.data)["results"]] == ["example-foundry-waste-heat"]
