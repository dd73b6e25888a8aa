"""Do the addresses of the sources still answer? Asked politely, under the same rules as every fetch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urljoin, urlsplit

from ingest.fetch import DEFAULT, FetchError, Rules, fetch_error, open_page, refused
from kb.text import Text


class LinkState(Enum):
    """What became of the address of a source."""

    FINE = "fine"
    MOVED = "moved"
    """It answers, at another address for good."""
    GONE = "gone"
    """The server says that the page is not there (404, 410)."""
    ERROR = "error"
    """No answer, or one that says nothing about the page."""


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What one address answered: the HTTP status of the last answer, where it moved to, and why it failed."""

    url: str
    state: LinkState
    status: int | None = None
    moved_to: str | None = None
    reason: Text | None = None


def check_links(
    urls: Sequence[str],
    rules: Rules = DEFAULT,
    *,
    pause: float = 1.0,
    progress: Callable[[int, int], Any] = lambda done, of: None,
) -> Iterator[LinkAnswer]:
    """Yield an answer for every address, one after the other, each address asked once.

    Politely: `pause` seconds lie between two requests to one host, and of a page only the head of the answer is read.
    """
    asked: dict[str, float] = {}
    distinct = list(dict.fromkeys(urls))
    for number, url in enumerate(distinct, start=1):
        host = urlsplit(url).netloc.lower() if _splits(url) else url
        wait = asked.get(host, float("-inf")) + pause - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        yield _answer(url, rules)
        asked[host] = time.monotonic()
        progress(number, len(distinct))


def _splits(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _answer(url: str, rules: Rules) -> LinkAnswer:
    deadline = time.monotonic() + rules.seconds
    at, permanent = url, None
    lasting = True
    try:
        for _ in range(rules.redirects + 1):
            # GET with an unread body: too many servers answer HEAD wrongly.
            response, close = open_page(at, rules, deadline)
            following, status = response.get_redirect_location(), response.status
            close()
            if following:
                at = urljoin(at, following)
                lasting = lasting and status in (301, 308)
                permanent = at if lasting else permanent
                continue
            if status in (404, 410):
                return LinkAnswer(url, LinkState.GONE, status)
            if status >= 400:
                return LinkAnswer(url, LinkState.ERROR, status, reason=refused(at, status).message)
            return LinkAnswer(url, LinkState.MOVED if permanent else LinkState.FINE, status, permanent)
        raise fetch_error(url, "leitet zu oft weiter", "redirects too often")
    except FetchError as error:
        return LinkAnswer(url, LinkState.ERROR, error.status, reason=error.message)
