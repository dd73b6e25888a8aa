"""The cases that ship with the program, one YAML file a case."""

from __future__ import annotations

from pathlib import Path

from kb.case import Case
from kb.taxonomy import Taxonomy
from kb.yaml_files import read_yaml

COLLECTION_FOLDER = Path(__file__).parent / "collection"


def shipped_cases(taxonomy: Taxonomy) -> list[Case]:
    """Return them by id."""
    return [Case.from_record(read_yaml(path), taxonomy) for path in sorted(COLLECTION_FOLDER.glob("*.yml"))]
