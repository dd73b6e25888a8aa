"""The pages about the product: the search, the data, the criteria, accessibility, and all of it in easy words."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g, render_template, request

from index.directions import HYBRID
from index.evaluate import MEASURES, SHARES
from index.report import SETS, shipped_report
from kb.acceptance import Criterion, advertising_words
from kb.filters import FACETS
from web.address import read_language
from web.context import services, store
from web.coverage import coverage
from web.figures import GROUPINGS, name_of, points, span
from web.i18n import Translator
from web.numbers import day

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


@blueprint.get("/about/data")
def data() -> str:
    """How cases are chosen and coded, what they cover and what their figures mean: counted, not told."""
    read_language(request.args.getlist("lang"))
    cases = list(store().all())
    report = shipped_report()[SETS[0]]["legs"][HYBRID]
    changed = store().last_changed()
    return render_template(
        "about_data.html",
        covered=coverage(cases),
        facets=store().facet_counts([case.id for case in cases]),
        changed=changed,
        changed_on=day(date.fromisoformat(changed[:10]), g.language) if changed else "",
        taxonomy=services().taxonomy,
        vocabulary_of=FACETS,
        search=report,
        points=lambda value: points(value, g.language),
    )


@blueprint.get("/about/accessibility")
def accessibility() -> str:
    """The statement on accessibility, and where to say what does not work."""
    read_language(request.args.getlist("lang"))
    return render_template("about_accessibility.html", contact=services().settings.contact)


@blueprint.get("/about/easy")
def easy() -> str:
    """What this site is and how it is used, in easy words."""
    read_language(request.args.getlist("lang"))
    return render_template("about_easy.html", contact=services().settings.contact)


@blueprint.get("/about/criteria")
def criteria() -> str:
    """What a case has to show before it is published, and who looks at what."""
    read_language(request.args.getlist("lang"))
    return render_template(
        "about_criteria.html",
        criteria=list(Criterion),
        advertising=advertising_words(g.language),
        four_eyes=services().settings.four_eyes,
    )
