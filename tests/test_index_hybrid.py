"""Legs fused by arithmetic, exact names first, where the list ends, and the reasons shown with a hit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import words
from index.encoder import BundledEncoder
from index.evaluate import NEGATIVE
from index.hybrid import ALWAYS_LISTED, WEIGHTS, Searcher, Weights, brought_up, cut, fuse
from index.marking import Marker
from index.query import QUERY_LIMIT
from index.report import shipped_queries
from index.types import Hit, Legs, Reason
from kb.case import Case, CaseId
from kb.text import LANGUAGES, Language
from tests.small_index import SMALL, case_of, searcher_over, small
from tests.strategies import PROPERTY
from web.wiring import Services

IDS = frozenset(CaseId(case_id) for case_id in SMALL)
QUESTIONS = ["Wie nutzen wir Abwärme zum Heizen?", "compressed air leaks", "Maschinen am Wochenende abschalten"]
EMPTY = Legs(0.0, 0.0, 0.0, 0.0)

scores = st.floats(-1, 1)
legs = st.builds(Legs, scores, scores.map(abs), scores.map(abs), scores.map(abs))
any_legs = st.dictionaries(st.text("abc", min_size=1, max_size=3).map(CaseId), legs, max_size=12)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, collection: list[Case], bundled: BundledEncoder) -> Searcher:
    return searcher_over(tmp_path_factory.mktemp("index"), small(collection), bundled)


def ids_of(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.case_id for hit in hits]


# ---- fuse


def test_the_score_is_the_weighted_sum_of_the_legs() -> None:
    both = {CaseId("a"): Legs(0.5, 0.2, 0.4, 0.0), CaseId("b"): Legs(0.9, 0.0, 0.0, 0.0)}
    fused = fuse(both, (), Weights(meaning=1.0, words=0.3, grams=0.5))
    assert [case_id for case_id, _ in fused] == ["b", "a"]
    assert [score for _, score in fused] == pytest.approx([0.9, 0.5 + 0.06 + 0.2])


def test_equal_scores_come_by_id() -> None:
    assert [case_id for case_id, _ in fuse({CaseId(name): EMPTY for name in "cab"}, (), WEIGHTS)] == ["a", "b", "c"]


def test_exact_cases_come_first_and_among_themselves_by_score_and_id() -> None:
    given_legs = {
        CaseId("best"): Legs(1.0, 1.0, 1.0, 0.0),
        CaseId("z-exact"): Legs(0.1, 0.0, 0.0, 0.0),
        CaseId("b-exact"): EMPTY,
        CaseId("a-exact"): EMPTY,
    }
    exact = {CaseId("z-exact"), CaseId("b-exact"), CaseId("a-exact")}
    assert [case_id for case_id, _ in fuse(given_legs, exact, WEIGHTS)] == ["z-exact", "a-exact", "b-exact", "best"]


def test_nothing_fused_is_nothing() -> None:
    assert fuse({}, (), WEIGHTS) == []


@PROPERTY
@given(any_legs, st.data())
def test_the_order_of_two_cases_does_not_depend_on_the_others(
    all_legs: dict[CaseId, Legs], data: st.DataObject
) -> None:
    some = data.draw(st.sets(st.sampled_from(sorted(all_legs)))) if all_legs else set()
    exact = data.draw(st.sets(st.sampled_from(sorted(all_legs)))) if all_legs else set()
    whole = fuse(all_legs, exact, WEIGHTS)
    part = fuse({case_id: leg for case_id, leg in all_legs.items() if case_id in some}, exact, WEIGHTS)
    assert part == [pair for pair in whole if pair[0] in some]


# ---- cut


@pytest.mark.parametrize(
    ("given_scores", "exact", "listed"),
    [
        ([], 0, 0),
        ([0.9, 0.1], 0, 2),
        ([1.0] + [0.1] * 11, 0, ALWAYS_LISTED),
        ([1.0] * 11 + [0.5] + [0.49] * 5, 0, 12),
        ([0.1] * 12 + [1.0], 12, 13),
        ([0.1] + [1.0] * 11 + [0.2], 1, 12),
        ([-0.1] * 20, 0, ALWAYS_LISTED),
    ],
    ids=["none", "few", "ten at least", "half of the best", "every exact one", "near ones after exact", "below zero"],
)
def test_past_the_tenth_a_hit_must_reach_half_of_the_best(given_scores: list[float], exact: int, listed: int) -> None:
    assert cut(given_scores, exact) == listed


@PROPERTY
@given(st.lists(scores, max_size=30), st.integers(0, 30))
def test_a_list_is_never_longer_than_what_there_is(given_scores: list[float], exact: int) -> None:
    exact = min(exact, len(given_scores))
    listed = cut(given_scores, exact)
    assert max(exact, min(len(given_scores), ALWAYS_LISTED)) <= listed <= len(given_scores)


# ---- search


def test_cases_coded_like_the_best_ones_are_ahead_of_others_with_as_much_evidence(
    tmp_path: Path, bundled: BundledEncoder
) -> None:
    same = {"title": {"en": "A works"}, "summary": {"en": "Kiln"}}
    cases = [
        case_of("best", title={"en": "Kiln with heat recovery"}, technologies=["waste-heat"]),
        case_of("a-other", **same, technologies=["logistics"]),
        case_of("b-alike", **same, technologies=["waste-heat"]),
    ]
    searcher = searcher_over(tmp_path, cases, bundled)
    ranked = searcher.near_misses("kiln with heat recovery", [case.id for case in cases], 3)
    assert ids_of(ranked) == ["best", "b-alike", "a-other"]
    legs = {hit.case_id: hit.legs for hit in ranked}
    assert legs[CaseId("b-alike")].facts > legs[CaseId("a-other")].facts
    assert (legs[CaseId("b-alike")].meaning, legs[CaseId("b-alike")].words) == pytest.approx(
        (legs[CaseId("a-other")].meaning, legs[CaseId("a-other")].words)
    )


@pytest.mark.parametrize("query", ["Druckluft", "Abwärme im Betrieb nutzen", "bearings returned and reground"])
def test_a_filter_changes_who_is_listed_and_never_who_is_ahead(query: str, searcher: Searcher) -> None:
    whole = [hit.case_id for hit in searcher.near_misses(query, SMALL, len(SMALL))]
    for some in (SMALL[::2], SMALL[1::2], SMALL[:3]):
        assert ids_of(searcher.near_misses(query, some, len(SMALL))) == [of for of in whole if of in some]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Siemens Healthineers", "siemens-healthineers-mri-upgrade"),
        ("FESTO", "festo-scharnhausen-energy-network"),
        ("scharnhausen", "festo-scharnhausen-energy-network"),
        ("Verleih", None),
        ("robert bosch gmbh werk homburg", "bosch-homburg-energy-platform"),
        ("Ink subscription with connected printers and take-back!", "hp-instant-ink"),
        ("Tinte im Abonnement mit vernetztem Drucker und Ruecknahme", "hp-instant-ink"),
    ],
)
def test_a_title_organisation_or_place_is_found_exactly(query: str, first: str | None, searcher: Searcher) -> None:
    hits = searcher.search(query, IDS)
    exact = [hit.case_id for hit in hits if hit.exact]
    assert exact == ids_of(hits)[: len(exact)]
    if first is None:
        assert exact == []
    else:
        assert first in exact


def test_a_name_is_exact_only_among_the_cases_asked_for(searcher: Searcher) -> None:
    hits = searcher.search("Festo", IDS - {CaseId("festo-scharnhausen-energy-network")})
    assert not any(hit.exact for hit in hits)


def test_hits_carry_their_legs_and_the_score_that_these_make(searcher: Searcher) -> None:
    hits = searcher.search(QUESTIONS[0], IDS)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    for hit in hits:
        legs_of_hit = {hit.case_id: hit.legs}
        assert fuse(legs_of_hit, (), WEIGHTS) == [(hit.case_id, hit.score)]
        assert -1 <= hit.legs.meaning <= 1.00001
        assert 0 <= hit.legs.words <= 1
        assert 0 <= hit.legs.grams <= 1


@pytest.mark.parametrize("query", QUESTIONS)
def test_a_filter_leaves_the_scores_of_a_real_search_as_they_are(query: str, searcher: Searcher) -> None:
    everywhere = {hit.case_id: hit.score for hit in searcher.near_misses(query, IDS, len(IDS))}
    assert everywhere.keys() == IDS
    for case_id in IDS:
        (alone,) = searcher.near_misses(query, {case_id}, 1)
        assert alone.score == pytest.approx(everywhere[case_id], abs=1e-6)


def test_what_is_answered_is_the_beginning_of_what_comes_nearest(searcher: Searcher) -> None:
    for query in QUESTIONS:
        hits = searcher.search(query, IDS)
        assert hits
        assert searcher.near_misses(query, IDS, len(hits)) == hits


def test_no_case_to_search_gives_no_hit(searcher: Searcher) -> None:
    assert searcher.search("Abwärme", frozenset()) == ()
    assert searcher.near_misses("Abwärme", frozenset(), 3) == ()
    assert searcher.search("Abwärme", {CaseId("no-such-case")}) == ()


def test_a_query_longer_than_the_limit_is_read_up_to_it(searcher: Searcher) -> None:
    for filler in ("x", "Wort ", "Druckluft "):
        long = "Abwärme nutzen " + filler * QUERY_LIMIT
        assert searcher.search(long, IDS) == searcher.search(long[:QUERY_LIMIT], IDS)
        assert searcher.near_misses(long, IDS, 3) == searcher.near_misses(long[:QUERY_LIMIT], IDS, 3)
        assert searcher.reasons(long, list(IDS), "de") == searcher.reasons(long[:QUERY_LIMIT], list(IDS), "de")


def test_the_length_of_a_query_counts_up_to_the_limit(searcher: Searcher) -> None:
    """Whether anything fits depends on the number of words: not on those that nobody reads."""
    few = "q" * (QUERY_LIMIT - 1) + " "
    assert searcher.search(few + "q " * 10_000, IDS) == searcher.search(few, IDS)


@pytest.mark.parametrize("query", ["Abwärme für die Halle", "Druckluft für Öfen", "Kühlung über Rücklauf"])
def test_umlauts_of_two_characters_are_read_like_those_of_one(query: str, searcher: Searcher) -> None:
    apart = unicodedata.normalize("NFD", query)
    assert apart != query
    assert searcher.near_misses(apart, IDS, 12) == searcher.near_misses(query, IDS, 12)
    assert searcher.reasons(apart, list(IDS), "de") == searcher.reasons(query, list(IDS), "de")


@pytest.mark.parametrize("query", ["", "?!", "\x00", "½ m²", '"', "語", "\U0001f600", "Abw\udce4rme"])
def test_odd_characters_in_a_query_are_no_error(query: str, searcher: Searcher) -> None:
    assert len(searcher.near_misses(query, IDS, 3)) == 3
    assert searcher.reasons(query, list(IDS), "de").keys() == IDS
    assert searcher.search(query, IDS) == searcher.search(query, IDS)


def test_a_searcher_made_in_one_thread_answers_in_another(searcher: Searcher) -> None:
    here = [searcher.search(query, IDS) for query in QUESTIONS]
    with ThreadPoolExecutor(1) as thread:
        assert list(thread.map(lambda query: searcher.search(query, IDS), QUESTIONS)) == here


def test_a_hit_says_what_brought_it() -> None:
    def found_by(meaning: float, shared: float, exact: bool) -> str:
        return Hit(CaseId("a"), 1, 1.0, Legs(meaning, shared, 0.0, 0.0), exact).found_by

    assert found_by(0.9, 0.9, False) == "both"
    assert found_by(0.9, 0.0, False) == "meaning"
    assert found_by(0.0, 0.9, False) == "words"
    assert found_by(0.0, 0.0, True) == "words"


def _legs(hit: Hit) -> tuple[float, float, float]:
    return hit.legs.meaning, hit.legs.words, hit.legs.grams


def ranking(legs: dict[str, Legs], exact: frozenset[str] = frozenset()) -> list[Hit]:
    by_id = {CaseId(name): leg for name, leg in legs.items()}
    return [
        Hit(case_id, rank, score, by_id[case_id], case_id in exact)
        for rank, (case_id, score) in enumerate(fuse(by_id, [CaseId(name) for name in exact], WEIGHTS), start=1)
    ]


def test_who_comes_from_beyond_the_first_ten_by_its_facts_was_brought_up() -> None:
    legs = {f"{n:02}": Legs(0.9 - n / 100, 0.0, 0.0, 0.0) for n in range(20)}
    assert brought_up(ranking(legs), WEIGHTS) == frozenset()
    legs["15"] = Legs(0.75, 0.0, 0.0, 0.2)
    legs["04"] = Legs(0.86, 0.0, 0.0, 0.3)
    assert brought_up(ranking(legs), WEIGHTS) == {"15"}


def test_who_would_be_no_hit_without_its_facts_was_brought_up() -> None:
    legs = {f"{n:02}": Legs(0.9, 0.0, 0.0, 0.0) for n in range(12)} | {"low": Legs(0.3, 0.0, 0.0, 0.3)}
    assert brought_up(ranking(legs), WEIGHTS) == {"low"}
    legs["low"] = Legs(0.3, 0.0, 0.0, 0.1)
    assert brought_up(ranking(legs), WEIGHTS) == frozenset()


@PROPERTY
@given(any_legs)
def test_who_shares_nothing_was_not_brought_up_and_who_was_is_a_hit(legs: dict[CaseId, Legs]) -> None:
    ranked = ranking(dict(legs))
    up = brought_up(ranked, WEIGHTS)
    assert up <= {hit.case_id for hit in ranked[: cut([hit.score for hit in ranked], 0)] if hit.legs.facts > 0}
    none = {case_id: Legs(leg.meaning, leg.words, leg.grams, 0.0) for case_id, leg in legs.items()}
    assert brought_up(ranking(dict(none)), WEIGHTS) == frozenset()


def test_a_hit_names_facts_that_it_shares_with_those_found_best(services: Services, collection: list[Case]) -> None:
    cases = {case.id: case for case in collection}
    searcher, everything = services.searcher(), frozenset(cases)

    def coded(case_id: CaseId) -> dict[str, set[str]]:
        case = cases[case_id]
        return {"technology": set(case.technologies), "sector": {case.sector}, "pathway": {case.pathway}}

    named = 0
    for query in [query for query in shipped_queries("dev") if query.kind != NEGATIVE][:40]:
        ranked = searcher.near_misses(query.text, everything, len(everything))
        if any(hit.exact for hit in ranked):
            continue
        found = sorted(ranked, key=lambda hit: -searcher.weights.evidence(*_legs(hit)))
        best = [coded(hit.case_id) for hit in found[:3]]
        for hit in searcher.search(query.text, everything):
            own = coded(hit.case_id)
            for facet in hit.by_facts:
                assert any(own[facet] & other[facet] for other in best)
            # What makes two cases most alike is never left out.
            if hit.by_facts and own["sector"] == best[0]["sector"]:
                assert "sector" in hit.by_facts
            named += bool(hit.by_facts)
    assert named > 20


# ---- reasons


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, bundled: BundledEncoder) -> Searcher:
    """Three cases: in both languages, in German alone, in English alone."""
    fields = ("title", "summary", "problem", "solution", "result")
    both: dict[str, Any] = {
        name: {"de": "Das Werk heizt mit Abwärme.", "en": "The works is heated by waste heat."} for name in fields
    }
    both["title"] = {"de": "Werk", "en": "Works"}
    both["result"] = {"de": "Die Einsparung ist groß.", "en": "The saving is large, says the kaleidoscope."}
    both["keywords"] = {"de": ["Ofen", "Halle", "Heizung"], "en": ["kiln", "hall", "heating"]}
    cases = [
        case_of("in-both", **both),
        *(
            case_of(name, **{field: {language: text[language]} for field, text in both.items()})
            for name, language in (("in-german", "de"), ("in-english", "en"))
        ),
    ]
    return searcher_over(tmp_path_factory.mktemp("index"), cases, bundled)


def reason(searcher: Searcher, query: str, case_id: str, language: Language) -> Reason:
    return searcher.reasons(query, [CaseId(case_id)], language)[CaseId(case_id)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", QUESTIONS)
def test_marks_are_words_of_the_text_in_order(query: str, language: Language, searcher: Searcher) -> None:
    for found in searcher.reasons(query, sorted(IDS), language).values():
        places = [(start, end) for _, start, end in words(found.text)]
        assert list(found.marks) == sorted(set(found.marks) & set(places))
        assert "".join(piece for piece, _ in found.pieces()) == found.text
        assert [piece for piece, marked in found.pieces() if marked] == [
            found.text[start:end] for start, end in found.marks
        ]


def test_a_reason_is_a_passage_of_its_case_and_never_the_title(searcher: Searcher, collection: list[Case]) -> None:
    by_id = {case.id: case for case in collection}
    for case_id, found in searcher.reasons(QUESTIONS[0], sorted(IDS), "de").items():
        assert found.field in ("summary", "problem", "solution", "result", "lessons", "keywords")
        if found.field != "keywords":
            assert getattr(by_id[case_id], found.field).get(found.language) == found.text


def test_the_reason_is_shown_in_the_language_of_the_reader(told: Searcher) -> None:
    assert reason(told, "Abwärme heizt", "in-both", "de").language == "de"
    assert reason(told, "waste heat", "in-both", "en").language == "en"
    assert reason(told, "qqqq", "in-both", "de").language == "de"
    assert reason(told, "qqqq", "in-both", "en").language == "en"


def test_the_other_language_is_shown_when_the_words_stand_only_there(told: Searcher) -> None:
    found = reason(told, "kaleidoscope", "in-both", "de")
    assert found.language == "en"
    assert [found.text[start:end] for start, end in found.marks] == ["kaleidoscope"]


def test_the_own_language_is_shown_when_the_words_stand_in_both(told: Searcher) -> None:
    assert reason(told, "kaleidoscope Einsparung", "in-both", "de").language == "de"


def test_a_case_told_in_one_language_gives_its_reason_in_that(told: Searcher) -> None:
    assert reason(told, "Abwärme", "in-german", "en").language == "de"
    assert reason(told, "Abwärme", "in-english", "de").language == "en"


def judged_reasons(services: Services) -> Iterator[tuple[str, Language, CaseId, Reason]]:
    """Every reason that the answers to the judged queries show, in both languages."""
    searcher = services.searcher()
    everything = frozenset(searcher.generation.lexicon.case_ids)
    for query in shipped_queries("check"):
        if query.kind != NEGATIVE:
            ids = [hit.case_id for hit in searcher.search(query.text, everything)[:10]]
            for language in LANGUAGES:
                for case_id, found in searcher.reasons(query.text, ids, language).items():
                    yield query.text, language, case_id, found


def test_no_reason_is_foreign_where_words_of_the_query_stand_in_the_own_language(services: Services) -> None:
    generation = services.searcher().generation
    wrong = []
    for query, language, case_id, found in judged_reasons(services):
        if found.language != language:
            own = [p for p in generation.passages(generation.rows_of(case_id).tolist()) if p.language == language]
            marker = Marker(generation.lexicon.analyser, query, services.searcher().related(query))
            if any(marker.marks(passage.text, language) for passage in own):
                wrong.append((query, language, case_id))
    assert wrong == []


def test_most_reasons_are_shown_in_the_language_of_the_reader_and_marked(services: Services) -> None:
    reasons = list(judged_reasons(services))
    assert sum(found.language == language for _, language, _, found in reasons) > len(reasons) / 2
    assert sum(bool(found.marks) for *_, found in reasons) > len(reasons) / 2


def test_a_reason_is_plain_data_for_the_api() -> None:
    plain = Reason("summary", "de", "Abwärme heizt", ((0, 7),)).to_json()
    assert plain == {"field": "summary", "language": "de", "text": "Abwärme heizt", "marks": [[0, 7]]}
