"""Bytes become records with their physical line numbers; one broken line costs one line.

A file is surveyed once (hash, encoding, line ends) and then read in blocks of whole lines.
A block without quotation marks is split in one go. Where there are some, every record is
checked: a quoted cell may go on over several lines, but a mark that was never closed must
not swallow the lines after it. A record of several lines is therefore taken only if it is
well-formed, has the right number of cells, and would not swallow lines that are records by
themselves; otherwise the lines with the two doubtful marks are set aside, and those between
them are read on their own.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from arrears.intake.reasons import Wrong, wrong
from arrears.kernel.trouble import Place, Trouble

BLOCK_BYTES = 4 << 20
LONGEST_LINE = 64 << 10  # bytes; no cell we keep is as long, so what is cut is set aside anyway
LONGEST_RECORD = 200  # lines
MOST_BROKEN = 4  # fewer than one line in so many with GB18030 bytes: they are broken, the file is not GB18030
ENOUGH_LINES = 20_000  # with Chinese in them, to be sure of the encoding
DELIMITERS = ",\t;|"
_CHINESE_GB = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])+")
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class UnableToRead(Trouble):
    """The file as a whole cannot be read; nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes tells. encoding: a Python codec; line_end: one byte."""

    sha256: str
    encoding: str
    line_end: bytes
    size_bytes: int


@dataclass(slots=True)
class Records:
    """A block's records: cells, and the physical line each begins on. `spoiled`: (line, shown text, Wrong)."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    spoiled: list[tuple[int, str, Wrong]] = field(default_factory=list)
    bytes_read: int = 0


def survey(path: Path, *, encoding: str | None = None) -> Survey:
    """Hash, size, encoding and line ends. `encoding`, where given, is believed.

    Without it: a byte order mark or a header in Chinese decides, else the lines with
    non-ASCII bytes vote, UTF-8 against GB18030. Raises UnableToRead for UTF-16 and for what
    is no file.
    """
    digest, size, votes, tail = hashlib.sha256(), 0, _Votes(), b""
    line_end = b"\n"
    with _opened(path) as stream:
        while block := stream.read(BLOCK_BYTES):
            if not size:
                _refuse_utf16(path, block)
                line_end = b"\r" if b"\n" not in block and b"\r" in block else b"\n"
            size += len(block)
            digest.update(block)
            tail = votes.count(tail + block, line_end)
    votes.count(tail + line_end, line_end)
    return Survey(digest.hexdigest(), encoding or votes.winner, line_end, size)


def _opened(path: Path) -> BinaryIO:
    try:
        if path.exists() and not path.is_file():  # a device or a pipe would never end
            raise UnableToRead("is no file", do="Give a file or a folder.", at=Place(str(path)))
        return path.open("rb")
    except OSError as problem:
        raise UnableToRead(
            f"cannot be opened: {problem.strerror}", do="Check the path and its rights.", at=Place(str(path))
        ) from problem


def _refuse_utf16(path: Path, block: bytes) -> None:
    if block[:2] in _MARKS:
        raise UnableToRead("is UTF-16", do="Save it as UTF-8 or GB18030 text.", at=Place(str(path)))


