"""The server of one machine: waitress, one process with threads, so that the model is held once."""

from __future__ import annotations

import signal
import socket
import sys
from typing import Any

import waitress

from kb.accounts import Accounts
from kb.errors import PfadfinderError
from kb.text import Text
from web.app import create_app
from web.following import Follower
from web.wiring import Services, Watch

_FORWARDED = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
_NO_ADMIN = Text(
    de="Noch gibt es kein Administrationskonto. Eines anlegen: pfadfinder user add NAME --role admin",
    en="There is no admin account yet. To make one: pfadfinder user add NAME --role admin",
)


BODY_LIMIT = 256 * 1024 * 1024
"""The most bytes of a request that are kept, on disk, so that a page can say by how much it is too large."""


class CannotListen(PfadfinderError):
    """The address is taken or may not be used."""


def serve(services: Services, host: str, port: int, watch: Watch) -> None:
    """Take in the collection, build the index if need be, and answer until interrupted. Raises CannotListen."""
    try:
        # Bound first: a taken port is reported before any work is done, and nobody meets half an index.
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise CannotListen(
            Text(
                de=f"{host}:{port} ist nicht zu haben: {error}. Anderen Port wählen: PORT=8080 make run",
                en=f"{host}:{port} cannot be had: {error}. Choose another port: PORT=8080 make run",
            )
        ) from error
    # What stops a service elsewhere stops it here like Ctrl+C: requests under way are answered, the exit code is 0.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    server = make_server(services, listening)
    services.make_ready(watch)
    services.searcher()
    with services.store() as store:
        if Accounts(store.database).none_yet():
            watch.say(_NO_ADMIN)
    address = f"http://{host}:{listening.getsockname()[1]}"
    watch.say(
        Text(de=f"Pfadfinder läuft: {address}  (Strg+C beendet)", en=f"Pfadfinder serves: {address}  (Ctrl+C stops)")
    )
    follower = Follower(services)
    follower.start()
    try:
        server.run()
    finally:
        follower.stop()


def make_server(services: Services, listening: socket.socket) -> Any:
    """Return a server that answers at `listening` once its `run` is called."""
    # Without a proxy its headers are thrown away: anybody could send them and be another address at every guess.
    proxy = services.settings.proxy
    trusted = {"trusted_proxy": proxy, "trusted_proxy_headers": _FORWARDED} if proxy else {}
    return waitress.create_server(
        create_app(services), sockets=[listening], threads=8, max_request_body_size=BODY_LIMIT, **trusted
    )
