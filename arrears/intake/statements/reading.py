"""Bytes in, statements out; or one clear reason why they are no bank statement."""

import re
from pathlib import Path

from arrears.intake.lines import UnableToRead
from arrears.intake.statements import camt, swift
from arrears.intake.statements.types import Statement
from arrears.kernel.trouble import Place

MOST_BYTES = 256 * 1024 * 1024
_CHINESE_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")


def read_statements(path: Path) -> list[Statement]:
    """Every statement of the file, in its order. Raises UnableToRead."""
    at = Place(str(path))
    if path.stat().st_size > MOST_BYTES:
        raise UnableToRead(f"is larger than {MOST_BYTES // 2**20} MB", do="Ask the bank to split it.", at=at)
    return statements_in(path.read_bytes(), at=at)


def bank_kind(path: Path) -> str:
    """`statement` or `status` (pain.002) where the file seems to come from a bank; else nothing."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        head = file.read(4096)
    if looks_like_xml(head):
        return "status" if b"pain.002" in head.replace(b"\x00", b"") else "statement"
    return "statement" if swift.begins(decoded(head)) else ""


def statements_in(data: bytes, *, at: Place) -> list[Statement]:
    """Every statement in these bytes. Raises UnableToRead; `at` names the file."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise UnableToRead("is empty", do="Fetch it from the bank again.", at=at)
    if looks_like_xml(data):
        return camt.read(data, at=at)
    text = decoded(data)
    if swift.begins(text):
        return swift.read(text)
    raise UnableToRead(f"is no bank statement: {_seems(data, text)}", do=_DO, at=at)


_DO = "camt.053, camt.054 (ISO 20022 XML) and MT940 are read; payments as a table: arrears intake payments"


def looks_like_xml(data: bytes) -> bool:
    """Whether the first visible character is an angle bracket, in any encoding of XML."""
    head = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")


def decoded(data: bytes) -> str:
    """The text: by its mark, else UTF-8, else GB 2312 where every odd byte is half of a character, else Latin-1."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        chinese = _CHINESE_PAIRS.fullmatch(data) is not None
        return data.decode("gb18030" if chinese else "latin-1", "replace")


def _seems(data: bytes, text: str) -> str:
    kinds = {
        b"%PDF": "a PDF",
        b"PK\x03\x04": "a ZIP or Excel file",
        b"\x1f\x8b": "a gzip file",
        b"\xd0\xcf": "an old Excel file",
    }
    for head, kind in kinds.items():
        if data.startswith(head):
            return f"it seems to be {kind}"
    if re.search(r"(?m)^:\d\d[A-Z]?:", text):
        return "it has fields of an MT940, but no statement that begins with :20:"
    return "it begins neither with XML nor with an MT940 field"
