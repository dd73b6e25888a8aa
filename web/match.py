"""The page of comparable projects: a description of one's own plant and plan in, the closest cases out."""

from __future__ import annotations

import unicodedata
from contextlib import closing
from dataclasses import replace

from flask import Blueprint, g, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from index.comparable import TEXT_LIMIT, InvalidText
from ingest.readers import Document, UnreadableFile
from ingest.sandbox import DEFAULT, read_safely
from kb.errors import Fault, InvalidFilter
from kb.filters import FILTERS
from kb.text import Text
from web.address import State, read_language
from web.comparable import like_text
from web.context import services, store
from web.effect_filter import effect_form
from web.i18n import Translator
from web.search import SHOWN_TERMS, choices

blueprint = Blueprint("match", __name__)
LARGEST_FORM = 320 * 1024
"""Bytes: a text of the greatest length, in a script whose letters take twelve bytes each in a form, and the filters."""

FILE_LIMITS = replace(DEFAULT, file_bytes=5_000_000, cpu_seconds=20, seconds=30.0)
"""Anybody may send a document, a smaller one than curators may."""


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
        return _page("", faults=InvalidText("Text", [Fault("text", message)]).by_field(g.language)), 413
    text = given.pop("text", [""])[-1]
    kept = () if "clear" in given else (*FILTERS, "page")
    chosen = {name: given[name] for name in kept if name in given}
    try:
        state = State.read({**chosen, "lang": request.args.getlist("lang")}, services().taxonomy)
        if "other_metric" in given:
            state = state.of_metric(None)
        return _answer(text, state)
    except (InvalidText, InvalidFilter) as error:
        return _page(text, faults=error.by_field(g.language)), 400


@blueprint.post("/match/file")
def read_file() -> str | tuple[str, int]:
    """The cases comparable with what a document says. It is read by a process with limits, answered and forgotten."""
    request.max_content_length = FILE_LIMITS.file_bytes + 64 * 1024
    try:
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            return _refused(Text(de="Bitte eine Datei wählen", en="Please choose a file"), 422)
        with closing(sent):
            content = read_safely(sent.stream.read(), sent.filename, limits=FILE_LIMITS)
    except RequestEntityTooLarge:
        megabytes = FILE_LIMITS.file_bytes // 1_000_000
        return _refused(
            Text(
                de=f"Die Datei ist zu groß, erlaubt sind {megabytes} MB",
                en=f"The file is too large, {megabytes} MB are allowed",
            ),
            413,
        )
    except UnreadableFile as error:
        return _refused(error.message, 422)
    if not isinstance(content, Document):
        return _refused(
            Text(
                de="Das ist eine Tabelle. Gebraucht wird ein Dokument, das Betrieb und Vorhaben beschreibt",
                en="This is a table. What is needed is a document that describes a plant and a plan",
            ),
            422,
        )
    text, shortened = _beginning(content.text)
    try:
        return _answer(text, State(), shortened=shortened)
    except InvalidText as error:
        return _page("", faults=error.by_field(g.language)), 422


def _answer(text: str, state: State, *, shortened: bool = False) -> str:
    """Return the page with the cases comparable with `text` and the filters to narrow them. Raises InvalidText."""
    taxonomy = services().taxonomy
    listing = like_text(store(), services().comparer(), taxonomy, text, state.filters, state.page, g.language)
    return _page(
        text,
        listing=listing,
        facets=choices(listing, taxonomy, g.language),
        effects=effect_form(state, listing.facets, taxonomy, Translator(g.language)),
        shown_terms=SHOWN_TERMS,
        shortened=shortened,
    )


def _beginning(text: str) -> tuple[str, bool]:
    """Return as many whole paragraphs of `text` as can be compared, and whether that is not all of it."""
    text = unicodedata.normalize("NFC", text)
    if len(text) <= TEXT_LIMIT:
        return text, False
    end = text.rfind("\n\n", TEXT_LIMIT // 2, TEXT_LIMIT)
    return text[: end if end > 0 else TEXT_LIMIT], True


def _refused(message: Text, status: int) -> tuple[str, int]:
    return _page("", refused=message[g.language]), status


def _page(text: str, **values: object) -> str:
    return render_template(
        "match.html", text=text, limit=TEXT_LIMIT, megabytes=FILE_LIMITS.file_bytes // 1_000_000, **values
    )
