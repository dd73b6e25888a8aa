"""The review in the browser: the queue, one proposal with everything to decide about it, and what becomes of it."""

from __future__ import annotations

import html
from typing import Any

import pytest

from kb.acceptance import Criterion
from kb.case import Case
from kb.proposal import Action, Document, State
from kb.review import accept_from_file
from kb.text import LANGUAGES, Language
from tests.curated import ALL, CASES, FOUND_BY, Curated, decide
from tests.people import send
from tests.proposals import CONTRIBUTOR, CURATOR
from tests.strategies import complete_record
from web.i18n import Translator

OTHER: dict[Language, Language] = {"de": "en", "en": "de"}
BOTH = pytest.mark.parametrize("language", LANGUAGES)


def seen(curated: Curated, address: str, language: Language = "en", name: str = "kurt", status: int = 200) -> str:
    answer = curated.browser(name, language).get(address)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


# ---- the queue


@BOTH
def test_the_queue_shows_what_waits_the_oldest_first_and_drafts_only_when_asked(
    curated: Curated, language: Language
) -> None:
    first, second = curated.proposed(), curated.proposed(id="another", organisation="Another")
    sent_back = curated.store.proposals.act(second.id, second.version, Action.SEND_BACK, CURATOR, "Please mend.")
    curated.store.proposals.create({"title": {"en": "A draft"}}, CONTRIBUTOR, "form")
    third = curated.proposed(id="a-third", organisation="Third")
    page = seen(curated, "/review", language)
    places = [page.index(f'href="/review/{number}"') for number in (first.id, third.id, sent_back.id)]
    assert places == sorted(places)
    assert "A draft" not in page
    assert Translator(language)("review.state.sent-back") in page
    assert "A draft" in seen(curated, "/review?state=draft", language)
    assert f'href="/review/{first.id}"' not in seen(curated, "/review?state=sent-back", language)
    seen(curated, "/review?state=nope", language, status=404)


def test_the_queue_can_be_narrowed_to_one_contributor(curated: Curated) -> None:
    hers = curated.proposed()
    made = curated.store.proposals.create(complete_record(id="his"), CURATOR, "form")
    his = curated.store.proposals.act(made.id, made.version, Action.PROPOSE, CURATOR)
    page = seen(curated, "/review?by=carla")
    assert f'href="/review/{hers.id}' in page
    assert f'href="/review/{his.id}' not in page
    assert '<option value="carla" selected>' in page


def test_a_long_queue_has_pages_and_none_is_lost(curated: Curated) -> None:
    made = [curated.proposed(id=f"case-{number}", organisation=f"Works {number}") for number in range(52)]
    for proposal in made[:3]:
        curated.store.proposals.act(proposal.id, proposal.version, Action.SEND_BACK, CURATOR, "Please mend.")
    first, second = seen(curated, "/review"), seen(curated, "/review?page=2")
    listed = [number.id for number in made if f'href="/review/{number.id}"' in first]
    rest = [number.id for number in made if f'href="/review/{number.id}"' in second]
    assert (len(listed), len(rest)) == (50, 2)
    assert sorted(listed + rest) == [proposal.id for proposal in made]
    assert 'rel="next"' in first
    assert 'rel="next"' not in second


@pytest.mark.parametrize(("name", "status"), [("", 302), ("carla", 403), ("kurt", 200), ("ada", 200)])
def test_only_curators_see_the_queue_and_the_page(curated: Curated, name: str, status: int) -> None:
    proposal = curated.proposed()
    for address in ("/review", f"/review/{proposal.id}"):
        assert curated.browser(name).get(address).status_code == status


# ---- the page


