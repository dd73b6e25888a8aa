"""Is this case here already, in either language? By organisation, source address and meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from numpy.typing import NDArray

from ingest.learned import Embed
from kb.text import LANGUAGES, Text
from kb.yaml_files import read_yaml

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


@dataclass(frozen=True, slots=True)
class _Marks:
    """What tells one case from another, taken from a record that need not be complete."""

    name: str
    names: tuple[str, ...]
    addresses: frozenset[str]
    texts: tuple[tuple[str, ...], ...]


def _marks(record: Mapping[str, Any]) -> _Marks:
    name = record.get("organisation")
    partners, named = record.get("partners"), record.get("sources")
    names = [name, *(partners if isinstance(partners, list) else ())]
    sources = [
        source.get("url") for source in (named if isinstance(named, list) else ()) if isinstance(source, Mapping)
    ]
    texts = tuple(
        tuple(
            words
            for field in TEXTS
            if isinstance(record.get(field), Mapping) and isinstance(words := record[field].get(language), str)
        )
        for language in LANGUAGES
    )
    return _Marks(
        name=folded_name(name) if isinstance(name, str) else "",
        names=tuple(folded_name(entry) for entry in names if isinstance(entry, str) and entry.strip()),
        addresses=frozenset(folded_address(url) for url in sources if isinstance(url, str)),
        texts=texts,
    )


class TwinFinder:
    """Looks for twins among the given cases. Made once for many drafts; safe to share between threads."""

    def __init__(self, records: Sequence[Mapping[str, Any]], embed: Embed | None) -> None:
        """Take the cases as records (`Case.to_record`). Without `embed` only names and addresses are compared."""
        self._ids = [str(record.get("id", "")) for record in records]
        self._marks = [_marks(record) for record in records]
        self._embed = embed
        self._at_address: dict[str, list[int]] = {}
        for at, marks in enumerate(self._marks):
            for address in marks.addresses:
                self._at_address.setdefault(address, []).append(at)
        raw = self._vectors(self._marks)
        told = [~np.isnan(vectors[:, :1]).ravel() for vectors in raw]
        self._centres = [
            vectors[known].sum(0) / (known.sum() + SHRINK) if known.any() else np.zeros(vectors.shape[1])
            for vectors, known in zip(raw, told, strict=True)
        ]
        self._meaning = self._centred(raw)

    def find(self, records: Sequence[Mapping[str, Any]], *, among: int | None = None) -> list[tuple[Twin, ...]]:
        """Return the likely twins of each record, the likeliest first. A record may be a draft with fields missing.

        With `among` only the first so many cases are looked at, one more for each further record: of the rows of a
        file those above.
        """
        given = [_marks(record) for record in records]
        if not self._ids or not given:
            return [() for _ in given]
        meaning = self._alike(given)
        own = [str(record.get("id", "")) for record in records]
        ends = [len(self._ids) if among is None else among + at for at in range(len(given))]
        return [self._twins(given[at], own[at], meaning[at][: ends[at]]) for at in range(len(given))]

    def _twins(self, marks: _Marks, own: str, meaning: NDArray[Any]) -> tuple[Twin, ...]:
        one_source = np.zeros(len(self._ids), dtype=bool)
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
            if own and self._ids[at] == own:
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
                found.append(Twin(self._ids[at], round(1 - apart, 3), reasons))
        return tuple(sorted(found, key=lambda twin: (-twin.score, twin.case_id)))

    def _same_name(self, draft: _Marks, case: _Marks) -> bool:
        """Say whether the draft's organisation is that of the case or one of its partners."""
        from rapidfuzz import fuzz

        return any(fuzz.token_set_ratio(draft.name, name) >= SAME_NAME for name in case.names)

    def _alike(self, given: Sequence[_Marks]) -> NDArray[Any]:
        """Return the best cosine over the languages, shape (given, cases); NaN where there is none."""
        drafts = self._centred(self._vectors(given))
        found = np.full((len(given), len(self._ids)), np.nan)
        for draft in drafts:
            for case in self._meaning:
                # Where either text is missing its row is NaN, and so is the product.
                found = np.fmax(found, draft @ case.T)
        return found

    def _vectors(self, given: Sequence[_Marks]) -> list[NDArray[Any]]:
        """Return for each language the mean vector of the texts, a row of NaN where there are none."""
        if self._embed is None:
            return [np.full((len(given), 1), np.nan) for _ in LANGUAGES]
        found = []
        for number in range(len(LANGUAGES)):
            flat = [text for marks in given for text in marks.texts[number]]
            vectors = np.asarray(self._embed(flat), dtype=np.float64)
            rows = np.full((len(given), vectors.shape[1]), np.nan)
            start = 0
            for at, marks in enumerate(given):
                end = start + len(marks.texts[number])
                if end > start:
                    mean = vectors[start:end].mean(0)
                    rows[at] = mean / (np.linalg.norm(mean) or 1.0)
                start = end
            found.append(rows)
        return found

    def _centred(self, raw: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Take off what all cases share: their subject makes any two alike, and each language adds its own."""
        moved = [rows - centre for rows, centre in zip(raw, self._centres, strict=True)]
        return [rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9) for rows in moved]


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
