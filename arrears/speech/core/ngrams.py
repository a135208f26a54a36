"""Character n-grams as numbers. A number says neither which characters it came from nor how
many n-grams share it, so weights over them hold no text."""

from typing import Any

import numpy as np

Features = np.ndarray[Any, np.dtype[np.int64]]


def signs_of(plain: str) -> Any:
    """The code points of a text."""
    return np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)


def hashed(signs: Any, size: int, bits: int) -> Any:
    """One number below 2**bits for each place where `size` signs stand in a row: FNV-1a,
    spread by a Fibonacci multiplication."""
    count = max(len(signs) - size + 1, 0)
    value = np.full(count, np.uint64(size * 0x9E3779B1))
    for offset in range(size):
        value = (value ^ signs[offset : offset + count]) * np.uint64(0x100000001B3)
    value ^= value >> np.uint64(29)
    return ((value * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)).astype(np.int64)
