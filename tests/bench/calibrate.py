"""`python -m tests.bench.calibrate FILE ...`: fits index/threshold.py to judged queries, negatives among them.

Prints the share of negatives refused at a given share of answerable queries refused, by ten-fold cross-validation over
queries, with both languages' texts indexed and with one only, and the weights fitted to all.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from index.build import build, open_current
from index.encoder import BundledEncoder
from index.evaluate import NEGATIVE, Judged, read_judgements
from index.hybrid import Searcher
from index.manifest import Fingerprint
from index.threshold import threshold_for
from kb.case import Case
from kb.filters import facet_terms
from kb.taxonomy import shipped_taxonomy
from kb.text import LANGUAGES, Language
from kb.yaml_files import read_yaml
from web.wiring import COLLECTION_FOLDER

TEXTS = ("title", "summary", "problem", "solution", "result", "lessons", "keywords")
MODES: tuple[Language | None, ...] = (None, *LANGUAGES)


def cases_in(language: Language | None) -> list[Case]:
    """The shipped cases, with the texts of one language only where one is named."""
    found = []
    for path in sorted(COLLECTION_FOLDER.glob("*.yml")):
        record = read_yaml(path)
        if language:
            record |= {name: {language: record[name][language]} for name in TEXTS if name in record}
        found.append(Case.from_record(record, shipped_taxonomy()))
    return found


def best_legs(queries: Sequence[Judged], language: Language | None) -> list[tuple[float, float, float]]:
    """Meaning, words and grams of the best case of every query."""
    cases, encoder = cases_in(language), BundledEncoder()
    root = Path(tempfile.mkdtemp(prefix="pfadfinder-calibrate-"))
    build(root, cases, encoder, Fingerprint(store="calibrate", seq=1, model=encoder.key))
    searcher = Searcher(open_current(root), encoder)
    found = []
    for query in queries:
        wanted = {(facet, term) for facet, terms in query.filters.items() for term in terms}
        within = {case.id for case in cases if wanted <= set(facet_terms(case))}
        legs = searcher.near_misses(query.text, within, 1)[0].legs
        found.append((legs.meaning, legs.words, legs.grams))
    return found


def main(files: Sequence[str]) -> None:
    """Fit and print."""
    queries = [query for file in files for query in read_judgements(Path(file))]
    threshold = threshold_for(BundledEncoder().key)
    assert threshold is not None
    legs = np.array([row for mode in MODES for row in best_legs(queries, mode)])
    lengths = [math.log(max(len(query.text.split()), threshold.fewest_words)) for query in queries] * len(MODES)
    values = np.c_[legs[:, 0], legs[:, 2], lengths]
    answerable = np.array([query.kind != NEGATIVE for query in queries] * len(MODES))
    groups = np.tile(np.arange(len(queries)), len(MODES))
    modes = np.repeat(["both", *LANGUAGES], len(queries))
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
        for mode in ("both", *LANGUAGES):
            rows = modes == mode
            refused, rejected = (evidence[rows & answerable] < at).mean(), (evidence[rows & ~answerable] < at).mean()
            print(f"{mode:<5} at {share:.0%}: answerable refused {refused:.1%}, negatives refused {rejected:.1%}")
    model = fitted(np.arange(len(values)))
    slopes = model[1].coef_[0] / model[0].scale_
    bias = model[1].intercept_[0] - (slopes * model[0].mean_).sum()
    print("meaning, grams, length:", slopes.round(2), "bias at evenly weighed classes:", round(float(bias), 2))


main(sys.argv[1:])
