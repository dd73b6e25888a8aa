"""A case in outline: what an overview of thousands of cases needs, and no more."""

from __future__ import annotations

from dataclasses import dataclass

from kb.case import CaseId
from kb.text import Text


@dataclass(frozen=True, slots=True)
class Outline:
    """The name of a published case and the facts by which overviews sort it."""

    id: CaseId
    title: Text
    organisation: str
    pathway: str
    sector: str
    country: str
    region: str | None
    year: int | None
