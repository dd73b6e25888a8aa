"""`python -m tests.bench.calibrate FILE ...`: fits index/threshold.py to judged queries, negatives among them.

Prints the share of negatives refused at a given share of answerable queries refused, by ten-fold cross-validation over
queries, with both languages' texts indexed and with one only, and the weights fitted to all.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from index.directions import Ground, ground_of, grounds, within
from index.encoder import BundledEncoder
from index.evaluate import NEGATIVE, Judged, read_judgements
from index.threshold import threshold_for
from kb.filters import resolve
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy
from kb.text import LANGUAGES

MODES = ("both", *LANGUAGES)


def best_legs(queries: Sequence[Judged], ground: Ground) -> list[tuple[float, float, float]]:
    """Meaning, words and grams of the best case of every query."""
    found = []
    for query in queries:
        allowed = within(resolve(query.filters, shipped_taxonomy()), ground.cases)
        legs = ground.searcher.near_misses(query.text, allowed, 1)[0].legs
        found.append((legs.meaning, legs.words, legs.grams))
    return found


def main(files: Sequence[str]) -> None:
    """Fit and print."""
    queries = [query for file in files for query in read_judgements(Path(file))]
    encoder = BundledEncoder()
    threshold = threshold_for(encoder.key)
    assert threshold is not None
    cases = shipped_cases(shipped_taxonomy())
    with ground_of(cases, encoder) as both, grounds(cases, encoder, shipped_taxonomy()) as narrow:
        legs = np.array([row for ground in (both, *narrow.values()) for row in best_legs(queries, ground)])
    lengths = [math.log(max(len(query.text.split()), threshold.fewest_words)) for query in queries] * len(MODES)
    values = np.c_[legs[:, 0], legs[:, 2], lengths]
    answerable = np.array([query.kind != NEGATIVE for query in queries] * len(MODES))
    groups = np.tile(np.arange(len(queries)), len(MODES))
    modes = np.repeat(MODES, len(queries))
    sure = (legs[:, 1] >= threshold.enough_words) | (legs[:, 2] >= threshold.enough_grams)
    weights = np.where(modes == "both", 2.0, 1.0)

    def fitted(rows: np.ndarray) -> object:
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
        return model.fit(values[rows], answerable[rows], logisticregression__sample_weight=weights[rows])

    evidence = np.zeros(len(values))
    for train, test in GroupKFold(10).split(values, answerable, groups):
        evidence[test] = fitted(train).decision_function(values[test])
    evidence[sure] = np.inf
    for share in (0.03, 0.02, 0.0):
        at = np.quantile(evidence[(modes == "both") & answerable], share, method="lower")
        for mode in MODES:
            rows = modes == mode
            refused, rejected = (evidence[rows & answerable] < at).mean(), (evidence[rows & ~answerable] < at).mean()
            print(f"{mode:<5} at {share:.0%}: answerable refused {refused:.1%}, negatives refused {rejected:.1%}")
    model = fitted(np.arange(len(values)))
    slopes = model[1].coef_[0] / model[0].scale_
    bias = model[1].intercept_[0] - (slopes * model[0].mean_).sum()
    print("meaning, grams, length:", slopes.round(2), "bias at evenly weighed classes:", round(float(bias), 2))


if __name__ == "__main__":
    main(sys.argv[1:])
