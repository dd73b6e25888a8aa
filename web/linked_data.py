"""A case in the words of schema.org, for search engines: what the record says and nothing else."""

from __future__ import annotations

from typing import Any

from kb.case import Case
from kb.store import Version
from kb.taxonomy import Taxonomy
from kb.text import Language
from web.citation import COLLECTION, LICENCE_URL


def linked_data(
    case: Case, version: Version, language: Language, taxonomy: Taxonomy, *, url: str, home: str
) -> dict[str, Any]:
    """Return the JSON-LD of the page of `case` in `language`; `url` is its permanent address, `home` that of the site.

    The year of a case is left out where it is that of a publication: it says nothing of when the case took place.
    """
    title, title_language = case.title.best(language)
    place = {
        "@type": "Place",
        "name": case.place or taxonomy.countries[case.country].label[language],
        "address": {
            "@type": "PostalAddress",
            "addressLocality": case.place,
            "addressRegion": taxonomy.regions[case.region].label[language] if case.region else None,
            "addressCountry": case.country,
        },
    }
    publisher = {"@type": "Organization", "name": COLLECTION, "url": home}
    said: dict[str, Any] = _given(
        {
            "@context": "https://schema.org",
            "@type": "Article",
            "@id": url,
            "url": url,
            "identifier": case.id,
            "version": str(version.number),
            "headline": title,
            "abstract": case.summary[language],
            "inLanguage": title_language,
            "datePublished": version.first_at,
            "dateModified": version.at,
            "author": publisher,
            "publisher": publisher,
            "isPartOf": {"@type": "Collection", "name": COLLECTION, "url": home},
            "license": LICENCE_URL,
            "isAccessibleForFree": True,
            "keywords": list(case.keywords.get(title_language)),
            "about": [
                {"@type": "Organization", "name": case.organisation},
                _term(taxonomy.sectors[case.sector].label[language], case.sector, "NACE Rev. 2.1"),
                *(_term(taxonomy.technologies[one].label[language], one) for one in case.technologies),
            ],
            "mentions": [{"@type": "Organization", "name": partner} for partner in case.partners],
            "spatialCoverage": place,
            "temporalCoverage": str(case.year) if case.year and case.year_kind != "publication" else None,
            "isBasedOn": [
                {
                    "@type": "CreativeWork",
                    "name": source.title,
                    "url": source.url,
                    "inLanguage": source.language,
                    "publisher": {"@type": "Organization", "name": source.publisher},
                }
                for source in case.sources
            ],
        }
    )
    return said


def _term(name: str, code: str, vocabulary: str | None = None) -> dict[str, Any]:
    return {"@type": "DefinedTerm", "name": name, "termCode": code, "inDefinedTermSet": vocabulary}


def _given(value: Any) -> Any:
    """Return `value` without what is missing in it."""
    if isinstance(value, dict):
        return {name: _given(part) for name, part in value.items() if part not in (None, [], "")}
    if isinstance(value, list):
        return [_given(part) for part in value]
    return value
