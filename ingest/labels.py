"""What people call the terms of a vocabulary: labels to ids, and how a template offers a term. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.headings import folded


class Terms:
    """One vocabulary, found by what people call its terms: id, label or short label in either language."""

    def __init__(self, vocabulary: Mapping[str, Any]) -> None:
        self._vocabulary = vocabulary
        found: dict[str, str | None] = {}
        for term in vocabulary.values():
            labels = {term.id, choice(term)}
            labels |= {text for label in (term.label, term.short) for text in (label.de, label.en) if text}
            if hasattr(term, "number"):
                labels.add(str(term.number))
            for label in {_key(label) for label in labels}:
                # What two terms are called names neither.
                found[label] = term.id if found.get(label, term.id) == term.id else None
        self._labels = found

    def one(self, text: str) -> str:
        """Return the id of the term that `text` names; else `text` itself, for the rules to refuse by name."""
        if text in self._vocabulary:
            return text
        return self._labels.get(_key(text)) or text

    def several(self, text: str) -> list[str]:
        """Return the ids that one entry names; commas separate only where every part is a term."""
        whole = self.one(text)
        if whole in self._vocabulary or "," not in text:
            return [whole]
        parts = [self.one(part.strip()) for part in text.split(",") if part.strip()]
        return parts if all(part in self._vocabulary for part in parts) else [text]


def _key(label: str) -> str:
    # Units such as t and t/a differ only in their marks.
    return folded(label) if sum(character.isalpha() for character in label) > 3 else "".join(label.casefold().split())


def choice(term: Any) -> str:
    """Return how the template offers a term: its id with the labels of both languages."""
    return f"{term.id} – {term.short['de']} / {term.short['en']}"
