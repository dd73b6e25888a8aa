"""The state of a search lives in its address: reading it, and writing the address of a neighbouring state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from index.query import QUERY_LIMIT
from kb.errors import Fault, InvalidFilter
from kb.filters import FACETS, HAS_FIGURES, Filters, resolve
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language, Text, is_language

PARAMETERS = ("q", "without", *FACETS, HAS_FIGURES, "lang", "page")
MOST_LEFT_OUT = 20
"""The most related terms that an address leaves out: more than a search ever adds."""


@dataclass(frozen=True, slots=True)
class State:
    """What the address of a search says. `lang` is None where the address leaves it to the browser."""

    query: str = ""
    filters: Filters = Filters()
    lang: Language | None = None
    page: int = 1
    without: tuple[str, ...] = ()
    """Related terms that are not to be searched."""

    @classmethod
    def read(cls, given: Mapping[str, Sequence[str]], taxonomy: Taxonomy) -> State:
        """Return the state that the parameters mean. Raises InvalidFilter with every fault at once."""
        faults: list[Fault] = []
        query = " ".join(given.get("q", [""])[-1].split())
        if len(query) > QUERY_LIMIT:
            faults.append(
                _fault(
                    "q",
                    f"hat {len(query)} Zeichen, erlaubt sind {QUERY_LIMIT}",
                    f"has {len(query)} characters, {QUERY_LIMIT} are allowed",
                )
            )
        without = tuple(dict.fromkeys(" ".join(term.split()) for term in given.get("without", []) if term.strip()))
        if len(without) > MOST_LEFT_OUT or any(len(term) > QUERY_LIMIT for term in without):
            faults.append(
                _fault(
                    "without",
                    f"höchstens {MOST_LEFT_OUT} Begriffe lassen sich weglassen",
                    f"at most {MOST_LEFT_OUT} terms can be left out",
                )
            )
        page = given.get("page", ["1"])[-1] or "1"
        if not (page.isascii() and page.isdigit() and len(page) < 7 and int(page) > 0):
            faults.append(
                _fault("page", f"{page!r} ist keine Seite. Erlaubt: 1, 2, …", f"{page!r} is no page. Allowed: 1, 2, …")
            )
        filters = Filters()
        try:
            filters = resolve({facet: given[facet] for facet in (*FACETS, HAS_FIGURES) if facet in given}, taxonomy)
        except InvalidFilter as error:
            faults += error.faults
        lang: Language | None = None
        try:
            lang = read_language(given.get("lang", []))
        except InvalidFilter as error:
            faults += error.faults
        if faults:
            raise InvalidFilter("Adresse", faults)
        return cls(query, filters, lang, int(page), without)

    def on_page(self, page: int) -> State:
        """Return another page of the same search."""
        return replace(self, page=page)

    def asked_in(self, lang: Language | None) -> State:
        """Return the same state in a language of the interface; with None the browser decides."""
        return replace(self, lang=lang)

    def asking(self, query: str) -> State:
        """Return the same search for another query, on its first page."""
        return replace(self, query=query, page=1, without=())

    def leaving_out(self, term: str) -> State:
        """Return the search without a related term, on its first page."""
        return replace(self, without=(*self.without, term), page=1)

    def taking_back(self, term: str) -> State:
        """Return the search with a related term that was left out, on its first page."""
        return replace(self, without=tuple(other for other in self.without if other != term), page=1)

    def within(self, facet: str, *terms: str) -> State:
        """Return the search within these terms of a facet alone, on its first page."""
        narrowed: dict[str, Any] = {facet: terms}
        return replace(self, filters=replace(self.filters, **narrowed), page=1)

    def unfiltered_by(self, facet: str, term: str) -> State:
        """Return the search without one filter, on its first page."""
        rest: Any = False if facet == HAS_FIGURES else tuple(t for t in getattr(self.filters, facet) if t != term)
        return replace(self, filters=replace(self.filters, **{facet: rest}), page=1)

    def unfiltered_in(self, facet: str) -> State:
        """Return the search with every value of one facet, on its first page."""
        return replace(self, filters=replace(self.filters, **{facet: getattr(Filters(), facet)}), page=1)

    def unfiltered(self) -> State:
        """Return the search without any filter, on its first page."""
        return replace(self, filters=Filters(), page=1)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address, in a fixed order, without what says nothing."""
        found: list[tuple[str, str]] = [("q", self.query)] if self.query else []
        found += [("without", term) for term in self.without]
        found += [(facet, term) for facet, terms in self.filters.selected() for term in terms]
        if self.lang:
            found.append(("lang", self.lang))
        if self.page > 1:
            found.append(("page", str(self.page)))
        return found

    def address(self, path: str) -> str:
        """Return the address of this state under `path`."""
        return with_parameters(path, self.parameters())


def read_language(given: Sequence[str]) -> Language | None:
    """Return the language that the parameter `lang` names, None without one. Raises InvalidFilter."""
    value = given[-1] if given else ""
    if not value:
        return None
    if is_language(value):
        return value
    allowed = ", ".join(LANGUAGES)
    fault = _fault(
        "lang", f"{value!r} gibt es nicht. Erlaubt: {allowed}", f"{value!r} does not exist. Allowed: {allowed}"
    )
    raise InvalidFilter("Adresse", [fault])


def with_parameters(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return `path` with `parameters` behind it."""
    query = urlencode(list(parameters))
    return f"{path}?{query}" if query else path


def _fault(field: str, de: str, en: str) -> Fault:
    return Fault(field, Text(de=de, en=en))
