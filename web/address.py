"""The state of a search lives in its address: reading it, and writing the address of a neighbouring state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from index.query import QUERY_LIMIT
from kb.errors import Fault, InvalidFilter
from kb.filters import EFFECT, FILTERS, HAS_FIGURES, Filters, resolve
from kb.taxonomy import Taxonomy
from kb.text import LANGUAGES, Language, Text, is_language
from kb.years import YearFilter
from web.basket import BASKET, read_ids

PARAMETERS = ("q", "without", *FILTERS, "sort", BASKET, "lang", "page")
BY_EFFECT = "effect"
"""The word for `sort` that orders by the size of the effect; without one the best answer comes first."""
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
    by_effect: bool = False
    """Order by the size of the effect that is asked for; only with a metric."""
    compare: tuple[str, ...] = ()
    """The cases in the basket."""

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
            filters = resolve({name: given[name] for name in FILTERS if name in given}, taxonomy)
        except InvalidFilter as error:
            faults += error.faults
        sort = given.get("sort", [""])[-1]
        if sort and sort != BY_EFFECT:
            faults.append(
                _fault(
                    "sort",
                    f"{sort!r} gibt es nicht. Erlaubt: {BY_EFFECT}",
                    f"{sort!r} does not exist. Allowed: {BY_EFFECT}",
                )
            )
        elif sort and not any(given.get("metric", ())):
            faults.append(_fault("sort", f"{BY_EFFECT} braucht metric", f"{BY_EFFECT} needs a metric"))
        compare: tuple[str, ...] = ()
        try:
            compare = read_ids(BASKET, given.get(BASKET, []))
        except InvalidFilter as error:
            faults += error.faults
        lang: Language | None = None
        try:
            lang = read_language(given.get("lang", []))
        except InvalidFilter as error:
            faults += error.faults
        if faults:
            raise InvalidFilter("Adresse", faults)
        return cls(query, filters, lang, int(page), without, bool(sort), compare)

    def on_page(self, page: int) -> State:
        """Return another page of the same search."""
        return replace(self, page=page)

    def without_basket(self) -> State:
        """Return the same search as others are to have it: what one reader compares is no part of it."""
        return replace(self, compare=())

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

    def in_years(self, first: int | None, last: int | None) -> State:
        """Return the search within these years alone, on its first page; None leaves an end open."""
        return replace(self, filters=replace(self.filters, years=YearFilter(first, last)), page=1)

    def unfiltered_by(self, facet: str, term: str) -> State:
        """Return the search without one filter, on its first page."""
        if facet == HAS_FIGURES:
            return replace(self, filters=replace(self.filters, has_figures=False), page=1)
        rest: Any = tuple(other for other in getattr(self.filters, facet) if other != term)
        return replace(self, filters=replace(self.filters, **{facet: rest}), page=1)

    def unfiltered_in(self, facet: str) -> State:
        """Return the search with every value of one facet, or of YEARS or EFFECT, on its first page."""
        by_effect = self.by_effect and facet != EFFECT
        everything: dict[str, Any] = {facet: getattr(Filters(), facet)}
        filters = replace(self.filters, **everything)
        return replace(self, filters=filters, by_effect=by_effect, page=1)

    def asking_of_effects(self, **parts: Any) -> State:
        """Return the search with other wishes for the effect, on its first page; without a metric not ordered by it."""
        effect = replace(self.filters.effect, **parts)
        by_effect = self.by_effect and effect.metric is not None
        return replace(self, filters=replace(self.filters, effect=effect), by_effect=by_effect, page=1)

    def of_metric(self, metric: str | None) -> State:
        """Return the search for effects on another metric, or on any: size and direction were those of the old one."""
        return self.asking_of_effects(metric=metric, direction=None, at_least=None, unit=None)

    def ordered(self, by_effect: bool) -> State:
        """Return the search in another order, on its first page."""
        return replace(self, by_effect=by_effect, page=1)

    def unfiltered(self) -> State:
        """Return the search without any filter, on its first page."""
        return replace(self, filters=Filters(), by_effect=False, page=1)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address, in a fixed order, without what says nothing."""
        found: list[tuple[str, str]] = [("q", self.query)] if self.query else []
        found += [("without", term) for term in self.without]
        found += self.filters.parameters()
        if self.by_effect:
            found.append(("sort", BY_EFFECT))
        if self.compare:
            found.append((BASKET, ",".join(self.compare)))
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
    query = urlencode(list(parameters), safe=",")
    return f"{path}?{query}" if query else path


def _fault(field: str, de: str, en: str) -> Fault:
    return Fault(field, Text(de=de, en=en))
