"""Effects as data: common units, and one effect that has to be all that is asked for."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.case import Case, Effect
from kb.effects import (
    DIRECTIONS,
    EFFECT_PARAMETERS,
    EffectFilter,
    convert,
    direction,
    largest_first,
    normalised,
    period,
    resolve_effect,
)
from kb.errors import InvalidFilter
from kb.filters import Filters, resolve
from kb.store import CaseStore
from kb.taxonomy import Taxonomy, shipped_taxonomy
from tests.proposals import by_hand
from tests.strategies import PROPERTY, TERMS, complete_record

TAXONOMY = shipped_taxonomy()
UNITS = sorted(TAXONOMY.units)
SAME_KIND = [(a, b) for a in UNITS for b in UNITS if TAXONOMY.units[a].common == TAXONOMY.units[b].common]
OTHER_KIND = [(a, b) for a in UNITS for b in UNITS if (a, b) not in SAME_KIND]
VALUES = st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (1, "kWh", "MWh", 0.001),
        (1, "GWh/a", "MWh/a", 1000),
        (3.6, "GJ", "MWh", 1),  # 1 MWh = 3.6 GJ, since 1 h = 3600 s
        (1, "MWh/a", "GJ/a", 3.6),
        (18, "TJ", "MWh", 5000),
        (-2500, "kg/a", "t/a", -2.5),
        (1, "kt", "t", 1000),
        (750, "l", "m3", 0.75),
        (20, "kW", "MW", 0.02),
        (1100, "kWh", "MWh", 1.1),
        (-30, "%", "%", -30),
    ],
)
def test_a_figure_is_converted_by_the_definition_of_its_unit(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to, TAXONOMY) == expected


@PROPERTY
@given(VALUES, st.sampled_from(SAME_KIND))
def test_a_conversion_there_and_back_gives_the_figure_again(value: float, units: tuple[str, str]) -> None:
    there = convert(value, *units, TAXONOMY)
    assert math.isclose(convert(there, *reversed(units), TAXONOMY), value, rel_tol=1e-15, abs_tol=1e-300)


@PROPERTY
@given(VALUES, VALUES, st.sampled_from(SAME_KIND))
def test_a_larger_figure_stays_at_least_as_large(one: float, two: float, units: tuple[str, str]) -> None:
    small, large = sorted((one, two))
    assert convert(small, *units, TAXONOMY) <= convert(large, *units, TAXONOMY)


@PROPERTY
@given(VALUES, st.sampled_from(SAME_KIND))
def test_a_conversion_keeps_the_sign_and_a_common_unit_the_figure(value: float, units: tuple[str, str]) -> None:
    converted = convert(value, *units, TAXONOMY)
    assert (converted > 0, converted < 0) == (value > 0, value < 0)
    assert convert(value, units[0], units[0], TAXONOMY) is value


def test_shares_amounts_a_year_and_amounts_of_a_single_time_never_mix() -> None:
    assert {("%", "t"), ("t", "t/a"), ("MWh", "MWh/a"), ("kWh/a", "GWh"), ("trips", "km/a")} <= set(OTHER_KIND)
    for unit, to in OTHER_KIND:
        with pytest.raises(ValueError, match="does not convert"):
            convert(1, unit, to, TAXONOMY)


def test_a_unit_converts_within_its_period_alone() -> None:
    assert {period(a) == period(b) for a, b in SAME_KIND} == {True}
    assert (period("%"), period("t/a"), period("MWh")) == (None, "year", "once")


def test_every_figure_of_the_collection_stands_in_a_common_unit_or_says_that_it_was_converted(
    collection: list[Case],
) -> None:
    for case in collection:
        for effect in case.effects:
            amount = normalised(effect, TAXONOMY)
            assert amount.unit in TAXONOMY.metrics[effect.metric].units
            assert amount.converted is (amount.unit != effect.unit)
            assert amount.converted or amount.value == effect.value
    assert normalised(Effect("electricity", -90000, "kWh/a", "claimed"), TAXONOMY).value == -90
    assert normalised(Effect("transport", -5, "trips", "claimed"), TAXONOMY).converted is False


@pytest.mark.parametrize(
    ("metric", "value", "way"),
    [("electricity", -1, "better"), ("electricity", 1, "worse"), ("lifetime", 2, "better"), ("lifetime", -2, "worse"),
     ("water", 0, None)],
)  # fmt: skip
def test_a_direction_is_told_by_what_is_better_for_the_metric(metric: str, value: int, way: str | None) -> None:
    assert direction(metric, value, TAXONOMY) == way


# ---- what a search may ask


def asked(**words: str | list[str]) -> EffectFilter:
    found, faults = resolve_effect(
        {name: [word] if isinstance(word, str) else word for name, word in words.items()}, TAXONOMY
    )
    assert faults == []
    return found


def test_a_size_counts_in_the_first_unit_of_its_metric_and_as_an_improvement() -> None:
    found = asked(metric="electricity", at_least="20", kind=["measured", "claimed"])
    assert found == EffectFilter("electricity", ("measured", "claimed"), "better", 20, "%")
    assert asked(metric="electricity", at_least="20", direction="worse", unit="kWh/a").unit == "kWh/a"
    assert asked(metric="", kind=["", ""], direction="", at_least=" ", unit="") == EffectFilter()
    assert not asked(at_least="")


@pytest.mark.parametrize(
    ("effect", "fits"),
    [
        (Effect("electricity", -20, "%", "measured"), True),
        (Effect("electricity", -19.9, "%", "measured"), False),
        (Effect("electricity", 30, "%", "measured"), False),
        (Effect("electricity", -30, "%", "expected"), False),
        (Effect("electricity", -30, "MWh/a", "measured"), False),
        (Effect("energy", -30, "%", "measured"), False),
        (Effect("electricity", -30, "%", "claimed", "up-to"), True),
    ],
)
def test_one_effect_has_to_be_all_that_is_asked_for(effect: Effect, fits: bool) -> None:
    wanted = asked(metric="electricity", at_least="20", unit="%", kind=["measured", "claimed"])
    assert wanted.fits(effect, TAXONOMY) is fits


@pytest.mark.parametrize(
    ("value", "unit", "fits"),
    [(-0.3, "GWh/a", True), (-299, "MWh/a", False), (-1080, "GJ/a", True), (-1079, "GJ/a", False), (-1, "GWh", False)],
)
def test_a_size_is_compared_across_units(value: float, unit: str, fits: bool) -> None:
    wanted = asked(metric="electricity", at_least="300000", unit="kWh/a")
    assert wanted.fits(Effect("electricity", value, unit, "claimed"), TAXONOMY) is fits


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"metric": ["power"]}, "metric", "electricity"),
        ({"metric": ["energy", "water"]}, "metric", "once"),
        ({"kind": ["measured", "guessed"]}, "kind", "measured, claimed, expected"),
        ({"direction": ["up"]}, "direction", "better, worse"),
        ({"metric": ["electricity"], "unit": ["t/a"]}, "unit", "MWh/a"),
        ({"unit": ["stone"]}, "unit", "kWh"),
        ({"at_least": ["20"]}, "unit", "needs its unit"),
        *(({"metric": ["energy"], "at_least": [word]}, "at_least", "20 or 2.5")
          for word in ("viel", "-1", "1e9", "2,5", "٣", "1" * 16, "nan")),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_a_fault_that_names_what_can(
    words: dict[str, list[str]], field: str, said: str
) -> None:
    with pytest.raises(InvalidFilter) as caught:
        resolve(words, TAXONOMY)
    (fault,) = caught.value.faults
    assert fault.field == field
    assert said in fault.message["en"]
    assert fault.message["de"] != fault.message["en"]


def test_every_fault_of_an_effect_filter_comes_at_once() -> None:
    _, faults = resolve_effect({name: ["?"] for name in EFFECT_PARAMETERS}, TAXONOMY)
    assert {fault.field for fault in faults} == set(EFFECT_PARAMETERS)


def words() -> st.SearchStrategy[dict[str, list[str]]]:
    """Words that `resolve` takes, with a unit that fits the metric."""

    def of_metric(metric: str) -> st.SearchStrategy[dict[str, list[str]]]:
        number = st.sampled_from(["0", "0.5", "10", "90", "1000", "160000"])
        optional = {
            "kind": st.lists(st.sampled_from(sorted(TERMS["effect_kinds"])), max_size=2, unique=True),
            "direction": st.sampled_from(DIRECTIONS).map(lambda word: [word]),
            "at_least": number.map(lambda word: [word]),
            "unit": st.sampled_from(TERMS["metrics"][metric].units).map(lambda word: [word]),
        }
        return st.fixed_dictionaries({"metric": st.just([metric])}, optional=optional)

    return st.sampled_from(sorted(TERMS["metrics"])).flatmap(of_metric)


@PROPERTY
@given(words())
def test_a_filter_reads_back_from_its_own_words(given_words: dict[str, list[str]]) -> None:
    found = resolve(given_words, TAXONOMY)
    again: dict[str, list[str]] = {}
    for name, word in found.parameters():
        again.setdefault(name, []).append(word)
    assert resolve(again, TAXONOMY) == found


# ---- in the store


@pytest.fixture(scope="module")
def stocked() -> Any:
    """The shipped cases, and two of our own whose figures stand in other units."""
    from kb.shipped import COLLECTION_FOLDER
    from kb.yaml_files import read_yaml

    with CaseStore(None, TAXONOMY) as store:
        for file in sorted(COLLECTION_FOLDER.glob("*.yml")):
            store.publish(by_hand(Case.from_record(read_yaml(file), TAXONOMY)))
        for name, effects in OWN.items():
            store.publish(by_hand(Case.from_record(complete_record(id=name, effects=effects), TAXONOMY)))
        yield store


OWN = {
    "mixed": [
        {"metric": "electricity", "value": -5, "unit": "%", "kind": "measured"},
        {"metric": "water", "value": -60, "unit": "%", "kind": "measured"},
        {"metric": "electricity", "value": -60, "unit": "%", "kind": "expected"},
    ],
    "units": [
        {"metric": "electricity", "value": -360, "unit": "GJ/a", "kind": "claimed"},
        {"metric": "energy", "value": 12, "unit": "%", "kind": "measured"},
        {"metric": "lifetime", "value": 0, "unit": "%", "kind": "measured"},
    ],
}


@PROPERTY
@given(given_words=words())
def test_the_store_finds_exactly_the_cases_with_one_effect_that_fits(
    stocked: CaseStore, given_words: dict[str, list[str]]
) -> None:
    filters = resolve(given_words, TAXONOMY)
    fitting = {case.id: [e for e in case.effects if filters.effect.fits(e, TAXONOMY)] for case in stocked.all()}
    assert stocked.matching(filters) == {case_id for case_id, effects in fitting.items() if effects}
    rows = stocked.effects.of(list(fitting), filters.effect)
    assert [(one, e.value, e.unit, e.kind, e.bound) for one, e in rows] == [
        (one, e.value, e.unit, e.kind, e.bound) for one in sorted(fitting) for e in fitting[one]
    ]


def test_a_case_passes_by_one_effect_and_not_by_two_halves(stocked: CaseStore) -> None:
    both = resolve({"metric": ["electricity"], "at_least": ["50"], "kind": ["measured"]}, TAXONOMY)
    assert "mixed" not in stocked.matching(both)
    assert "mixed" in stocked.matching(resolve({"metric": ["electricity"], "at_least": ["50"]}, TAXONOMY))
    assert "units" in stocked.matching(
        resolve({"metric": ["electricity"], "at_least": ["100"], "unit": ["MWh/a"]}, TAXONOMY)
    )


def test_a_kind_is_counted_among_the_effects_that_are_all_else_that_is_asked(stocked: CaseStore) -> None:
    wanted = resolve({"metric": ["electricity"], "at_least": ["50"], "kind": ["expected"]}, TAXONOMY).effect
    counts = stocked.effects.counts(["mixed", "units"], wanted)
    assert counts["kind"] == {"expected": 1}
    assert counts["metric"] == {"electricity": 2, "energy": 1, "lifetime": 1, "water": 1}


def test_a_new_state_of_a_case_replaces_its_figures() -> None:
    with CaseStore(None, TAXONOMY) as store:
        for effects in (OWN["mixed"], OWN["units"]):
            store.publish(by_hand(Case.from_record(complete_record(id="a", effects=effects), TAXONOMY)))
        assert [effect.metric for _, effect in store.effects.of(["a"], EffectFilter())] == [
            "electricity",
            "energy",
            "lifetime",
        ]


def test_the_largest_improvement_comes_first_and_the_best_figure_of_a_case_counts() -> None:
    def effect(value: float, unit: str) -> Effect:
        return Effect("electricity", value, unit, "claimed")

    rows = [
        ("a", effect(-5, "%")),
        ("b", effect(-1, "MWh/a")),
        ("b", effect(-9, "%")),
        ("b", effect(-7, "%")),
        ("c", effect(8, "%")),
        ("d", effect(-36, "GJ/a")),
    ]
    assert largest_first(rows, TAXONOMY, None) == ["b", "a", "c"]
    assert largest_first(rows, TAXONOMY, "kWh/a") == ["d", "b"]
    assert largest_first([], TAXONOMY, None) == []
    kept = [("x", Effect("lifetime", 3, "a", "claimed")), ("y", Effect("lifetime", 4, "a", "claimed"))]
    assert largest_first(kept, TAXONOMY, None) == ["y", "x"]


def test_a_database_of_before_knows_its_figures_after_the_upgrade(tmp_path: Path, taxonomy: Taxonomy) -> None:
    from tests.test_kb_migrations import FIRST_ROWS, SCHEMAS, run

    file = tmp_path / "first.sqlite"
    run(file, SCHEMAS[0].read_text(encoding="utf-8") + FIRST_ROWS)
    with CaseStore(file, taxonomy) as store:
        (case,) = store.all()
        assert [(one, e.value, e.bound) for one, e in store.effects.of([case.id], EffectFilter())] == [
            (case.id, 160000, "up-to"),
            (case.id, -12.5, None),
        ]
        assert store.matching(Filters(effect=EffectFilter("co2e", ("expected",)))) == {case.id}
