"""Web pages by address: http and https, public machines only, checked where the connection is made.

A name is resolved once, every address that it resolves to is checked, and the connection goes to the address that was
checked: a name server that answers differently the second time gains nothing. Redirects are followed one by one, each
held to the same rules.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from kb.errors import PfadfinderError
from kb.text import Text

USER_AGENT = "Pfadfinder/1.0 (knowledge base of sustainability cases; fetches single pages on request)"
CONTENT_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""Content type -> ending of the name that the content is read under."""
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""Addresses of IPv6 that stand for others of IPv4, public in name and private behind it."""


class FetchError(PfadfinderError):
    """A page that was not fetched. `status` is that of HTTP where a server answered."""

    def __init__(self, message: Text, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: the address that was asked for, the one that answered, what it says it is, and its bytes."""

    asked: str
    url: str
    content_type: str
    data: bytes

    @property
    def name(self) -> str:
        """The name that the page is read under: the last part of the address, with the ending of its type."""
        last = urlsplit(self.url).path.rstrip("/").rsplit("/", 1)[-1] or urlsplit(self.url).hostname or "page"
        ending = CONTENT_TYPES[self.content_type]
        return last if last.endswith(ending) else f"{last}{ending}"


def is_public(address: str) -> bool:
    """Say whether the IP `address` belongs to a machine that everybody may reach."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED) or ip.scope_id:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local)


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of `host`. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Rules:
    """What a fetch may cost, whom it may reach, and how names are resolved."""

    size_bytes: int = 15 * 1024 * 1024
    seconds: float = 20.0
    redirects: int = 5
    ports: frozenset[int] = frozenset({80, 443})
    allowed: Callable[[str], bool] = field(default=is_public)
    resolve: Callable[[str, int], Sequence[str]] = field(default=resolve)


DEFAULT = Rules()


def fetch(url: str, rules: Rules = DEFAULT) -> Fetched:
    """Return the page at `url`. Raises FetchError with the reason in both languages."""
    deadline = time.monotonic() + rules.seconds
    at = url
    for _ in range(rules.redirects + 1):
        response, close = open_page(at, rules, deadline)
        try:
            following = response.get_redirect_location()
            if following:
                at = urljoin(at, following)
                continue
            if response.status != 200:
                raise refused(at, response.status)
            kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
            if kind not in CONTENT_TYPES:
                raise fetch_error(
                    at,
                    f"liefert {kind or 'keine Angabe zum Inhalt'}, gelesen werden Webseiten, PDF, DOCX und Text",
                    f"gives {kind or 'no type of content'}, web pages, PDF, DOCX and text are read",
                )
            return Fetched(url, at, kind, _body(response, at, rules, deadline))
        finally:
            close()
    raise fetch_error(url, "leitet zu oft weiter", "redirects too often")


def open_page(url: str, rules: Rules, deadline: float) -> tuple[Any, Callable[[], None]]:
    """Send one request to an address that was checked; return the response, its body unread, and what closes it."""
    import urllib3

    host, port, secure, target = _parts(url, rules)
    address = _checked(url, host, port, rules)
    left = deadline - time.monotonic()
    if left <= 0:
        raise _too_slow(url)
    timeout = urllib3.Timeout(connect=min(left, 10), read=left)
    pool: Any
    if secure:
        # The certificate has to be that of the name, not of the number.
        pool = urllib3.HTTPSConnectionPool(address, port, timeout=timeout, server_hostname=host, assert_hostname=host)
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    shown = f"[{host}]" if ":" in host else host
    usual = port == (443 if secure else 80)
    headers = {
        "Host": shown if usual else f"{shown}:{port}",
        "User-Agent": USER_AGENT,
        "Accept": ", ".join(CONTENT_TYPES),
        "Accept-Language": "de, en",
        "Accept-Encoding": "gzip, deflate",
    }
    try:
        response = pool.urlopen(
            "GET",
            target,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
            assert_same_host=False,
        )
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.SSLError) as error:
        pool.close()
        raise fetch_error(url, f"antwortet nicht: {_short(error)}", f"does not answer: {_short(error)}") from error
    except urllib3.exceptions.TimeoutError as error:
        pool.close()
        raise _too_slow(url) from error
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        pool.close()
        raise fetch_error(url, f"antwortet nicht: {_short(error)}", f"does not answer: {_short(error)}") from error

    def close() -> None:
        response.close()
        pool.close()

    return response, close


def _parts(url: str, rules: Rules) -> tuple[str, int, bool, str]:
    """Return host, port, whether TLS is used, and path with query."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if not _is_ip(parts.hostname) else str(parts.hostname)
    except (ValueError, UnicodeError) as error:
        raise fetch_error(url, "ist keine gültige Adresse", "is no valid address") from error
    if parts.scheme not in ("http", "https"):
        raise fetch_error(url, "nur http und https werden abgerufen", "only http and https are fetched")
    if not host or parts.username is not None or parts.password is not None:
        raise fetch_error(url, "ist keine gültige Adresse", "is no valid address")
    secure = parts.scheme == "https"
    port = port if port is not None else (443 if secure else 80)
    if port not in rules.ports:
        raise fetch_error(url, f"Port {port} wird nicht abgerufen", f"port {port} is not fetched")
    return host, port, secure, urlunsplit(("", "", parts.path or "/", parts.query, ""))


