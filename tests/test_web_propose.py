"""Writing proposals, in the browser's place: no script runs here, so every step is a page and a button."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kb.accounts import Accounts
from kb.invitations import Invitations
from kb.permissions import Actor, Role
from kb.proposal import Action, Document, Proposal, State, Suggestion
from kb.text import Language
from tests.curated import CASES, Curated
from tests.people import send
from tests.proposals import CONTRIBUTOR, CURATOR
from tests.strategies import complete_record

TWIN = CASES[2]


def draft(curated: Curated, record: dict[str, Any] | None = None, **parts: Any) -> Proposal:
    """Return a draft of carla."""
    return curated.store.proposals.create(complete_record() if record is None else record, CONTRIBUTOR, "form", **parts)


def save(client: FlaskClient, proposal: Proposal, do: str = "save", **fields: str) -> TestResponse:
    """Send the form as a browser without script does: what was typed, the version that was seen, the button."""
    typed = {name.replace("__", "."): words for name, words in fields.items()}
    return send(client, f"/proposals/{proposal.id}", version=str(proposal.version), do=do, **typed)


def now(curated: Curated, proposal: Proposal) -> Proposal:
    return curated.store.proposals.get(proposal.id)


def text(answer: TestResponse) -> str:
    """Return the words of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def button(page: str, value_begins: str) -> str:
    """Return the value of the first button that begins so: what a click on it sends."""
    found = re.search(rf'name="do" value="({re.escape(value_begins)}[^"]*)"', page)
    assert found, value_begins
    return html.unescape(found[1])


# From nothing to the review


@pytest.mark.parametrize(
    ("start", "record"),
    [
        ({"sector": "C24", "pathway": "services"}, {"sector": "C24", "pathway": "services"}),
        ({"sector": "A02"}, {"sector": "A02"}),
        ({"sector": "", "pathway": ""}, {}),
    ],
)
def test_a_new_draft_begins_with_the_sector_and_pathway_that_miss_a_case(
    curated: Curated, start: dict[str, str], record: dict[str, str]
) -> None:
    client = curated.browser("carla")
    page = client.get("/proposals", query_string=start)
    assert page.status_code == 200
    assert ("The new draft begins with" in text(page)) is bool(record)
    fields = dict(re.findall(r'name="(sector|pathway)" value="([^"]+)"', page.get_data(as_text=True)))
    assert fields == record
    begun = send(client, "/proposals", **start)
    proposal = curated.store.proposals.get(int(begun.location.rsplit("/", 1)[1]))
    assert (proposal.state, proposal.record) == (State.DRAFT, record)
    assert client.get(begun.location).status_code == 200


@pytest.mark.parametrize(("language", "said"), [("de", "gibt es nicht. Erlaubt"), ("en", "does not exist. Allowed")])
def test_a_draft_begins_with_terms_of_the_vocabularies_only_and_every_fault_is_named(
    curated: Curated, language: Language, said: str
) -> None:
    client = curated.browser("carla", language)
    wrong = {"sector": "X99", "pathway": "sharing"}
    for answer in (client.get("/proposals", query_string=wrong), send(client, "/proposals", **wrong)):
        assert answer.status_code == 400
        page = text(answer)
        assert page.count(said) == 2
        assert "efficiency, services, cooperation" in page
    assert curated.store.proposals.lines(limit=5) == []


def test_a_missing_case_of_the_grid_begins_its_draft_at_once_for_who_may_propose(curated: Curated) -> None:
    client = curated.browser("carla")
    page = client.get("/explore").get_data(as_text=True)
    form = re.search(r'<form class="call" action="/proposals" method="post">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', form[1]))
    begun = client.post("/proposals", data=fields)
    proposal = curated.store.proposals.get(int(begun.location.rsplit("/", 1)[1]))
    assert proposal.record == {"sector": fields["sector"], "pathway": fields["pathway"]}
    assert f"missing: {curated.services.taxonomy.sectors[fields['sector']].short['en']}" in form[1]
    assert 'form class="call"' not in curated.browser().get("/explore").get_data(as_text=True)


