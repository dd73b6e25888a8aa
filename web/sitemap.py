"""For search engines: which pages there are, in both languages (sitemaps.org), and which to leave alone."""

from __future__ import annotations

from xml.etree import ElementTree

from flask import Blueprint, abort, request
from flask.wrappers import Response

from kb.filters import Filters
from kb.text import LANGUAGES
from web.context import absolute, store
from web.xml_document import child, document

blueprint = Blueprint("sitemap", __name__)
PAGES = ("/", "/match", "/about/data", "/about/search", "/about/accessibility", "/about/easy")
"""The public pages beside those of the cases."""
CASES = 10_000
"""Cases of one sitemap: with two languages each well below the 50,000 addresses and 50 MB that a file may have."""
LEFT_ALONE = ("/search?", "/export", "/api/", "/cases/*/cite.", "/sign-in", "/invited")
"""Endless combinations, copies of what stands elsewhere, and pages that are for people with an account."""
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The only sitemap; of a large collection, the list of its sitemaps."""
    ids = _ids()
    if len(ids) <= CASES:
        return _pages(ids, 0)
    root = ElementTree.Element("sitemapindex", {"xmlns": _SITEMAP})
    for part in range(-(-len(ids) // CASES)):
        child(child(root, "sitemap"), "loc", absolute(f"/sitemap-{part + 1}.xml"))
    return _answer(root)


@blueprint.get("/sitemap-<int:part>.xml")
def one(part: int) -> Response:
    """One sitemap of a large collection."""
    ids = _ids()
    if not 1 <= part <= -(-len(ids) // CASES):
        abort(404)
    return _pages(ids, part - 1)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers should leave alone, and where the sitemap is."""
    root = request.script_root
    lines = ["User-agent: *", *(f"Disallow: {root}{path}" for path in LEFT_ALONE), ""]
    return Response("\n".join([*lines, f"Sitemap: {absolute('/sitemap.xml')}", ""]), mimetype="text/plain")


def _ids() -> list[str]:
    return sorted(store().matching(Filters()))


def _pages(ids: list[str], part: int) -> Response:
    root = ElementTree.Element("urlset", {"xmlns": _SITEMAP, "xmlns:xhtml": _XHTML})
    for path in PAGES if part == 0 else ():
        _page(root, path, None)
    shown = ids[part * CASES : (part + 1) * CASES]
    versions = store().versions(shown)
    for case_id, version in sorted(versions.items()):
        _page(root, f"/cases/{case_id}", version.at)
    return _answer(root)


def _page(root: ElementTree.Element, path: str, changed: str | None) -> None:
    """Add a page: an entry for each language, each naming both (which search engines ask for)."""
    for language in LANGUAGES:
        url = child(root, "url")
        child(url, "loc", absolute(path, lang=language))
        if changed:
            child(url, "lastmod", changed)
        for other in LANGUAGES:
            child(url, "xhtml:link", rel="alternate", hreflang=other, href=absolute(path, lang=other))
        child(url, "xhtml:link", rel="alternate", hreflang="x-default", href=absolute(path))


def _answer(root: ElementTree.Element) -> Response:
    return Response(document(root), content_type="application/xml; charset=utf-8")
