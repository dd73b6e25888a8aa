"""A real server on loopback, for the tests that need one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from web.serving import make_server
from web.wiring import Services


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """Serve as `pfadfinder serve` does; give the address. Browsers have to be closed before: it waits for them."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(services, listening)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        # In its own thread: closed from here, it might be about to wait for what is closed.
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=10)
