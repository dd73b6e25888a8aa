"""The page about the search: how it works, and how well it answers, as measured and shipped."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from index.directions import HYBRID
from index.evaluate import MEASURES, SHARES
from index.report import SETS, shipped_report
from web.address import read_language
from web.context import services, store
from web.figures import GROUPINGS, name_of, points, span
from web.i18n import Translator

blueprint = Blueprint("about", __name__)


@blueprint.get("/about/search")
def search() -> str:
    """The shipped report in words and tables; nothing is measured in a request."""
    read_language(request.args.getlist("lang"))
    report = shipped_report()
    cases = report[SETS[0]]["cases"]
    columns = {
        "refused": [name for name, run in report.items() if run["legs"][HYBRID]["queries"]],
        "rejected": [name for name, run in report.items() if run["legs"][HYBRID]["negatives"]],
    }
    same = services().settings.model is None and store().count() == cases
    return render_template(
        "about_search.html",
        report=report,
        cases=cases,
        model=report[SETS[0]]["model"],
        same=same,
        hybrid=HYBRID,
        measures=MEASURES,
        shares=SHARES,
        columns=columns,
        groupings=GROUPINGS,
        points=lambda value: points(value, g.language),
        span=lambda summary, measure: span(summary, measure, g.language),
        name_of=lambda grouping, name: name_of(grouping, name, Translator(g.language)),
    )
