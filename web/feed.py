"""What is new in a search, as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5
from xml.etree import ElementTree

from flask import Blueprint, g, request
from flask.wrappers import Response

from kb.case import Case, CaseId
from kb.store import Version
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.address import State
from web.citation import COLLECTION, LICENCE
from web.context import absolute, services, store
from web.i18n import Translator
from web.listing import found
from web.xml_document import child, document

blueprint = Blueprint("feed", __name__)
LONGEST = 50
"""The most entries of a feed: whoever reads it once a week misses none."""
_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = "1970-01-01T00:00:00+00:00"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself. `identity` tells this database from every other."""

    title: str
    language: Language
    identity: UUID
    state: State
    page: str
    itself: str
    home: str
    updated: str


@blueprint.get("/feed.atom")
def atom() -> Response:
    """The newest changes among the cases that the search finds; of all cases without one."""
    state = State.read(request.args.to_dict(flat=False), services().taxonomy)
    state = state.asked_in(g.language).on_page(1).without_basket()
    versions = store().versions(found(store(), services().searcher(), state))
    newest = list(versions)[:LONGEST]
    feed = Feed(
        title=title(state, g.language),
        language=g.language,
        identity=UUID(store().identity()),
        state=state,
        page=state.address(absolute("/search")),
        itself=state.address(absolute("/feed.atom")),
        home=absolute("/"),
        updated=versions[newest[0]].at if newest else store().last_changed() or _NEVER,
    )
    body = write(
        feed,
        store().get_many(newest),
        versions,
        services().taxonomy,
        lambda case_id: absolute(f"/cases/{case_id}", lang=g.language),
    )
    response = Response(body, content_type="application/atom+xml; charset=utf-8")
    # Most calls of a feed reader find nothing new: they get an answer without a body.
    response.add_etag()
    response.make_conditional(request)
    return response


def title(state: State, language: Language) -> str:
    """Return what the feed of a search is called."""
    words = Translator(language)
    if state.query:
        return words("feed.for", query=state.query)
    return words("feed.filtered" if state.filters else "feed.all")


def write(
    feed: Feed,
    cases: Sequence[Case],
    versions: Mapping[CaseId, Version],
    taxonomy: Taxonomy,
    address: Callable[[CaseId], str],
) -> bytes:
    """Return the feed with `cases` as its entries, in their order.

    Identifiers come from the database and the id of a case: they stay when the site moves to another host, so that
    a feed reader shows nothing twice.
    """
    language = feed.language
    root = ElementTree.Element("feed", {"xmlns": _ATOM, _XML_LANG: language})
    child(root, "title", feed.title)
    child(root, "id", uuid5(feed.identity, feed.state.address("feed")).urn)
    child(root, "updated", feed.updated)
    child(root, "link", rel="self", type="application/atom+xml", href=feed.itself)
    child(root, "link", rel="alternate", type="text/html", hreflang=language, href=feed.page)
    author = child(root, "author")
    child(author, "name", COLLECTION)
    child(author, "uri", feed.home)
    child(root, "rights", LICENCE)
    for case in cases:
        entry = child(root, "entry")
        words, title_language = case.title.best(language)
        entry.set(_XML_LANG, title_language)
        child(entry, "title", words)
        child(entry, "id", uuid5(feed.identity, f"case {case.id}").urn)
        child(entry, "published", versions[case.id].first_at)
        child(entry, "updated", versions[case.id].at)
        child(entry, "link", rel="alternate", type="text/html", href=address(case.id))
        child(entry, "category", term=case.pathway, label=taxonomy.pathways[case.pathway].short[language])
        child(entry, "category", term=case.sector, label=taxonomy.sectors[case.sector].label[language])
        summary, summary_language = case.summary.best(language)
        child(entry, "summary", summary).set(_XML_LANG, summary_language)
    return document(root)
