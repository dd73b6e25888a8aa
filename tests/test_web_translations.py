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


@pytest.mark.parametrize("key", sorted(catalogue("de")))
def test_a_key_takes_the_same_values_in_both_languages(key: str) -> None:
    base = catalogue("de")[key.removesuffix(".one")]
    for language in LANGUAGES:
        assert placeholders(catalogue(language)[key]) <= placeholders(base)


@pytest.mark.parametrize("key", sorted(catalogue("de")))
def test_a_key_is_used(key: str) -> None:
    plain = key.removesuffix(".one")
    assert f"'{plain}'" in SOURCES or f'"{plain}"' in SOURCES or plain.startswith(COMPOSED)


@pytest.mark.parametrize("key", sorted(set(re.findall(r"\bt\('([a-z_0-9.]+)'[,)]", SOURCES))))
def test_a_key_in_a_template_exists(key: str) -> None:
    assert key in catalogue("de")


@pytest.mark.parametrize(("language", "one", "many"), [("de", "1 Fall", "2 Fälle"), ("en", "1 case", "2 cases")])
def test_one_is_said_in_the_singular(language: Language, one: str, many: str) -> None:
    assert Translator(language)("results.count", n=1) == one
    assert Translator(language)("results.count", n=2) == many