@BOTH
def test_source_original_and_edit_stand_side_by_side(curated: Curated, language: Language) -> None:
    document = Document(
        "bericht.pdf", "Die Leitung <b>führt</b> die Wärme ins Netz.", "de", "https://example.org/bericht"
    )
    original = complete_record(organisation="Foundry, as the machine read it")
    proposal = curated.proposed(document=document, original=original)
    page = seen(curated, f"/review/{proposal.id}", language)
    raw = curated.browser("kurt", language).get(f"/review/{proposal.id}").get_data(as_text=True)
    assert "Die Leitung &lt;b&gt;führt&lt;/b&gt; die Wärme ins Netz." in raw
    assert '<a href="https://example.org/bericht" rel="noopener external">bericht.pdf</a>' in page
    assert "Foundry, as the machine read it</td>" in page
    assert "<ins>Example" in page
    assert Translator(language)("review.against.original") in page


@BOTH
def test_an_edit_shows_what_it_changes_in_the_published_case(curated: Curated, language: Language) -> None:
    case = curated.store.get(CASES[0])
    assert case is not None
    proposal = curated.proposed(CASES[0], title={"de": case.title["de"], "en": f"{case.title['en']} today"})
    page = seen(curated, f"/review/{proposal.id}", language)
    changed, same = page.split('<details class="same">')
    assert "<ins> today</ins>" in changed
    assert "<ins>" not in same.split("</details>")[0]
    assert Translator(language)("review.against.published") in changed


def test_what_is_no_web_address_is_no_link(curated: Curated) -> None:
    record = complete_record()
    record["sources"][0]["url"] = "javascript:alert(1)"
    made = curated.store.proposals.create(record, CONTRIBUTOR, "form")
    page = seen(curated, f"/review/{made.id}")
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


@BOTH
def test_likely_twins_are_named_also_across_the_languages(curated: Curated, language: Language) -> None:
    case = curated.store.get(CASES[0])
    assert case is not None
    other = OTHER[language]
    record = case.to_record()
    texts = {name: {other: record[name][other]} for name in ("title", "summary", "problem", "solution", "result")}
    proposal = curated.proposed(organisation=case.organisation, **texts)
    page = seen(curated, f"/review/{proposal.id}", language)
    twins = page.split('id="twins"')[1].split("</section>")[0]
    assert f'href="/cases/{CASES[0]}"' in twins
    assert {"de": "dieselbe Organisation", "en": "the same organisation"}[language] in twins


def test_an_edit_of_a_case_is_no_twin_of_it(curated: Curated) -> None:
    proposal = curated.proposed(CASES[0], place="Somewhere")
    twins = seen(curated, f"/review/{proposal.id}").partition('id="twins"')[2].partition("</section>")[0]
    assert CASES[0] not in twins


@BOTH
def test_the_criteria_are_shown_with_what_the_machine_found(curated: Curated, language: Language) -> None:
    proposal = curated.proposed(summary={"de": "Weltweit führend.", "en": "World-leading."})
    page = seen(curated, f"/review/{proposal.id}", language)
    words = Translator(language)
    for criterion in Criterion:
        assert words(f"criterion.{criterion}") in page
    assert 'name="confirmed" value="wording"' in page
    assert 'name="confirmed" value="outcome"' not in page
    assert words("verdict.passed") in page


# ---- deciding