def _is_ip(host: str | None) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


def _checked(url: str, host: str, port: int, rules: Rules) -> str:
    """Return the address to connect to. One address that is not public among them refuses the name as a whole."""
    try:
        found = [host] if _is_ip(host) else list(rules.resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise fetch_error(url, "den Namen gibt es nicht", "there is no such name") from error
    if not found or not all(rules.allowed(address) for address in found):
        raise fetch_error(
            url,
            "liegt im eigenen Netz oder in einem reservierten Bereich und wird nicht abgerufen",
            "lies in the own network or a reserved range and is not fetched",
        )
    return found[0]


def _body(response: Any, url: str, rules: Rules, deadline: float) -> bytes:
    """Read the body, unpacked, up to the limit: also a small answer that unpacks to a large one ends there."""
    import urllib3

    said = response.headers.get("Content-Length")
    if said is not None and said.isdecimal() and int(said) > rules.size_bytes:
        raise _too_large(url, rules)
    found = bytearray()
    try:
        for part in _stream(response):
            found += part
            if len(found) > rules.size_bytes:
                raise _too_large(url, rules)
            # A server that sends a byte now and then would never run into the timeout of one read.
            if time.monotonic() > deadline:
                raise _too_slow(url)
    except urllib3.exceptions.TimeoutError as error:
        raise _too_slow(url) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise fetch_error(url, f"bricht ab: {_short(error)}", f"breaks off: {_short(error)}") from error
    return bytes(found)


def _stream(response: Any) -> Iterator[bytes]:
    while part := response.read1(65_536, decode_content=True):
        yield part


def _short(error: Exception) -> str:
    return type(error).__name__


def fetch_error(url: str, de: str, en: str, status: int | None = None) -> FetchError:
    """Return the error that says what is wrong with `url`."""
    return FetchError(Text(de=f"{url}: {de}.", en=f"{url}: {en}."), status)


def refused(url: str, status: int) -> FetchError:
    """Return the error for an answer that is no page."""
    return fetch_error(url, f"der Server antwortet mit {status}", f"the server answers with {status}", status)


def _too_slow(url: str) -> FetchError:
    return fetch_error(url, "antwortet zu langsam", "answers too slowly")


def _too_large(url: str, rules: Rules) -> FetchError:
    size = rules.size_bytes // 1024**2
    return fetch_error(url, f"ist größer als {size} MB", f"is larger than {size} MB")
