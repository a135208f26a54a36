"""Evidence files: few kinds, by content not by name, outside the web root, scanned if a scanner is set.

A file lies under its SHA-256, without a name or an extension a server could be led to run.
"""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import puremagic

from arrears.care import pdf
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words

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
MOST_PIXELS_A_SIDE = 20_000
ENDINGS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/heic": (".heic", ".heif"),
    "image/webp": (".webp",),
}


TOO_LARGE = Words(zh="文件太大，最多 {most} MB", en="the file is too large: at most {most} MB are taken")


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
    waiting = place.with_suffix(f".{uuid4().hex}.new")  # two may bring the same file at once
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
        raise UnableToKeepPaper(
            Words(zh="文件是空的", en="the file is empty"),
            do=Words(zh="请重新选择。", en="Choose it again."),
        )
    if len(content) > MOST_BYTES:
        raise UnableToKeepPaper(
            TOO_LARGE.filled(most=MOST_BYTES // 1048576),
            do=Words(
                zh="请发小一点的图片，或一页一页地发。", en="Send a smaller picture, or the pages one by one."
            ),
        )
    found = _sniffed(content)
    if found not in ACCEPTED:
        raise UnableToKeepPaper(
            Words(zh="不接受这种文件", en="this kind of file is not taken"),
            do=Words(
                zh=f"请发 {'、'.join(ACCEPTED.values())}，拍张照片就可以。",
                en=f"Send {', '.join(ACCEPTED.values())}: a photo will do.",
            ),
        )
    if found == "application/pdf":
        _refuse_wrong_pdf(content)
    if found == "image/png" and not _fits_a_screen(content):
        raise UnableToKeepPaper(
            Words(zh="这张图片不完整或大得打不开", en="this picture is incomplete or too large to be opened"),
            do=Words(zh="请重新拍一张照片发来。", en="Send a fresh photo instead."),
        )
    return found


def _refuse_wrong_pdf(content: bytes) -> None:
    carried = pdf.carries(content)
    if carried == "locked":
        raise UnableToKeepPaper(
            Words(zh="这份 PDF 有密码保护", en="this PDF is protected by a password"),
            do=Words(zh="请发没有密码的，或发照片。", en="Send one without, or a photo."),
        )
    if carried == "active":
        raise UnableToKeepPaper(
            Words(zh="这份 PDF 里带有程序或其他文件", en="this PDF carries a program or another file"),
            do=Words(zh="请发照片或普通的打印件。", en="Send a photo or a plain print."),
        )


def _fits_a_screen(png: bytes) -> bool:
    """A few bytes may claim a picture of gigabytes: what opens it at the desk would fall over."""
    if png[12:16] != b"IHDR" or len(png) < 24:
        return False
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return 0 < width <= MOST_PIXELS_A_SIDE and 0 < height <= MOST_PIXELS_A_SIDE


def plain_name(name: str, media_type: str) -> str:
    """The last part of a name, without what could be a path or turn the reading direction, and
    with the ending its content has: a picture that is also a web page is never saved as one."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in last if letter.isprintable())[:190].strip() or "file"
    return plain if plain.lower().endswith(ENDINGS[media_type]) else plain + ENDINGS[media_type][0]


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
            Words(zh="暂时无法检查文件是否安全", en="the file could not be checked for harm just now"),
            do=Words(zh="请过几分钟再试。", en="Try again in a few minutes."),
        ) from problem
    if ended.returncode != 0:
        raise UnableToKeepPaper(
            Words(zh="安全检查没有通过", en="the check for harm refused this file"),
            do=Words(zh="请重新拍一张照片发来。", en="Send a fresh photo instead."),
        )
    return "clean"
