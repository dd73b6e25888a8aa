"""Two to four cases side by side: as a page, as a table for spreadsheet programs, as data."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, g, make_response, render_template, request
from flask.wrappers import Response

from ingest.export import write_table
from kb.case import Case, CaseId
from kb.comparison import Comparison, compare
from kb.errors import Fault, InvalidFilter
from kb.lifecycle import Lifecycle, Tombstone
from kb.text import Text
from web.address import read_language
from web.basket import FEWEST_COMPARED, read_ids
from web.compare_table import caution_words, facts, table
from web.context import services, store
from web.i18n import Translator

blueprint = Blueprint("compare", __name__)
IDS = "ids"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address names: cases that are there, those that were retired, and ids that nobody knows."""

    cases: tuple[Case, ...]
    retired: tuple[Tombstone, ...]
    unknown: tuple[str, ...]

    @property
    def ids(self) -> tuple[CaseId, ...]:
        """The ids of the cases that are there; an old address of a case is its id now."""
        return tuple(case.id for case in self.cases)


def chosen(given: Sequence[str]) -> Chosen:
    """Return the cases that the words of `ids` name. Raises InvalidFilter for what can be no id, and for too many."""
    cases: dict[str, Case] = {}
    retired, unknown = [], []
    for one in read_ids(IDS, given):
        if found := store().get(one):
            cases[found.id] = found
        elif gone := Lifecycle(store()).tombstone(one):
            retired.append(gone)
        else:
            unknown.append(one)
    return Chosen(tuple(cases.values()), tuple(retired), tuple(unknown))


def compared(given: Sequence[str]) -> Comparison:
    """Return the comparison that `ids` asks for; a program is told of every id that cannot be compared.

    Raises InvalidFilter.
    """
    found = chosen(given)
    faults = [
        Fault(IDS, Text(de=f"{gone.case_id} wurde zurückgezogen", en=f"{gone.case_id} was retired"))
        for gone in found.retired
    ]
    faults += [Fault(IDS, Text(de=f"{one} gibt es nicht", en=f"{one} does not exist")) for one in found.unknown]
    if not faults and len(found.cases) < FEWEST_COMPARED:
        faults.append(Fault(IDS, Text(de="braucht zwei bis vier Fälle", en="needs two to four cases")))
    if faults:
        raise InvalidFilter("Adresse", faults)
    return compare(found.cases, services().taxonomy)


@blueprint.get("/compare")
def page() -> Response:
    """The comparison, or what is missing for one."""
    read_language(request.args.getlist("lang"))
    found = chosen(request.args.getlist(IDS))
    # From here on the cases that are compared are the basket: a search for one more keeps them.
    g.basket = found.ids
    comparison = compare(found.cases, services().taxonomy) if len(found.cases) >= FEWEST_COMPARED else None
    words = Translator(g.language)
    rows = facts(comparison, services().taxonomy, words) if comparison else []
    response = make_response(
        render_template(
            "compare.html",
            found=found,
            comparison=comparison,
            facts=rows,
            caution_words=lambda caution: caution_words(caution, services().taxonomy, words),
        )
    )
    response.status_code = 404 if comparison is None and (found.unknown or found.retired) else 200
    return response


@blueprint.get("/compare.csv")
def csv() -> Response:
    """The comparison as a table with a column a case, as spreadsheet programs of the language open it."""
    read_language(request.args.getlist("lang"))
    comparison = compared(request.args.getlist(IDS))
    out = io.BytesIO()
    write_table(table(comparison, services().taxonomy, Translator(g.language)), out, g.language)
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="pfadfinder-compare.csv"'
    return response
