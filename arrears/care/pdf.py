"""What a PDF carries besides its pages: programs, other files, a lock. Pure.

A reader of PDFs finds names in three disguises: as they are, with letters written as `#41`, and
inside compressed object streams. All three are looked at. It is a sieve, not a scanner of
viruses: ARREARS_SCANNER is for those.
"""

import re
import zlib
from itertools import islice


def _named(*names: str) -> re.Pattern[bytes]:
    """Any of these names, whichever of its letters are written as `#41` (ISO 32000-1, 7.3.5)."""

    def letter(one: str) -> str:
        code = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(one):02x}")
        return f"(?:{one}|#{code})"

    spelt = "|".join("".join(map(letter, name)) for name in names)
    return re.compile(f"/(?:{spelt})(?![A-Za-z0-9#])".encode())


# 7.11.4 embedded files, 12.6.4 actions, 12.7.8 XFA, 13.6 rich media.
ACTIVE = _named(
    "JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "SubmitForm", "ImportData", "GoToE",
    "Rendition", "RichMedia", "XFA",
)  # fmt: skip
LOCKED, OBJECTS = _named("Encrypt"), _named("ObjStm")
_STREAM = re.compile(rb"stream\r?\n")
DICTIONARY_BYTES = 1024  # before `stream`; that of an object stream is far smaller
MOST_OF_ONE = 2 << 20  # of one stream; an object stream is far smaller
MOST_OF_ALL = 200 << 20
MOST_STREAMS = 10_000  # a statement of a hundred pages has some hundreds


def carries(content: bytes) -> str:
    """`locked` where it is encrypted, so that nobody can say what it carries; `active` where it
    carries a program, another file, or objects nobody here can look into; else nothing."""
    streams = [found.span() for found in islice(_STREAM.finditer(content), MOST_STREAMS + 1)]
    if len(streams) > MOST_STREAMS:
        return "active"
    locked, active, left = bool(LOCKED.search(content)), bool(ACTIVE.search(content)), MOST_OF_ALL
    for start, end in streams:
        inflated = _inflated(content, end, min(MOST_OF_ONE, left))
        left -= len(inflated)
        active = active or bool(ACTIVE.search(inflated)) or _is_closed(content, start, len(inflated))
        locked = locked or bool(LOCKED.search(inflated))
        if left <= 0:
            active = True
            break
    return "locked" if locked else "active" if active else ""


def _inflated(content: bytes, start: int, most: int) -> bytes:
    """So much of a stream as Flate gives; nothing where it is packed otherwise."""
    try:
        return zlib.decompressobj().decompress(memoryview(content)[start:], most)
    except zlib.error:
        return b""


def _is_closed(content: bytes, start: int, size: int) -> bool:
    """Whether it is an object stream that Flate does not open, or that holds more than one ever does."""
    head = content[max(0, start - DICTIONARY_BYTES) : start]
    return bool(OBJECTS.search(head.rsplit(b"endobj", 1)[-1])) and not 0 < size < MOST_OF_ONE