def test_a_new_draft_is_begun_written_proposed_and_taken_back(curated: Curated) -> None:
    client = curated.browser("carla")
    begun = send(client, "/proposals")
    assert begun.status_code == 303
    proposal = curated.store.proposals.get(int(begun.location.rsplit("/", 1)[1]))
    assert (proposal.state, proposal.record) == (State.DRAFT, {})

    written = save(client, proposal, title__de="Gießerei heizt die Stadt", year="2024", partners="A\r\nB")
    assert written.status_code == 303
    saved = now(curated, proposal)
    assert saved.record == {"title": {"de": "Gießerei heizt die Stadt"}, "year": 2024, "partners": ["A", "B"]}

    whole = curated.store.proposals.save(saved.id, saved.version, complete_record(), CONTRIBUTOR)
    assert save(client, whole, "propose").location == f"/proposals/{whole.id}?done=proposed"
    assert now(curated, whole).state is State.PROPOSED
    assert "in review" in text(client.get(f"/proposals/{whole.id}"))
    assert save(client, now(curated, whole), "withdraw").status_code == 303
    assert now(curated, whole).state is State.WITHDRAWN
    assert send(client, f"/proposals/{whole.id}/reopen", version=str(now(curated, whole).version)).status_code == 303
    assert now(curated, whole).state is State.DRAFT


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Kodierregel", "Zur Prüfung vorschlagen", "Eine bis sechs: was wirklich eingesetzt wurde.", "Entwurf"]),
        ("en", ["Coding rule", "Propose for review", "One to six: what was really put to work.", "draft"]),
    ],
)
def test_the_form_names_every_field_its_rule_and_the_coding_rule(
    curated: Curated, language: Language, words: list[str]
) -> None:
    page = curated.browser("carla", language).get(f"/proposals/{draft(curated).id}").get_data(as_text=True)
    for word in words:
        assert word in page
    for step in curated.services.taxonomy.coding_rule:
        assert html.escape(step.question[language], quote=False) in html.unescape(page)
    # What tells of a field is an element of the page, and every field that is typed in has a label.
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    described = {one for all_of in re.findall(r'aria-describedby="([^"]+)"', page) for one in all_of.split()}
    assert described
    assert described <= ids
    fields = re.findall(r'<(?:input|select|textarea) id="([^"]+)" name="[^"]+"', page)
    assert "title-de" in fields
    labelled = set(re.findall(r'<label for="([^"]+)"', page))
    assert set(fields) - labelled == set()


def test_a_draft_with_effects_shows_each_as_a_row(curated: Curated) -> None:
    page = curated.browser("carla").get(f"/proposals/{draft(curated).id}").get_data(as_text=True)
    assert 'name="effects[0].value"' in page


def test_no_script_or_style_stands_in_the_page(curated: Curated) -> None:
    page = curated.browser("carla").get(f"/proposals/{draft(curated).id}").get_data(as_text=True)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize(("language", "said"), [("de", "Noch nicht vorgeschlagen"), ("en", "Not proposed yet")])
def test_what_is_missing_is_named_at_its_field_and_above_with_a_link(
    curated: Curated, language: Language, said: str
) -> None:
    client = curated.browser("carla", language)
    proposal = draft(curated, {"title": {"de": "Nur ein Titel"}, "year": "neulich"})
    answer = save(client, proposal, "propose")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert 'href="#pathway"' in page
    assert re.search(r'id="year"[^>]*aria-describedby="year-rule year-fault" aria-invalid="true"', page)
    assert now(curated, proposal).state is State.DRAFT


def test_while_somebody_writes_what_is_missing_is_no_fault_but_what_is_wrong_is(curated: Curated) -> None:
    page = text(curated.browser("carla").get(f"/proposals/{draft(curated, {'year': 'recently'}).id}"))
    assert "1 fault" in page
    assert "Not proposed yet" not in page


def test_rows_are_added_and_removed_without_script(curated: Curated) -> None:
    client, proposal = curated.browser("carla"), draft(curated, {})
    answer = save(client, proposal, "add effects")
    page = client.get(answer.location.partition("#")[0]).get_data(as_text=True)
    assert 'name="effects[0].value"' in page
    save(client, proposal, **{"effects[0].value": "-12,5", "effects[0].unit": "%"})
    with_row = now(curated, proposal)
    assert [effect["unit"] for effect in with_row.record["effects"]] == ["%"]
    save(client, with_row, "remove effects 0")
    assert not now(curated, proposal).record.get("effects")


def test_what_no_field_can_show_stays_until_it_is_removed(curated: Curated) -> None:
    client, proposal = curated.browser("carla"), draft(curated, {"colour": "blue"})
    save(client, proposal, organisation="Foundry")
    kept = now(curated, proposal)
    assert kept.record == {"colour": "blue", "organisation": "Foundry"}
    page = client.get(f"/proposals/{proposal.id}").get_data(as_text=True)
    save(client, kept, button(page, "drop colour"))
    assert now(curated, proposal).record == {"organisation": "Foundry"}


