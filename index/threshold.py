"""When nothing fits: whether the best case answers a query at all, calibrated on questions without an answer. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from index.types import Legs


@dataclass(frozen=True, slots=True)
class Threshold:
    """A logistic regression over the legs of the best case and the length of the query, for one model.

    Long questions come near to some passage by chance less often than they are answered, short ones more often: the
    length decides how much the legs have to say. Fitted by `python -m tests.bench.calibrate`, whose cross-validated
    figures stand in docs/search.md. The cosines of another model mean something else: it gets no threshold.
    """

    meaning: float
    grams: float
    length: float
    bias: float
    narrow_bias: float
    """For cases told in one language only: who asks in the other is answered by weaker evidence."""
    fewest_words: int = 4
    most_words: int = 60
    enough_words: float = 0.45
    enough_grams: float = 0.5

    def answered(self, best: Legs, words: int, *, narrow: bool) -> bool:
        """Say whether a best case with these legs answers a query of this many words.

        `narrow`: most cases are told in one language only.
        A case that holds about half of what was typed always does: somebody looks for a name or a rare word.
        """
        if best.words >= self.enough_words or best.grams >= self.enough_grams:
            return True
        evidence = (
            self.meaning * best.meaning
            + self.grams * best.grams
            + self.length * math.log(min(max(words, self.fewest_words), self.most_words))
            + (self.narrow_bias if narrow else self.bias)
        )
        return evidence >= 0


_BY_MODEL = {"pfadfinder-static-de-en": Threshold(meaning=19.2, grams=7.5, length=3.4, bias=-17.5, narrow_bias=-15.4)}


def threshold_for(model_key: str) -> Threshold | None:
    """Return the threshold that was calibrated for this model, or None: then nothing is ever refused."""
    return _BY_MODEL.get(model_key.split("@")[0])
