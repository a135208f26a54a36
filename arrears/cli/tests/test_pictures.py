"""A picture of few colours comes out as it went in, and smaller; every filter of PNG is read."""

import struct
import zlib

import numpy as np
import pytest

from arrears.cli.pictures import SIGNATURE, _chunk, _chunks, _paeth, made_small

HEIGHT, WIDTH = 12, 40


def drawing() -> np.ndarray:
    """Boxes in a handful of colours."""
    pixels = np.full((HEIGHT, WIDTH, 3), (247, 246, 243), np.uint8)
    pixels[2:8, 5:20] = (12, 92, 86)
    pixels[6:, 12:33] = (181, 64, 47)
    return pixels


def png(pixels: np.ndarray, kind: int) -> bytes:
    """The drawing as a browser would write it, every line with the same filter."""
    plain = pixels.reshape(HEIGHT, -1).astype(int)
    left = np.pad(plain, ((0, 0), (3, 0)))[:, :-3]
    up = np.pad(plain, ((1, 0), (0, 0)))[:-1]
    corner = np.pad(left, ((1, 0), (0, 0)))[:-1]
    paeth = np.vectorize(_paeth)(left, up, corner)
    guess = [np.zeros_like(plain), left, up, (left + up) // 2, paeth][kind]
    lines = np.hstack([np.full((HEIGHT, 1), kind), (plain - guess) % 256]).astype(np.uint8)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 0)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def seen(small: bytes) -> np.ndarray:
    """The pixels of a palette picture."""
    chunks = dict(_chunks(small))
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(HEIGHT, 1 + WIDTH)[:, 1:]
    return palette[rows]


@pytest.mark.parametrize("kind", range(5))
def test_a_picture_of_few_colours_is_the_same_and_smaller(kind):
    before = png(drawing(), kind)
    after = made_small(before)
    assert np.array_equal(seen(after), drawing()) and len(after) < len(before) / 4


def test_of_many_colours_each_takes_the_nearest_that_is_left():
    pixels = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    after = made_small(png(pixels, 0))
    palette = np.frombuffer(dict(_chunks(after))[b"PLTE"], np.uint8).reshape(-1, 3).astype(int)
    apart = ((pixels[:, :, None].astype(int) - palette) ** 2).sum(axis=3)
    taken = ((pixels.astype(int) - seen(after)) ** 2).sum(axis=2)
    assert len(palette) == 256 < len(np.unique(pixels.reshape(-1, 3), axis=0))
    assert np.array_equal(taken, apart.min(axis=2))
