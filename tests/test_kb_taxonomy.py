"""The vocabularies that ship, and what is said about broken ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kb.errors import InvalidTerms
from kb.filters import FACETS
from kb.taxonomy import TERMS_FOLDER, Taxonomy, load_taxonomy, shipped_taxonomy

NAMES = sorted(path.stem for path in TERMS_FOLDER.glob("*.yml"))
LABEL = "label: {de: Wort, en: word}"
UNITS = (TERMS_FOLDER / "units.yml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped vocabularies that a test may break."""
    return Path(shutil.copytree(TERMS_FOLDER, tmp_path / "terms"))


def write(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")


def test_every_file_of_the_folder_is_a_vocabulary_of_the_taxonomy(taxonomy: Taxonomy) -> None:
    assert sorted(taxonomy.vocabularies) == NAMES


def test_the_shipped_vocabularies_are_valid_and_read_once() -> None:
    assert load_taxonomy(TERMS_FOLDER).vocabularies == shipped_taxonomy().vocabularies
    assert shipped_taxonomy() is shipped_taxonomy()


@pytest.mark.parametrize("name", NAMES)
def test_every_term_has_its_labels_in_both_languages(taxonomy: Taxonomy, name: str) -> None:
    vocabulary = taxonomy.vocabularies[name]
    assert vocabulary.name == name
    for term_id, term in vocabulary.items():
        assert term.id == term_id == term_id.strip() != ""
        for text in (term.label, term.short, term.scope):
            assert text is None or text.languages == ("de", "en"), term_id


@pytest.mark.parametrize("name", NAMES)
def test_no_two_terms_of_a_vocabulary_have_the_same_label(taxonomy: Taxonomy, name: str) -> None:
    vocabulary = taxonomy.vocabularies[name]
    for language in ("de", "en"):
        assert len({(term.group, term.label[language]) for term in vocabulary.values()}) == len(vocabulary)


def test_a_term_without_a_short_label_uses_its_label(taxonomy: Taxonomy) -> None:
    size = taxonomy.sizes["micro"]
    assert size.short == size.label
    assert taxonomy.sectors["C24"].short != taxonomy.sectors["C24"].label


def test_short_labels_of_sectors_are_short(taxonomy: Taxonomy) -> None:
    for sector in taxonomy.sectors.values():
        assert max(len(sector.short["de"]), len(sector.short["en"])) <= 32, sector.id


def test_the_three_pathways_bear_the_numbers_of_the_plattform(taxonomy: Taxonomy) -> None:
    numbers = {pathway.id: pathway.number for pathway in taxonomy.pathways.values()}
    assert numbers == {"efficiency": 1, "services": 2, "cooperation": 3}


def test_the_coding_rule_names_all_three_pathways_once_in_both_languages(taxonomy: Taxonomy) -> None:
    assert [step.pathway for step in taxonomy.coding_rule] == ["cooperation", "services", "efficiency"]
    assert all(step.question.languages == ("de", "en") for step in taxonomy.coding_rule)


def test_a_norwegian_case_is_possible(taxonomy: Taxonomy) -> None:
    assert taxonomy.countries["NO"].label["en"] == "Norway"


def test_every_region_lies_in_a_country_and_bears_its_code(taxonomy: Taxonomy) -> None:
    assert {region.group for region in taxonomy.regions.values()} == {"DE", "AT", "CH"} <= set(taxonomy.countries)
    for region in taxonomy.regions.values():
        assert region.id.startswith(f"{region.group}-")


def test_a_sector_stands_under_the_letter_of_its_section(taxonomy: Taxonomy) -> None:
    assert all(sector.id.startswith(sector.group) for sector in taxonomy.sectors.values())


def test_every_unit_belongs_to_a_metric_and_every_metric_has_units(taxonomy: Taxonomy) -> None:
    assert {unit for metric in taxonomy.metrics.values() for unit in metric.units} == set(taxonomy.units)
    assert all(metric.units for metric in taxonomy.metrics.values())


def test_every_facet_takes_its_terms_from_a_vocabulary(taxonomy: Taxonomy) -> None:
    assert set(FACETS.values()) <= set(taxonomy.vocabularies)


def test_groups_keep_the_order_of_the_file(taxonomy: Taxonomy) -> None:
    assert list(taxonomy.regions.groups()) == ["DE", "AT", "CH"]
    assert [term for terms in taxonomy.regions.groups().values() for term in terms] == list(taxonomy.regions.values())
    assert list(taxonomy.sizes.groups()) == [""]


def test_a_vocabulary_is_read_only(taxonomy: Taxonomy) -> None:
    with pytest.raises(TypeError):
        taxonomy.sizes["huge"] = taxonomy.sizes["large"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "content", "field", "english", "german"),
    [
        ("sizes", "", "sizes.yml", "needs a list of terms", "braucht eine Liste von Begriffen"),
        ("sizes", "{}", "sizes.yml", "needs a list of terms", "braucht eine Liste von Begriffen"),
        ("sizes", "words", "sizes.yml", "needs a list of terms", "braucht eine Liste von Begriffen"),
        ("sizes", "group: []", "sizes.yml", "needs a list of terms", "braucht eine Liste von Begriffen"),
        ("sizes", "- [", "sizes.yml", "cannot be read", "nicht lesbar"),
        ("sizes", "- {id: a, id: b}", "sizes.yml", "given twice", "nicht lesbar"),
        ("sizes", "- 2020-99-99", "sizes.yml", "cannot be read", "nicht lesbar"),
        ("sizes", "- word", "sizes.yml[0]", "needs an id", "braucht eine id"),
        ("sizes", f"- {{{LABEL}}}", "sizes.yml[0]", "needs an id", "braucht eine id"),
        ("sizes", f"- {{id: 5, {LABEL}}}", "sizes.yml[0]", "needs an id", "braucht eine id"),
        ("sizes", f"- {{id: NO, {LABEL}}}", "sizes.yml[0]", "needs an id", "braucht eine id"),
        ("sizes", f"- {{id: '', {LABEL}}}", "sizes.yml[0]", "needs an id", "braucht eine id"),
        ("sizes", f"g:\n- {{id: a, {LABEL}, colour: red}}", "sizes.yml[g0]", "colour", "passt nicht zum Vokabular"),
        ("sizes", f"- {{id: a, {LABEL}}}\n- {{id: a, {LABEL}}}", "sizes.yml[1]", "a is given twice", "steht zweimal"),
        ("sizes", "- {id: a}", "sizes.yml[0].label", "needs de and en", "braucht de und en"),
        ("sizes", "- {id: a, label: {de: Wort}}", "sizes.yml[0].label", "needs de and en", "braucht de und en"),
        ("sizes", "- {id: a, label: {de: Wort, en: ' '}}", "sizes.yml[0].label", "neither blank", "beide nicht leer"),
        ("sizes", f"- {{id: a, {LABEL}, short: x}}", "sizes.yml[0].short", "needs de and en", "braucht de und en"),
        ("sizes", f"- {{id: a, {LABEL}, scope: x}}", "sizes.yml[0].scope", "needs de and en", "braucht de und en"),
        ("metrics", f"- {{id: a, {LABEL}, lower_is_better: true}}", "metrics.yml[0]", "units must be", "passt nicht"),
        ("metrics", f"- {{id: a, {LABEL}, units: [t]}}", "metrics.yml[0]", "lower_is_better must be", "passt nicht"),
        (
            "metrics",
            f"- {{id: a, {LABEL}, units: [stone], lower_is_better: true}}",
            "metrics.yml.a",
            "the unit stone is missing",
            "die Einheit stone fehlt",
        ),
        ("units", f"{UNITS}\n- {{id: x, {LABEL}, base: t}}", "units.yml[30]", "belong together", "passt nicht"),
        ("units", f"{UNITS}\n- {{id: x, {LABEL}, base: t, factor: 0}}", "units.yml[30]", "positive", "passt nicht"),
        ("units", f"{UNITS}\n- {{id: x, {LABEL}, base: t, factor: 1/0}}", "units.yml[30]", "fraction", "passt nicht"),
        (
            "units",
            f"{UNITS}\n- {{id: x, {LABEL}, base: kg, factor: 2}}",
            "units.yml.x",
            "no common",
            "keine gemeinsame",
        ),
        ("pathways", f"- {{id: a, {LABEL}}}", "pathways.yml", "coding_rule is missing", "die Kodierregel fehlt"),
        (
            "pathways",
            f"terms: [{{id: a, {LABEL}}}]\ncoding_rule: [{{pathway: b}}]",
            "pathways.yml.coding_rule[0]",
            "not a pathway: b",
            "kein Pfad: b",
        ),
        (
            "pathways",
            f"terms: [{{id: a, {LABEL}}}]\ncoding_rule: [{{pathway: a}}]",
            "pathways.yml.coding_rule[0].question",
            "needs de and en",
            "braucht de und en",
        ),
    ],
)
def test_a_broken_vocabulary_is_refused_with_field_and_reason_in_both_languages(
    folder: Path, name: str, content: str, field: str, english: str, german: str
) -> None:
    write(folder, f"{name}.yml", content)
    with pytest.raises(InvalidTerms) as caught:
        load_taxonomy(folder)
    assert list(caught.value.by_field("en")) == [field]
    assert english in caught.value.by_field("en")[field][0]
    assert german in caught.value.by_field("de")[field][0]


