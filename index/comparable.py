"""Cases comparable with a case, or with the description of a plant and a plan: nearest by meaning, words and facts."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from index.analysis import stem, stop_words, words
from index.facts import FACT_WEIGHTS, FactWeights, Scores, leaders
from index.hybrid import ALWAYS_LISTED, WEIGHTS, Searcher, Weights
from index.lexical import Lexicon
from index.marking import Marker
from index.types import Encoder, Hit, Legs, Reason, Vectors
from kb.case import CaseId
from kb.errors import Fault, Faulty
from kb.passages import Passage
from kb.text import LANGUAGES, Language, Text

TEXT_LIMIT = 20_000
"""The most characters of a description that are read."""
MOST_PARTS = 200
"""The most sentences that are compared one by one; of a longer text, neighbours are joined."""
SHORTEST_PART = 4
"""The fewest words of a sentence that stands alone: what follows an abbreviation is none."""
MOST_WORDS = 60
"""The most different words that are looked up: what the 4-grams of a long sentence amount to."""
TELLING = 0.5
"""How rare a word is that is marked: 15 of 200 cases hold it, or fewer."""
NEAREST = 0.55
"""The share of the best score that a comparable case reaches; past the tenth, what does not is not listed."""
_CHUNK = 50_000
"""How many passages are compared at a time: bounds the memory."""
_END_OF_PART = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ\d„“\"»«(])|(?<=[;:])\s+|\n\s*\n|\n\s*(?=[-–•*·]|\d+[.)]\s)")


class InvalidText(Faulty):
    """A text that cannot be compared: without a word, or too long to be read whole."""


def clean(text: str) -> str:
    """Return `text` composed (NFC), whole characters only. Raises InvalidText.

    Nothing in it is an operator: quotation marks and minus signs of a pasted text mean what they always mean.
    """
    text = unicodedata.normalize("NFC", text.encode(errors="replace").decode()).replace("\0", " ")
    if not re.search(r"[^\W_]", text):
        raise InvalidText("Text", [Fault("text", Text(de="enthält kein Wort", en="holds no word"))])
    if len(text) > TEXT_LIMIT:
        # Read in part, it would be answered as if it said something else.
        message = Text(
            de=f"hat {len(text)} Zeichen, erlaubt sind {TEXT_LIMIT}",
            en=f"has {len(text)} characters, {TEXT_LIMIT} are allowed",
        )
        raise InvalidText("Text", [Fault("text", message)])
    return text


def sentences(text: str) -> list[str]:
    """Return the sentences and list items of `text`, each with a word in it; at most MOST_PARTS."""
    parts: list[str] = []
    short = ""
    for piece in _END_OF_PART.split(text):
        joined = " ".join(f"{short} {piece}".split())
        if len(words(joined)) < SHORTEST_PART:
            short = joined
        else:
            parts.append(joined)
            short = ""
    if re.search(r"\w", short):
        parts = [*parts[:-1], f"{parts[-1]} {short}"] if parts else [short]
    size = math.ceil(len(parts) / MOST_PARTS)
    return [" ".join(parts[at : at + size]) for at in range(0, len(parts), size)] if size > 1 else parts


def rarities(text: str, lexicon: Lexicon) -> dict[str, float]:
    """Return the words of `text` that stand in a case, lower case and in order, with how rare each is among cases.

    From 0 for a word of every case to 1 for one that a single case holds. In the language in which it is less rare: a
    German word stands in an English text by accident (in a name), and would seem rare there.
    """
    left_out = stop_words("de") | stop_words("en")
    asked = dict.fromkeys(
        lower for word, _, _ in words(text) if not word.isdigit() and (lower := word.lower()) not in left_out
    )
    found: dict[str, float] = {}
    for language in LANGUAGES:
        stem_of = {word: stem(word, language) for word in asked}
        held = lexicon.frequencies("stems", language, set(stem_of.values()))
        size = lexicon.sizes[language]
        for word in asked:
            if holding := held.get(stem_of[word]):
                rarity = 1 - math.log(holding) / math.log(size) if size > 1 else 1.0
                found[word] = min(found.get(word, 1.0), rarity)
    return {word: found[word] for word in asked if word in found}


def telling_words(text: str, lexicon: Lexicon) -> str:
    """Return `text`, or where more of its words stand in cases, the MOST_WORDS of them that tell most, in order.

    A word tells by its rarity and, on a logarithmic scale, by how often it stands in the text.
    """
    rarity = rarities(text, lexicon)
    if len(rarity) <= MOST_WORDS:
        return text
    counts = Counter(word.lower() for word, _, _ in words(text))
    most = sorted(rarity, key=lambda word: (-rarity[word] * (1 + math.log(counts[word])), word))[:MOST_WORDS]
    return " ".join(word for word in rarity if word in set(most))


@dataclass(frozen=True, slots=True)
class Description:
    """What cases are compared with: its parts with their vectors, shape (parts, dim), and the words to look up."""

    parts: tuple[str, ...]
    vectors: Vectors
    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparable cases, the best first. When the description is `answered` by none, they are near misses."""

    hits: tuple[Hit, ...]
    answered: bool


