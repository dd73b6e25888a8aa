"""German compounds and separable verbs, taken apart by a vocabulary of words that exist. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

from index.analysis import stem, stop_words
from index.vocabulary import Word
from kb.yaml_files import read_yaml

SHORTEST_PART = 3
"""Gas and Rad matter. A part this short must be a noun or one of a few, the rest of the word being words as well."""
SHORTEST_COMPOUND = 7
LONGEST_COMPOUND = 60
MOST_PARTS = 4
LINKS = ("", "s", "es", "n", "en", "er", "e")
"""What may stand between two parts (Fugenelemente): Leistung-s-bedarf, Maschine-n-bau."""
DROPPED = ("e", "en", "n")
"""What a part that others follow may have lost: Sprach(e)-steuerung, Heiz(en)-kessel, Lade(n)-säule."""
PREFIXES = (
    *("ab", "an", "auf", "aus", "bei", "durch", "ein", "fest", "fort", "frei", "her", "hin", "mit", "nach"),
    *("um", "vor", "weg", "weiter", "wieder", "zu", "zurück", "zusammen"),
)
"""Prefixes that a verb is parted from: ab-ge-schaltet and ab-zu-schalten are forms of abschalten."""
_UMLAUT = re.compile("([aou])e")
KEPT = 0.5
"""A compound is cut when its parts are at least this often as frequent as itself."""


class Splitter:
    """Takes German words apart, by the words of the cases and of the glossary.

    A compound is cut where every part is a word that exists, and where the parts together are frequent enough beside
    the compound, by the geometric mean of their counts (Koehn and Knight 2003). So nothing is found by chance: potato
    has no part Tat. index/compounds.yml names what must stay whole.
    """

    def __init__(self, vocabulary: Iterable[Word]) -> None:
        """Take the words that exist; those of another language are left out."""
        self._counts: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._short: set[str] = set()
        left_out = stop_words("de") | _listed("no_part")
        for known in vocabulary:
            word, count = known.written.lower(), known.cases + known.terms
            if known.language != "de" or not word.isalpha() or len(word) < SHORTEST_PART or word in left_out:
                continue
            self._counts[word] = self._counts.get(word, 0) + count
            self._stems[known.stem] = self._stems.get(known.stem, 0) + count
            if (known.written[0].isupper() and not known.written.isupper()) or word in _listed("short"):
                self._short.add(word)
        # By splitter, not by class: what a word is made of depends on the vocabulary.
        self.parts = lru_cache(maxsize=50_000)(self._parts)

    def _parts(self, word: str) -> tuple[str, ...]:
        """Return the folded stems of the parts of `word` and of their parts; none for a word that is no compound.

        A form of a verb that the stemmer leaves alone gives the stem of its infinitive.
        """
        if len(word) > LONGEST_COMPOUND or not word.isalpha():
            return ()
        small = word.lower()
        found: Iterable[str] = ()
        if len(small) >= SHORTEST_COMPOUND:
            # As it is written, and as it is meant by those who have no umlauts on their keyboard.
            spellings = dict.fromkeys((small, _UMLAUT.sub(lambda typed: "äöü"["aou".index(typed[1])], small)))
            cuts = (self._cut(spelling) for spelling in spellings)
            found = [inner for part in next(filter(None, cuts), ()) for inner in (part, *self._cut(part))]
        return tuple(dict.fromkeys(stem(part, "de") for part in found or self._infinitive(small, word[0].islower())))

    def _cut(self, word: str) -> tuple[str, ...]:
        """Return the words that `word` is best read as, () when as one."""
        best, parts = KEPT * self._frequency(word), tuple[str, ...]()
        closed = _inside_of_wholes(word)
        for cut in self._readings(word, 0, closed, MOST_PARTS):
            worth = math.exp(sum(math.log(count) for _, count in cut) / len(cut))
            if len(cut) > 1 and worth > best:
                best, parts = worth, tuple(part for part, _ in cut)
        return parts

    def _readings(self, word: str, start: int, closed: frozenset[int], most: int) -> Iterator[list[tuple[str, int]]]:
        """Yield every way to read `word` from `start` on as a row of known words, each with its frequency."""
        rest = word[start:]
        if count := self._closes(rest):
            yield [(rest, count)]
        if most == 1:
            return
        for at in range(start + SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            if at not in closed and (first := self._leads(word[start:at])):
                for others in self._readings(word, at, closed, most - 1):
                    yield [first, *others]

    def _frequency(self, word: str) -> int:
        return self._counts.get(word, 0) or self._stems.get(stem(word, "de"), 0)

    def _closes(self, word: str) -> int:
        """Return how frequent `word` is as the last part, which may be inflected; 0 when it is none."""
        if word in _listed("no_part") or (len(word) == SHORTEST_PART and word not in self._short):
            return 0
        return self._frequency(word)

    def _leads(self, word: str) -> tuple[str, int] | None:
        """Return `word` as a part that others follow, in its own form, without what links it to them."""
        best, most = "", 0
        for link in LINKS:
            base = word[: len(word) - len(link)]
            count = self._counts.get(base, 0) if word.endswith(link) else 0
            if count > most and (len(base) > SHORTEST_PART or base in self._short):
                best, most = base, count
        if len(word) > SHORTEST_PART:
            for lost in DROPPED:
                count = self._counts.get(word + lost, 0)
                if count > most:
                    best, most = word + lost, count
        return (best, most) if most else None

    def _infinitive(self, word: str, verb: bool) -> tuple[str, ...]:
        """Return the infinitive of ab-ge-schaltet and ab-zu-schalten, and of genutzt and spart where it is a `verb`."""
        readings = [(prefix, infix) for prefix in PREFIXES for infix in ("ge", "zu")]
        for prefix, infix in [*readings, ("", "ge"), ("", "")] if verb else readings:
            rest = word.removeprefix(prefix + infix)
            if len(rest) < SHORTEST_PART or len(rest) != len(word) - len(prefix + infix):
                continue
            ends = ("en",) if infix == "zu" else ("t", "te", "ten") if not prefix + infix else ("en", "et", "t")
            for infinitive in (prefix + rest.removesuffix(end) + "en" for end in ends if rest.endswith(end)):
                if infinitive in self._counts:
                    return (infinitive,)
        return ()


@cache
def _listed(name: str) -> frozenset[str]:
    lists: dict[str, str] = read_yaml(Path(__file__).with_suffix(".yml"))
    return frozenset(lists[name].split())


def _inside_of_wholes(word: str) -> frozenset[int]:
    """Return the places in `word` at which a word that must stay whole would be cut."""
    return frozenset(place for found in _wholes().finditer(word) for place in range(found.start() + 1, found.end()))


@cache
def _wholes() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_listed("whole"), key=len, reverse=True)))