@pytest.mark.parametrize("do", ["take {}", "take []", "take nonsense", 'take {"field": "nowhere", "value": 1}'])
def test_a_button_that_no_page_has_is_refused(curated: Curated, do: str) -> None:
    proposal = draft(curated)
    assert save(curated.browser("carla"), proposal, do).status_code == 400
    assert now(curated, proposal).version == proposal.version


def test_a_draft_that_is_too_long_keeps_its_words_on_the_page(curated: Curated) -> None:
    client, proposal = curated.browser("carla"), draft(curated, {})
    answer = save(client, proposal, problem__de="lang " * 50_000)
    assert answer.status_code == 422
    assert "lang lang" in answer.get_data(as_text=True)
    assert now(curated, proposal).record == {}


# Live checks


def test_htmx_is_answered_with_faults_and_version_alone(curated: Curated) -> None:
    client, proposal = curated.browser("carla"), draft(curated, {})
    client.environ_base["HTTP_HX_REQUEST"] = "true"
    answer = save(client, proposal, year="recently")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in page
    assert answer.headers["Draft-Version"] == "2"
    assert re.search(r'id="year-fault" hx-swap-oob="innerHTML">[^<]+<', page)
    assert re.search(r'id="title-de-fault" hx-swap-oob="innerHTML"></p>', page)


def test_the_same_words_sent_again_by_a_page_that_heard_no_answer_are_no_conflict(curated: Curated) -> None:
    client, proposal = curated.browser("carla"), draft(curated, {})
    save(client, proposal, place="Darmstadt")
    answer = save(client, proposal, place="Darmstadt am Main", before="place=Darmstadt")
    assert answer.status_code == 303
    assert now(curated, proposal).record == {"place": "Darmstadt am Main"}


# Two people


@pytest.mark.parametrize(("language", "both"), [("de", "beide haben das geändert"), ("en", "both changed this")])
def test_two_versions_are_shown_field_by_field_and_nothing_is_overwritten(
    curated: Curated, language: Language, both: str
) -> None:
    client, proposal = curated.browser("carla", language), draft(curated, {"place": "Ulm", "organisation": "Foundry"})
    proposals = curated.store.proposals
    proposals.save(proposal.id, proposal.version, {"place": "Aalen", "organisation": "Foundry", "year": 2020}, CURATOR)
    answer = save(client, proposal, place="Essen", organisation="Foundry AG")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert now(curated, proposal).record["place"] == "Aalen"
    for word in ("Aalen", "Essen", "Foundry AG", "2020", "kurt", both):
        assert word in page
    fields = {
        name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    }
    chosen = {name: value for name, value in re.findall(r'name="(pick\.[^"]+)" value="(\w+)" checked', page)}
    assert chosen == {"pick.place": "mine", "pick.organisation": "mine", "pick.year": "theirs"}
    merged = send(client, f"/proposals/{proposal.id}/merge", **{**fields, **chosen, "pick.place": "theirs"})
    assert merged.location.startswith(f"/proposals/{proposal.id}?done=merged")
    assert now(curated, proposal).record == {"place": "Aalen", "organisation": "Foundry AG", "year": 2020}


def test_htmx_is_told_of_a_conflict_and_nothing_is_saved(curated: Curated) -> None:
    client, proposal = curated.browser("carla"), draft(curated, {})
    curated.store.proposals.save(proposal.id, proposal.version, {"place": "Aalen"}, CURATOR)
    client.environ_base["HTTP_HX_REQUEST"] = "true"
    answer = save(client, proposal, place="Essen")
    assert answer.status_code == 409
    assert "Draft-Version" not in answer.headers
    assert "kurt has changed the proposal" in text(answer)
    assert now(curated, proposal).record == {"place": "Aalen"}


@pytest.mark.parametrize("mine", ["", "[]", "no json", "[" * 10_000])
def test_a_merge_of_nonsense_is_refused(curated: Curated, mine: str) -> None:
    proposal = draft(curated)
    answer = send(curated.browser("carla"), f"/proposals/{proposal.id}/merge", version="1", since="1", mine=mine)
    assert answer.status_code == 400


# Help


