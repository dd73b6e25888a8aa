"""Queries in one language over texts in one language, and what is searched for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.directions import answerable, ground_of, grounds, run, told_in, within
from index.encoder import BundledEncoder, EmbeddingCache
from index.evaluate import Judged
from kb.case import Case
from kb.filters import FILTERS, HAS_FIGURES, Filters, resolve
from kb.passages import passages
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language, other
from tests.small_index import case_of, small
from tests.strategies import complete_record
from web.wiring import Services


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_case_told_in_one_language_holds_no_word_of_the_other(
    language: Language, collection: list[Case], taxonomy: Taxonomy
) -> None:
    for case in [*collection, Case.from_record(complete_record(), taxonomy)]:
        told = told_in(case, language, taxonomy)
        assert told is not None
        own = [passage for passage in passages(case) if passage.language == language]
        assert list(passages(told)) == own
        assert all(effect.note is None or effect.note.languages == (language,) for effect in told.effects)
        assert (told.id, told.organisation, told.sector) == (case.id, case.organisation, case.sector)


def test_a_case_is_not_told_in_a_language_that_one_of_its_texts_lacks(taxonomy: Taxonomy) -> None:
    assert told_in(case_of("english"), "de", taxonomy) is None
    half = complete_record()
    del half["result"]["de"]
    assert told_in(Case.from_record(half, taxonomy), "de", taxonomy) is None
    assert told_in(Case.from_record(half, taxonomy), "en", taxonomy) is not None


def test_a_text_that_may_be_missing_is_left_out(taxonomy: Taxonomy) -> None:
    record = complete_record()
    del record["lessons"]["en"]
    told = told_in(Case.from_record(record, taxonomy), "en", taxonomy)
    assert told is not None
    assert told.lessons is None


def test_the_cases_that_pass_filters_are_those_that_the_store_finds(
    services: Services, collection: list[Case], taxonomy: Taxonomy
) -> None:
    given: list[dict[str, list[str]]] = [
        {},
        {"pathway": ["services"]},
        {"pathway": ["services", "efficiency"], "region": ["DE-NW"]},
        {"technology": ["waste-heat", "sorting"], HAS_FIGURES: ["yes"]},
        {"size": ["micro"], "sector": ["C11"]},
        {"roadmap_field": ["circular"]},
        {"status": ["running"]},
        {"country": ["AT", "NL"], "year_from": ["2015"], "year_to": ["2020"]},
        {"year_to": ["2014"]},
        {"metric": ["co2e"], "kind": ["claimed"], "direction": ["better"], "at_least": ["20"], "unit": ["%"]},
    ]
    assert {facet for filters in given for facet in filters} == set(FILTERS)
    with services.store() as store:
        for words in given:
            filters = resolve(words, taxonomy)
            assert within(filters, collection, taxonomy) == frozenset(store.matching(filters))
    assert within(Filters(), collection, taxonomy) == {case.id for case in collection}


def test_a_query_whose_answers_are_not_told_in_the_language_is_left_out() -> None:
    def query(name: str, kind: str, *relevant: str) -> Judged:
        return Judged(name, name, "de", kind, {}, dict.fromkeys(relevant, 3))

    asked = [query("both", "question", "here", "gone"), query("one", "question", "gone"), query("none", "negative")]
    kept = answerable(asked, {"gone"})
    assert [(found.id, list(found.relevant)) for found in kept] == [("both", ["here"]), ("none", [])]


def test_every_direction_is_asked_over_the_texts_of_its_own_language(
    collection: list[Case], bundled: BundledEncoder, taxonomy: Taxonomy
) -> None:
    cases = small(collection)
    answers = {"mader-looxr-digital-air": 3, "kb-kunststofftechnik-druckluft-grundlast": 3}
    queries = [
        Judged("de", "Druckluft", "de", "keywords", {}, answers),
        Judged("en", "compressed air", "en", "keywords", {}, answers),
    ]
    with ground_of(cases, bundled) as both, grounds(cases, bundled, taxonomy) as narrow:
        for language in LANGUAGES:
            lexicon = narrow[language].searcher.generation.lexicon
            assert (lexicon.sizes[language], lexicon.sizes[other(language)]) == (len(cases), 0)
            assert lexicon.narrow
        assert not both.searcher.generation.lexicon.narrow
        result = run(queries, both, narrow, taxonomy)
    assert (result["cases"], result["model"]) == (len(cases), bundled.key)
    words = {name: group["ndcg@10"] for name, group in result["legs"]["words"]["by"]["direction"].items()}
    assert words == {"de-de": 1.0, "en-de": 0.0, "de-en": 0.0, "en-en": 1.0}
    meaning = result["legs"]["meaning"]["by"]["direction"]
    assert all(group["ndcg@10"] > 0.5 for group in meaning.values())
    assert list(result["legs"]["hybrid"]["by"]["direction"]["de-en"]["each"]) == ["de"]


def test_a_language_that_no_case_is_told_in_has_no_direction(bundled: BundledEncoder, taxonomy: Taxonomy) -> None:
    cases = [case_of("only-english")]
    queries = [Judged("q", "kiln", "en", "keywords", {}, {"only-english": 3})]
    with ground_of(cases, bundled) as both, grounds(cases, bundled, taxonomy) as narrow:
        result = run(queries, both, narrow, taxonomy)
    assert list(result["legs"]["hybrid"]["by"]["direction"]) == ["en-en"]


def test_known_vectors_are_not_made_again(collection: list[Case], bundled: BundledEncoder, tmp_path: Path) -> None:
    class Counting:
        key, dim = bundled.key, bundled.dim
        queries = staticmethod(bundled.queries)
        made = 0

        def passages(self, texts: list[str]) -> object:
            self.made += len(texts)
            return bundled.passages(texts)

    counting, cases = Counting(), small(collection)
    EmbeddingCache(tmp_path / "known.db").passages(
        [passage.text for case in cases for passage in passages(case)], counting
    )
    before = counting.made
    with ground_of(cases, counting, tmp_path / "known.db"):
        assert counting.made == before > 0
