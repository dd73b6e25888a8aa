"""A case as a reader cites it: one state of it, in four notations.

BibTeX (https://www.bibtex.org/Format/, with the fields of biblatex for a version, a web address and a language), RIS
(as Zotero, EndNote and Citavi read it), CSL-JSON (https://docs.citationstyles.org), and a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from kb.case import Case
from kb.store import Version
from kb.text import Language
from web.i18n import Translator
from web.numbers import day

COLLECTION = "Pfadfinder"
"""Who publishes a case, and who wrote it: the collection. The organisation of a case is what it is about."""
LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
_TEX = {
    # Braces by name: BibTeX counts them, escaped or not, and a lone one would swallow the rest of the file.
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "#$%&_"},
}
_TEX_TABLE = str.maketrans(_TEX)
_BIBLATEX_LANGUAGE = {"de": "ngerman", "en": "english"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Citation:
    """One state of a case for readers of one language.

    `url` is the permanent address of the case, None where nobody has said where the site is reached; `accessed` the day
    on which it was read there.
    """

    case: Case
    version: Version
    language: Language
    url: str | None = None
    accessed: date | None = None

    @property
    def words(self) -> Translator:
        """The words of the reader's language."""
        return Translator(self.language)

    @property
    def title(self) -> str:
        """The title on one line, in the reader's language where it exists."""
        return _line(self.case.title[self.language])

    @property
    def title_language(self) -> Language:
        """The language that the title is in."""
        return self.case.title.best(self.language)[1]

    @property
    def published(self) -> date:
        """The day on which this state was published."""
        return date.fromisoformat(self.version.at[:10])

    @property
    def edition(self) -> str:
        """Which state this is, such as `Fassung 2 vom 12. Mai 2026`."""
        return self.words("cite.edition", number=self.version.number, day=day(self.published, self.language))

    @property
    def address(self) -> str | None:
        """Where this very state can be read when the case has long got another: what a citation leads to."""
        return f"{self.url}/history/{self.version.number}" if self.url else None

    @property
    def subject(self) -> str:
        """The organisation that the case is about, with its place where that is known."""
        case = self.case
        return _line(f"{case.organisation}, {case.place}" if case.place else case.organisation)

    @property
    def note(self) -> str:
        """The organisation of the case and the sources that it rests on."""
        sources = "; ".join(_line(f"{one.publisher}: {one.title}, {one.url}") for one in self.case.sources)
        return self.words("cite.note", subject=self.subject, sources=sources)

    @property
    def abstract(self) -> str:
        """The summary on one line."""
        return _line(self.case.summary[self.language])

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords in the language of the title, each on one line."""
        return tuple(_line(word) for word in self.case.keywords.get(self.title_language))


def plain(citation: Citation) -> str:
    """Return the citation as a sentence."""
    where = ""
    if citation.address:
        where = f" {citation.address}"
        if citation.accessed:
            where += f" ({citation.words('cite.accessed', day=day(citation.accessed, citation.language))})"
        where += "."
    title = citation.title if citation.title.endswith((".", "!", "?")) else f"{citation.title}."
    return f"{COLLECTION}: {title} {citation.subject}. {citation.edition}.{where} {LICENCE}."


def bibtex(citation: Citation) -> str:
    """Return the citation as one BibTeX entry, in UTF-8.

    An address stands as it is, for `url` is not typeset as text; everything else is escaped.
    """
    published = citation.published
    # Doubled braces: styles would take the capitals from German nouns, and an author apart at his blanks.
    fields = {
        "author": f"{{{COLLECTION}}}",
        "title": f"{{{_tex(citation.title)}}}",
        "year": str(published.year),
        "month": None,
        "publisher": COLLECTION,
        "howpublished": f"{COLLECTION}, {_tex(citation.edition)}",
        "version": str(citation.version.number),
        "url": citation.address,
        "urldate": citation.accessed.isoformat() if citation.accessed and citation.address else None,
        "langid": _BIBLATEX_LANGUAGE[citation.title_language],
        "keywords": ", ".join(_tex(word.replace(",", " ")) for word in citation.keywords),
        "abstract": _tex(citation.abstract),
        "note": _tex(citation.note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    # A month is a word of BibTeX and no text: each style writes it in its own language.
    lines.insert(3, f"  month = {_MONTHS[published.month - 1]},")
    return "\n".join([f"@misc{{{citation.case.id},", *lines, "}", ""])


def ris(citation: Citation) -> str:
    """Return the citation as one RIS record: lines that end in CR LF, each value on one line."""
    return "".join(f"{tag}  - {value}\r\n" for tag, value in _ris(citation))


def _ris(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", "ELEC"
    yield "ID", citation.case.id
    yield "AU", COLLECTION
    yield "TI", citation.title
    yield "PB", COLLECTION
    yield "PY", str(citation.published.year)
    yield "DA", citation.published.strftime("%Y/%m/%d")
    yield "ET", citation.edition
    yield "LA", citation.title_language
    for word in citation.keywords:
        yield "KW", word
    yield "AB", citation.abstract
    yield "N1", citation.note
    if citation.address:
        yield "UR", citation.address
        if citation.accessed:
            yield "Y2", citation.accessed.strftime("%Y/%m/%d")
    yield "ER", ""


def csl(citation: Citation) -> dict[str, Any]:
    """Return the citation as an item of CSL-JSON."""
    item = {
        "id": citation.case.id,
        "type": "webpage",
        "title": citation.title,
        "author": [{"literal": COLLECTION}],
        "container-title": COLLECTION,
        "publisher": COLLECTION,
        "issued": _date_parts(citation.published),
        "version": str(citation.version.number),
        "language": citation.title_language,
        "abstract": citation.abstract,
        "keyword": ", ".join(citation.keywords),
        "note": citation.note,
    }
    if citation.address:
        item["URL"] = citation.address
        if citation.accessed:
            item["accessed"] = _date_parts(citation.accessed)
    return item


def csl_json(citation: Citation) -> str:
    """Return the citation as a list of one item of CSL-JSON, as reference managers read it."""
    return json.dumps([csl(citation)], ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Notation:
    """How a citation is written down, and what such a file is called."""

    ending: str
    mimetype: str
    write: Callable[[Citation], str]


NOTATIONS = {
    "BibTeX": Notation("bib", "application/x-bibtex", bibtex),
    "RIS": Notation("ris", "application/x-research-info-systems", ris),
    "CSL JSON": Notation("json", "application/vnd.citationstyles.csl+json", csl_json),
    "Text": Notation("txt", "text/plain", lambda citation: plain(citation) + "\n"),
}


def _line(text: str) -> str:
    """Return `text` on one line: white space of any kind, line and paragraph separators too, becomes a blank."""
    return " ".join(text.split())


def _tex(text: str) -> str:
    return text.translate(_TEX_TABLE)


def _date_parts(value: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[value.year, value.month, value.day]]}
