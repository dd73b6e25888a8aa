"""Comparable projects: the page, the data, the cases at the end of a case page."""

from __future__ import annotations

import html
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from index.comparable import TEXT_LIMIT
from index.organisations import of_one_firm
from kb.case import Case
from tests import documents
from tests.documents import GERMAN
from web.app import create_app
from web.wiring import Services

PLAN = (
    "Unsere Lohnhärterei mit 90 Leuten betreibt zwölf gasbeheizte Öfen. Wir wollen Isolierung und Steuerung erneuern"
    " und die Restwärme für die Waschanlage nutzen."
)
PLANS = [
    PLAN,
    "We run an electroplating shop with 35 people. Rinse water goes down the drain; we want ion exchangers and reuse.",
    "Abwärme",
    "Ricoh",
    "Wir möchten in unserer Bäckerei mit 15 Filialen weniger Brot wegwerfen und suchen eine Absatzprognose.",
]
OFF_TOPIC = "We bake an apple pie with cinnamon on Sunday. The children like it warm, with vanilla ice cream on top."


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def answer(client: FlaskClient, text: str, lang: str = "de", status: int = 200, **form: Any) -> str:
    response = client.post(f"/match?lang={lang}", data={"text": text, **form})
    assert response.status_code == status
    return html.unescape(response.get_data(as_text=True))


def articles(page: str) -> list[str]:
    return re.findall(r"<article>.*?</article>", page, re.DOTALL)


