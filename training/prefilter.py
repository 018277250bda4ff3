"""Trains the words of `triage.core.model.prefilter`, and says what is lost at each bar.

    python -m training.prefilter --also mails.jsonl --out triage/core/model/prefilter.npz

Every fourth source in turn is left out of training, and judged by what was learnt from the others.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from training.examples import Row, rows
from training.train import MAILS
from triage.core.model.labels import KINDS
from triage.core.model.prefilter import Prefilter, present
from triage.core.values import Kind

_OTHER = KINDS.index(Kind.OTHER)
_FOLDS = 4


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--also", type=Path, action="append", default=[], help="a labelled set to learn from besides")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    every = [row for path in [*sorted(MAILS.glob("*.jsonl")), *options.also] for row in rows(path)]
    _report(every)
    np.savez_compressed(options.out, allow_pickle=False, **_learn(every))


def _learn(taught: Sequence[Row]) -> dict[str, np.ndarray]:
    """The arrays of a `Prefilter`."""
    counts = CountVectorizer(binary=True, analyzer=lambda row: sorted(present(row.text)), min_df=3)
    table = csr_matrix(counts.fit_transform(taught), dtype=np.float64)
    length = np.sqrt(np.maximum(np.asarray(table.sum(axis=1)).ravel(), 1))
    table = csr_matrix(table.multiply(1 / length[:, None]))
    model = LogisticRegression(C=8, max_iter=1000, class_weight="balanced")
    model.fit(table, [row.kind != _OTHER for row in taught])
    return {
        "words": np.frombuffer("\n".join(counts.get_feature_names_out()).encode(), np.uint8),
        "weights": model.coef_[0].astype(np.float32),
        "bias": model.intercept_[0].astype(np.float32),
    }


def _report(every: Sequence[Row]) -> None:
    sources = sorted({row.source for row in every})
    judged: list[tuple[float, bool]] = []
    for fold in range(_FOLDS):
        out = set(sources[fold::_FOLDS])
        prefilter = Prefilter(_learn([row for row in every if row.source not in out]))
        judged += [(prefilter.log_odds(row.text), row.kind != _OTHER) for row in every if row.source in out]
    for bar in (-4, -3.5, -3, -2.5, -2, -1.5, -1, 0):
        lost = sum(job and odds < bar for odds, job in judged)
        spared = sum(not job and odds < bar for odds, job in judged)
        jobs = sum(job for _, job in judged)
        print(f"below {bar:4}: {lost} of {jobs} job mails lost, {spared} of {len(judged) - jobs} others spared")


if __name__ == "__main__":
    main()