@BOTH
def test_the_whole_way_sent_back_mended_published_and_found_in_the_other_language(
    curated: Curated, language: Language
) -> None:
    proposals, words = curated.store.proposals, Translator(language)
    kurt = curated.browser("kurt", language)
    proposal = curated.proposed(summary={"de": "Weltweit führend.", "en": "World-leading."})

    refused = decide(kurt, proposal, "send-back")
    assert refused.status_code == 422
    assert proposals.get(proposal.id).state is State.PROPOSED
    sent = decide(kurt, proposal, "send-back", reason="Bitte ohne Werbung.")
    assert sent.location == f"/review/{proposal.id}"
    page = html.unescape(kurt.get(sent.location).get_data(as_text=True))
    assert "<blockquote>Bitte ohne Werbung.</blockquote>" in page
    assert words("review.state.sent-back") in page

    back = proposals.get(proposal.id)
    mended = proposals.save(back.id, back.version, complete_record(), CONTRIBUTOR)
    mended = proposals.act(mended.id, mended.version, Action.PROPOSE, CONTRIBUTOR)

    unticked = decide(kurt, mended, "accept", reason="Looks right")
    page = html.unescape(unticked.get_data(as_text=True))
    assert unticked.status_code == 422
    assert words("review.not_acceptable") in page
    assert "Looks right</textarea>" in page
    assert "example-foundry-waste-heat" not in curated.found(FOUND_BY[language], language)

    assert decide(kurt, mended, "accept", confirmed=["page"]).status_code == 303
    other = OTHER[language]
    assert curated.found(FOUND_BY[other], other)[0] == "example-foundry-waste-heat"
    page = html.unescape(kurt.get(f"/review/{proposal.id}").get_data(as_text=True))
    assert words("review.is_published") in page
    assert "review.do.accept" not in page
    assert decide(kurt, mended, "accept").status_code == 303
    assert len(curated.store.revisions("example-foundry-waste-heat")) == 1


@BOTH
def test_who_decides_on_an_older_version_is_told_and_changes_nothing(curated: Curated, language: Language) -> None:
    proposal = curated.proposed()
    curated.store.proposals.save(proposal.id, proposal.version, complete_record(place="Altona"), CONTRIBUTOR)
    for action in ("accept", "reject", "send-back"):
        answer = decide(curated.browser("kurt", language), proposal, action, confirmed=list(ALL), reason="My reason")
        page = html.unescape(answer.get_data(as_text=True))
        assert answer.status_code == 409
        assert Translator(language)("review.conflict") in page
        assert "Altona" in page
        assert "My reason</textarea>" in page
    assert curated.store.proposals.get(proposal.id).state is State.PROPOSED


@BOTH
def test_a_case_that_moved_meanwhile_is_said_and_the_edit_is_brought_onto_it(
    curated: Curated, language: Language
) -> None:
    proposal = curated.proposed(CASES[0], place="Altona")
    case = curated.store.get(CASES[0])
    assert case is not None
    record = {**case.to_record(), "organisation": "Another Name"}
    curated.store.publish(accept_from_file(Case.from_record(record, curated.store.taxonomy), CURATOR))
    kurt = curated.browser("kurt", language)
    answer = decide(kurt, proposal, "accept", confirmed=list(ALL))
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert Translator(language)("review.moved", base=1, now=2) in page
    assert Translator(language)("record.organisation") in page.split('id="moved"')[1].split("</section>")[0]
    onto = decide(kurt, proposal, "onto", revision="2")
    assert onto.status_code == 303
    moved = curated.store.proposals.get(proposal.id)
    assert moved.base_revision == 2
    assert decide(kurt, moved, "accept", confirmed=list(ALL)).status_code == 303
    published = curated.store.get(CASES[0])
    assert published is not None
    assert published.place == "Altona"


@BOTH
def test_with_four_eyes_nobody_publishes_their_own_and_the_page_says_why(curated: Curated, language: Language) -> None:
    made = curated.store.proposals.create(complete_record(), CURATOR, "form")
    own = curated.store.proposals.act(made.id, made.version, Action.PROPOSE, CURATOR)
    strict, words = curated.with_four_eyes(), Translator(language)
    page = seen(strict, f"/review/{own.id}", language)
    assert words("review.four_eyes") in page
    assert words("review.do.accept") not in page
    answer = decide(strict.browser("kurt", language), own, "accept", confirmed=list(ALL))
    assert answer.status_code == 409
    assert curated.store.get("example-foundry-waste-heat") is None
    assert decide(strict.browser("klara", language), own, "accept", confirmed=list(ALL)).status_code == 303
    assert curated.store.get("example-foundry-waste-heat") is not None


