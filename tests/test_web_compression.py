"""What is sent compressed, and what never is."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import pytest

from tests.curated import Curated

CASE = "/cases/eta-fabrik-darmstadt?lang=de"
STYLE = "/static/pfadfinder.css"


@pytest.mark.parametrize(("encoding", "opened"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
@pytest.mark.parametrize("path", [CASE, STYLE, "/api/v1/cases/eta-fabrik-darmstadt", "/feed.atom"])
def test_whoever_can_read_it_is_sent_less_of_the_same(
    curated: Curated, path: str, encoding: str, opened: Callable[[bytes], bytes]
) -> None:
    reader = curated.browser()
    with reader.get(path) as plain, reader.get(path, headers={"Accept-Encoding": encoding}) as packed:
        assert packed.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert opened(packed.data) == plain.data
        assert packed.content_length == len(packed.data) < len(plain.data) / 2


def test_a_page_with_a_secret_in_it_is_never_compressed(curated: Curated) -> None:
    for browser, path in ((curated.browser("kurt"), CASE), (curated.browser(), "/sign-in")):
        answer = browser.get(path, headers={"Accept-Encoding": "br, gzip"})
        assert "csrf_token" in answer.text
        assert "Content-Encoding" not in answer.headers


def test_a_file_that_did_not_change_is_not_sent_again(curated: Curated) -> None:
    reader, asked = curated.browser(), {"Accept-Encoding": "br"}
    with reader.get(STYLE, headers=asked) as first:
        asked["If-None-Match"] = first.headers["ETag"]
    with reader.get(STYLE, headers=asked) as again:
        assert again.status_code == 304
