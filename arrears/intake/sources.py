"""A file, CSV or Parquet, as batches of raw columns: texts, each with the line it stands on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arrears.intake import lines
from arrears.intake.lines import UnableToRead
from arrears.intake.reasons import Wrong
from arrears.kernel.trouble import Place

ROWS_AT_ONCE = 50_000
SUFFIXES = (".csv", ".txt", ".parquet")


@dataclass(slots=True)
class RawBatch:
    """Records as texts by column, trimmed, "" where empty; `spoiled` are lines that are no records.

    lines: the physical line each record begins on (in Parquet: the row, from 1).
    """

    lines: np.ndarray
    columns: dict[str, pa.Array]
    spoiled: list[tuple[int, str, Wrong]] = field(default_factory=list)
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One input file, surveyed. `header` are its columns, in order."""

    path: Path
    survey: lines.Survey
    header: tuple[str, ...]
    written_ns: int
    delimiter: str = ","
    header_lines: int = 0

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet rather than text."""
        return self.survey.encoding == "parquet"

    def refuse_if_changed(self) -> None:
        """Raises UnableToRead where somebody wrote to the file while it was read."""
        stat = self.path.stat()
        if (stat.st_size, stat.st_mtime_ns) != (self.survey.size_bytes, self.written_ns):
            raise UnableToRead(
                "was written to while it was read",
                do="Take it in when it is complete.",
                at=Place(str(self.path)),
            )

    def batches(self) -> Iterator[RawBatch]:
        """All of it, in bounded pieces. Raises UnableToRead where the file breaks off."""
        return _parquet_batches(self) if self.is_parquet else _csv_batches(self)


def open_source(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Source:
    """Survey the file and read its header. Raises UnableToRead."""
    is_parquet = path.suffix.lower() == ".parquet"
    written_ns = path.stat().st_mtime_ns if path.exists() else 0
    found = lines.survey(path, encoding="parquet" if is_parquet else encoding)
    header, mark, header_lines = (
        (_parquet_header(path), ",", 0) if is_parquet else lines.read_header(path, found, delimiter=delimiter)
    )
    if len(set(header)) < len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        raise UnableToRead(
            f"names a column twice: {', '.join(twice)}",
            do="Give every column its own name.",
            at=Place(str(path), header_lines or None),
        )
    return Source(path, found, tuple(header), written_ns, mark, header_lines)


def _csv_batches(source: Source) -> Iterator[RawBatch]:
    records = lines.read_records(
        source.path,
        source.survey,
        delimiter=source.delimiter,
        width=len(source.header),
        header_lines=source.header_lines,
    )
    for found in records:
        columns = zip(*found.rows, strict=True) if found.rows else ([] for _ in source.header)
        yield RawBatch(
            np.array(found.lines, np.int64),
            {
                name: pc.utf8_trim_whitespace(pa.array(texts, pa.string()))
                for name, texts in zip(source.header, columns, strict=True)
            },
            found.spoiled,
            found.bytes_read,
        )


def _parquet_header(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as problem:
        raise _unreadable(path, problem) from problem


def _unreadable(path: Path, problem: Exception) -> UnableToRead:
    said = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
    return UnableToRead(f"is not readable Parquet: {said}", do="Have it written again.", at=Place(str(path)))


def _parquet_batches(source: Source) -> Iterator[RawBatch]:
    done = 0
    try:
        with pq.ParquetFile(source.path) as file:
            share = source.survey.size_bytes / max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
                texts = {name: _as_text(batch.column(name)) for name in source.header}
                numbers = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
                done += batch.num_rows
                yield RawBatch(numbers, texts, bytes_read=int(share * batch.num_rows))
    except (pa.ArrowException, OSError) as problem:
        raise _unreadable(source.path, problem) from problem


def _as_text(column: pa.Array) -> pa.Array:
    """Typed columns are read by the same rules as text: one set of checks, one set of reasons."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
