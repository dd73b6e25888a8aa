"""The same answers as data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from kb.case import Case
from kb.taxonomy import Taxonomy
from web.app import create_app
from web.wiring import Services


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def test_a_search_gives_hits_with_legs_and_the_passage_that_speaks_for_them(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=Druckluft als Dienstleistung&pathway=services").get_json()
    assert answer["filters"] == {"pathway": ["services"]}
    assert answer["results"][0]["id"] == "mader-looxr-digital-air"
    first = answer["results"][0]
    assert first["rank"] == 1
    assert set(first["legs"]) == {"meaning", "words", "grams", "facts"}
    assert first["found_by"] in ("both", "words", "meaning")
    assert set(first["by_facts"]) <= {"technology", "sector", "pathway"}
    start, end = first["passage"]["marks"][0]
    assert first["passage"]["text"][start:end].startswith("Druckluft")
    assert {hit["pathway"] for hit in answer["results"]} == {"services"}


def test_facets_are_counted_over_the_whole_set(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=Recycling").get_json()
    assert sum(answer["facets"]["pathway"].values()) == answer["total"]
    assert len(answer["results"]) == answer["page_size"] < answer["total"]


def test_without_a_query_all_cases_are_listed_the_newest_first(client: FlaskClient, collection: list[Case]) -> None:
    answer = client.get("/api/v1/search").get_json()
    assert answer["total"] == len(collection)
    years = [hit["year"] for hit in answer["results"]]
    assert years == sorted(years, reverse=True)


def test_a_case_reads_back_as_the_case(client: FlaskClient, collection: list[Case], taxonomy: Taxonomy) -> None:
    for case in collection[::30]:
        assert Case.from_record(client.get(f"/api/v1/cases/{case.id}").get_json(), taxonomy) == case


@pytest.mark.parametrize(
    ("address", "field", "allowed"),
    [
        ("/api/v1/search?pathway=x", "pathway", "cooperation"),
        ("/api/v1/search?sectors=C24", "sectors", "sector"),
        ("/api/v1/search?page=-1", "page", "1"),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_what_is_allowed(
    client: FlaskClient, address: str, field: str, allowed: str
) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert response.is_json
    assert allowed in response.get_json()["error"]["faults"][field][0]


def test_an_unknown_case_is_a_404_in_json(client: FlaskClient) -> None:
    response = client.get("/api/v1/cases/nope")
    assert (response.status_code, response.is_json) == (404, True)


def test_the_answer_says_what_was_searched_beside_and_what_may_have_been_meant(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=Abw%C3%A4rme").get_json()
    assert answer["did_you_mean"] is None
    assert answer["related"] == [{"term": "waste heat", "language": "en"}]
    without = client.get("/api/v1/search?q=Abw%C3%A4rme&without=waste+heat").get_json()
    assert without["related"] == []
    assert client.get("/api/v1/search?q=Druklfut").get_json()["did_you_mean"] == "Druckluft"
