"""The rejects file: one line for every record set aside, safe to open in a spreadsheet."""

import csv
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from arrears.intake.models import Delivery
from arrears.intake.types import Reject
from arrears.kernel.words import Words

COLUMNS = ("file", "line", "table", "column", "value", "code", "reason_zh", "reason_en", "record")
MOST_SHOWN = 200  # characters of a value; the rest stands in the file itself
_HARMLESS = re.compile(r"[+-]?\d[\d ,.]*", re.ASCII)


def rejects_path(delivery: Delivery) -> Path:
    """Where the rejects of a delivery are written."""
    return Path(settings.REJECTS_FOLDER) / f"{delivery.pk:06d}-{delivery.digest[:12]}.csv"


def spreadsheet_safe(text: str) -> str:
    """The text so that no spreadsheet runs it: an apostrophe before what it would take for a formula.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("-5.00")
    ("'=1+1", '-5.00')
    """
    visible = "".join(c if c.isprintable() else f"\\\\u{ord(c):04x}" for c in text)
    first = unicodedata.normalize("NFKC", visible[:1])
    risky = first in {"=", "+", "-", "@"} and not _HARMLESS.fullmatch(visible)
    return "'" + visible if risky else visible


def write_rejects(path: Path, rejects: Iterable[Reject]) -> int:
    """Write them to `path`, whole or not at all; how many there were. No file where none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making, written = path.with_suffix(".making"), 0
    with making.open("w", encoding="utf-8-sig", newline="") as file:  # the mark makes Excel read Chinese
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for reject in rejects:
            cells = (reject.file, str(reject.line), reject.table, reject.column or "", reject.value or "")
            said = (reject.code, reject.words.zh, reject.words.en, reject.record)
            writer.writerow([spreadsheet_safe(cell) for cell in (*cells, *said)])
            written += 1
        file.flush()
        os.fsync(file.fileno())
    if written:
        making.replace(path)
    else:
        making.unlink()
    return written


class RejectPile:
    """Rejects gathered on disk in whatever order they are found, and given back in the files' order."""

    SCHEMA = pa.schema(
        [("in_file", pa.int16()), ("line", pa.int64())]
        + [
            (name, pa.string())
            for name in ("file", "tbl", "col", "value", "code", "zh", "en", "record", "account")
        ]
    )
    AT_ONCE = 5_000

    def __init__(self, folder: Path) -> None:
        self._file = folder / "rejects.parquet"
        self._writer = pq.ParquetWriter(self._file, self.SCHEMA)
        self._waiting: list[tuple[object, ...]] = []
        self.codes: Counter[str] = Counter()

    def add(self, in_file: int, reject: Reject) -> None:
        """Keep one. in_file: the file's place among the inputs."""
        said = (reject.code, reject.words.zh, reject.words.en, reject.record, reject.account)
        value = reject.value and reject.value[:MOST_SHOWN]
        self._waiting.append((in_file, reject.line, reject.file, reject.table, reject.column, value, *said))
        self.codes[reject.code] += 1
        if len(self._waiting) >= self.AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            columns = zip(*self._waiting, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, self.SCHEMA, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=self.SCHEMA))
            self._waiting.clear()

    def in_order(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Reject]:
        """All of them, by file and line; nothing can be added afterwards."""
        self._flush()
        self._writer.close()
        cursor = connection.execute(
            "select file, line, tbl, col, value, code, zh, en, record, account "
            "from read_parquet(?) order by in_file, line",
            [str(self._file)],
        )
        while rows := cursor.fetchmany(self.AT_ONCE):
            for file, line, table, column, value, code, zh, en, record, account in rows:
                yield Reject(file, line, table, column, value, code, Words(zh=zh, en=en), record, account)


def read_rejects(path: Path) -> Iterator[Reject]:
    """The rejects of a file written here."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield Reject(
                file=row["file"],
                line=int(row["line"]),
                table=row["table"],
                column=row["column"] or None,
                value=row["value"] or None,
                code=row["code"],
                words=Words(zh=row["reason_zh"], en=row["reason_en"]),
                record=row.get("record", ""),
            )
