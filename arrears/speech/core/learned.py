"""A learned opinion on whether a Chinese text insults somebody: hashed character n-grams and
one weight each. Inference needs numpy alone; `speech/training.py` makes the weights.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from math import exp, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from arrears.rulebook.documents import Document, read_document
from arrears.speech.core.ngrams import Features, hashed, signs_of
from arrears.speech.core.plain import END

FOLDER = Path(__file__).resolve().parent.parent / "learned"
SIZES = (1, 2)  # characters of an n-gram
BITS = 16
MOST_AT_ONCE = 400  # characters; what it learned from was hardly ever longer
_NOT_HAN = re.compile("[^\u4e00-\u9fff]+")
FEWEST = 4  # Chinese characters; fewer say too little


class Learned(Document):
    """What stands beside the weights: how to use them, and where they come from.

    scale: a weight is its integer times this. look_from: the score, 0 to 1, from which a
    person should look; the smallest at which `precision_aimed_at` was reached on parts of
    the training data the weights had not seen.
    """

    scale: float
    bias: float
    look_from: float
    precision_aimed_at: float
    learned_from: str
    sha256: str
    licence: str
    made_on: date


def features(plain: str) -> Features:
    """The n-grams of a plain text as numbers below 2**BITS, each once."""
    signs = signs_of(plain)
    return np.unique(np.concatenate([hashed(signs, size, BITS) for size in SIZES]))


@lru_cache(maxsize=1)
def weights() -> tuple[Learned, Any]:
    """The shipped weights and what is said of them."""
    about: Learned = read_document(FOLDER / "insults.yaml", Learned)
    return about, np.load(FOLDER / "insults.npy", allow_pickle=False).astype(np.int32)


def score(plain: str) -> float:
    """How sure the weights are that a plain text insults, 0 to 1."""
    about, held = weights()
    found = features(plain)
    if not len(found):
        return 0.0
    total = about.bias + about.scale * float(held[found].sum()) / sqrt(len(found))
    return 1 / (1 + exp(-max(min(total, 30.0), -30.0)))


def insulting(plain: str) -> list[tuple[int, int]]:
    """Stretches of a plain text a person should look at."""
    return [
        (start, end)
        for start, end in stretches(plain)
        if is_chinese(plain[start:end]) and score(plain[start:end]) >= weights()[0].look_from
    ]


def stretches(plain: str) -> Iterator[tuple[int, int]]:
    """The text in whole sentences, as many at once as fit into MOST_AT_ONCE characters."""
    start = 0
    while start < len(plain):
        end = len(plain)
        if end - start > MOST_AT_ONCE:
            last = plain.rfind(END, start + 1, start + MOST_AT_ONCE)
            end = last + 1 if last > 0 else start + MOST_AT_ONCE
        yield start, end
        start = end


def is_chinese(text: str) -> bool:
    """Whether half of it or more is Chinese characters, and enough of them."""
    han = len(_NOT_HAN.sub("", text))
    return han >= FEWEST and 2 * han >= len(text)
