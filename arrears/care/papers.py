"""Evidence files: few kinds, by content not by name, outside the web root, scanned if a scanner is set.

A file lies under its SHA-256, without a name or an extension a server could be led to run.
"""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import puremagic

from arrears.kernel.trouble import Trouble

MOST_BYTES = 10 * 1024 * 1024
MOST_PAPERS = 20  # of one matter
SCAN_PATIENCE_SECONDS = 60
ACCEPTED = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/heic": "HEIC",
    "image/webp": "WebP",
}
_HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1")
_PDF_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/OpenAction")


class UnableToKeepPaper(Trouble):
    """The file is not kept; the message says why and what can be sent instead."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in the folder."""

    media_type: str
    sha256: str
    scan: str


def keep(content: bytes, *, folder: Path, scanner: str) -> Kept:
    """Check, scan and lay down one file; the same content twice lies there once.

    scanner: a program that gets the file's path and ends with 0 for a clean one; empty: none.
    Raises UnableToKeepPaper.
    """
    media_type, sha256 = media_type_of(content), hashlib.sha256(content).hexdigest()
    place = folder / sha256[:2] / sha256
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = place.with_suffix(".new")
    waiting.write_bytes(content)
    waiting.chmod(0o600)
    try:
        scan = _scanned(waiting, scanner)
    except UnableToKeepPaper:
        waiting.unlink()
        raise
    waiting.rename(place)
    return Kept(media_type, sha256, scan)


def media_type_of(content: bytes) -> str:
    """What the content is, whatever it is called. Raises UnableToKeepPaper for what is not accepted."""
    if not content:
        raise UnableToKeepPaper("the file is empty", do="Choose it again.")
    if len(content) > MOST_BYTES:
        raise UnableToKeepPaper(
            f"the file has {len(content) / 1048576:.1f} MB; at most {MOST_BYTES // 1048576} MB are taken",
            do="Send a smaller picture, or the pages one by one.",
        )
    found = _sniffed(content)
    if found not in ACCEPTED:
        raise UnableToKeepPaper(
            "this kind of file is not taken", do=f"Send {', '.join(ACCEPTED.values())}: a photo will do."
        )
    if found == "application/pdf" and any(mark in content for mark in _PDF_ACTIVE):
        raise UnableToKeepPaper(
            "this PDF carries a program or another file", do="Send a photo or a plain print."
        )
    return found


def _sniffed(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    try:
        guessed = puremagic.from_string(content[:4096], mime=True)
    except puremagic.PureError:
        return ""
    return str(guessed)


def _scanned(file: Path, scanner: str) -> str:
    if not scanner:
        return "not_scanned"
    try:
        ended = subprocess.run([scanner, str(file)], capture_output=True, timeout=SCAN_PATIENCE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise UnableToKeepPaper(
            "the file could not be checked for harm just now", do="Try again in a few minutes."
        ) from problem
    if ended.returncode != 0:
        raise UnableToKeepPaper("the check for harm refused this file", do="Send a fresh photo instead.")
    return "clean"