def told_case(curated: Curated, language: Language) -> dict[str, Any]:
    """Return a case that there is, in one language, as somebody would type it who does not know of it."""
    record = curated.store.get(TWIN)
    assert record is not None
    texts = ("title", "summary", "problem", "solution", "result", "lessons")
    whole = record.to_record()
    return {name: {language: whole[name][language]} for name in texts if language in whole.get(name, {})}


@pytest.mark.parametrize("language", ["de", "en"])
def test_suggestions_name_the_words_seen_and_are_taken_by_a_click_alone(curated: Curated, language: Language) -> None:
    client, proposal = curated.browser("carla"), draft(curated, told_case(curated, language))
    page = client.get(f"/proposals/{proposal.id}/help").get_data(as_text=True)
    assert now(curated, proposal).record == proposal.record
    assert re.search(r"\d+% sure", page)
    assert re.search(r"<q>[^<]+</q>", page)
    taking = button(page, "take {&#34;field&#34;: &#34;pathway&#34;")
    assert save(client, proposal, taking).location == f"/proposals/{proposal.id}?done=added#help"
    taken = now(curated, proposal)
    assert taken.record == {**proposal.record, "pathway": taken.record["pathway"]}
    assert taken.record["pathway"] in curated.services.taxonomy.pathways
    again = client.get(f"/proposals/{proposal.id}/help").get_data(as_text=True)
    assert "&#34;pathway&#34;" not in again


def test_a_figure_in_the_text_is_offered_as_an_effect(curated: Curated) -> None:
    told = {"result": {"en": "The plant has cut its electricity consumption by 12.5 %, as measured over a year."}}
    client, proposal = curated.browser("carla"), draft(curated, told)
    page = client.get(f"/proposals/{proposal.id}/help").get_data(as_text=True)
    save(client, proposal, button(page, "take {&#34;field&#34;: &#34;effects&#34;"))
    (effect,) = now(curated, proposal).record["effects"]
    assert (effect["value"], effect["unit"]) == (-12.5, "%")


def test_what_a_document_suggested_stands_beside_its_text(curated: Curated) -> None:
    document = Document("report.pdf", "The foundry lowered its use of gas.", "en")
    kept = (
        Suggestion("pathway", "efficiency", "lowered its use of gas", 0.8),
        Suggestion("technologies", "a-term-that-is-gone", "gas", 0.5),
    )
    client = curated.browser("carla")
    proposal = draft(curated, {}, document=document, suggestions=kept)
    assert document.text in text(client.get(f"/proposals/{proposal.id}"))
    page = client.get(f"/proposals/{proposal.id}/help").get_data(as_text=True)
    assert "<q>lowered its use of gas</q>" in page
    assert "a-term-that-is-gone" not in page
    save(client, proposal, button(page, "take"))
    assert now(curated, proposal).record == {"pathway": "efficiency"}


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_twin_is_named_before_it_is_proposed_in_either_language(curated: Curated, language: Language) -> None:
    other = curated.store.get(TWIN)
    assert other is not None
    record = complete_record(**told_case(curated, language), organisation=other.organisation)
    client, proposal = curated.browser("carla", "en"), draft(curated, record)
    assert other.title["en"] in text(client.get(f"/proposals/{proposal.id}/help"))
    answer = save(client, proposal, "propose")
    assert answer.status_code == 422
    assert other.title["en"] in text(answer)
    assert now(curated, proposal).state is State.DRAFT
    anyway = button(answer.get_data(as_text=True), "propose anyway")
    assert save(client, proposal, anyway).status_code == 303
    assert now(curated, proposal).state is State.PROPOSED


def test_the_help_bears_a_record_of_the_wrong_shape(curated: Curated) -> None:
    broken = {"title": 5, "partners": 5, "sources": {"url": 1}, "effects": 3, "keywords": [1], "technologies": "x"}
    proposal = draft(curated, broken)
    client = curated.browser("carla")
    assert client.get(f"/proposals/{proposal.id}/help").status_code == 200
    assert client.get(f"/proposals/{proposal.id}").status_code == 200
    assert save(client, proposal, "propose").status_code == 422


# Cases that there are


