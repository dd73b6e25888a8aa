"""The page of comparable projects: a description of one's own plant and plan in, the closest cases out."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from index.comparable import TEXT_LIMIT, InvalidText
from kb.errors import Fault
from kb.filters import FACETS, HAS_FIGURES
from kb.text import Text
from web.address import State, read_language
from web.comparable import like_text
from web.context import services, store
from web.search import SHOWN_TERMS, choices

blueprint = Blueprint("match", __name__)
LARGEST_FORM = 320 * 1024
"""Bytes: a text of the greatest length, in a script whose letters take twelve bytes each in a form, and the filters."""


@blueprint.get("/match")
def form() -> str:
    """The empty form."""
    read_language(request.args.getlist("lang"))
    return _page("")


# A description may be confidential: it comes in the body of a POST, never in an address (histories, logs), is read and
# forgotten. The form needs no token against forged requests: answering it changes nothing and shows nothing secret.
@blueprint.post("/match")
def results() -> str | tuple[str, int]:
    """The cases comparable with the text of the form, under its filters."""
    request.max_content_length = LARGEST_FORM
    try:
        given = request.form.to_dict(flat=False)
    except RequestEntityTooLarge:
        message = Text(
            de=f"ist zu lang, erlaubt sind {TEXT_LIMIT} Zeichen", en=f"is too long, {TEXT_LIMIT} characters are allowed"
        )
        return _page("", fault=InvalidText("Text", [Fault("text", message)])), 413
    text = given.pop("text", [""])[-1]
    kept = () if "clear" in given else (*FACETS, HAS_FIGURES, "page")
    chosen = {name: given[name] for name in kept if name in given}
    state = State.read({**chosen, "lang": request.args.getlist("lang")}, services().taxonomy)
    try:
        listing = like_text(
            store(), services().comparer(), services().taxonomy, text, state.filters, state.page, g.language
        )
    except InvalidText as error:
        return _page(text, fault=error), 400
    facets = choices(listing, services().taxonomy, g.language)
    return _page(text, listing=listing, facets=facets, shown_terms=SHOWN_TERMS)


def _page(text: str, **values: object) -> str:
    return render_template("match.html", text=text, limit=TEXT_LIMIT, **values)
