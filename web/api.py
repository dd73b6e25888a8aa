"""The same answers as data: /api/v1."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, g, request
from flask.wrappers import Response

from kb.errors import Fault, InvalidFilter
from kb.text import Text
from web.address import PARAMETERS, State
from web.context import services, store
from web.listing import find
from web.serialise import listing_data

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
    return data(listing_data(listing))


@blueprint.get("/cases/<case_id>")
def case(case_id: str) -> Response:
    """The whole record of one case."""
    found = store().get(case_id)
    if found is None:
        abort(404)
    return data(found.to_record())


def data(content: Any, status: int = 200) -> Response:
    """Return `content` as JSON, with the letters of both languages as they are."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")