class _Votes:
    """Lines with non-ASCII bytes, by the encoding they fit; the first line counts for all others."""

    def __init__(self) -> None:
        self.lines = self.utf8 = self.chinese = 0
        self.winner_by_header = ""

    def count(self, block: bytes, line_end: bytes) -> bytes:
        """Count the whole lines of `block`; the unfinished rest is handed back (cut where it is endless)."""
        whole, end, rest = block.rpartition(line_end)
        if end and not self.lines:
            self._look_at_header(whole.partition(line_end)[0])
        self.lines += whole.count(line_end) + bool(end)
        if not whole.isascii() and self.utf8 + self.chinese < ENOUGH_LINES:
            for line in whole.split(line_end):
                if not line.isascii():
                    self._vote(line)
        return rest[-LONGEST_LINE:]

    def _look_at_header(self, line: bytes) -> None:
        if not line.isascii():
            self.winner_by_header = "utf-8" if _is_utf8(line) else "gb18030"

    def _vote(self, line: bytes) -> None:
        if _is_utf8(line):
            self.utf8 += 1
        else:
            self.chinese += bool(_CHINESE_GB.fullmatch(line))

    @property
    def winner(self) -> str:
        # A few lines in another encoding are broken lines, not another file.
        by_lines = self.chinese > self.utf8 and self.chinese * MOST_BROKEN >= self.lines
        return self.winner_by_header or ("gb18030" if by_lines else "utf-8")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def blocks(stream: BinaryIO, found: Survey) -> Iterator[bytes]:
    """Blocks of whole lines, of what was surveyed; a line longer than LONGEST_LINE is cut there."""
    rest, cutting, line_end, left = b"", False, found.line_end, found.size_bytes
    while block := stream.read(min(BLOCK_BYTES, left)):
        left -= len(block)
        if cutting:  # in the middle of an endless line: drop until it ends
            _, end, block = block.partition(line_end)
            rest, cutting = (rest + line_end, False) if end else (rest, True)
        whole, end, rest = (rest + block).rpartition(line_end) if not cutting else (b"", b"", rest)
        if len(rest) > LONGEST_LINE:
            rest, cutting = rest[:LONGEST_LINE], True
        if end:
            yield whole + end
    if rest:
        yield rest


def read_header(path: Path, found: Survey, *, delimiter: str | None = None) -> tuple[list[str], str, int]:
    """(column names, delimiter, lines used) of the first line that is not blank.

    Raises UnableToRead where there is none, or where it is not text.
    """
    with _opened(path) as stream:
        first = next(blocks(stream, found), b"")
    for number, line in enumerate(first.removeprefix(b"\xef\xbb\xbf").split(found.line_end), start=1):
        if line.strip():
            text = _header_text(path, line, found.encoding)
            mark = delimiter or max(DELIMITERS, key=text.count)
            return _header_cells(text, mark), mark, number
    raise UnableToRead("is empty", do="Its first line must name the columns.", at=Place(str(path)))


def _header_text(path: Path, line: bytes, encoding: str) -> str:
    try:
        text = line.decode(encoding).strip()
    except UnicodeDecodeError as problem:
        raise UnableToRead(
            f"the header is not {encoding}", do="Save the file as UTF-8 or GB18030.", at=Place(str(path), 1)
        ) from problem
    if "\x00" in text or len(text) >= LONGEST_LINE // 2:
        raise UnableToRead(
            "does not begin with a line of column names", do="Is it a CSV file?", at=Place(str(path), 1)
        )
    return text


