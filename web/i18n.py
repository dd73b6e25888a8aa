"""The words of the interface, by key, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kb.text import Language
from kb.yaml_files import read_yaml

TRANSLATIONS = Path(__file__).parent / "translations"


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return key -> words of `language`."""
    words: dict[str, str] = read_yaml(TRANSLATIONS / f"{language}.yml")
    return words


@dataclass(frozen=True, slots=True)
class Translator:
    """Gives the words for keys. A key that is missing is a KeyError: a test sees to it that none is."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for `key` with `values` filled in; with `n` equal to 1, those for `key.one`."""
        words = catalogue(self.language)
        if values.get("n") == 1 and f"{key}.one" in words:
            key = f"{key}.one"
        return words[key].format(**values) if values else words[key]

    def known(self, prefix: str, word: str) -> str:
        """Return the words for `prefix` and `word`, or `word` itself: for what an older or newer version recorded."""
        return catalogue(self.language).get(f"{prefix}{word}", word)
