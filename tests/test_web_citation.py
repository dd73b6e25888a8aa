"""Citations, read back by parsers that are not ours."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
import rispy
from flask.testing import FlaskClient
from hypothesis import given
from pybtex.database import parse_string

from kb.case import Case
from kb.store import CaseStore, Version
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import LANGUAGES, Language
from tests.proposals import by_hand
from tests.strategies import PROPERTY, case_records, complete_record
from web.app import create_app
from web.citation import Citation, bibtex, csl_json, plain, ris
from web.linked_data import linked_data
from web.wiring import Services

URL = "https://cases.example.org/cases/example-foundry-waste-heat"
STATE = f"{URL}/history/3"
"""Where the state that is cited can be read."""
NASTY = r"50 % & mehr: {a} \b $c# d_e ~f^ g} {h, @misc{x, 'i' \"j\" ß é — 100 µm"


def citation(language: Language = "de", **changes: Any) -> Citation:
    case = Case.from_record(complete_record(**changes), shipped_taxonomy())
    version = Version(3, "2026-05-12T08:00:00+00:00", "2026-01-02T08:00:00+00:00")
    return Citation(case, version, language, URL, date(2026, 11, 26))


def one_line(text: str) -> str:
    return " ".join(text.split())


COMMANDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
}


def typeset(tex: str) -> str:
    """What TeX prints of a text: commands and escaped marks become characters, braces that group print nothing."""
    assert not re.search(r"(?<!\\)[#$%&_^~]", tex), "a mark that means something to TeX"

    def printed(found: re.Match[str]) -> str:
        return COMMANDS[found[1]] if found[1] else found[2] or ""

    return re.sub(r"\\([a-z]+)\{\}|\\([#$%&_])|[{}]", printed, tex)


def fields(text: str) -> dict[str, str]:
    """The fields of the only BibTeX entry of `text`, as pybtex reads them."""
    entries = parse_string(text, "bibtex").entries
    assert len(entries) == 1
    (entry,) = entries.values()
    return dict(entry.fields) | {"author": str(entry.persons["author"][0])}


def test_a_sentence_names_the_version_the_day_and_the_address() -> None:
    assert plain(citation("de")) == (
        "Pfadfinder: Gießerei liefert Abwärme. Example Foundry, Hamburg. Fassung 3 vom 12. Mai 2026. "
        f"{STATE} (abgerufen am 26. November 2026). CC BY 4.0."
    )
    assert plain(citation("en")) == (
        "Pfadfinder: Foundry supplies waste heat. Example Foundry, Hamburg. Revision 3, 12 May 2026. "
        f"{STATE} (accessed 26 November 2026). CC BY 4.0."
    )


def test_a_title_in_the_other_language_says_which_one_it_is() -> None:
    only_german = citation("en", title={"de": "Gießerei"})
    assert fields(bibtex(only_german))["langid"] == "ngerman"
    assert json.loads(csl_json(only_german))[0]["language"] == "de"
    assert rispy.loads(ris(only_german))[0]["language"] == "de"


def test_bibtex_names_who_publishes_what_in_which_state() -> None:
    found = fields(bibtex(citation()))
    assert found["author"] == "{Pfadfinder}"
    assert (found["year"], found["month"], found["version"]) == ("2026", "May", "3")
    assert found["url"] == STATE
    assert found["urldate"] == "2026-11-26"
    assert "Example Foundry, Hamburg" in found["note"]
    assert "https://example.org/heat" in found["note"]


@pytest.mark.parametrize("text", [NASTY, "{", "}", "\\", "a}b", "100%", "x_y", "\\\\{}", '"', "@"])
def test_no_mark_of_a_title_breaks_an_entry_of_bibtex(text: str) -> None:
    found = fields(bibtex(citation(title={"de": text, "en": text})))
    assert typeset(found["title"]) == text
    assert found["url"] == STATE


@PROPERTY
@given(record=case_records())
def test_any_case_comes_back_from_bibtex(record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    made = Citation(case, Version(1, "2026-05-12T08:00:00+00:00", "2026-05-12T08:00:00+00:00"), "de", URL)
    assert one_line(typeset(fields(bibtex(made))["title"])) == one_line(case.title["de"])
    assert one_line(typeset(fields(bibtex(made))["abstract"])) == one_line(case.summary["de"])
    assert fields(bibtex(made))["url"] == f"{URL}/history/1"


@PROPERTY
@given(record=case_records())
def test_any_case_comes_back_from_ris(record: dict[str, Any]) -> None:
    case = Case.from_record(record, shipped_taxonomy())
    made = Citation(case, Version(1, "2026-05-12T08:00:00+00:00", "2026-05-12T08:00:00+00:00"), "de", URL)
    text = ris(made)
    assert text.endswith("ER  - \r\n")
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in text.removesuffix("\r\n").split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    (entry,) = rispy.loads(text)
    assert entry["title"] == one_line(case.title["de"])
    assert entry["urls"] == [f"{URL}/history/1"]
    assert entry.get("keywords", []) == list(made.keywords)


@pytest.mark.parametrize("text", ["eins\nzwei", "a\r\nTY  - BOOK\r\nER  - ", "a\u2028b\x85c"])
def test_a_line_break_never_starts_a_field_of_ris(text: str) -> None:
    made = citation()
    record = complete_record(summary={"de": "x", "en": "x"})
    case = Case.from_record(record, shipped_taxonomy())
    object.__setattr__(case, "summary", type(case.summary)(de=text))
    entries = rispy.loads(ris(Citation(case, made.version, "de", URL)))
    assert len(entries) == 1
    assert entries[0]["abstract"] == one_line(text)


def test_csl_json_holds_what_a_style_needs() -> None:
    (item,) = json.loads(csl_json(citation("en")))
    assert item["id"] == "example-foundry-waste-heat"
    assert item["issued"] == {"date-parts": [[2026, 5, 12]]}
    assert item["accessed"] == {"date-parts": [[2026, 11, 26]]}
    assert item["author"] == [{"literal": "Pfadfinder"}]
    assert (item["URL"], item["version"], item["language"]) == (STATE, "3", "en")


def test_without_an_address_no_citation_makes_one_up() -> None:
    made = Citation(citation().case, citation().version, "de")
    assert "url" not in fields(bibtex(made))
    assert "URL" not in json.loads(csl_json(made))[0]
    assert "UR  - " not in ris(made)
    assert "http" not in plain(made)


def test_linked_data_says_what_the_record_says(taxonomy: Taxonomy) -> None:
    made = citation("en")
    said = linked_data(made.case, made.version, "en", taxonomy, url=URL, home="https://cases.example.org/")
    assert (said["@type"], said["@id"], said["inLanguage"], said["version"]) == ("Article", URL, "en", "3")
    assert said["dateModified"] == made.version.at
    assert said["datePublished"] == made.version.first_at
    assert [one["name"] for one in said["about"]][:2] == ["Example Foundry", taxonomy.sectors["C24"].label["en"]]
    assert said["spatialCoverage"]["address"] == {
        "@type": "PostalAddress",
        "addressLocality": "Hamburg",
        "addressRegion": taxonomy.regions["DE-HH"].label["en"],
        "addressCountry": "DE",
    }
    assert said["isBasedOn"][0]["url"] == "https://example.org/heat"
    assert said["temporalCoverage"] == "2018"


def test_linked_data_holds_nothing_that_is_missing(collection: list[Case], taxonomy: Taxonomy) -> None:
    version = citation().version
    for case in collection:
        said = json.dumps(linked_data(case, version, "de", taxonomy, url=URL, home=URL))
        assert ": null" not in said
        assert ": []" not in said
        assert ("temporalCoverage" in said) == (case.year is not None and case.year_kind != "publication")


# The pages.


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("ending", ["bib", "ris", "json", "txt"])
def test_a_citation_is_a_file_named_after_its_case(client: FlaskClient, ending: str, lang: str) -> None:
    response = client.get(f"/cases/eta-fabrik-darmstadt/cite.{ending}?lang={lang}")
    assert response.status_code == 200
    assert f"filename=eta-fabrik-darmstadt.{ending}" in response.headers["Content-Disposition"]
    text = response.get_data(as_text=True)
    assert "http://localhost/cases/eta-fabrik-darmstadt/history/1" in text
    assert ("Fassung 1" if lang == "de" else "Revision 1") in text or ending == "json"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/cases/nowhere/cite.bib", 404),
        ("/cases/eta-fabrik-darmstadt/cite.doc", 404),
        ("/cases/eta-fabrik-darmstadt/cite.bib?lang=fr", 400),
    ],
)
def test_a_broken_address_of_a_citation_is_told(client: FlaskClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status


@pytest.mark.parametrize(("lang", "words"), [("de", "Diesen Fall zitieren"), ("en", "Cite this case")])
def test_the_page_of_a_case_cites_it_and_says_what_it_is(client: FlaskClient, lang: str, words: str) -> None:
    page = client.get(f"/cases/eta-fabrik-darmstadt?lang={lang}").get_data(as_text=True)
    assert words in page
    said = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    assert said["@id"] == "http://localhost/cases/eta-fabrik-darmstadt"
    assert said["inLanguage"] == lang
    assert f'<link rel="canonical" href="http://localhost/cases/eta-fabrik-darmstadt?lang={lang}">' in page
    for other in LANGUAGES:
        assert f'hreflang="{other}" href="http://localhost/cases/eta-fabrik-darmstadt?lang={other}"' in page
    assert f'<meta property="og:title" content="{said["headline"]}">' in page


def test_markup_in_a_title_ends_no_script(services: Services) -> None:
    text = "</script><script>alert(1)</script>"
    case = Case.from_record(complete_record(title={"de": text, "en": text}), services.taxonomy)
    app = create_app(services)
    said = linked_data(case, citation().version, "de", services.taxonomy, url=URL, home=URL)
    with app.test_request_context():
        written = app.jinja_env.from_string("{{ said | tojson }}").render(said=said)
    assert "<" not in written
    assert json.loads(written) == said


def test_a_citation_names_the_state_that_is_published_now(taxonomy: Taxonomy) -> None:
    with CaseStore(None, taxonomy) as store:
        case = Case.from_record(complete_record(), taxonomy)
        store.publish(by_hand(case))
        first = store.versions([case.id])[case.id]
        assert (first.number, first.at) == (1, first.first_at)
        store.publish(by_hand(Case.from_record(complete_record(place="Altona"), taxonomy)))
        second = store.versions([case.id])[case.id]
        assert (second.number, second.first_at) == (2, first.at)
