"""What a text names, by words that stand there and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InvalidTerms
from kb.mentions import FILE, mentions, read_mentions, size_of
from kb.taxonomy import Taxonomy, shipped_taxonomy
from tests.strategies import PROPERTY


def named(text: str) -> dict[str, str]:
    """Term -> word that names it."""
    return {mention.term: mention.word for mention in mentions(text, shipped_taxonomy())}


@pytest.mark.parametrize(
    ("text", "term", "word"),
    [
        ("Die Ofenabwärme heizt das Büro.", "waste-heat", "Ofenabwärme"),
        ("Wohin mit der Abwaerme?", "waste-heat", "Abwaerme"),
        ("We reuse the WASTE HEAT of the kiln", "waste-heat", "WASTE HEAT"),
        ("Heat\npumps replace the boiler", "electrification", "Heat pumps"),
        ("Zählern und Datenloggern fehlt der Anschluss", "iot-sensing", "Zählern"),
        ("Unsere Gesenkschmiede hat zwei Hämmer", "C25", "Gesenkschmiede"),
        ("We run a dairy with forty cows", "C10", "dairy"),
        ("Der Ausschuss liegt bei zehn Prozent", "scrap", "Ausschuss"),
        ("Ein Werk in Nordrhein-Westfalen", "DE-NW", "Nordrhein-Westfalen"),
        ("wir sind 1.200 Beschäftigte", "large", "1.200 Beschäftigte"),
        ("a family firm with 35 skilled people", "small", "35 skilled people"),
    ],
)
def test_a_term_is_named_by_the_word_as_it_stands_there(text: str, term: str, word: str) -> None:
    assert named(text)[term] == word


@pytest.mark.parametrize(
    "text",
    [
        "Kiwi und Kino",  # KI is no syllable
        "Ein Druckmesser bei 7 bar",  # neither printing nor compressed air
        "Wir haben 35 Maschinen und 90 Grad im Becken",
        "food-grade plastic",
        "",
    ],
)
def test_what_is_not_there_is_not_named(text: str) -> None:
    assert named(text) == {}


@pytest.mark.parametrize(
    ("employees", "size"), [(0, "micro"), (9, "micro"), (10, "small"), (49, "small"), (50, "medium"), (250, "large")]
)
def test_sizes_follow_the_headcount(employees: int, size: str) -> None:
    assert size_of(employees) == size


def test_every_label_of_a_technology_names_it(taxonomy: Taxonomy) -> None:
    for term in taxonomy.technologies.values():
        for words in (term.label.de, term.label.en):
            assert words is not None
            assert term.id in named(f"Hier: {words}.")


def test_the_shipped_words_belong_to_terms_that_exist(taxonomy: Taxonomy) -> None:
    listed = read_mentions(FILE, taxonomy)
    assert set(listed["technologies"]) == set(taxonomy.technologies)


def test_words_for_a_term_that_does_not_exist_are_an_error(tmp_path: Path, taxonomy: Taxonomy) -> None:
    file = tmp_path / "mentions.yml"
    file.write_text("sectors: {C99: [a]}\nplanets: {mars: [b]}\n", encoding="utf-8")
    with pytest.raises(InvalidTerms) as caught:
        read_mentions(file, taxonomy)
    assert [fault.field for fault in caught.value.faults] == ["sectors.C99", "planets.mars"]


@PROPERTY
@given(st.text(max_size=200))
def test_every_word_that_is_given_stands_in_the_text(text: str) -> None:
    joined = " ".join(text.split())
    for mention in mentions(text, shipped_taxonomy()):
        assert mention.word in joined
        assert mention.term in shipped_taxonomy().vocabularies[mention.vocabulary]
