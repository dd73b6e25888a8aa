"""The revisions of a case as everybody sees them: read, compared, cited, and as data, without a name in them."""

from __future__ import annotations

import html
import json
import re
from datetime import date

import pytest
import rispy
from pybtex.database import parse_string
from werkzeug.test import TestResponse

from kb.case import Case
from kb.lifecycle import Lifecycle
from kb.review import accept_from_file
from kb.text import LANGUAGES, Language, Text
from tests.curated import ALL, CASES, PEOPLE, Curated, decide
from tests.proposals import CURATOR
from web.i18n import Translator
from web.numbers import day

BOTH = pytest.mark.parametrize("language", LANGUAGES)
READERS = pytest.mark.parametrize("name", ["", "carla"])
CASE = CASES[0]
PAGE = f"/cases/{CASE}/history"
HERE = "http://localhost"
WHY = Text(de="Die Angaben waren falsch.", en="What it said was wrong.")


def ask(curated: Curated, address: str, language: Language = "en", name: str = "") -> TestResponse:
    return curated.browser(name, language).get(address)


def page(curated: Curated, address: str, language: Language = "en", name: str = "") -> str:
    answer = ask(curated, address, language, name)
    assert answer.status_code == 200, address
    return html.unescape(answer.get_data(as_text=True))


def main_of(text: str) -> str:
    """Return what a page says, without its frame, which names whoever is signed in."""
    return text[text.index("<main") : text.index("</main>")]


def changed(curated: Curated, **changes: object) -> None:
    """Publish another state of the case from a file."""
    case = curated.store.get(CASE)
    assert case is not None
    record = {**case.to_record(), **changes}
    curated.store.publish(accept_from_file(Case.from_record(record, curated.store.taxonomy), CURATOR))


@pytest.fixture
def grown(curated: Curated) -> Curated:
    """The same home with three states of the case: from a file, from a proposal that kurt accepted, from a file."""
    proposal = curated.proposed(CASE, organisation="Second Name")
    assert decide(curated.browser("kurt"), proposal, "accept", confirmed=list(ALL)).status_code == 303
    changed(curated, organisation="Third Name", place="Altona")
    revisions = curated.store.revisions(CASE)
    assert [(one.origin, one.proposal) for one in revisions] == [
        ("file", None),
        ("review", proposal.id),
        ("file", None),
    ]
    return curated


# ---- the list, and two of them compared


@BOTH
@READERS
def test_a_reader_sees_every_revision_with_its_day_and_origin_and_compares_two(
    grown: Curated, name: str, language: Language
) -> None:
    words, seen = Translator(language), page(grown, PAGE, language, name)
    for one in grown.store.revisions(CASE):
        assert f'href="{PAGE}/{one.number}"' in seen
        assert f"{one.at[:10]} {one.at[11:16]} UTC" in seen
        assert words(f"revision.{one.origin}") in seen
    assert words("history.compared", old=2, new=3) in seen
    assert "<ins>Third</ins>" in seen
    other = page(grown, f"{PAGE}?old=1&new=2", language, name)
    assert words("history.compared", old=1, new=2) in other
    assert "Second" in other
    assert "Altona" not in other


@BOTH
def test_a_case_with_one_revision_lists_it_and_compares_nothing(curated: Curated, language: Language) -> None:
    seen, words = page(curated, PAGE, language), Translator(language)
    assert f'href="{PAGE}/1"' in seen
    assert words("history.compare") not in main_of(seen)
    assert 'type="radio"' not in seen
    assert words("history.is_newest") in page(curated, f"{PAGE}/1", language)


@BOTH
@READERS
def test_no_name_no_proposal_and_no_form_of_the_curators_is_in_what_a_reader_gets(
    grown: Curated, name: str, language: Language
) -> None:
    waiting = grown.proposed(CASE, place="Bergedorf")
    number = grown.store.revisions(CASE)[1].proposal
    seen = [main_of(page(grown, address, language, name)) for address in (PAGE, f"{PAGE}/1", f"{PAGE}/2", f"{PAGE}/3")]
    data = [ask(grown, f"/api/v1/cases/{CASE}/revisions{rest}").get_data(as_text=True) for rest in ("", "/2")]
    for text in (*seen, *data):
        for secret in (*PEOPLE, "terminal", "Bergedorf", f"/review/{number}", f"/review/{waiting.id}", "/review"):
            assert not re.search(rf"\b{re.escape(secret)}\b" if secret[0] != "/" else re.escape(secret), text), secret
    words = Translator(language)
    for text in seen:
        assert words("history.proposal", id=number) not in text
        assert words("history.open") not in text
        assert 'method="post"' not in text
        assert "/restore" not in text
    inside = main_of(page(grown, PAGE, language, "klara"))
    for told in ("kurt", "carla", f"/review/{number}", f"/review/{waiting.id}", "/restore", "/retire", "/aliases"):
        assert told in inside


