"""The night's picture of the whole book, in columns: one Parquet file a day.

Accounts outside the casebook are written as the book is reckoned; those in it are added
from their standings when the round closes. Charts and roll rates read these files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from arrears.delinquency import queries as delinquency
from arrears.delinquency.types import Standing, bucket_of
from arrears.reckoning.types import Owed

COLUMNS = pa.schema(
    [
        ("account", pa.string()),
        ("as_of", pa.date32()),
        ("currency", pa.string()),
        ("owed_cents", pa.int64()),
        ("minimum_cents", pa.int64()),
        ("overdue_cents", pa.int64()),
        ("days_past_due", pa.int32()),
        ("months_late", pa.int16()),
        ("bucket", pa.string()),
        ("source", pa.string()),
    ]
)
ROWS_AT_ONCE = 50_000


def folder() -> Path:
    """Where the pictures are kept."""
    place = Path(settings.PORTFOLIO_FOLDER) / "standing"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _strangers_of(day: date) -> Path:
    return folder() / f"{day}.outside"  # accounts outside the casebook, until the day is kept


class Picture:
    """What is owed outside the casebook, as it is being written."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._rows: list[tuple[object, ...]] = []

    def keep(self, owed: Owed) -> None:
        """One account."""
        self._rows.append(_row_of_owed(owed))
        if len(self._rows) >= ROWS_AT_ONCE:
            self.finish()

    def keep_columns(self, owed: pa.Table, day: date) -> None:
        """Many accounts (reckoning.many.amounts_of_tables)."""
        buckets = {days: bucket_of(days) for days in pc.unique(owed["days_past_due"]).to_pylist()}
        columns = {
            "account": owed["account"],
            "as_of": pa.repeat(pa.scalar(day), owed.num_rows),
            "currency": owed["currency"],
            "owed_cents": owed["payoff_cents"],
            "minimum_cents": owed["minimum_due_cents"],
            "overdue_cents": owed["overdue_cents"],
            "days_past_due": owed["days_past_due"],
            "months_late": owed["months_late"],
            "bucket": pa.array([buckets[days] for days in owed["days_past_due"].to_pylist()], pa.string()),
            "source": owed["source"],
        }
        self._writer.write_table(pa.table(columns).cast(COLUMNS))

    def finish(self) -> None:
        """Write what is still held."""
        _write(self._writer, self._rows)


@contextmanager
def writing(day: date) -> Iterator[Picture]:
    """Collect what is owed outside the casebook; the file appears whole or not at all."""
    making = _strangers_of(day).with_suffix(".making")
    with pq.ParquetWriter(making, COLUMNS) as writer:
        picture = Picture(writer)
        yield picture
        picture.finish()
    making.replace(_strangers_of(day))


def keep(day: date) -> Path:
    """Put both parts together as `<day>.parquet`. Doing it twice makes the same file."""
    standings = delinquency.standings()
    inside = {standing.account_ref for standing in standings}
    kept, making = folder() / f"{day}.parquet", folder() / f"{day}.making"
    with pq.ParquetWriter(making, COLUMNS) as writer:
        _write(writer, [_row_of_standing(standing) for standing in standings])
        for batch in pq.ParquetFile(_strangers_of(day)).iter_batches(ROWS_AT_ONCE):
            outside = [ref not in inside for ref in batch.column("account").to_pylist()]
            writer.write_batch(batch.filter(pa.array(outside)))
    making.replace(kept)
    return kept


def read(day: date) -> pa.Table | None:
    """The picture of a day, if there is one."""
    path = folder() / f"{day}.parquet"
    return pq.read_table(path) if path.exists() else None


def _write(writer: pq.ParquetWriter, rows: list[tuple[object, ...]]) -> None:
    if rows:
        arrays = [
            pa.array(column, kind)
            for column, kind in zip(zip(*rows, strict=True), COLUMNS.types, strict=True)
        ]
        writer.write_table(pa.Table.from_arrays(arrays, schema=COLUMNS))
        rows.clear()


def _row_of_owed(owed: Owed) -> tuple[object, ...]:
    return (
        owed.account_ref,
        owed.as_of,
        owed.currency,
        owed.payoff_cents,
        owed.minimum_due_cents,
        owed.overdue_cents,
        owed.days_past_due,
        owed.months_late,
        bucket_of(owed.days_past_due),
        owed.source,
    )


def _row_of_standing(standing: Standing) -> tuple[object, ...]:
    return (
        standing.account_ref,
        standing.as_of,
        standing.currency,
        standing.owed_cents,
        standing.minimum_due_cents,
        standing.overdue_cents,
        standing.lateness.days_past_due,
        standing.months_late,
        standing.lateness.bucket,
        standing.source,
    )
