"""The same answers as data: /api/v1."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, g, redirect, request
from flask.wrappers import Response

from kb.errors import Fault, InvalidFilter, NotFound
from kb.filters import FILTERS
from kb.lifecycle import Lifecycle, Tombstone
from kb.text import Text
from web.address import PARAMETERS, State
from web.comparable import like_text
from web.compare import compared
from web.compare_table import comparison_data
from web.context import link, services, store
from web.listing import find
from web.serialise import effects_data, listing_data, revision_data, text_data

LARGEST_BODY = 320 * 1024
"""Bytes of a text of the greatest length with every letter written as an escape, and the filters."""

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/search")
def search() -> Response:
    """The parameters of the results page; an unknown one is an error, for a program cannot see that it was ignored."""
    given = request.args.to_dict(flat=False)
    if unknown := set(given) - set(PARAMETERS):
        allowed = ", ".join(PARAMETERS)
        raise InvalidFilter(
            "Adresse",
            [
                Fault(
                    name,
                    Text(
                        de=f"diesen Parameter gibt es nicht. Erlaubt: {allowed}",
                        en=f"there is no such parameter. Allowed: {allowed}",
                    ),
                )
                for name in sorted(unknown)
            ],
        )
    state = State.read(given, services().taxonomy)
    listing = find(store(), services().searcher(), state, g.language)
    return data(listing_data(listing, services().taxonomy))


@blueprint.post("/match")
def match() -> Response:
    """Cases comparable with `text`, from a JSON object that may hold the filters and `page` too.

    The text is not in the address, which others log, and the answer does not repeat it.
    """
    request.max_content_length = LARGEST_BODY
    content = request.get_json(force=True, silent=True)
    allowed = ("text", *FILTERS, "page")
    if not isinstance(content, dict) or not isinstance(content.get("text"), str):
        raise _invalid("text", 'braucht ein JSON-Objekt {"text": "..."}', 'needs a JSON object {"text": "..."}')
    if unknown := set(content) - set(allowed):
        names = ", ".join(allowed)
        raise _invalid(
            min(unknown), f"dieses Feld gibt es nicht. Erlaubt: {names}", f"there is no such field. Allowed: {names}"
        )
    given = {
        name: [str(one) for one in value] if isinstance(value, list) else [_word(value)]
        for name, value in content.items()
        if name != "text"
    }
    state = State.read({**given, "lang": request.args.getlist("lang")}, services().taxonomy)
    listing = like_text(
        store(), services().comparer(), services().taxonomy, content["text"], state.filters, state.page, g.language
    )
    answer = listing_data(listing, services().taxonomy)
    del answer["query"]
    return data(answer)


@blueprint.get("/cases/<case_id>")
def case(case_id: str) -> Response:
    """The whole record of one case; where a retired one was, why it went and what took its place."""
    if (answer := _elsewhere(case_id)) is not None:
        return answer
    found = store().get(case_id) or abort(404)
    return data(found.to_record())


@blueprint.get("/cases/<case_id>/revisions")
def revisions(case_id: str) -> Response:
    """Every state that one case had, the oldest first, without the names of who made it; a retired case has none here.

    A state with the origin `retired` is the end of the case, from which it has been restored since.
    """
    if (answer := _elsewhere(case_id, "/revisions")) is not None:
        return answer
    return data({"id": case_id, "revisions": [revision_data(one) for one in store().revisions(case_id)]})


@blueprint.get("/cases/<case_id>/revisions/<int:number>")
def revision(case_id: str, number: int) -> Response:
    """One state that a case had, with its record. It may break rules that are newer than itself."""
    if (answer := _elsewhere(case_id, f"/revisions/{number}")) is not None:
        return answer
    found = next((one for one in store().revisions(case_id) if one.number == number), None)
    if found is None:
        raise NotFound("revision", f"{case_id}/{number}")
    return data({"id": case_id, **revision_data(found), "record": store().revision(case_id, number)})


@blueprint.get("/compare")
def compare() -> Response:
    """Two to four cases side by side, by `ids` with commas between them; every id that there is not is a fault."""
    return data(comparison_data(compared(request.args.getlist("ids")), services().taxonomy))


@blueprint.get("/cases/<case_id>/effects")
def effects(case_id: str) -> Response:
    """The effects of one case as its sources give them, and in common units. The record itself has the first alone."""
    found = store().get(case_id)
    if found is None:
        abort(404)
    return data({"id": found.id, "effects": effects_data(found, services().taxonomy)})


def _invalid(field: str, de: str, en: str) -> InvalidFilter:
    return InvalidFilter("Daten", [Fault(field, Text(de=de, en=en))])


def _word(value: Any) -> str:
    """Return a value of a JSON object as the word that an address would hold."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _elsewhere(case_id: str, below: str = "") -> Response | None:
    """Return what answers instead of a case that is not published under this id, None where it is."""
    known = store().canonical(case_id)
    if known is None:
        abort(404)
    if known != case_id:
        moved: Response = redirect(link(f"/api/v1/cases/{known}{below}"), code=301)  # type: ignore[assignment]
        return moved
    tombstone = Lifecycle(store()).tombstone(known)
    return None if tombstone is None else _gone(tombstone)


def _gone(tombstone: Tombstone) -> Response:
    content = {
        "status": 410,
        "message": tombstone.reason[g.language],
        "id": tombstone.case_id,
        "title": text_data(tombstone.title),
        "reason": text_data(tombstone.reason),
        "successor": tombstone.successor,
        "retired_at": tombstone.at,
    }
    return data({"error": content}, 410)


def data(content: Any, status: int = 200) -> Response:
    """Return `content` as JSON, with the letters of both languages as they are."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")
