"""What the readers of running text share: paragraphs, their language, and a title where the file names none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ingest.readers.types import Paragraph, notice
from kb.errors import Fault
from kb.yaml_files import read_yaml

TEXT_LIMIT = 1_000_000
"""The most characters of one document: some 300 pages."""
LONGEST_PARAGRAPH = 1200
FEWEST_WORDS = 8
"""With fewer words the language of a text is a guess."""
LEAST_SHARE = 0.12


def paragraphs_of(text: str, page: int | None = None) -> list[Paragraph]:
    """Cut `text` at empty lines; lines inside a paragraph are joined, words that were hyphenated at a line end too."""
    found = []
    for block in re.split(r"\n[ \t]*\n+", _clean(text)):
        joined = re.sub(r"(\w)[-\u00ad]\n[ \t]*(?=[a-zäöüß])", r"\1", block)
        found += [Paragraph(piece, page) for piece in _pieces(" ".join(joined.split()))]
    return found


def _clean(text: str) -> str:
    """Return `text` without control characters and lone surrogates, which no database takes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n").replace("\u00ad\n", "-\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u00ad\ufeff]", "", text)


def _pieces(text: str) -> list[str]:
    """Cut a paragraph that is too long to be looked at, at the ends of its sentences."""
    pieces: list[str] = []
    while len(text) > LONGEST_PARAGRAPH:
        ends = [match.end() for match in re.finditer(r"[.!?] ", text[:LONGEST_PARAGRAPH])]
        cut = ends[-1] if ends else text.rfind(" ", 1, LONGEST_PARAGRAPH)
        cut = cut if cut > 0 else LONGEST_PARAGRAPH
        pieces.append(text[:cut].strip())
        text = text[cut:].strip()
    return [*pieces, text] if text else pieces


def bounded(paragraphs: Iterable[Paragraph]) -> tuple[tuple[Paragraph, ...], tuple[Fault, ...]]:
    """Return the paragraphs up to TEXT_LIMIT, and a notice where that left some out."""
    kept: list[Paragraph] = []
    size = 0
    for paragraph in paragraphs:
        size += len(paragraph.text)
        if size > TEXT_LIMIT:
            return tuple(kept), (
                notice(
                    "(file)",
                    f"ist länger als {TEXT_LIMIT:,} Zeichen: der Rest wurde nicht gelesen".replace(",", "."),
                    f"is longer than {TEXT_LIMIT:,} characters: the rest was not read",
                ),
            )
        kept.append(paragraph)
    return tuple(kept), ()


@cache
def _function_words() -> dict[str, frozenset[str]]:
    listed = read_yaml(Path(__file__).parent.parent / "function_words.yml")
    return {language: frozenset(words.split()) for language, words in listed.items()}


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None where it does not tell.

    By the share of its words that carry no subject: a trained identifier took 2 s and 130 MB in every reading process.
    """
    words = re.findall(r"[^\W\d_]+", text[:20_000].lower())
    if len(words) < FEWEST_WORDS:
        return None
    shares = {
        language: sum(word in listed for word in words) / len(words) for language, listed in _function_words().items()
    }
    first, second, *_ = sorted(shares, key=lambda language: -shares[language])
    certain = shares[first] >= LEAST_SHARE and shares[first] >= 1.3 * shares[second]
    return first if certain else None


def title_of(named: str | None, paragraphs: Iterable[Paragraph]) -> str | None:
    """Return the title that the file names, else its first heading or, where that is short, its first paragraph."""
    title = " ".join((named or "").split())
    if title and not re.fullmatch(r"(?i)untitled.*|unbenannt.*|.*\.(?:docx?|pdf|indd|pptx?)|microsoft word.*", title):
        return title[:300]
    listed = list(paragraphs)
    heading = next((paragraph.text for paragraph in listed if paragraph.heading), None)
    first = listed[0].text if listed else ""
    return heading or (first if 0 < len(first) <= 160 else None)
