"""Makes the browser's pictures small: 256 colours are plenty for screens made of few.

A true-colour PNG in, a palette PNG out, about a third of the size.
"""

import struct
import zlib
from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
Bytes = NDArray[np.uint8]


def made_small(png: bytes) -> bytes:
    """The same picture with a palette of its commonest colours; others take the nearest."""
    pixels = _pixels(png)
    packed = pixels[..., 0].astype(np.int64) << 16 | pixels[..., 1].astype(np.int64) << 8 | pixels[..., 2]
    colours, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kept = np.argsort(-counts)[:COLOURS]
    palette = _unpacked(colours[kept])
    nearest = _nearest(_unpacked(colours), palette)
    rows = nearest[places].reshape(packed.shape).astype(np.uint8)
    return _palette_png(rows, palette)


def _unpacked(colours: NDArray[np.int64]) -> Bytes:
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.uint8)


def _nearest(colours: Bytes, palette: Bytes) -> NDArray[np.int64]:
    found = np.empty(len(colours), np.int64)
    for start in range(0, len(colours), 4096):
        apart = colours[start : start + 4096, None].astype(np.int64) - palette[None].astype(np.int64)
        found[start : start + 4096] = (apart**2).sum(axis=2).argmin(axis=1)
    return found


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        place += 12 + size


def _pixels(png: bytes) -> Bytes:
    """Height x width x channels (3, or 4 with alpha)."""
    chunks = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    channels = {2: 3, 6: 4}[kind]
    if depth != 8:
        raise ValueError(f"a picture with {depth} bits a channel")
    raw = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * channels)
    plain: Bytes = _unfiltered(lines, channels)
    return plain.reshape(height, width, channels)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _unfiltered(lines: Bytes, channels: int) -> Bytes:
    """PNG's five filters taken back (RFC 2083, 6): none, left, up, mean, Paeth."""
    height, width = lines.shape[0], lines.shape[1] - 1
    plain = np.zeros((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            left = int(plain[y, x - channels]) if x >= channels else 0
            up = int(plain[y - 1, x]) if y else 0
            corner = int(plain[y - 1, x - channels]) if y and x >= channels else 0
            guesses = (0, left, up, (left + up) // 2, _paeth(left, up, corner))
            plain[y, x] = (int(lines[y, 1 + x]) + guesses[lines[y, 0]]) & 255
    return plain


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _paeth(left: int, up: int, corner: int) -> int:
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _palette_png(rows: Bytes, palette: Bytes) -> bytes:
    height, width = rows.shape
    lines = np.zeros((height, 1 + width), np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = rows
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
