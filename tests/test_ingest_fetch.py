"""Web pages by address: real servers on loopback, which the rules of a test alone allow."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingest.fetch import USER_AGENT, FetchError, Rules, fetch, is_public
from ingest.links import LinkAnswer, LinkState, check_links

PAGE = b"<html><body><p>W\xc3\xa4rme</p></body></html>"
HERE = "127.0.0.1"


class Site(BaseHTTPRequestHandler):
    """Answers by path, and remembers what it was asked."""

    seen: list[tuple[str, str | None, str | None]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
        path = self.path.split("?")[0]
        answer = getattr(self, "at_" + path.strip("/").replace("/", "_"), None)
        if answer is None:
            self.send_error(404)
        else:
            answer()

    def log_message(self, *arguments: Any) -> None:
        pass

    def say(self, data: bytes, kind: str | None = "text/html; charset=utf-8", **headers: str) -> None:
        self.send_response(200)
        if kind is not None:
            self.send_header("Content-Type", kind)
        for name, value in ({"Content_Length": str(len(data))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def go(self, target: str, status: int = 302) -> None:
        self.send_response(status)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def at_page(self) -> None:
        self.say(PAGE)

    def at_report(self) -> None:
        self.say(b"%PDF-1.4", "application/pdf")

    def at_moved(self) -> None:
        self.go("/page", 301)

    def at_soon(self) -> None:
        self.go("/page", 302)

    def at_loop(self) -> None:
        self.go("/loop")

    def at_private(self) -> None:
        self.go("http://10.0.0.1/page")

    def at_metadata(self) -> None:
        self.go("http://metadata.example/latest")

    def at_file(self) -> None:
        self.go("file:///etc/passwd")

    def at_port(self) -> None:
        self.go(f"http://{HERE}:22/")

    def at_gone(self) -> None:
        self.send_error(410)

    def at_busy(self) -> None:
        self.send_error(503)

    def at_film(self) -> None:
        self.say(b"x", "video/mp4")

    def at_nothing(self) -> None:
        self.say(b"x", None)

    def at_large(self) -> None:
        self.say(b"x" * 10, Content_Length="900000000")

    def at_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65_536)
        except OSError:
            pass

    def at_bomb(self) -> None:
        self.say(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")

    def at_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def at_short(self) -> None:
        self.say(b"half", Content_Length="4000")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer((HERE, 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def rules(port: int) -> Rules:
    """Loopback is allowed, and every name but one is this machine."""

    def resolve(host: str, port: int) -> list[str]:
        return ["169.254.169.254"] if host == "metadata.example" else [HERE]

    return Rules(
        size_bytes=2_000_000,
        seconds=2,
        ports=frozenset({port, 80}),
        allowed=lambda address: address == HERE,
        resolve=resolve,
    )


def refusal(url: str, rules: Rules) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(url, rules)
    german, english = caught.value.describe("de"), caught.value.describe("en")
    assert german != english
    return english


def test_a_page_is_fetched_under_its_name_by_the_address_that_was_checked(port: int, rules: Rules) -> None:
    Site.seen.clear()
    found = fetch(f"http://pages.example:{port}/page?a=b#c", rules)
    assert (found.data, found.content_type, found.name) == (PAGE, "text/html", "page.html")
    assert Site.seen == [("/page?a=b", f"pages.example:{port}", USER_AGENT)]


def test_a_name_is_resolved_once_so_that_a_second_answer_gains_nothing(port: int, rules: Rules) -> None:
    answers = [[HERE], ["10.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    rebinding = Rules(ports=rules.ports, allowed=rules.allowed, resolve=resolve)
    assert fetch(f"http://turncoat.example:{port}/page", rebinding).data == PAGE
    assert asked == ["turncoat.example"]
    assert "lies in the own network" in refusal(f"http://turncoat.example:{port}/page", rebinding)


def test_one_private_address_among_public_ones_refuses_the_name(port: int, rules: Rules) -> None:
    mixed = Rules(ports=rules.ports, allowed=rules.allowed, resolve=lambda host, port: [HERE, "10.0.0.1"])
    Site.seen.clear()
    assert "lies in the own network" in refusal(f"http://mixed.example:{port}/page", mixed)
    assert Site.seen == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]",
        "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "[2001:db8::1]", "localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1",
    ],
)  # fmt: skip
def test_no_machine_of_the_own_network_is_reached(host: str) -> None:
    assert "lies in the own network" in refusal(f"http://{host}/", Rules())


@pytest.mark.parametrize("address", ["8.8.8.8", "185.199.108.153", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.org/a", "only http and https"),
        ("gopher://example.org/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("data:text/html,x", "only http and https"),
        ("", "only http and https"),
        ("example.org/a", "only http and https"),
        ("http:///a", "no valid address"),
        ("http://user:secret@example.org/", "no valid address"),
        ("http://[::1/", "no valid address"),
        ("http://example.org:99999/", "no valid address"),
        ("http://" + "a" * 70 + ".example/", "no valid address"),
        ("http://example.org:22/", "port 22"),
        ("http://example.org/\r\nHost: evil", "is"),
    ],
)
def test_what_is_no_address_of_a_page_is_refused(url: str, reason: str) -> None:
    private = Rules(resolve=lambda host, port: ["10.0.0.1"])
    assert reason in refusal(url, private)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("private", "http://10.0.0.1/page: lies in the own network"),
        ("metadata", "http://metadata.example/latest: lies in the own network"),
        ("file", "only http and https"),
        ("port", "port 22"),
        ("loop", "redirects too often"),
        ("missing", "answers with 404"),
        ("busy", "answers with 503"),
        ("film", "gives video/mp4"),
        ("nothing", "gives no type of content"),
        ("large", "is larger than"),
        ("endless", "is larger than"),
        ("bomb", "is larger than"),
        ("drip", "answers too slowly"),
        ("short", "breaks off"),
    ],
)
def test_a_bad_answer_gets_a_clear_reason(path: str, reason: str, port: int, rules: Rules) -> None:
    assert reason in refusal(f"http://pages.example:{port}/{path}", rules)


def test_redirects_are_followed_to_the_page(port: int, rules: Rules) -> None:
    found = fetch(f"http://pages.example:{port}/moved", rules)
    assert (found.asked, found.url) == (f"http://pages.example:{port}/moved", f"http://pages.example:{port}/page")


def test_a_machine_that_does_not_answer_is_an_error(rules: Rules) -> None:
    assert "does not answer" in refusal("http://pages.example:80/", rules)


def test_a_name_that_is_not_there_is_an_error(port: int) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert "no such name" in refusal("http://nowhere.example/", Rules(resolve=nowhere))


def test_over_tls_the_certificate_must_be_that_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here (Debian: apt-get install openssl)")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pages.example",
         "-addext", "subjectAltName=DNS:pages.example", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    server = ThreadingHTTPServer((HERE, 0), Site)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, context: names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    rules = Rules(
        ports=frozenset({server.server_port}),
        allowed=lambda address: True,
        resolve=lambda host, port: [HERE],
        seconds=5,
    )
    try:
        assert fetch(f"https://pages.example:{server.server_port}/page", rules).data == PAGE
        assert names == ["pages.example"]
        assert "does not answer" in refusal(f"https://other.example:{server.server_port}/page", rules)
    finally:
        server.shutdown()
        server.server_close()


# Do the sources still answer?


def answers(rules: Rules, *urls: str, **options: Any) -> list[LinkAnswer]:
    return list(check_links(urls, rules, pause=0, **options))


def test_every_source_gets_its_answer_once(port: int, rules: Rules) -> None:
    base = f"http://pages.example:{port}"
    told: list[tuple[int, int]] = []
    found = answers(
        rules,
        f"{base}/page", f"{base}/report", f"{base}/moved", f"{base}/soon", f"{base}/gone", f"{base}/missing",
        f"{base}/busy", "http://10.0.0.1/", "no address", f"{base}/page",
        progress=lambda done, of: told.append((done, of)),
    )  # fmt: skip
    assert [(answer.state, answer.status) for answer in found] == [
        (LinkState.FINE, 200),
        (LinkState.FINE, 200),
        (LinkState.MOVED, 200),
        (LinkState.FINE, 200),
        (LinkState.GONE, 410),
        (LinkState.GONE, 404),
        (LinkState.ERROR, 503),
        (LinkState.ERROR, None),
        (LinkState.ERROR, None),
    ]
    assert found[2].moved_to == f"{base}/page"
    assert all((answer.reason is not None) == (answer.state is LinkState.ERROR) for answer in found)
    assert told[-1] == (9, 9)


def test_one_host_is_not_asked_twice_without_a_pause(port: int, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("ingest.links.time.sleep", waited.append)
    base = f"http://pages.example:{port}"
    list(check_links([f"{base}/page", f"{base}/report", "http://10.0.0.1/"], rules, pause=60))
    assert len(waited) == 1
    assert 50 < waited[0] <= 60


def test_checking_reads_no_more_of_a_page_than_its_head(port: int, rules: Rules) -> None:
    found = answers(rules, f"http://pages.example:{port}/endless")
    assert found[0].state is LinkState.FINE
