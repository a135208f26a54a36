"""How the weights are made: `arrears speech train FOLDER`. Needs scikit-learn (`dev` extra).

The same data make the same weights. The threshold is chosen on the training part alone, by
five-fold cross-validation; the dev part is for measuring.
"""

import csv
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from arrears.kernel.trouble import Place, Trouble
from arrears.rulebook.speech import load_lexicon
from arrears.speech.core import learned
from arrears.speech.core.plain import Reader

SHIPPED = learned.FOLDER  # where the weights lie that every installation uses
AIM = 0.95  # of what a person is asked to look at, this share should be worth it
STRENGTH = 4.0  # of the fit (C of scikit-learn); 1 to 10 differ by less than a point
FOLDS = 5


class UnableToLearn(Trouble):
    """The data are not there or not as they should be."""


def posts(path: Path) -> list[tuple[str, bool]]:
    """Posts of a COLD file as (text, whether it offends). Raises UnableToLearn."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as problem:
        raise UnableToLearn(f"cannot be read: {problem.strerror}", at=Place(str(path))) from problem
    if not rows or not {"label", "TEXT"} <= rows[0].keys():
        raise UnableToLearn("has no columns `label` and `TEXT`", at=Place(str(path), 1))
    return [(row["TEXT"], row["label"] == "1") for row in rows]


def train(folder: Path, *, on: date, to: Path = SHIPPED) -> learned.Learned:
    """Learn from `folder`/train.csv and write the weights to `to`. `on`: the day it is made."""
    rows = posts(folder / "train.csv")
    reader = Reader(load_lexicon().letters)
    table = matrix([reader.read(text).text for text, _ in rows])
    offends = np.array([label for _, label in rows])
    fitted = _model().fit(table, offends)
    held = fitted.coef_[0]
    scale = float(np.abs(held).max()) / 127
    about = learned.Learned(
        scale=scale,
        bias=float(fitted.intercept_[0]),
        look_from=_threshold(table, offends),
        precision_aimed_at=AIM,
        learned_from="COLDataset (thu-coai), train.csv",
        sha256=sha256((folder / "train.csv").read_bytes()).hexdigest(),
        licence="Apache-2.0",
        made_on=on,
    )
    to.mkdir(parents=True, exist_ok=True)
    np.save(to / "insults.npy", np.rint(held / scale).astype(np.int8))
    text = yaml.safe_dump(about.model_dump(), sort_keys=False, allow_unicode=True)
    (to / "insults.yaml").write_text(
        "# Made by `arrears speech train`; see docs/speech.md.\n" + text, "utf-8"
    )
    return about


def _model() -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as problem:
        raise UnableToLearn("scikit-learn is not installed", do="Install the `dev` extra.") from problem
    return LogisticRegression(C=STRENGTH, max_iter=500)


def matrix(plains: Sequence[str]) -> Any:
    """Rows of n-grams, each row of length one, as the inference reads them."""
    from scipy.sparse import csr_matrix

    rows = [learned.features(plain) for plain in plains]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(max(len(row), 1))) for row in rows])
    return csr_matrix((values, np.concatenate(rows), ends), shape=(len(rows), 1 << learned.BITS))


def _threshold(table: Any, offends: Any) -> float:
    """The smallest score above which AIM of the posts not learned from do offend."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    scores = cross_val_predict(_model(), table, offends, cv=folds, method="predict_proba")[:, 1]
    order = np.argsort(-scores)
    precision = np.cumsum(offends[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(precision >= AIM)
    if not len(reached):
        raise UnableToLearn(f"no score reaches a precision of {AIM}", do="Look at the data.")
    return round(float(scores[order][reached[-1]]), 4)