def test_a_rejected_proposal_keeps_its_reason_and_can_be_opened_again(curated: Curated) -> None:
    proposal = curated.proposed()
    kurt = curated.browser("kurt")
    assert decide(kurt, proposal, "reject").status_code == 422
    assert decide(kurt, proposal, "reject", reason="Told twice.").status_code == 303
    rejected = curated.store.proposals.get(proposal.id)
    assert rejected.state is State.REJECTED
    assert "Told twice." in seen(curated, f"/review/{proposal.id}")
    assert decide(kurt, rejected, "accept", confirmed=list(ALL)).status_code == 409
    assert decide(kurt, rejected, "reopen").status_code == 303
    assert curated.store.proposals.get(proposal.id).state is State.SENT_BACK


def test_a_comment_is_kept_and_changes_no_state(curated: Curated) -> None:
    proposal = curated.proposed()
    assert decide(curated.browser("kurt"), proposal, "comment", reason="Which year?").status_code == 303
    after = curated.store.proposals.get(proposal.id)
    assert (after.state, after.events[-1].reason) == (State.PROPOSED, "Which year?")


@BOTH
def test_a_faulty_record_is_not_published_and_every_fault_is_named(curated: Curated, language: Language) -> None:
    record = complete_record(country="XX")
    del record["evidence"]
    made = curated.store.proposals.create(complete_record(), CONTRIBUTOR, "form")
    proposal = curated.store.proposals.act(made.id, made.version, Action.PROPOSE, CONTRIBUTOR)
    proposal = curated.store.proposals.save(proposal.id, proposal.version, record, CONTRIBUTOR)
    answer = decide(curated.browser("kurt", language), proposal, "accept", confirmed=list(ALL))
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    words = Translator(language)
    assert words("review.faulty") in page
    assert f"<strong>{words('record.country')}</strong>" in page
    assert f"<strong>{words('record.evidence')}</strong>" in page
    assert curated.store.get("example-foundry-waste-heat") is None


@pytest.mark.parametrize("action", ["accept", "send-back", "reject", "comment", "reopen", "onto"])
@pytest.mark.parametrize(("name", "status"), [("", 302), ("carla", 403)])
def test_only_curators_decide(curated: Curated, action: str, name: str, status: int) -> None:
    proposal = curated.proposed()
    answer = decide(curated.browser(name), proposal, action, reason="x", confirmed=list(ALL))
    assert answer.status_code == status
    assert curated.store.proposals.get(proposal.id) == proposal


@pytest.mark.parametrize("action", ["save", "propose", "withdraw", "nonsense"])
def test_what_is_no_step_of_a_curator_is_no_address(curated: Curated, action: str) -> None:
    proposal = curated.proposed()
    assert decide(curated.browser("kurt"), proposal, action, reason="x").status_code == 404


def test_a_form_without_its_token_changes_nothing(curated: Curated) -> None:
    proposal = curated.proposed()
    fields: dict[str, Any] = {"version": proposal.version, "confirmed": list(ALL), "reason": "x"}
    for action in ("accept", "reject"):
        assert curated.browser("kurt").post(f"/review/{proposal.id}/{action}", data=fields).status_code == 400
    assert curated.store.proposals.get(proposal.id) == proposal


def test_an_unknown_proposal_is_not_found(curated: Curated) -> None:
    assert curated.browser("kurt").get("/review/99").status_code == 404
    assert send(curated.browser("kurt"), "/review/99/accept", version="1").status_code == 404


@BOTH
def test_the_criteria_have_a_page_for_everybody(curated: Curated, language: Language) -> None:
    page = seen(curated, "/about/criteria", language, name="")
    words = Translator(language)
    for criterion in Criterion:
        assert words(f"criterion.{criterion}.what") in page
    assert 'href="/about/criteria"' in seen(curated, "/", language, name="")
    assert words("criteria.how.four_eyes") not in page
    assert words("criteria.how.four_eyes") in seen(curated.with_four_eyes(), "/about/criteria", language, name="")
