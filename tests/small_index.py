"""A small index of shipped cases, and cases of one's own, for the tests of the room index."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index.build import Built, build, open_current
from index.hybrid import Searcher
from index.manifest import Fingerprint
from index.types import Encoder
from kb.case import Case
from kb.taxonomy import shipped_taxonomy
from tests.strategies import complete_record

SMALL = (
    "aurubis-hafencity-industrial-heat",
    "baeckerei-moss-foodforecast-ki",
    "bosch-homburg-energy-platform",
    "bosch-homburg-shutdown-management",
    "festo-scharnhausen-energy-network",
    "hp-instant-ink",
    "kb-kunststofftechnik-druckluft-grundlast",
    "mader-looxr-digital-air",
    "roth-plastic-technology-abwaerme",
    "siemens-healthineers-ecoline",
    "siemens-healthineers-mri-upgrade",
    "skf-steyr-bearing-remanufacturing",
)


def small(cases: Iterable[Case]) -> list[Case]:
    """Return the cases of SMALL."""
    return [case for case in cases if case.id in SMALL]


def fingerprint(encoder: Encoder, **changes: Any) -> Fingerprint:
    """Return what an index of the tests is made from."""
    return Fingerprint(**{"store": "a-store", "seq": 1, "model": encoder.key, **changes})


def build_small(root: Path, cases: Iterable[Case], encoder: Encoder, **changes: Any) -> Built:
    """Build an index of `cases` under `root`."""
    return build(root, cases, encoder, fingerprint(encoder, **changes))


def searcher_over(root: Path, cases: Iterable[Case], encoder: Encoder) -> Searcher:
    """Build an index of `cases` under `root` and return its searcher."""
    build_small(root, cases, encoder)
    return Searcher(open_current(root), encoder)


def case_of(case_id: str, **texts: Any) -> Case:
    """Return a case with few words of its own; `texts` replace its fields, and a field that is None goes."""
    record = complete_record(
        id=case_id,
        title={"en": "Plain"},
        organisation="Works",
        summary={"en": "Plain"},
        problem={"en": "Plain"},
        solution={"en": "Plain"},
        result={"en": "Plain"},
        keywords={"en": ["kiln", "press", "lathe"]},
    )
    for field in ("partners", "place", "lessons"):
        del record[field]
    return Case.from_record({**record, **texts}, shipped_taxonomy())
