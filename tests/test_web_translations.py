"""Every word of the interface stands in both languages, is used, and takes the same values."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from kb.text import LANGUAGES, Language
from web.i18n import Translator, catalogue

WEB = Path(__file__).parent.parent / "web"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for path in [*WEB.rglob("*.py"), *(WEB / "templates").glob("*.html")]
)
# Keys that are put together at run time, by what stands before the dot.
COMPOSED = (
    *("role.", "field.", "facet.", "found_by.", "language.", "in.", "only.", "error.", "cli.", "reason.", "standing."),
    *("measure.", "leg.", "group.", "about.by.", "about.leg.", "about.measure.", "about.set.", "export.", "share."),
    *("form.", "rule.", "section.", "proposal.state.", "proposal.event.", "proposal.told.", "proposal.done."),
    *("review.state.", "review.against.", "review.do.", "criterion.", "verdict.", "compared.", "event.", "origin."),
    *("record.", "revision.", "history.field.", "due.", "direction.", "compare.caution."),
    *("data.", "access.", "easy.", "import."),
    *("standing.", "menu.", "action.", "subject.", "detail.", "setting.", "people.field.", "invitations.field."),
)


def placeholders(words: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(words) if field}


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("de")) == set(catalogue("en"))


def test_a_key_takes_the_same_values_in_both_languages() -> None:
    values = {
        language: {key: placeholders(words) for key, words in catalogue(language).items()} for language in LANGUAGES
    }
    strange = {
        key
        for key in catalogue("de")
        for language in LANGUAGES
        if not values[language][key] <= values["de"][key.removesuffix(".one")]
    }
    assert strange == set()


def test_a_key_is_used() -> None:
    quoted = set(re.findall(r"""(['"])([a-z_0-9.-]+)\1""", SOURCES))
    named = {key for _, key in quoted}
    plain = {key.removesuffix(".one") for key in catalogue("de")}
    assert {key for key in plain if key not in named and not key.startswith(COMPOSED)} == set()


def test_a_key_in_a_template_exists() -> None:
    assert set(re.findall(r"\bt\('([a-z_0-9.]+)'[,)]", SOURCES)) <= set(catalogue("de"))


@pytest.mark.parametrize(("language", "one", "many"), [("de", "1 Fall", "2 Fälle"), ("en", "1 case", "2 cases")])
def test_one_is_said_in_the_singular(language: Language, one: str, many: str) -> None:
    assert Translator(language)("results.count", n=1) == one
    assert Translator(language)("results.count", n=2) == many
