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
        searcher = ground.searcher
        legs = searcher.best_found(searcher.near_misses(query.text, allowed, len(ground.cases))).legs
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
    asked = np.array([query.language for query in queries] * len(MODES))
    across = (modes != "both") & (modes != asked)
    parts = {"both languages' texts": modes == "both", "the other language's": across,
             "the own language's": (modes != "both") & ~across}  # fmt: skip
    # Refuse hardly anything: a real question that is turned away costs more than a stray answer.
    places = {"bias": (parts["both languages' texts"], (0.0, 0.015, 0.03)), "narrow_bias": (across, (0.03,))}
    model = fitted(np.arange(len(values)))
    slopes = model[1].coef_[0] / model[0].scale_
    bias = float(model[1].intercept_[0] - (slopes * model[0].mean_).sum())
    print("meaning, grams, length:", slopes.round(2))
    for name, (chosen_by, shares) in places.items():
        for share in shares:
            at = float(np.quantile(evidence[chosen_by & answerable], share, method="lower"))
            print(f"{name} {bias - at:.2f}, where {share:.1%} are refused by cross-validation:")
            for part, rows in parts.items():
                refused = (evidence[rows & answerable] < at).mean()
                rejected = (evidence[rows & ~answerable] < at).mean()
                print(f"  {part:<22} answerable refused {refused:6.1%}, negatives refused {rejected:6.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
