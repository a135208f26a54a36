"""How the weights are made: `arrears speech train` and `train-likeness`. Needs scikit-learn
(`dev` extra).

The same data make the same weights. Each threshold is chosen on the training part alone, by
five-fold cross-validation; COLD's dev part and the trials not in TUNED are for measuring.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from arrears.kernel.trouble import Place, Trouble
from arrears.rulebook.documents import Document
from arrears.rulebook.speech import load_lexicon
from arrears.speech.core import learned, likeness
from arrears.speech.core.likeness import Likeness
from arrears.speech.core.plain import Reader
from arrears.speech.measuring import TRIAL, Sentence, sentences

SHIPPED = learned.FOLDER  # where the weights lie that every installation uses
AIM = 0.95  # of what a person is asked to look at, this share should be worth it
STRENGTH = 4.0  # of the fit (C of scikit-learn); 1 to 10 differ by less than a point
FOLDS = 5

EVERYDAY = ("the house's texts", "COLDataset safe posts", "banking77 questions")
# The trials that were used for tuning; the others are for measuring and are not learned from.
TUNED = ("first", "second", "tune", "fresh_tune", "service_tune", "stranger_tune", "third")
ALARMS = 0.03  # of harmless sentences not learned from, at most this share should be found
LIKENESS_STRENGTH = 10.0
WIDEST = 0.9995  # weights beyond this share of all are cut: a byte then tells the rest apart better
SMOOTH = 0.1  # added to each count of an n-gram
OTHERS, OTHERS_WEIGH = 1500, 0.3  # everyday texts of each sort, so that debt is not all it knows


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
    table = matrix([reader.read(text).text for text, _ in rows], learned.features, 1 << learned.BITS)
    offends = np.array([label for _, label in rows])
    fitted = _model(STRENGTH).fit(table, offends)
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
    _tell(about, to / "insults.yaml")
    return about


def _tell(about: Document, path: Path) -> None:
    text = yaml.safe_dump(about.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    path.write_text("# Made by `arrears speech train`; see docs/speech.md.\n" + text, "utf-8")


def train_likeness(
    posts_folder: Path, questions_folder: Path, house: Iterable[Path], *, on: date, to: Path = SHIPPED
) -> Likeness:
    """Learn from the tuned trials what wrong sentences are like; the `house`'s texts are not,
    nor are safe posts (COLD's train.csv) and bank customers' questions (banking77's train.csv)."""
    reader = Reader(load_lexicon().letters)
    trial = [each for name in TUNED for each in sentences(TRIAL / f"{name}.txt") if _speaks_to_debtor(each)]
    others = _every(OTHERS, [text for text, offends in posts(posts_folder / "train.csv") if not offends])
    others += _every(OTHERS, questions(questions_folder / "train.csv"))
    plains = [reader.read(text).text for text in (*(each.text for each in trial), *others)]
    plains += _house_sentences(house, reader)
    table = _likeness_table(plains)
    wrong = np.array([bool(each.kinds) for each in trial] + [False] * (len(plains) - len(trial)))
    held, scale, bias = _fitted_likeness(table, wrong, len(trial))
    kinds, kind_scale, kind_biases, names = _fitted_kinds(trial, reader)
    about = Likeness(
        scale=scale,
        bias=bias,
        kinds=names,
        kind_biases=kind_biases,
        kind_scale=kind_scale,
        look_from=_likeness_threshold(table, wrong, len(trial)),
        alarms_aimed_at=ALARMS,
        learned_from=(
            *(f"trial/{name}.txt" for name in TUNED),
            "the house's texts",
            "COLDataset safe posts",
            "banking77 questions",
        ),
        made_on=on,
    )
    to.mkdir(parents=True, exist_ok=True)
    np.save(to / "likeness.npy", held)
    np.save(to / "kinds.npy", kinds)
    _tell(about, to / "likeness.yaml")
    return about


def questions(path: Path) -> list[str]:
    """The texts of a banking77 file. Raises UnableToLearn."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [row["text"] for row in csv.DictReader(file)]
    except (OSError, KeyError) as problem:
        raise UnableToLearn(f"cannot be read: {problem}", at=Place(str(path))) from problem


def _speaks_to_debtor(each: Sentence) -> bool:
    """To third persons other words are wrong, and an agency's only posing is `as_member`."""
    return each.setting.to == "debtor" and each.book != "cn.agency"


def _house_sentences(house: Iterable[Path], reader: Reader) -> list[str]:
    plains = [reader.read(path.read_text("utf-8")).text for path in sorted(house)]
    return [plain[start:end] for plain in plains for start, end in likeness.sentences(plain)]


def _every(count: int, texts: list[str]) -> list[str]:
    return texts[:: max(len(texts) // count, 1)][:count]


def _likeness_table(plains: Sequence[str]) -> Any:
    return matrix(plains, likeness.features, 1 << likeness.BITS)


def _fitted_likeness(table: Any, wrong: Any, own: int, left_out: Any = None) -> tuple[Any, float, float]:
    """Fit on all rows but those left out; the first `own` rows are the trials' sentences."""
    kept = np.setdiff1d(np.arange(len(wrong)), [] if left_out is None else left_out)
    ours = kept[kept < own]
    weigh = np.where(kept < own, 1.0, OTHERS_WEIGH)
    ratio = _ratio(table[ours], wrong[ours])
    fitted = _model(LIKENESS_STRENGTH).fit(table[kept] @ ratio, wrong[kept], sample_weight=weigh)
    held, scale = _rounded(fitted.coef_[0] * ratio.diagonal())
    return held, scale, float(fitted.intercept_[0])


def _ratio(table: Any, wrong: Any) -> Any:
    """How much oftener an n-gram stands in wrong sentences than in harmless ones, for weighing
    it before the fit (Wang and Manning, 2012)."""
    from scipy.sparse import diags

    yes = np.asarray(table[wrong].sum(axis=0)).ravel() + SMOOTH
    no = np.asarray(table[~wrong].sum(axis=0)).ravel() + SMOOTH
    return diags(np.log((yes / yes.sum()) / (no / no.sum())))


def _likeness_threshold(table: Any, wrong: Any, own: int) -> float:
    """The smallest score at which at most ALARMS of the harmless sentences are found."""
    from sklearn.model_selection import StratifiedKFold

    scores = np.zeros(own)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for _, left_out in folds.split(np.zeros(own), wrong[:own]):
        held, scale, bias = _fitted_likeness(table, wrong, own, left_out)
        scores[left_out] = table[left_out] @ (held.astype(np.float64) * scale) + bias
    harmless = np.sort(scores[~wrong[:own]])[::-1]
    return round(float(harmless[int(ALARMS * len(harmless))]) + 1e-4, 4)


def _fitted_kinds(
    trial: Sequence[Sentence], reader: Reader
) -> tuple[Any, float, tuple[float, ...], tuple[str, ...]]:
    rows = [(reader.read(each.text).text, kind) for each in trial for kind in sorted(each.kinds)]
    table = matrix(
        [plain for plain, _ in rows],
        lambda plain: likeness.features(plain, likeness.KIND_BITS),
        1 << likeness.KIND_BITS,
    )
    fitted = _model(LIKENESS_STRENGTH).fit(table, np.array([kind for _, kind in rows]))
    held, scale = _rounded(fitted.coef_)
    return held, scale, tuple(map(float, fitted.intercept_)), tuple(map(str, fitted.classes_))


def _rounded(held: Any) -> tuple[Any, float]:
    widest = float(np.quantile(np.abs(held), WIDEST))
    scale = max(widest, 1e-9) / 127
    return np.clip(np.rint(held / scale), -127, 127).astype(np.int8), scale


def _model(strength: float) -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as problem:
        raise UnableToLearn("scikit-learn is not installed", do="Install the `dev` extra.") from problem
    return LogisticRegression(C=strength, max_iter=300)


def matrix(plains: Sequence[str], features: Callable[[str], Any], width: int) -> Any:
    """Rows of n-grams, each as the inference reads them: the more there are, the less each counts."""
    from scipy.sparse import csr_matrix

    rows = [features(plain) for plain in plains]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(max(len(row), 1))) for row in rows])
    return csr_matrix((values, np.concatenate(rows), ends), shape=(len(rows), width))


def _threshold(table: Any, offends: Any) -> float:
    """The smallest score above which AIM of the posts not learned from do offend."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    scores = cross_val_predict(_model(STRENGTH), table, offends, cv=folds, method="predict_proba")[:, 1]
    order = np.argsort(-scores)
    precision = np.cumsum(offends[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(precision >= AIM)
    if not len(reached):
        raise UnableToLearn(f"no score reaches a precision of {AIM}", do="Look at the data.")
    return round(float(scores[order][reached[-1]]), 4)
