"""Putting a delivery on the shelf: whole or not at all, and never changed afterwards."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from arrears.kernel.trouble import Trouble
from arrears.portfolio import shelf
from arrears.portfolio.types import TABLES

Columns: TypeAlias = "pa.Table | pa.RecordBatchReader"


class UnableToAddDelivery(Trouble):
    """The delivery does not have the book's columns; nothing was added."""


def add_delivery(*, tables: Mapping[str, Columns], digest: str) -> int | None:
    """Add checked tables (`portfolio.types.TABLES`) as the book's next delivery.

    digest: sha256 of the input, hexadecimal. Returns the delivery's number, or None where
    no table has a row. A kill at any moment leaves the delivery wholly there or not at all.
    """
    shelf.root().mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone():
        making = shelf.root() / ".making"
        shutil.rmtree(making, ignore_errors=True)  # left by one that was killed
        making.mkdir(mode=0o700)
        written = [_write(making / f"{name}.parquet", name, table) for name, table in tables.items()]
        if not any(written):
            shutil.rmtree(making)
            return None
        return _put_on_shelf(making, digest)


@contextmanager
def _alone() -> Iterator[None]:
    with open(shelf.root() / ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, name: str, table: Columns) -> int:
    """Rows written; no file where there are none."""
    if name not in TABLES:
        raise UnableToAddDelivery(f"the book has no table {name!r}", do=f"It has {', '.join(TABLES)}.")
    rows = 0
    with pq.ParquetWriter(file, TABLES[name], compression="zstd") as writer:
        for batch in table.to_reader() if isinstance(table, pa.Table) else table:
            writer.write_batch(_fitted(name, batch))
            rows += batch.num_rows
    if not rows:
        file.unlink()
        return 0
    _sync(file)
    return rows


def _fitted(name: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    schema = TABLES[name]
    try:
        return batch.select(schema.names).cast(schema)
    except (KeyError, pa.ArrowInvalid) as problem:
        raise UnableToAddDelivery(f"{name} does not have the book's columns: {problem}") from problem


def _put_on_shelf(making: Path, digest: str) -> int:
    last = max((one.number for one in shelf.deliveries()), default=0)
    _sync(making)
    making.rename(shelf.root() / f"{last + 1:06d}-{digest[:12]}")
    _sync(shelf.root())
    return last + 1


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
