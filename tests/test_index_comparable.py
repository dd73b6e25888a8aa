"""Cases comparable with a text or with a case."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.comparable import (
    MOST_PARTS,
    MOST_WORDS,
    SHORTEST_PART,
    TEXT_LIMIT,
    Comparer,
    InvalidText,
    clean,
    rarities,
    sentences,
    telling_words,
)
from index.encoder import BundledEncoder
from kb.case import Case, CaseId
from tests.small_index import SMALL, searcher_over, small
from tests.strategies import PROPERTY

IDS = frozenset(CaseId(case_id) for case_id in SMALL)
PLAN = (
    "Wir spritzen Kunststoffteile auf 60 Maschinen. Im Winter heizen wir Büro und Lager trotzdem mit Öl. "
    "Die Abwärme der Maschinen soll künftig die Hallen heizen."
)


@pytest.fixture(scope="module")
def comparer(tmp_path_factory: pytest.TempPathFactory, collection: list[Case], bundled: BundledEncoder) -> Comparer:
    return Comparer(searcher_over(tmp_path_factory.mktemp("index"), small(collection), bundled), bundled)


# ---- a text


@pytest.mark.parametrize("text", ["", "  \n ", "...", "–__–", "\0"])
def test_a_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(InvalidText) as caught:
        clean(text)
    assert "kein Wort" in caught.value.describe("de")


def test_a_text_is_read_whole_or_not_at_all() -> None:
    assert clean("a" * TEXT_LIMIT) == "a" * TEXT_LIMIT
    with pytest.raises(InvalidText, match="20001 characters, 20000 are allowed"):
        clean("a" * (TEXT_LIMIT + 1))


@PROPERTY
@given(st.text(max_size=60))
def test_a_text_comes_out_composed_and_whole(text: str) -> None:
    try:
        cleaned = clean(text)
    except InvalidText:
        return
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode().decode() == cleaned
    assert "\0" not in cleaned


def test_sentences_end_where_they_end() -> None:
    assert sentences("Wir haben z. B. einen alten Ofen. Er läuft Tag und Nacht! Was tun?") == [
        "Wir haben z. B. einen alten Ofen.",
        "Er läuft Tag und Nacht! Was tun?",
    ]
    assert sentences("Unser Plan sieht so aus:\n- neue Pumpen im Keller\n- ein größerer Speicher im Hof") == [
        "Unser Plan sieht so aus:",
        "- neue Pumpen im Keller",
        "- ein größerer Speicher im Hof",
    ]
    assert sentences("Eine Zeile, die mitten\nim Satz umbricht") == ["Eine Zeile, die mitten im Satz umbricht"]
    assert sentences("Abwärme") == ["Abwärme"]


@PROPERTY
@given(st.text("ab .!\n-1", max_size=200))
def test_no_word_is_lost_between_sentences_and_few_are_short(text: str) -> None:
    parts = sentences(text)
    assert "".join("".join(parts).split()) == "".join(text.split()) or not any(char.isalnum() for char in text)
    assert len(parts) <= 1 or all(len(part.split()) >= 1 for part in parts)


def test_a_long_text_has_no_more_parts_than_are_compared() -> None:
    parts = sentences("Das ist ein ganzer Satz. " * 799)
    assert len(parts) <= MOST_PARTS
    assert " ".join(parts) == " ".join(["Das ist ein ganzer Satz."] * 799)
    assert SHORTEST_PART <= 5


def test_of_a_long_text_the_rarest_words_are_looked_up(comparer: Comparer, collection: list[Case]) -> None:
    lexicon = comparer.generation.lexicon
    long = " ".join(case.summary["de"] for case in collection)
    told = telling_words(long, lexicon).split()
    rarity = rarities(long, lexicon)
    assert len(told) == MOST_WORDS
    assert set(told) <= set(rarity)
    assert sum(rarity[word] for word in told) / len(told) > sum(rarity.values()) / len(rarity)
    assert telling_words("Die Abwärme heizt", lexicon) == "Die Abwärme heizt"


# ---- comparable with a text


def test_a_plan_finds_the_case_that_did_it(comparer: Comparer) -> None:
    compared = comparer.to_text(comparer.described(PLAN), IDS)
    assert compared.answered
    assert compared.hits[0].case_id == "roth-plastic-technology-abwaerme"
    assert [hit.rank for hit in compared.hits] == list(range(1, len(compared.hits) + 1))


def test_quotation_marks_and_minus_signs_of_a_text_are_no_operators(comparer: Comparer) -> None:
    plain = comparer.to_text(comparer.described(PLAN), IDS)
    marked = comparer.to_text(comparer.described(PLAN.replace("Abwärme", "„Abwärme“").replace("Im", "-Im")), IDS)
    assert marked.hits[0].case_id == plain.hits[0].case_id
    assert len(marked.hits) == len(plain.hits)


def test_a_text_about_something_else_is_answered_by_none(comparer: Comparer) -> None:
    text = "We bake an apple pie with cinnamon on Sunday. The children like it warm, with vanilla ice cream on top."
    compared = comparer.to_text(comparer.described(text), IDS)
    assert not compared.answered
    assert compared.hits


def test_a_filter_hides_and_never_reorders(comparer: Comparer) -> None:
    described = comparer.described(PLAN)
    everywhere = [hit.case_id for hit in comparer.to_text(described, IDS).hits]
    within = frozenset(sorted(IDS)[::2])
    filtered = [hit.case_id for hit in comparer.to_text(described, within).hits]
    assert filtered == [case_id for case_id in everywhere if case_id in within]
    assert comparer.to_text(described, frozenset()).hits == ()
    assert comparer.to_text(described, frozenset({CaseId("no-such-case")})).hits == ()


@PROPERTY
@given(st.text(min_size=1, max_size=80))
def test_any_text_is_compared(comparer: Comparer, text: str) -> None:
    try:
        described = comparer.described(clean(text))
    except InvalidText:
        return
    compared = comparer.to_text(described, IDS)
    assert {hit.case_id for hit in compared.hits} <= IDS
    assert compared.hits


def test_passages_are_sentences_of_the_case_in_the_language_asked_for(comparer: Comparer) -> None:
    described = comparer.described(PLAN)
    for language in ("de", "en"):
        found = comparer.passages(described, sorted(IDS), language, 2)  # type: ignore[arg-type]
        assert set(found) == IDS
        for reasons in found.values():
            assert len(reasons) == 2
            assert len({reason.text for reason in reasons}) == 2
            assert {reason.language for reason in reasons} == {language}
            assert {reason.field for reason in reasons}.isdisjoint({"title", "keywords"})


def test_marks_leave_out_words_that_many_cases_hold(comparer: Comparer) -> None:
    (reason,) = comparer.passages(
        comparer.described("Das Unternehmen nutzt die Abwärme der Spritzgießmaschinen laut Quelle im Jahr."),
        [CaseId("roth-plastic-technology-abwaerme")],
        "de",
        1,
    )[CaseId("roth-plastic-technology-abwaerme")]
    marked = {reason.text[start:end] for start, end in reason.marks}
    assert "Spritzgießmaschinen" in marked
    assert marked.isdisjoint({"Unternehmen", "Quelle", "Jahr", "Jahren"})


# ---- comparable with a case


def test_the_cases_comparable_with_a_case_are_all_others_in_order(comparer: Comparer) -> None:
    for case_id in IDS:
        near = comparer.to_case(case_id, IDS)
        assert {found for found, _ in near} == IDS - {case_id}
        assert near == sorted(near, key=lambda pair: (-pair[1], pair[0]))


@pytest.mark.parametrize(
    ("case_id", "nearest"),
    [
        ("siemens-healthineers-ecoline", "siemens-healthineers-mri-upgrade"),
        ("bosch-homburg-shutdown-management", "bosch-homburg-energy-platform"),
    ],
)
def test_the_nearest_case_is_one_of_the_same_matter(case_id: str, nearest: str, comparer: Comparer) -> None:
    assert comparer.to_case(CaseId(case_id), IDS)[0][0] == nearest


def test_comparable_cases_stay_within_what_is_asked_for(comparer: Comparer) -> None:
    first, within = sorted(IDS)[0], frozenset(sorted(IDS)[:4])
    assert {found for found, _ in comparer.to_case(first, within)} == within - {first}
    assert comparer.to_case(first, {first}) == []


def test_a_case_that_the_index_does_not_hold_has_no_comparable_ones(comparer: Comparer) -> None:
    assert comparer.to_case(CaseId("no-such-case"), IDS) == []
    assert comparer.described_case(CaseId("no-such-case")) is None


def test_a_collection_of_one_case_can_be_compared_with(
    tmp_path: Path, collection: list[Case], bundled: BundledEncoder
) -> None:
    one = Comparer(searcher_over(tmp_path, collection[:1], bundled), bundled)
    assert [hit.case_id for hit in one.to_text(one.described(PLAN), [collection[0].id]).hits] == [collection[0].id]
    assert one.to_case(collection[0].id, [collection[0].id]) == []