def _header_cells(text: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        cells = text.split(delimiter)
    names = [cell.strip() for cell in cells]
    return names[:-1] if len(names) > 1 and not names[-1] else names


def read_records(
    path: Path, found: Survey, *, delimiter: str, width: int, header_lines: int
) -> Iterator[Records]:
    """All records after the header, block by block. `width`: how many cells a record has."""
    splitter = _Splitter(found, delimiter, width)
    with _opened(path) as stream:
        for block in blocks(stream, found):
            yield splitter.split(block, skip=header_lines)
            header_lines = 0
        yield splitter.finish()


def _run(lines: list[str | None], start: int) -> Iterator[str]:
    """The lines from `start` to the next that is set aside."""
    for at in range(start, len(lines)):
        line = lines[at]
        if line is None:
            return
        yield line


class _Splitter:
    """Splits blocks into records, carrying an unfinished one over to the next block."""

    def __init__(self, found: Survey, delimiter: str, width: int) -> None:
        self.encoding, self.line_end = found.encoding, found.line_end
        self.delimiter, self.width = delimiter, width
        self.line = 1  # physical number of the first line in hand
        self.carried: list[str | None] = []

    def split(self, block: bytes, *, skip: int = 0) -> Records:
        """The records of `block`."""
        records = Records(bytes_read=len(block))
        if skip:
            for _ in range(skip):
                _, _, block = block.partition(self.line_end)
            self.line += skip
        if block and not self._split_quickly(block, records):
            self._split_carefully([*self.carried, *self._decoded(block, records)], records, last=False)
        return records

    def finish(self) -> Records:
        """What the last block left unfinished."""
        records = Records()
        self._split_carefully(self.carried, records, last=True)
        return records

    def _split_quickly(self, block: bytes, records: Records) -> bool:
        """A block without quotation marks, all decodable: one record a line."""
        if self.carried or b'"' in block:
            return False
        try:
            text = block.decode(self.encoding)
        except UnicodeDecodeError:
            return False
        lines = text.split("\n" if self.line_end == b"\n" else "\r")
        if not lines[-1]:
            lines.pop()
        try:
            rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:  # a lone carriage return, for instance
            return False
        if {len(row) for row in rows} <= {self.width}:
            records.rows += rows
            records.lines += range(self.line, self.line + len(lines))
        else:
            for number, row in enumerate(rows, start=self.line):
                self._keep_one(row, number, records)
        self.line += len(lines)
        return True

    def _keep_one(self, row: list[str], number: int, records: Records) -> None:
        if len(row) == self.width + 1 and not row[-1]:  # a delimiter at the line's end
            row = row[:-1]
        if len(row) == self.width:
            records.rows.append(row)
            records.lines.append(number)
        elif any(cell.strip() for cell in row):
            shown = self.delimiter.join(row)[:200]
            records.spoiled.append((number, shown, wrong("cells", expected=self.width, found=len(row))))

    def _decoded(self, block: bytes, records: Records) -> list[str | None]:
        """Lines with their ends; None stands for one whose bytes are not the file's encoding."""
        plain = block if self.line_end == b"\n" else block.replace(self.line_end, b"\n")
        try:
            return [*io.StringIO(plain.decode(self.encoding), newline="\n")]
        except UnicodeDecodeError:
            first = self.line + len(self.carried)
            lines = enumerate(io.BytesIO(plain), start=first)
            return [self._decoded_line(line, number, records) for number, line in lines]

    def _decoded_line(self, line: bytes, number: int, records: Records) -> str | None:
        try:
            return line.decode(self.encoding)
        except UnicodeDecodeError:
            shown = line.rstrip(b"\r\n").decode(self.encoding, errors="backslashreplace")[:200]
            records.spoiled.append((number, shown, wrong("encoding", encoding=self.encoding.upper())))
            return None

    def _split_carefully(self, lines: list[str | None], records: Records, *, last: bool) -> None:
        self.carried, at = [], 0
        while at < len(lines):
            if lines[at] is None:
                at += 1
                continue
            at, unfinished = self._split_run(lines, at, records)
            if unfinished and not last and len(lines) - at < LONGEST_RECORD:
                self.carried = lines[at:]
                break
            if unfinished:
                at = self._set_aside(lines, at, records)
        self.line += at

    def _split_run(self, lines: list[str | None], start: int, records: Records) -> tuple[int, bool]:
        """Read from `start` to a line that is set aside or the block's end.

        Gives back where to go on, and whether the record there is unfinished at the block's end.
        """
        reader = csv.reader(_run(lines, start), delimiter=self.delimiter, strict=True)
        at = start
        try:
            for row in reader:
                end = start + reader.line_num
                if end - at > 1 and not self._is_one_record(lines[at:end], row):
                    if len(row) == self.width:  # in doubt neither of the two marks is believed
                        self._set_aside(lines, end - 1, records)
                    return self._set_aside(lines, at, records), False
                self._keep_one(row, self.line + at, records)
                at = end
        except csv.Error as problem:
            if "unexpected end" in str(problem) and start + reader.line_num == len(lines):
                return at, True
            return self._set_aside(lines, at, records), False
        return at, False

    def _is_one_record(self, lines: list[str | None], row: list[str]) -> bool:
        whole = [str(line).count(self.delimiter) == self.width - 1 for line in lines]
        swallows = any(alone and '"' not in str(line) for alone, line in zip(whole, lines, strict=True))
        return len(row) == self.width and len(lines) <= LONGEST_RECORD and not swallows and not all(whole)

    def _set_aside(self, lines: list[str | None], at: int, records: Records) -> int:
        line = str(lines[at]).rstrip("\r\n")
        reason = wrong("unclosed_quote")
        if "\r" in line:
            reason = wrong("control_character", character="U+000D")
        elif len(line) > LONGEST_LINE:
            reason = wrong("too_long", found=len(line), most=LONGEST_LINE)
        records.spoiled.append((self.line + at, line[:200], reason))
        lines[at] = None
        return at + 1