def ids_in(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/cases/([^"?]+)', page)


def total(page: str) -> int:
    found = re.search(r'role="status">(\d+) ', page)
    assert found
    return int(found.group(1))


@pytest.mark.parametrize(
    ("lang", "title", "limit"), [("de", "Vergleichbare Projekte", "20.000"), ("en", "Comparable projects", "20,000")]
)
def test_the_form_says_what_it_wants_and_its_limit(client: FlaskClient, lang: str, title: str, limit: str) -> None:
    page = client.get(f"/match?lang={lang}").get_data(as_text=True)
    assert f"<h1>{title}</h1>" in page
    assert limit in page
    assert 'method="post"' in page
    assert "<article>" not in page
    for address in ("/", "/search"):
        assert f'href="/match?lang={lang}"' in client.get(f"{address}?lang={lang}").get_data(as_text=True)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("text", PLANS)
def test_every_case_stands_there_with_two_reasons_at_least(client: FlaskClient, text: str, lang: str) -> None:
    page = answer(client, text, lang)
    assert f'<html lang="{lang}">' in page
    assert text in page
    found = articles(page)
    assert len(found) == min(10, total(page)) > 0
    for article in found:
        shared = re.search(r'<ul class="reasons">(.*?)</ul>', article, re.DOTALL)
        assert (shared.group(1).count("<li>") if shared else 0) + article.count('<p class="passage"') >= 2


def test_reasons_are_plain_words_and_name_the_word_of_the_text(client: FlaskClient) -> None:
    assert "gleiche Technik: Abwärmenutzung („Restwärme“)" in answer(client, PLAN)
    assert "gleiche Branche: Metallerzeugnisse („Lohnhärterei“)" in answer(client, PLAN)
    assert "same sector: Metal products (“Lohnhärterei”)" in answer(client, PLAN, "en")
    assert ids_in(answer(client, PLAN))[0] == "haerterei-reese-ofensteuerung"


def test_cases_are_spread_over_organisations(client: FlaskClient, collection: list[Case]) -> None:
    organisations = {case.id: case.organisation for case in collection}
    text = "Tausende Zähler auswerten, Anlagen am Wochenende abschalten, Energiedaten mit KI überwachen, wie Bosch"
    first = [organisations[found] for found in ids_in(answer(client, text))]
    assert len(first) == 10
    assert all(sum(of_one_firm(one, other) for other in first) <= 2 for one in first)


def test_pages_follow_each_other_without_loss(client: FlaskClient) -> None:
    first = answer(client, PLAN)
    number = total(first)
    assert number > 10
    seen: list[str] = []
    for page in range(1, -(-number // 10) + 1):
        seen += ids_in(answer(client, PLAN, page=page))
    assert len(seen) == len(set(seen)) == number
    assert ids_in(answer(client, PLAN, page=99)) == ids_in(answer(client, PLAN, page=-(-number // 10)))


def test_a_filter_narrows_and_can_be_taken_away(client: FlaskClient, collection: list[Case]) -> None:
    pathway = {case.id: case.pathway for case in collection}
    page = answer(client, PLAN, pathway="cooperation")
    assert {pathway[found] for found in ids_in(page)} == {"cooperation"}
    assert 'value="cooperation" id="pathway-cooperation" checked' in page
    assert ids_in(answer(client, PLAN, pathway="cooperation", clear="yes")) == ids_in(answer(client, PLAN))
    assert ids_in(answer(client, PLAN, pathway="")) == ids_in(answer(client, PLAN))


def test_a_count_beside_a_filter_is_what_one_finds_behind_it(client: FlaskClient) -> None:
    part = answer(client, PLAN).split('id="facet-sector"')[1].split("</fieldset>")[0]
    counts = re.findall(r'value="(\w+)".*?class="count">(\d+)', part, re.DOTALL)
    assert counts
    for term, count in counts:
        assert total(answer(client, PLAN, sector=term)) == int(count)


def test_counts_are_those_of_the_cases_listed(client: FlaskClient) -> None:
    page = answer(client, PLAN)
    part = page.split('id="facet-pathway"')[1].split("</fieldset>")[0]
    assert sum(int(n) for n in re.findall(r'class="count">(\d+)', part)) == total(page)


@pytest.mark.parametrize(("lang", "said"), [("de", "kommt kein Fall"), ("en", "No case of the collection comes close")])
def test_when_nothing_comes_close_it_says_so(client: FlaskClient, lang: str, said: str) -> None:
    page = answer(client, OFF_TOPIC, lang)
    assert said in page
    assert total(page) == 0
    assert articles(page) == []
    assert len(re.findall(r'<li><a href="/cases/', page)) == 3


def test_no_case_under_the_filters_is_said_too(client: FlaskClient) -> None:
    assert "Unter diesen Filtern gibt es keinen Fall" in answer(client, PLAN, sector="C11", size="micro")


@pytest.mark.parametrize("text", ["", "   ", "?!", "\0\0"])
def test_a_text_without_a_word_is_a_400_in_words(client: FlaskClient, text: str) -> None:
    assert "Der Text enthält kein Wort" in answer(client, text, status=400)
    assert "The text holds no word" in answer(client, text, "en", status=400)


def test_a_text_that_is_too_long_is_refused_and_kept_for_the_writer(client: FlaskClient) -> None:
    text = "Abwärme " * (TEXT_LIMIT // 8 + 1)
    page = answer(client, text, status=400)
    assert f"Der Text hat {len(text)} Zeichen, erlaubt sind 20000" in page
    assert text.strip() in page


def test_a_text_of_the_greatest_length_is_answered(client: FlaskClient) -> None:
    assert total(answer(client, ("Abwärme der Öfen nutzen. " * 1000)[:TEXT_LIMIT])) > 0
    answer(client, "漢" * TEXT_LIMIT)


def test_a_form_beyond_all_bounds_is_a_413_in_words(client: FlaskClient) -> None:
    page = answer(client, "x" * 1_000_000, status=413)
    assert "Der Text ist zu lang" in page


def test_odd_bytes_are_no_trouble(client: FlaskClient) -> None:
    body = b"text=Abw%E4rme%20%00%FF%ED%A0%80der%20%D6fen%20%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    response = client.post("/match", data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert "<script>alert" not in response.get_data(as_text=True)


def test_an_unknown_filter_is_a_400_that_names_what_is_allowed(client: FlaskClient) -> None:
    page = answer(client, PLAN, status=400, pathway="nope")
    assert "efficiency, services, cooperation" in page


def test_a_text_is_in_no_address_no_log_and_no_file(
    client: FlaskClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "Geheimvorhaben Zwiebelturm: Abwärme der Öfen nutzen und das Lager heizen"
    with caplog.at_level(logging.DEBUG):
        response = client.post("/match", data={"text": secret})
        client.post("/api/v1/match", json={"text": secret})
    page = response.get_data(as_text=True)
    assert "Zwiebelturm" not in caplog.text
    assert not [url for url in re.findall(r'(?:href|action)="([^"]*)"', page) if "Zwiebelturm" in url]
    files = [path for path in Path(services.settings.home).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"Zwiebelturm" in path.read_bytes()]


def test_the_language_can_be_changed_without_losing_the_text(client: FlaskClient) -> None:
    page = answer(client, PLAN)
    assert '<button class="plain" formaction="/match?lang=en"' in page
    assert f'<input type="hidden" name="text" value="{PLAN}">' in page


# ---- as data


def test_the_data_hold_the_same_cases_with_the_reasons(client: FlaskClient) -> None:
    data = client.post("/api/v1/match", json={"text": PLAN}).get_json()
    assert [hit["id"] for hit in data["results"]] == ids_in(answer(client, PLAN))
    assert data["total"] == total(answer(client, PLAN))
    first = data["results"][0]
    assert {"kind": "sectors", "terms": ["C25"], "named": {"C25": "Lohnhärterei"}} in first["shared"]
    assert first["passage"]["text"]
    assert "query" not in data


def test_filters_and_pages_of_the_data(client: FlaskClient) -> None:
    body = {"text": PLAN, "sector": ["C25", "C24"], "has_figures": True, "page": 1}
    data = client.post("/api/v1/match", json=body).get_json()
    assert {hit["sector"] for hit in data["results"]} <= {"C25", "C24"}
    assert data["filters"] == {"sector": ["C25", "C24"], "has_figures": ["yes"]}


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (b"", "text", "JSON"),
        (b"[1]", "text", "JSON"),
        (b'{"text": 3}', "text", "JSON"),
        (b'{"text": "..."}', "text", "kein Wort"),
        (b'{"text": "a", "colour": "red"}', "colour", "has_figures"),
        (b'{"text": "a", "pathway": "x"}', "pathway", "cooperation"),
        (b'{"text": "a", "page": {"a": 1}}', "page", "1"),
        (b'{"text": "\\ud800"}', "text", "kein Wort"),
        (b"{\xff", "text", "JSON"),
    ],
)
def test_faulty_data_are_a_400_that_says_what_is_wrong(client: FlaskClient, body: bytes, field: str, said: str) -> None:
    response = client.post("/api/v1/match", data=body, content_type="application/json")
    assert response.status_code == 400
    assert said in response.get_json()["error"]["faults"][field][0]


def test_too_much_data_are_a_413(client: FlaskClient) -> None:
    response = client.post("/api/v1/match", json={"text": "x" * 1_000_000})
    assert (response.status_code, response.is_json) == (413, True)


# ---- on the page of a case


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_case_page_ends_with_comparable_cases_and_why(client: FlaskClient, collection: list[Case], lang: str) -> None:
    for case in collection[::25]:
        page = html.unescape(client.get(f"/cases/{case.id}?lang={lang}").get_data(as_text=True))
        part = page.split('class="comparable"')[1].split("</section>")[0]
        reasons = re.findall(r'<ul class="reasons">(.*?)</ul>', part, re.DOTALL)
        assert len(reasons) == 4
        assert all(2 <= reason.count("<li>") <= 4 for reason in reasons)
        assert ("gleiche" in part or "gemeinsame" in part) if lang == "de" else ("same" in part or "in common" in part)


# ---- a document instead of a text


def sent(client: FlaskClient, data: bytes, name: str, lang: str = "de") -> tuple[int, str]:
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), filename=name)})
    response = client.post(
        f"/match/file?lang={lang}", data=body, content_type=f'multipart/form-data; boundary="{boundary}"'
    )
    return response.status_code, html.unescape(response.get_data(as_text=True))


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_document_is_answered_like_its_text(client: FlaskClient, kind: str) -> None:
    data = documents.pdf([GERMAN]) if kind == "pdf" else documents.docx("".join(documents.word(t) for t in GERMAN))
    status, page = sent(client, data, f"plan.{kind}")
    assert status == 200
    assert GERMAN[0].split()[0] in page.split("<textarea")[1].split("</textarea>")[0]
    assert len(articles(page)) == 10


@pytest.mark.parametrize(
    ("data", "name", "lang", "said"),
    [
        (documents.encrypted_pdf("secret"), "plan.pdf", "de", "verschlüsselt"),
        (b"MZ\x90\x00" + bytes(200), "plan.pdf", "en", "plan.pdf"),
        (documents.xlsx([["Titel"], ["Abwärme"]]), "plan.xlsx", "en", "This is a table"),
        (b"", "", "de", "Bitte eine Datei wählen"),
    ],
    ids=["encrypted", "a program", "a table", "none"],
)
def test_a_file_that_cannot_be_compared_says_why(
    client: FlaskClient, data: bytes, name: str, lang: str, said: str
) -> None:
    status, page = sent(client, data, name, lang)
    assert status == 422
    assert said in page
    assert articles(page) == []


def test_a_file_above_the_limit_is_refused_with_the_limit(client: FlaskClient) -> None:
    status, page = sent(client, bytes(5_200_000), "plan.pdf", "en")
    assert status == 413
    assert "5 MB are allowed" in page


def test_of_a_long_document_the_beginning_is_compared_and_that_is_said(client: FlaskClient) -> None:
    text = "\n\n".join([PLAN] * 200).encode()
    status, page = sent(client, text, "plan.md", "en")
    assert status == 200
    assert "its first 20,000 characters are compared" in page
    assert len(page.split("<textarea")[1].split("</textarea>")[0]) < TEXT_LIMIT + 1000