def test_every_fault_of_every_file_comes_at_once(folder: Path) -> None:
    write(folder, "sizes.yml", f"- {{id: a}}\n- 5\n- {{id: b, {LABEL}, colour: red}}")
    write(folder, "roles.yml", "- [")
    write(folder, "metrics.yml", f"- {{id: m, {LABEL}, units: [stone], lower_is_better: true}}")
    write(folder, "pathways.yml", f"terms: [{{id: a, label: x}}, {{id: c, {LABEL}}}]\ncoding_rule: [{{pathway: b}}]")
    (folder / "bounds.yml").write_bytes(b"\xff")
    (folder / "evidence.yml").unlink()
    with pytest.raises(InvalidTerms) as caught:
        load_taxonomy(folder)
    assert caught.value.subject == "terms"
    assert set(caught.value.by_field("de")) == {
        *("sizes.yml[0].label", "sizes.yml[1]", "sizes.yml[2]"),
        *("roles.yml", "bounds.yml", "evidence.yml", "metrics.yml.m"),
        *("pathways.yml[0].label", "pathways.yml.coding_rule[0]"),
    }


def test_a_folder_without_files_names_every_one_of_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidTerms) as caught:
        load_taxonomy(tmp_path)
    assert sorted(caught.value.by_field("en")) == [f"{name}.yml" for name in NAMES]
