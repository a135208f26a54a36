"""Whether a sentence is like those of the trials that say what nobody should say: a learned
second opinion for wording no lexicon has. It only ever asks for a look.

Two sets of weights over hashed character n-grams: `wrong` says how much a sentence is like a
wrong one, `kinds` which kind it is likest to. `speech/training.py` makes both.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np

from arrears.rulebook.documents import Document, read_document
from arrears.speech.core.learned import FOLDER
from arrears.speech.core.ngrams import hashed, signs_of
from arrears.speech.core.plain import END

SIZES = (1, 2, 3)  # characters of an n-gram
BITS, KIND_BITS = 16, 14
FEWEST, FEWEST_HAN = 40, 8  # signs of a sentence; fewer say too little

Span = tuple[int, int]
_NOT_HAN = re.compile("[^\u4e00-\u9fff]+")


class Likeness(Document):
    """How to use the weights and what they were made of.

    kinds: the rows of `kinds.npy`. look_from: the score from which a person should look, the
    smallest at which no more than `alarms_aimed_at` of harmless sentences not learned from were found.
    """

    scale: float
    bias: float
    kinds: tuple[str, ...]
    kind_biases: tuple[float, ...]
    kind_scale: float
    look_from: float
    alarms_aimed_at: float
    learned_from: tuple[str, ...]
    made_on: date


@lru_cache(maxsize=1)
def weights() -> tuple[Likeness, Any, Any]:
    """What is said of the weights, those of `wrong`, and those of `kinds`."""
    about: Likeness = read_document(FOLDER / "likeness.yaml", Likeness)
    wrong = np.load(FOLDER / "likeness.npy", allow_pickle=False).astype(np.int32)
    kinds = np.load(FOLDER / "kinds.npy", allow_pickle=False).astype(np.int32)
    return about, wrong, kinds


def sentences(plain: str) -> Iterator[Span]:
    """Each sentence long enough to be judged."""
    start = 0
    while start < len(plain):
        end = plain.find(END, start)
        end = len(plain) if end < 0 else end
        if _long_enough(plain, start, end):
            yield start, end
        start = end + 1


def _long_enough(plain: str, start: int, end: int) -> bool:
    return end - start >= FEWEST or len(_NOT_HAN.sub("", plain[start:end])) >= FEWEST_HAN


def features(plain: str, bits: int = BITS) -> Any:
    """The n-grams of one sentence."""
    signs = signs_of(plain)
    return np.concatenate([hashed(signs, size, bits) for size in SIZES])


def wrong_sentences(plain: str) -> list[Span]:
    """Those a person should look at. The whole text is hashed once; a sentence is a difference of sums."""
    about, wrong, _ = weights()
    signs = signs_of(plain)
    sums = [np.concatenate([[0], np.cumsum(wrong[hashed(signs, size, BITS)])]) for size in SIZES]
    return [span for span in sentences(plain) if _score(span, sums, about) >= about.look_from]


def _score(span: Span, sums: list[Any], about: Likeness) -> float:
    start, end = span
    total = count = 0
    for size, summed in zip(SIZES, sums, strict=True):
        last = end - size + 1
        if last > start:
            total += int(summed[last] - summed[start])
            count += last - start
    return about.bias + about.scale * total / sqrt(count)


def kinds_of(sentence: str) -> list[str]:
    """All kinds, the likest first."""
    about, _, kinds = weights()
    found = features(sentence, KIND_BITS)
    scores = about.kind_scale * kinds[:, found].sum(axis=1) / sqrt(len(found)) + np.array(about.kind_biases)
    return [about.kinds[row] for row in np.argsort(-scores, kind="stable")]