class Comparer:
    """Compares with all cases of one generation. Made for each request; holds nothing of its own."""

    def __init__(
        self,
        searcher: Searcher,
        encoder: Encoder,
        weights: Weights = WEIGHTS,
        fact_weights: FactWeights = FACT_WEIGHTS,
    ) -> None:
        self._searcher = searcher
        self._encoder = encoder
        self.generation = searcher.generation
        self._weights = weights
        self._fact_weights = fact_weights
        self._ids = self.generation.lexicon.case_ids

    def described(self, text: str) -> Description:
        """Return a text as `clean` gives it, ready to be compared."""
        parts = sentences(text)
        return Description(tuple(parts), self._encoder.queries(parts), telling_words(text, self.generation.lexicon))

    def rank(self, query: str, k: int, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """See index.types.Ranker.rank."""
        if not within or not sentences(query):
            return []
        allowed = frozenset(within)
        hits = self._ranked(self.described(query))
        return [(hit.case_id, hit.score) for hit in hits if hit.case_id in allowed][:k]

    def to_text(self, described: Description, within: Collection[CaseId]) -> Compared:
        """Return the cases of `within` that are comparable with a text.

        Who is comparable is settled among all cases: a filter hides some, and shows none that was not there before.
        """
        ranked = self._ranked(described)
        if not ranked:
            return Compared((), answered=False)
        best = self._searcher.best_found(ranked)
        number = sum(len(part.split()) for part in described.parts)
        threshold = self._searcher.threshold
        answered = threshold is None or threshold.answered(best.legs, number, narrow=self.generation.lexicon.narrow)
        near = sum(hit.score >= NEAREST * ranked[0].score for hit in ranked)
        allowed = frozenset(within)
        comparable = ranked[: max(near, ALWAYS_LISTED)] if answered else ranked
        return Compared(tuple(hit for hit in comparable if hit.case_id in allowed), answered)

    def described_case(self, case_id: CaseId) -> Description | None:
        """Return a case of the index, ready to be compared; None for one that the index does not hold."""
        rows = self.generation.rows_of(case_id)
        if not len(rows):
            return None
        told = self.generation.passages(rows.tolist())
        # The words that a case is about are its keywords. One language is enough: the other one says the same.
        keywords = [passage for passage in told if passage.field == "keywords"] or told
        about = "\n".join(passage.text for passage in keywords if passage.language == keywords[0].language)
        return Description(
            tuple(passage.text for passage in told),
            self.generation.vectors.rows(rows),
            telling_words(about, self.generation.lexicon),
        )

    def to_case(self, case_id: CaseId, within: Collection[CaseId]) -> list[tuple[CaseId, float]]:
        """Return the cases of `within`, the nearest to a case first; never the case itself."""
        described = self.described_case(case_id)
        if described is None:
            return []
        itself = np.zeros(len(self._ids))
        itself[self.generation.lexicon.positions[case_id]] = 1.0
        evidence = self._weights.evidence(*self._legs(described))
        scores = evidence + self.generation.facts.likeness(itself, self._fact_weights)
        allowed = frozenset(within) - {case_id}
        ranked = [(other, float(score)) for other, score in zip(self._ids, scores, strict=True) if other in allowed]
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))

    def _ranked(self, described: Description) -> tuple[Hit, ...]:
        """Return all cases of the index in order, ties by id.

        All are scored, whatever the filter: what leads says what the text is about, and a filter must not change that.
        """
        legs = self._legs(described)
        evidence = self._weights.evidence(*legs)
        facts = self.generation.facts.likeness(leaders(evidence), self._fact_weights)
        scores = evidence + facts
        order = sorted(range(len(self._ids)), key=lambda at: (-float(scores[at]), self._ids[at]))
        return tuple(
            Hit(self._ids[at], rank, float(scores[at]), Legs(*(float(leg[at]) for leg in (*legs, facts))), exact=False)
            for rank, at in enumerate(order, start=1)
        )

    def _legs(self, described: Description) -> tuple[Scores, Scores, Scores]:
        """Return meaning, words and 4-grams for every case of the index, each of shape (cases,).

        Meaning: each part with the passage nearest to it, and the mean over the parts (as in late interaction, Khattab
        and Zaharia 2020, with sentences for tokens). One vector for a long text would blur.
        """
        meaning = self._nearest(described.vectors).mean(axis=0)
        lexical = []
        for ranker in (self._searcher.words, self._searcher.grams):
            found = ranker.scores(described.words, self._ids)
            lexical.append(np.array([found.get(case_id, 0.0) for case_id in self._ids]))
        return meaning, lexical[0], lexical[1]

    def _nearest(self, vectors: Vectors) -> Scores:
        """Return the inner product of each of `vectors` with the best passage of each case, shape (parts, cases)."""
        owners = self.generation.owners
        best = np.full((len(vectors), len(self._ids)), -1.0)
        for start in range(0, len(owners), _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, len(owners)))
            products = vectors @ self.generation.vectors.rows(rows).T
            # The passages of a case lie side by side.
            firsts = np.flatnonzero(np.diff(owners[rows], prepend=-1))
            cases = owners[rows][firsts]
            best[:, cases] = np.maximum(best[:, cases], np.maximum.reduceat(products, firsts, axis=1))
        return best

    def passages(
        self, described: Description, case_ids: Sequence[CaseId], language: Language, most: int
    ) -> dict[CaseId, tuple[Reason, ...]]:
        """Return for each case the `most` passages nearest to a part of the description, each with marks.

        In `language` where the case is told in it. Each passage with the part of the description it is nearest to.
        """
        rarity = rarities("\n".join(described.parts), self.generation.lexicon)
        # In a long text nearly every passage has a word or two: only those that tell something are marked.
        telling = " ".join(word for word, of_word in rarity.items() if of_word >= TELLING)
        marker = Marker(self.generation.lexicon.analyser, telling)
        rows = self.generation.rows_within(frozenset(case_ids))
        products = (self.generation.vectors.rows(rows) @ described.vectors.T).max(axis=1)
        found: dict[CaseId, list[tuple[Passage, float]]] = {}
        for passage, product in zip(self.generation.passages(rows.tolist()), products, strict=True):
            found.setdefault(passage.case_id, []).append((passage, float(product)))
        return {case_id: _nearest(passages, language, marker, most) for case_id, passages in found.items()}


def _nearest(
    passages: Sequence[tuple[Passage, float]], language: Language, marker: Marker, most: int
) -> tuple[Reason, ...]:
    # Titles stand above, keywords are named as such: readers want sentences.
    told = [pair for pair in passages if pair[0].field not in ("title", "keywords")] or passages
    own = [pair for pair in told if pair[0].language == language] or told
    reasons = [(Reason(p.field, p.language, p.text, marker.marks(p.text, p.language)), cosine) for p, cosine in own]
    # A word in common is worth a twentieth of a cosine: it shows at once what the two have to do with each other.
    reasons.sort(key=lambda pair: -(pair[1] + 0.05 * min(3, len(pair[0].marks))))
    return tuple(reason for reason, _ in reasons[:most])
