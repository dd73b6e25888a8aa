"""What two have in common, said only where it stands in both."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from index.shared import FEWEST_REASONS, KINDS, MOST_REASONS, WEAK, Profile
from kb.case import Case
from kb.mentions import mentions
from kb.taxonomy import shipped_taxonomy
from tests.small_index import case_of
from tests.strategies import PROPERTY, case_records

TEXT = "Unsere Gießerei mit 90 Leuten will Abwärme der Öfen in ein Fernwärmenetz geben. Der Stromverbrauch soll sinken."


def text_profile(text: str) -> Profile:
    return Profile.of_text(text, mentions(text, shipped_taxonomy()))


def kinds(profile: Profile, case: Case) -> list[str]:
    return [shared.kind for shared in profile.shared_with(case, "de")]


def heat_case(**changes: Any) -> Case:
    return case_of(
        "heat",
        **{"technologies": ["waste-heat", "hydrogen"], "sector": "C24", "size": "medium",
           "keywords": {"de": ["Abwärme", "Härterei", "Pumpe"]}, **changes},
    )  # fmt: skip


def test_a_text_shares_what_its_words_name_and_says_which_word() -> None:
    found = {shared.kind: shared for shared in text_profile(TEXT).shared_with(heat_case(), "de")}
    assert found["technologies"].terms == ("waste-heat",)
    assert found["technologies"].named == {"waste-heat": "Abwärme"}
    assert found["sectors"].named == {"C24": "Gießerei"}
    assert found["sizes"].named == {"medium": "90 Leuten"}
    assert found["keywords"].terms == ("Abwärme",)


def test_a_text_that_names_nothing_shares_nothing() -> None:
    assert text_profile("Guten Morgen allerseits").shared_with(heat_case(), "de") == ()


def test_keywords_of_a_text_may_be_in_either_language_and_stand_there_whole() -> None:
    case = heat_case(keywords={"de": ["Abwärme nutzen", "Recycling", "Gas"], "en": ["recycling", "waste heat", "kiln"]})
    found = {s.kind: s for s in text_profile("Recycling von Gas, waste of heat").shared_with(case, "de")}
    assert found["keywords"].terms == ("Recycling", "waste heat")


def test_a_keyword_is_common_only_where_the_text_holds_the_whole_of_it() -> None:
    case = heat_case(keywords={"de": ["Abwärme", "Schmiedewärme", "Gasersatz"]})
    found = {s.kind: s for s in text_profile("Ofenabwärme und Restwärme statt Gas").shared_with(case, "de")}
    assert found["keywords"].terms == ("Abwärme",)


def test_two_cases_share_terms_by_id_and_keywords_of_the_reader() -> None:
    one = heat_case(keywords={"de": ["Abwärme", "Ofen", "Kessel"], "en": ["waste heat", "kiln", "boiler"]})
    other = heat_case(keywords={"de": ["ABWAERME", "Pumpe", "Turm"], "en": ["waste heat", "kiln", "tower"]})
    for language, terms in (("de", ("ABWAERME",)), ("en", ("waste heat", "kiln"))):
        found = {shared.kind: shared for shared in Profile.of_case(one).shared_with(other, language)}  # type: ignore[arg-type]
        assert found["keywords"].terms == terms
        assert found["keywords"].named == {}


def test_what_says_little_is_said_only_where_there_is_little_else() -> None:
    case = heat_case()
    assert not set(kinds(Profile.of_case(case), heat_case(technologies=["hydrogen"]))) & set(WEAK)
    other = heat_case(technologies=["blockchain"], sector="C10", size="large", keywords={"en": ["a1", "b2", "c3"]},
                      effects=[], roadmap_fields=[], region=None)  # fmt: skip
    assert kinds(Profile.of_case(case), other) == list(WEAK)


@PROPERTY
@given(case_records(), case_records())
def test_reasons_are_true_of_both_few_and_in_order(one: dict[str, Any], other: dict[str, Any]) -> None:
    taxonomy = shipped_taxonomy()
    first, second = Case.from_record(one, taxonomy), Case.from_record(other, taxonomy)
    found = Profile.of_case(first).shared_with(second, "en")
    assert len(found) <= MOST_REASONS
    assert [shared.kind for shared in found] == sorted((s.kind for s in found), key=KINDS.index)
    for shared in found:
        assert shared.terms
        if shared.kind == "technologies":
            assert set(shared.terms) <= set(first.technologies) & set(second.technologies)
        if shared.kind == "sectors":
            assert first.sector == second.sector
    itself = Profile.of_case(first).shared_with(first, "en")
    assert len(itself) >= FEWEST_REASONS