# ---- one of them


@BOTH
@READERS
def test_an_older_state_is_told_as_the_case_was_and_says_that_it_is_not_the_newest(
    grown: Curated, name: str, language: Language
) -> None:
    words, old = Translator(language), grown.store.revisions(CASE)[1]
    seen = page(grown, f"{PAGE}/2", language, name)
    case = Case.from_record(grown.store.revision(CASE, 2), grown.store.taxonomy)
    for text in (case.title, case.summary, case.problem, case.solution, case.result):
        assert text[language] in seen
    assert "Second Name" in seen
    assert "Third Name" not in seen
    assert grown.store.taxonomy.sectors[case.sector].label[language] in seen
    assert all(source.url in seen for source in case.sources)
    assert words("cite.edition", number=2, day=day(date.fromisoformat(old.at[:10]), language)) in seen
    assert words("history.is_old") in seen
    assert words("history.to_newest") in seen
    assert f'href="/cases/{CASE}"' in seen
    assert f'href="{PAGE}?old=2&new=3"' in seen
    assert f'<link rel="canonical" href="{HERE}/cases/{CASE}?lang={language}">' in seen
    assert '<meta name="robots" content="noindex">' in seen
    newest = page(grown, f"{PAGE}/3", language, name)
    assert words("history.is_newest") in newest
    assert words("history.is_old") not in newest
    assert '<meta name="robots" content="noindex">' in newest


def test_a_text_that_a_state_had_in_one_language_alone_says_so(curated: Curated) -> None:
    changed(curated, title={"de": "Nur auf Deutsch"})
    changed(curated, title={"de": "Nun beides", "en": "Now both"})
    seen = page(curated, f"{PAGE}/2", "en")
    assert '<span lang="de">Nur auf Deutsch</span>' in seen
    assert Translator("en")("only.de") in seen
    assert '<td lang="de">' in page(curated, PAGE, "en")


@BOTH
def test_a_record_that_breaks_newer_rules_is_shown_field_by_field(curated: Curated, language: Language) -> None:
    old = {**curated.store.revision(CASE, 1), "sector": "Z99", "organisation": "Of Another Age"}
    with curated.store.transaction():
        curated.store.database.run("UPDATE revisions SET record = ? WHERE case_id = ?", json.dumps(old), CASE)
    seen = main_of(page(curated, f"{PAGE}/1", language))
    assert "Of Another Age" in seen
    assert "Z99" in seen
    assert Translator(language)("record.sector") in seen
    assert "terminal" not in seen
    assert ask(curated, f"{PAGE}/1/cite.bib").status_code == 404


@BOTH
@READERS
@pytest.mark.parametrize(
    "address",
    [
        *(f"{PAGE}/0", f"{PAGE}/9", f"{PAGE}/{10**30}", f"{PAGE}/one", f"{PAGE}?old=9", f"{PAGE}?new=x"),
        *(f"{PAGE}/9/cite.bib", f"{PAGE}/1/cite.doc", "/cases/no-such-case/history", "/cases/no-such-case/history/1"),
        *(f"/api/v1/cases/{CASE}/revisions/9", "/api/v1/cases/no-such-case/revisions"),
    ],
)
def test_a_revision_that_there_is_not_is_not_found(
    curated: Curated, name: str, language: Language, address: str
) -> None:
    assert ask(curated, address, language, name).status_code == 404


def test_a_further_address_leads_to_the_revisions_of_the_case(grown: Curated) -> None:
    Lifecycle(grown.store).add_alias("eta-fabrik", CASE, CURATOR)
    for start in ("/cases", "/api/v1/cases"):
        word = "history" if start == "/cases" else "revisions"
        for rest in (f"/{word}", f"/{word}/2"):
            answer = ask(grown, f"{start}/eta-fabrik{rest}?lang=de")
            assert (answer.status_code, answer.location) == (301, f"{start}/{CASE}{rest}?lang=de")
    assert ask(grown, "/cases/eta-fabrik/history/2/cite.ris").location == f"{PAGE}/2/cite.ris"


# ---- the page of the case, and citations