def test_a_change_of_a_case_begins_from_what_is_published_and_goes_on_where_it_was_left(curated: Curated) -> None:
    client = curated.browser("carla")
    page = client.get(f"/cases/{TWIN}").get_data(as_text=True)
    assert "Propose a change" in page
    assert f'name="case" value="{TWIN}"' in page
    first = send(client, "/proposals", case=TWIN)
    proposal = curated.store.proposals.get(int(first.location.rsplit("/", 1)[1]))
    published = curated.store.get(TWIN)
    assert published is not None
    assert (proposal.case_id, proposal.record) == (TWIN, published.to_record())
    # A case is no twin of itself, and its id is not to be typed.
    shown = client.get(f"/proposals/{proposal.id}").get_data(as_text=True)
    assert 'name="id"' not in shown
    assert f'/cases/{TWIN}"' not in client.get(f"/proposals/{proposal.id}/help").get_data(as_text=True)
    assert send(client, "/proposals", case=TWIN).location == f"/proposals/{proposal.id}"
    assert save(client, proposal, "propose", place="Elsewhere").status_code == 303


def test_a_change_of_a_case_that_is_not_there_is_refused(curated: Curated) -> None:
    assert send(curated.browser("carla"), "/proposals", case="nowhere").status_code == 404


def test_a_reader_is_offered_no_change(curated: Curated) -> None:
    assert f'name="case" value="{TWIN}"' not in curated.browser().get(f"/cases/{TWIN}").get_data(as_text=True)


# Who sees what


def test_a_contributor_lists_their_own_and_a_curator_everybody_s(curated: Curated) -> None:
    draft(curated, {"title": {"en": "Of carla"}})
    curated.store.proposals.create({"title": {"en": "Of kurt"}}, CURATOR, "form")
    address = "/proposals?of=everybody"
    assert "Of kurt" not in text(curated.browser("carla").get(address))
    assert "Of carla" in text(curated.browser("carla").get(address))
    assert "Of carla" not in text(curated.browser("kurt").get("/proposals"))
    assert "Of carla" in text(curated.browser("kurt").get(address))


def test_why_a_proposal_came_back_stands_above_the_form(curated: Curated) -> None:
    proposal = curated.proposed()
    curated.store.proposals.act(proposal.id, proposal.version, Action.SEND_BACK, CURATOR, "Which unit is meant?")
    page = curated.browser("carla").get(f"/proposals/{proposal.id}").get_data(as_text=True)
    assert page.index("Which unit is meant?") < page.index('<form id="draft"')
    assert "sent back" in page


def test_a_comment_is_kept_for_all_who_work_on_it(curated: Curated) -> None:
    proposal = curated.proposed()
    assert send(curated.browser("carla"), f"/proposals/{proposal.id}/comment", reason="See page 3.").status_code == 303
    assert "See page 3." in text(curated.browser("kurt").get(f"/proposals/{proposal.id}"))


def test_what_is_decided_cannot_be_written_in_and_no_word_is_lost(curated: Curated) -> None:
    proposal = curated.proposed()
    curated.store.proposals.act(proposal.id, proposal.version, Action.REJECT, CURATOR, "No source answers.")
    client = curated.browser("carla")
    assert "No source answers." in text(client.get(f"/proposals/{proposal.id}"))
    answer = save(client, now(curated, proposal), place="Somewhere else")
    assert answer.status_code == 409
    assert "Somewhere else" in answer.get_data(as_text=True)
    assert now(curated, proposal).record == proposal.record


def test_without_its_token_no_form_is_taken(curated: Curated) -> None:
    proposal = draft(curated)
    client = curated.browser("carla")
    for address in ("", f"/{proposal.id}", f"/{proposal.id}/merge", f"/{proposal.id}/comment"):
        assert client.post(f"/proposals{address}", data={"version": "1", "reason": "x"}).status_code == 400
    assert len(curated.store.proposals.lines()) == 1


def test_people_with_an_invitation_propose_and_see_only_their_own(curated: Curated) -> None:
    invitations = Invitations(curated.store.database, Accounts(curated.store.database))
    _, token = invitations.invite("A working group", timedelta(days=1), Actor("kurt", Role.CURATOR))
    assert curated.browser().get(f"/invited/{token}").status_code == 404
    opened = Curated.over(curated.services.settings.home, curated.services.encoder, invitations=True)
    try:
        one, other = opened.browser(), opened.browser()
        for client in (one, other):
            assert send(client, f"/invited/{token}").location == "/proposals"
        begun = send(one, "/proposals").location
        assert one.get(begun).status_code == 200
        assert other.get(begun).status_code == 404
        assert other.post(begun, data={"csrf_token": token_of(other), "version": "1"}).status_code == 404
    finally:
        opened.store.close()


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/proposals").get_data(as_text=True))
    assert found
    return found[1]
