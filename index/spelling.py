"""Did you mean: words of a query that do not exist, and the nearest that do."""

from __future__ import annotations

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from index.analysis import fold, stem, words
from index.lexical import Lexicon
from kb.text import LANGUAGES

SHORTEST = 4
MOST_WORDS = 20
"""A longer text is not proofread."""
CANDIDATES = 20


def did_you_mean(lexicon: Lexicon, typed: str) -> str | None:
    """Return `typed` with every word that does not exist replaced by the nearest that stands in a case.

    None when all words exist or nothing is near. Near is one slip of the hand (a letter more, less, other, or two
    exchanged: optimal string alignment distance), two from eight letters on.
    """
    spelled = words(typed)
    if len(spelled) > MOST_WORDS:
        return None
    better, at = "", 0
    for word, start, end in spelled:
        nearest = None if _exists(lexicon, word) else _nearest(lexicon, word)
        better += typed[at:start] + (nearest or word)
        at = end
    better += typed[at:]
    return better if better != typed else None


def _exists(lexicon: Lexicon, word: str) -> bool:
    if len(word) < SHORTEST or not word.isalpha() or lexicon.spelled(fold(word)):
        return True
    stems = {language: stem(word, language) for language in LANGUAGES}
    return any(found in lexicon.stems[language] for language, found in stems.items()) or bool(
        lexicon.analyser.parts(word, "de")
    )


def _nearest(lexicon: Lexicon, word: str) -> str | None:
    folded = fold(word)
    slips = 1 if len(folded) < 8 else 2
    near = extract(folded, lexicon.spellings.keys(), scorer=OSA.distance, score_cutoff=slips, limit=CANDIDATES)
    # The first letter is hardly ever wrong; of words equally near the more frequent one is meant.
    best = min(
        near, key=lambda found: (found[1], found[0][0] != folded[0], -lexicon.spellings[found[0]].cases), default=None
    )
    return lexicon.spellings[best[0]].written if best else None
