"""What can go wrong with knowledge: one root, and errors that carry every fault at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kb.text import Language, Text


class PfadfinderError(Exception):
    """The root of every error that the product raises on purpose.

    `message` says in both languages what happened, why, and what to do.
    """

    def __init__(self, message: Text) -> None:
        super().__init__(message["en"])
        self.message = message

    def describe(self, language: Language) -> str:
        """Return the message for a reader of `language`."""
        return self.message[language]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at one field (a path such as `effects[0].unit`)."""

    field: str
    message: Text


class Faulty(PfadfinderError):
    """Something that breaks its rules: carries every fault, keyed by field."""

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(Text(de=self._lines("de"), en=self._lines("en")))

    def _lines(self, language: Language) -> str:
        return "\n".join(
            [f"{self.subject}:", *(f"  {fault.field}: {fault.message[language]}" for fault in self.faults)]
        )

    def by_field(self, language: Language) -> dict[str, list[str]]:
        """Return the messages for a reader of `language`, keyed by field."""
        fields: dict[str, list[str]] = {}
        for fault in self.faults:
            fields.setdefault(fault.field, []).append(fault.message[language])
        return fields


class InvalidCase(Faulty):
    """A record that is no valid case."""


class InvalidTerms(Faulty):
    """A vocabulary file that breaks its rules."""


class InvalidFilter(Faulty):
    """A filter that cannot be resolved. It is an error and never means `no filter`."""


class Forbidden(PfadfinderError):
    """Somebody wants to do what their role does not allow."""


class NotFound(PfadfinderError):
    """Something that was asked for by its id and is not there; `kind` says what it was to be."""

    def __init__(self, kind: str, subject_id: str | int) -> None:
        self.kind, self.subject_id = kind, subject_id
        super().__init__(Text(de=f"{_KINDS[kind]['de']}: {subject_id}", en=f"{_KINDS[kind]['en']}: {subject_id}"))


_KINDS = {
    "case": Text(de="Diesen Fall gibt es nicht", en="There is no such case"),
    "revision": Text(de="Diese Fassung gibt es nicht", en="There is no such revision"),
    "proposal": Text(de="Diesen Vorschlag gibt es nicht", en="There is no such proposal"),
    "import": Text(de="Diesen Vorgang gibt es nicht", en="There is no such import"),
    "user": Text(de="Dieses Konto gibt es nicht", en="There is no such user"),
    "invitation": Text(de="Diese Einladung gibt es nicht", en="There is no such invitation"),
}


class StoreError(PfadfinderError):
    """The database cannot be used as it is."""
