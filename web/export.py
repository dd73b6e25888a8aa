"""All cases of a search to take away: the page that offers the formats, and the files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from flask import Blueprint, abort, g, render_template, request
from flask.wrappers import Response

from web.address import State
from web.chips import chips
from web.context import absolute, services, store
from web.export_formats import FORMATS, Export, file_name
from web.i18n import Translator
from web.listing import found

blueprint = Blueprint("export", __name__)
IN_MEMORY = 1024 * 1024
"""The most bytes of a file that are held in memory; a larger one lies on the disk until it is sent."""
_CHUNK = 64 * 1024


@blueprint.get("/export")
def page() -> str:
    """What the search finds, in which formats it can be had, and its feed."""
    state = _state()
    total = len(found(store(), services().searcher(), state))
    labels = [chip.label for chip in chips(state, services().taxonomy, Translator(g.language))]
    return render_template("export.html", state=state, total=total, formats=FORMATS, labels=labels)


@blueprint.get("/export/<format>")
def file(format: str) -> Response:
    """Every case that the search finds, as one file. An unknown format is not found, a faulty search refused."""
    if format not in FORMATS:
        abort(404)
    state = _state()
    ids = found(store(), services().searcher(), state)
    export = Export(store(), ids, g.language, lambda case_id: absolute(f"/cases/{case_id}"))
    # Written whole before the first byte is sent: what goes wrong is an error page and not half a file.
    written = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it has been sent
    try:
        FORMATS[format].write(export, written)
    except BaseException:
        written.close()
        raise
    length = written.tell()
    written.seek(0)
    response = Response(_chunks(written), mimetype=FORMATS[format].mimetype)
    response.call_on_close(written.close)
    response.content_length = length
    name = file_name(state, len(ids), format, g.language)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _state() -> State:
    return State.read(request.args.to_dict(flat=False), services().taxonomy).on_page(1).without_basket()


def _chunks(written: IO[bytes]) -> Iterator[bytes]:
    with written:
        while chunk := written.read(_CHUNK):
            yield chunk