@BOTH
def test_the_page_of_a_case_says_which_revision_it_is_and_leads_to_all(grown: Curated, language: Language) -> None:
    seen, newest = page(grown, f"/cases/{CASE}", language), grown.store.revisions(CASE)[-1]
    edition = Translator(language)("cite.edition", number=3, day=day(date.fromisoformat(newest.at[:10]), language))
    assert f'{edition} · <a href="{PAGE}">' in seen
    assert f'{edition}: <a href="{HERE}{PAGE}/3">' in seen
    assert f'<a href="{HERE}/cases/{CASE}" rel="bookmark">' in seen
    assert "noindex" not in seen


@BOTH
def test_every_citation_of_a_state_leads_to_that_very_state(grown: Curated, language: Language) -> None:
    for number, below in ((3, ""), (2, "/history/2"), (1, "/history/1")):
        answers = {
            ending: ask(grown, f"/cases/{CASE}{below}/cite.{ending}", language)
            for ending in ("bib", "ris", "json", "txt")
        }
        bib, ris, csl, text = (answer.get_data(as_text=True) for answer in answers.values())
        address = f"{HERE}{PAGE}/{number}"
        (entry,) = parse_string(bib, "bibtex").entries.values()
        assert (entry.fields["url"], entry.fields["version"]) == (address, str(number))
        assert rispy.loads(ris)[0]["urls"] == [address]
        (item,) = json.loads(csl)
        assert (item["URL"], item["version"]) == (address, str(number))
        assert f" {address} (" in text
        assert f" {address} (" in page(grown, f"/cases/{CASE}{below}", language)
        cited = page(grown, address.removeprefix(HERE), language)
        name = grown.store.revision(CASE, number)["organisation"]
        assert name in cited
        assert name in text
        stem = f"{CASE}-{number}" if below else CASE
        assert f"filename={stem}.bib" in answers["bib"].headers["Content-Disposition"]


# ---- a retired case


@BOTH
@READERS
def test_of_a_retired_case_readers_meet_the_tombstone_and_curators_its_revisions(
    grown: Curated, name: str, language: Language
) -> None:
    Lifecycle(grown.store).retire(CASE, WHY, CURATOR, successor=CASES[1])
    for address in (PAGE, f"{PAGE}?old=1&new=2", f"{PAGE}/2", f"{PAGE}/4", f"{PAGE}/9", f"{PAGE}/2/cite.txt"):
        answer = ask(grown, address, language, name)
        text = html.unescape(answer.get_data(as_text=True))
        assert answer.status_code == 410
        assert WHY[language] in text
        assert f'href="/cases/{CASES[1]}"' in text
        assert "Second Name" not in text
    for rest in ("", "/2"):
        answer = ask(grown, f"/api/v1/cases/{CASE}/revisions{rest}", language, name)
        assert answer.status_code == 410
        assert json.loads(answer.data)["error"]["reason"] == {"de": WHY["de"], "en": WHY["en"]}
        assert "Second Name" not in answer.get_data(as_text=True)
    assert "Second Name" in page(grown, f"{PAGE}/2", language, "kurt")
    assert f'href="{PAGE}/4"' in page(grown, PAGE, language, "kurt")


@BOTH
def test_a_restored_case_has_its_revisions_for_everybody_again(grown: Curated, language: Language) -> None:
    Lifecycle(grown.store).retire(CASE, WHY, CURATOR)
    Lifecycle(grown.store).restore(CASE, 2, CURATOR)
    words, seen = Translator(language), page(grown, PAGE, language)
    assert words("revision.retired") in seen
    assert words("revision.restored") in seen
    assert words("history.compared", old=3, new=5) in seen
    assert words("revision.retired") in page(grown, f"{PAGE}/4", language)


# ---- as data


def test_the_revisions_as_data_are_numbered_and_hold_their_record(grown: Curated) -> None:
    told = json.loads(ask(grown, f"/api/v1/cases/{CASE}/revisions").data)
    known = grown.store.revisions(CASE)
    assert told == {
        "id": CASE,
        "revisions": [{"number": one.number, "at": one.at, "origin": one.origin} for one in known],
    }
    second = json.loads(ask(grown, f"/api/v1/cases/{CASE}/revisions/2").data)
    assert second == {"id": CASE, **told["revisions"][1], "record": grown.store.revision(CASE, 2)}
    newest = json.loads(ask(grown, f"/api/v1/cases/{CASE}/revisions/3").data)
    assert newest["record"] == json.loads(ask(grown, f"/api/v1/cases/{CASE}").data)
