"""A thread of every serving process that sees to it that its index follows the record."""

from __future__ import annotations

import logging
import threading
import time

from index.manifest import IndexUnusable
from index.vocabulary import vocabulary_of
from web.wiring import Services

EVERY = 1.0
"""Seconds between two looks at the newest change: one look-up in SQLite."""
QUIET = 5.0
"""Seconds without a change after which an index that was grown is built in full."""
AFTER_ERROR = 60.0


class Follower(threading.Thread):
    """Does what whoever published could not: a process that was killed, a program that knows no index.

    Opens what other processes have built before a search needs it, and has an index built in full when it is quiet.
    """

    def __init__(self, services: Services) -> None:
        super().__init__(name="follower", daemon=True)
        self._services = services
        self._over = threading.Event()

    def stop(self) -> None:
        """End the thread after what it is at."""
        self._over.set()

    def run(self) -> None:
        """Look, wait, look again, until `stop`."""
        vocabulary_of(())  # reads the glossary, which would be half of the time of the first change
        changed = time.monotonic()
        while not self._over.is_set():
            wait = EVERY
            try:
                if self._step(time.monotonic() - changed > QUIET):
                    changed = time.monotonic()
            except Exception:
                logging.getLogger(__name__).exception("the index could not follow")
                wait = AFTER_ERROR
            self._over.wait(wait)

    def _step(self, quiet: bool) -> bool:
        """Do what there is to do; say whether there was a change."""
        with self._services.store() as store:
            wanted = self._services.fingerprint(store)
        try:
            manifest = self._services.searcher().generation.manifest
        except IndexUnusable:
            manifest = None
        if manifest is None or manifest.fingerprint != wanted:
            self._services.grow_index()
            return True
        if manifest.grown and quiet:
            self._services.settle_index()
        return False
