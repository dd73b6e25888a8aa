"""Suggestions from a text, and likely twins: what they say, and that the figures of the benchmarks hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from index.encoder import BundledEncoder
from ingest.cues import data, pattern
from ingest.duplicates import TwinFinder, folded_address, folded_name
from ingest.effects import effects_in
from ingest.learned import Example, Learned, Remembered
from ingest.suggest import Suggester, best_threshold, examples_of, pieces_of
from kb.case import Case
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import LANGUAGES
from tests.bench.suggest import effects, leave_one_out
from tests.bench.twins import measure


@pytest.fixture(scope="module")
def suggester(collection: list[Case], taxonomy: Taxonomy, bundled: BundledEncoder) -> Suggester:
    return Suggester(collection[:60], taxonomy, bundled.passages)


TEXT = (
    "Die Gießerei speist die Abwärme ihrer Öfen in das Wärmenetz der Stadt ein.\n\n"
    "Nach Angaben des Unternehmens sinken die CO2-Emissionen um bis zu 1.200 t im Jahr."
)


def test_every_suggestion_shows_the_words_it_saw(suggester: Suggester) -> None:
    found = suggester.suggest(TEXT)
    assert {"waste-heat", "district-heating"} <= {suggestion.value for suggestion in found.technologies}
    seen = {suggestion.value: [TEXT[start:end] for start, end in suggestion.seen] for suggestion in found.technologies}
    assert "Abwärme" in seen["waste-heat"]
    assert "Wärmenetz" in seen["district-heating"]
    assert [suggestion.value for suggestion in found.pathway][0] == "cooperation"
    assert sum(suggestion.confidence for suggestion in found.pathway) == pytest.approx(1, abs=0.01)
    assert all(0 <= s.confidence <= 1 for s in (*found.sector, *found.technologies, *found.keywords))
    (effect,) = found.effects
    assert (effect.metric, effect.value, effect.unit, effect.bound, effect.kind) == (
        "co2e", -1200, "t/a", "up-to", "claimed",
    )  # fmt: skip
    assert TEXT[effect.start : effect.end].startswith("1.200 t")


def test_keywords_are_those_of_the_collection_that_stand_in_the_text(suggester: Suggester) -> None:
    found = suggester.suggest(TEXT).keywords
    assert "Abwärme" in [suggestion.value for suggestion in found]
    assert all(TEXT[start:end].casefold() == s.value.casefold() for s in found for start, end in s.seen)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\n\n", "42", "xyzzy", "a" * 100_000, "日本語のテキスト", "=1+1 <script>"]
)
def test_any_text_gets_an_answer(suggester: Suggester, text: str) -> None:
    found = suggester.suggest(text)
    assert all(np.isfinite(suggestion.confidence) for suggestion in (*found.pathway, *found.sector))


def test_without_cases_only_the_text_speaks(taxonomy: Taxonomy) -> None:
    found = Suggester([], taxonomy).suggest(TEXT)
    assert (found.pathway, found.sector, found.technologies, found.keywords) == ((), (), (), ())
    assert len(found.effects) == 1


def test_one_case_is_enough_to_learn_from(collection: list[Case], taxonomy: Taxonomy) -> None:
    case = collection[0]
    found = Suggester([case], taxonomy).suggest("\n\n".join(pieces_of(case, "de")))
    assert found.pathway[0].value == case.pathway


def test_scores_of_cases_left_out_are_those_of_a_model_made_without_them() -> None:
    """The closed form of the block against the real thing; one feature space, so nothing else differs."""
    words = ["abwärme wärmenetz", "abwärme ofen", "miete leasing", "miete vertrag", "abwärme miete"]
    terms = ["heat", "heat", "rent", "rent", "heat"]
    examples = [
        Example(number // 2, (text,), frozenset([("pathway", term)]))
        for number, (text, term) in enumerate(zip(words, terms, strict=True))
    ]
    whole = Learned(examples, None)
    for case in {example.case for example in examples}:
        rows = [at for at, example in enumerate(examples) if example.case == case]
        others = [at for at in range(len(examples)) if at not in rows]
        x = np.array([whole.features(example.pieces) for example in examples])
        y = np.array([[label in example.terms for label in whole.labels] for example in examples], dtype=float)
        mean = y.mean(0)
        kernel = x @ x.T
        ridge = 1.2 * 2 / 3 * np.eye(len(others))
        dual = np.linalg.solve(kernel[np.ix_(others, others)] + ridge, (y - mean)[others])
        assert whole.left_out[rows] == pytest.approx(kernel[np.ix_(rows, others)] @ dual + mean)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Der Stromverbrauch sank um 30 %.", ("electricity", -30, "%", "claimed", None)),
        ("Electricity use fell by 30%.", ("electricity", -30, "%", "claimed", None)),
        ("Gemessen wurden rund 1,5 GWh weniger Strom pro Jahr.", ("electricity", -1500, "MWh/a", "measured", "about")),
        ("The plant is expected to save more than 700 t of CO2 a year.", ("co2e", -700, "t/a", "expected", "at-least")),
        ("Die Kosten sollen um 1,5 Mio. Euro im Jahr sinken.", ("cost", -1500000, "EUR/a", "expected", None)),
        ("According to the source, cost fell by EUR 200,000.", ("cost", -200000, "EUR", "claimed", None)),
        ("Die Lebensdauer der Werkzeuge stieg um 75 Prozent.", ("lifetime", 75, "%", "claimed", None)),
        ("Der Wasserverbrauch steigt um 500 Liter im Jahr.", ("water", 0.5, "m3/a", "claimed", None)),
    ],
)
def test_a_figure_becomes_an_effect(text: str, expected: tuple[Any, ...], taxonomy: Taxonomy) -> None:
    (effect,) = effects_in(text, taxonomy)
    assert (effect.metric, effect.value, effect.unit, effect.kind, effect.bound) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Gegründet wurde die Firma 1912.",
        "Sie hat 40 Prozent Marktanteil.",
        "Je Tonne werden 8,1 t CO2 je t gespart.",
        "",
    ],
)
def test_other_figures_are_no_effects(text: str, taxonomy: Taxonomy) -> None:
    assert effects_in(text, taxonomy) == []


@pytest.mark.parametrize(
    ("cue", "text", "found"),
    [
        ("*abwärme*", "Prozessabwärmenutzung", True),
        ("waste heat", "Waste-heat", True),
        ("waste heat", "wasteheat", False),
        ("AI", "he said", False),
        ("AI", "AI", True),
        ("AI", "ai", False),
        ("App", "Apparat", False),
    ],
)
def test_a_cue_finds_what_it_says(cue: str, text: str, found: bool) -> None:
    assert (pattern([cue]).search(text) is not None) == found


def test_the_benchmark_never_shows_a_case_to_the_model_that_is_asked(
    collection: list[Case], bundled: BundledEncoder
) -> None:
    """Two cases alike but for their pathway: only a model that saw the second could name it right."""
    record = collection[0].to_record()
    pathway = next(term for term in ("efficiency", "services", "cooperation") if term != record["pathway"])
    record |= {"id": "odd", "pathway": pathway, "pathway_secondary": None}
    odd = Case.from_record(record, shipped_taxonomy())
    found = leave_one_out([*collection[:12], odd], Remembered(bundled.passages), asked=[12])
    assert found["pathway, all texts"] == 0


def test_cues_name_terms_that_there_are(taxonomy: Taxonomy) -> None:
    assert set(data()["technologies"]) == set(taxonomy.technologies)
    assert set(data()["pathways"]) == set(taxonomy.pathways)
    assert set(data()["metrics"]) == set(taxonomy.metrics)
    units = {entry.get("unit", unit) for unit, entry in data()["units"].items()}
    known = {part for unit in taxonomy.units for part in (unit, unit.removesuffix("/a"))}
    assert units <= known


def test_the_suggestions_are_as_good_as_is_said(collection: list[Case], bundled: BundledEncoder) -> None:
    """Every case left out in turn, in closed form; `python -m tests.bench.suggest` makes the model anew each time."""
    examples = examples_of(collection)
    learned = Learned(examples, bundled.passages)
    pathways = [at for at, (field, _) in enumerate(learned.labels) if field == "pathway"]
    said = [learned.labels[pathways[best]] for best in learned.left_out[:, pathways].argmax(1)]
    right = [label in example.terms for label, example in zip(said, examples, strict=True)]
    assert sum(right) / len(right) >= 0.85
    assert best_threshold(learned, examples)[1] >= 0.6
    assert effects(collection)["effects, share found"] >= 0.55


# Twins


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Robert Bosch GmbH", "ROBERT BOSCH"),
        ("Müller AG & Co. KG", "Mueller"),
        ("Gießerei Süd e.V.", "Giesserei Sued"),
        ("Covestro Deutschland AG", "Covestro"),
        ("GmbH", "GmbH"),
    ],
)
def test_legal_forms_and_spelling_tell_no_organisations_apart(one: str, two: str) -> None:
    assert folded_name(one) == folded_name(two) != ""


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("https://www.example.org/a/", "http://example.org/a?utm_source=x#y", True),
        ("https://example.org/index.html", "https://example.org", True),
        ("https://example.org/a?b=1&c=2", "https://example.org/a?c=2&b=1", True),
        ("https://example.org/a?id=1", "https://example.org/a?id=2", False),
        ("https://example.org/a", "https://example.org/A", False),
        ("https://example.org:8080/a", "https://example.org/a", False),
        ("http://[broken", "http://[broken", True),
    ],
)
def test_spellings_of_one_address_are_one_address(one: str, two: str, same: bool) -> None:
    assert (folded_address(one) == folded_address(two)) == same


def test_thirty_cases_translated_or_in_other_words_are_caught(bundled: BundledEncoder) -> None:
    found = measure(bundled.passages)
    assert {name: share for name, share in found.items() if name.endswith("caught") and share < 0.95} == {}
    assert {name: share for name, share in found.items() if name.endswith("alarms") and share > 0.02} == {}


@pytest.mark.parametrize("draft", [{}, {"organisation": 5, "sources": ["x"], "title": "y"}, {"title": {"de": "x"}}])
def test_a_draft_may_lack_everything(draft: dict[str, Any], collection: list[Case], bundled: BundledEncoder) -> None:
    finder = TwinFinder.of([case.to_record() for case in collection[:5]], bundled.passages)
    assert finder.find([draft, draft]) == [(), ()]
    assert TwinFinder.of([], bundled.passages).find([draft]) == [()]
    assert finder.find([]) == []


def test_without_meaning_name_and_address_together_make_a_twin(collection: list[Case]) -> None:
    finder = TwinFinder.of([case.to_record() for case in collection], None)
    for case in collection[:5]:
        draft = {"organisation": case.organisation, "sources": [{"url": case.sources[0].url}]}
        assert case.id in [twin.case_id for twin in finder.find([draft])[0]]


def test_a_case_is_no_twin_of_itself(collection: list[Case], bundled: BundledEncoder) -> None:
    finder = TwinFinder.of([collection[0].to_record()], bundled.passages)
    assert finder.find([collection[0].to_record()]) == [()]
    copy = collection[0].to_record() | {"id": "copy"}
    assert [twin.case_id for twin in finder.find([copy])[0]] == [collection[0].id]
    assert set(LANGUAGES) == {"de", "en"}
