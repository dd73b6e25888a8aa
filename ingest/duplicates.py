"""Is this case here already, in either language? By organisation, source address and meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from numpy.typing import NDArray

from ingest.learned import Embed
from kb.text import LANGUAGES, Language, Text
from kb.yaml_files import read_yaml

Rows = NDArray[np.float32]
TEXTS = ("title", "summary", "solution", "result")
SAME_NAME = 88
"""From this share (rapidfuzz token_set_ratio) on two names are one organisation's."""
SAME_MEANING = 0.6
SAME_MEANING_OF_ONE_ORGANISATION = 0.45
SAME_MEANING_FROM_ONE_SOURCE = 0.3
"""A page may tell several cases: the address alone makes no twin."""
MOST_ASKED = 40
"""The most cases that are compared by name with one draft."""
SHRINK = 20
"""With so many cases half of their common meaning is taken off: all of it, and one case would mean nothing."""
_TRACKING = re.compile(r"(?i)utm_.*|fbclid|gclid|mc_cid|mc_eid|sessionid|phpsessid|jsessionid")


@dataclass(frozen=True, slots=True)
class Twin:
    """A case that is likely the same, how alike it is (0 to 1), and why, for a reader."""

    case_id: str
    score: float
    reasons: tuple[Text, ...]


def folded_name(name: str) -> str:
    """Return the words of an organisation's name that tell it from others, folded."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"\be\.\s?(?=[vgk]\b)", "e", plain)
    words = [re.sub(r"([aou])e", r"\1", word) for word in re.findall(r"[^\W_]+", plain)]
    telling = [word for word in words if word not in _legal_forms()]
    return " ".join(telling or words)


@cache
def _legal_forms() -> frozenset[str]:
    return frozenset(" ".join(read_yaml(Path(__file__).parent / "legal_forms.yml")).split())


def folded_address(url: str) -> str:
    """Return what two spellings of one address share: no scheme, www, tracking, fragment or slash at the end."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
        kept = sorted((key, value) for key, value in parse_qsl(parts.query) if not _TRACKING.fullmatch(key))
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url.strip()
    path = re.sub(r"/(?:index\.(?:html?|php))?$", "", parts.path)
    return f"{host}{port}{path}" + (f"?{urlencode(kept)}" if kept else "")


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What tells one case from another, taken from a record that need not be complete.

    `meaning` holds for each language the mean vector of the texts, shape (dim,), at unit length; None without texts.
    """

    id: str
    name: str
    names: tuple[str, ...]
    addresses: frozenset[str]
    meaning: tuple[NDArray[np.float32] | None, ...]


def marks_of(records: Sequence[Mapping[str, Any]], embed: Embed | None) -> list[Marks]:
    """Return the marks of each record: what takes time, done once. Without `embed` they have no meaning."""
    told = [[_texts(record, language) for language in LANGUAGES] for record in records]
    texts = list(dict.fromkeys(text for languages in told for own in languages for text in own))
    vectors = dict(zip(texts, embed(texts), strict=True)) if embed is not None and texts else {}
    return [
        _marks(record, tuple(_mean([vectors[text] for text in own if text in vectors]) for own in languages))
        for record, languages in zip(records, told, strict=True)
    ]


def _texts(record: Mapping[str, Any], language: Language) -> list[str]:
    parts = (record.get(field) for field in TEXTS)
    return [words for part in parts if isinstance(part, Mapping) and isinstance(words := part.get(language), str)]


def _mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0)
    unit: NDArray[np.float32] = mean / (np.linalg.norm(mean) or 1.0)
    return unit


def _marks(record: Mapping[str, Any], meaning: tuple[NDArray[np.float32] | None, ...]) -> Marks:
    name = record.get("organisation")
    partners, named = record.get("partners"), record.get("sources")
    names = [name, *(partners if isinstance(partners, list) else ())]
    sources = [
        source.get("url") for source in (named if isinstance(named, list) else ()) if isinstance(source, Mapping)
    ]
    return Marks(
        id=str(record.get("id", "")),
        name=folded_name(name) if isinstance(name, str) else "",
        names=tuple(folded_name(entry) for entry in names if isinstance(entry, str) and entry.strip()),
        addresses=frozenset(folded_address(url) for url in sources if isinstance(url, str)),
        meaning=meaning,
    )


class TwinFinder:
    """Looks for twins among the given cases. Made once for many drafts; safe to share between threads."""

    def __init__(self, marks: Sequence[Marks], embed: Embed | None) -> None:
        """Take the marks of the cases. Without `embed` drafts are compared by names and addresses alone."""
        self._marks = tuple(marks)
        self._embed = embed
        self._at_address: dict[str, list[int]] = {}
        for at, one in enumerate(self._marks):
            for address in one.addresses:
                self._at_address.setdefault(address, []).append(at)
        self._common = [_common(self._marks, number) for number in range(len(LANGUAGES))]
        self._meaning = self._centred(self._marks)

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Any]], embed: Embed | None) -> TwinFinder:
        """Return one that looks among cases as records (`Case.to_record`)."""
        return cls(marks_of(records, embed), embed)

    def find(self, records: Sequence[Mapping[str, Any]]) -> list[tuple[Twin, ...]]:
        """Return the likely twins of each record, the likeliest first. A record may be a draft with fields missing."""
        return self.find_marked(self.marks(records))

    def marks(self, records: Sequence[Mapping[str, Any]]) -> list[Marks]:
        """Return the marks of drafts, embedded as this finder embeds them."""
        return marks_of(records, self._embed)

    def find_marked(self, marks: Sequence[Marks]) -> list[tuple[Twin, ...]]:
        """Return the likely twins of each, the likeliest first."""
        alike = self._alike(self._centred(marks), len(marks), len(self._marks))
        return [self._twins(one, row) for one, row in zip(marks, alike, strict=True)]

    def above(self, start: int, end: int) -> list[tuple[Twin, ...]]:
        """Return for each of the cases from `start` up to `end` its twins among those before it: rows of one file."""
        rows = [None if vectors is None else vectors[start:end] for vectors in self._meaning]
        alike = self._alike(rows, end - start, end)
        return [self._twins(one, alike[at, : start + at]) for at, one in enumerate(self._marks[start:end])]

    def _twins(self, marks: Marks, meaning: NDArray[np.float32]) -> tuple[Twin, ...]:
        one_source = np.zeros(len(self._marks), dtype=bool)
        one_source[[at for address in marks.addresses for at in self._at_address.get(address, ())]] = True
        one_source = one_source[: len(meaning)]
        found = []
        # A name alone makes no twin, and names are what takes time: only pairs that something else speaks for, and of
        # those the nearest: in a file of thousands that one hand wrote all may be alike.
        asked = np.flatnonzero(one_source | (meaning >= SAME_MEANING_OF_ONE_ORGANISATION))
        if len(asked) > MOST_ASKED:
            nearness = np.nan_to_num(meaning[asked]) + one_source[asked]
            asked = asked[np.argsort(-nearness, kind="stable")[:MOST_ASKED]]
        for at in asked:
            if marks.id and self._marks[at].id == marks.id:
                continue
            alike, shared = float(meaning[at]), bool(one_source[at])
            same_name = self._same_name(marks, self._marks[at])
            if np.isnan(alike):
                # With nothing to compare by meaning, name and address together have to do.
                alike, twin = 0.0, shared and same_name
            else:
                twin = (
                    alike >= SAME_MEANING
                    or (same_name and alike >= SAME_MEANING_OF_ONE_ORGANISATION)
                    or (shared and alike >= SAME_MEANING_FROM_ONE_SOURCE)
                )
            if twin:
                apart = (1 - alike) * (0.5 if same_name else 1) * (0.5 if shared else 1)
                reasons = _reasons(marks.addresses & self._marks[at].addresses, same_name, alike)
                found.append(Twin(self._marks[at].id, round(1 - apart, 3), reasons))
        return tuple(sorted(found, key=lambda twin: (-twin.score, twin.case_id)))

    def _same_name(self, draft: Marks, case: Marks) -> bool:
        """Say whether the draft's organisation is that of the case or one of its partners."""
        from rapidfuzz import fuzz

        return any(fuzz.token_set_ratio(draft.name, name) >= SAME_NAME for name in case.names)

    def _alike(self, drafts: Sequence[Rows | None], count: int, end: int) -> Rows:
        """Return the best cosine over the languages with the first `end` cases, shape (count, end); NaN for none."""
        found = np.full((count, end), np.nan, np.float32)
        # Each language with each: a case may be told in one and its twin in the other.
        for draft, case in product(drafts, self._meaning):
            if draft is not None and case is not None:
                # Where either text is missing its row is NaN, and so is the product.
                np.fmax(found, draft @ case[:end].T, out=found)
        return found

    def _centred(self, marks: Sequence[Marks]) -> list[Rows | None]:
        """Return for each language the vectors less what all cases share, a row of NaN where there is no text.

        Their subject makes any two cases alike, and each language adds its own. None where nothing is told in one.
        """
        found: list[Rows | None] = []
        for number, common in enumerate(self._common):
            known = {at: vector for at, one in enumerate(marks) if (vector := one.meaning[number]) is not None}
            if not known:
                found.append(None)
                continue
            moved = np.array(list(known.values())) - common
            rows = np.full((len(marks), moved.shape[1]), np.nan, np.float32)
            rows[list(known)] = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
            found.append(rows)
        return found


def _common(marks: Sequence[Marks], number: int) -> NDArray[np.float32]:
    """Return what the vectors of one language have in common: nought where no case is told in it."""
    vectors = [vector for one in marks if (vector := one.meaning[number]) is not None]
    return np.asarray(np.sum(vectors, axis=0) / (len(vectors) + SHRINK), np.float32)


def _reasons(shared: frozenset[str], same_name: bool, alike: float) -> tuple[Text, ...]:
    found = []
    if shared:
        found.append(Text(de=f"dieselbe Quelle: {min(shared)}", en=f"the same source: {min(shared)}"))
    if same_name:
        found.append(Text(de="dieselbe Organisation", en="the same organisation"))
    if alike >= SAME_MEANING_FROM_ONE_SOURCE:
        percent = round(alike * 100)
        found.append(Text(de=f"ähnlicher Inhalt ({percent} %)", en=f"similar content ({percent} %)"))
    return tuple(found)
