"""Chance that depends only on what it is drawn for.

A draw is a hash of (seed, purpose, counters), not the next number of a stream. So account
4,711 lives the same life whether the book has one part or a hundred, a thousand accounts
or ten million, and whichever process makes it. The mixing is splitmix64's finaliser.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def uniform(seed: int, purpose: str, *counters: Ints | int) -> Floats:
    """Numbers in [0, 1), one for each row of `counters` (broadcast against each other)."""
    state = _mixed(np.array([zlib.crc32(purpose.encode()) ^ (seed << 32)], dtype=np.int64).view(np.uint64))
    for counter in counters:
        state = _mixed(state + np.atleast_1d(np.asarray(counter, dtype=np.int64)).view(np.uint64))
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(limit: int, draws: Floats) -> Ints:
    """Whole numbers 0 .. limit-1."""
    return (draws * limit).astype(np.int64)


def spread(draws: Floats, width: float) -> Floats:
    """Positive factors around 1 with a long tail to the right; half of them above 1."""
    safe = np.clip(draws, 1e-6, 1 - 1e-6)
    return np.asarray((safe / (1 - safe)) ** width)


def about(mean: Floats, first: Floats, second: Floats) -> Ints:
    """Whole counts between 0 and twice `mean`, on average exactly `mean`."""
    return np.floor(2 * mean * first + second).astype(np.int64)


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
