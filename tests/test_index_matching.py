"""What is found by what: a table of pairs, held against the words leg and the marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.analysis import stems
from index.lexical import Lexicon, write_lexical
from index.marking import Marker
from kb.case import Case
from kb.text import Language
from kb.yaml_files import read_yaml

TABLE = read_yaml(Path(__file__).parent / "golden" / "matching.yml")
PAIRS = [
    pytest.param(language, typed, text, wanted == "must", id=f"{language}-{typed}-{wanted}-{text}")
    for language, lists in TABLE.items()
    for wanted, pairs in lists.items()
    for typed, text in pairs
]


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory, collection: list[Case]) -> Lexicon:
    path = tmp_path_factory.mktemp("words") / "words.db"
    write_lexical(path, collection)
    return Lexicon(path)


@pytest.mark.parametrize(("language", "typed", "text", "wanted"), PAIRS)
def test_a_word_is_found_by_what_it_is_made_of_and_by_nothing_else(
    lexicon: Lexicon, language: Language, typed: str, text: str, wanted: bool
) -> None:
    asked = {form for term in lexicon.analyser.query(typed, language) for form in (term.stem, *term.parts)}
    held = {*stems(text, language), *lexicon.analyser.extras(text, language)}
    assert bool(asked & held) is wanted
    assert bool(Marker(lexicon.analyser, typed).marks(text, language)) is wanted


def test_the_table_is_as_large_as_it_must_be() -> None:
    assert sum(len(lists["must"]) for lists in TABLE.values()) >= 120
    assert sum(len(lists["must_not"]) for lists in TABLE.values()) >= 60
