"""How fast is the night? Against the limit: pyarrow alone reading and writing the same.

(a) a whole night, Parquet in to Parquet out, reckoned. (b) pyarrow alone reading the same
columns with the same workers, and writing the very same answers. Medians of several runs
in one process, on one machine; (a)/(b) is what counts, seconds are the machine's.
"""

import os
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.reckoning import night
from arrears.reckoning.queries import owed


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians in seconds, and what was reckoned in them."""

    accounts: int
    postings: int
    reckon_seconds: float
    limit_seconds: float
    peak_bytes: int
    runs: int

    @property
    def ratio(self) -> float:
        """(a)/(b): 1 would be a reckoner that costs nothing."""
        return self.reckon_seconds / self.limit_seconds

    @property
    def accounts_a_second(self) -> float:
        """Accounts reckoned end to end in a second."""
        return self.accounts / self.reckon_seconds


def measure(order: night.Order, *, runs: int = 5, done: Callable[[int], None] = lambda _: None) -> Measured:
    """Run (a) and (b) in turn, `runs` times each, after one run that warms compiler and disk.

    order.out is removed between the runs and holds the last run's answers afterwards.
    """
    shutil.rmtree(order.out, ignore_errors=True)
    last = night.reckon_folder(order)
    taken, limits = [], []
    for number in range(runs):
        shutil.rmtree(order.out)
        taken.append(_seconds(lambda: night.reckon_folder(order)))
        limits.append(limit_seconds(order))
        done(number + 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Measured(
        last.accounts, last.postings, statistics.median(taken), statistics.median(limits), peak, runs
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def limit_seconds(order: night.Order) -> float:
    """Seconds for pyarrow alone: read the input's columns, write the answers of order.out anew."""
    parts = night.part_numbers(order.folder)
    workers = min(order.workers or os.cpu_count() or 1, len(parts))
    spare = order.out.with_name(order.out.name + "-limit")
    spare.mkdir(exist_ok=True)
    with ThreadPoolExecutor(workers) as pool:
        reading = _seconds(lambda: list(pool.map(lambda part: _only_read(order, part), parts)))
        writing = 0.0
        # The answers are in memory before the clock runs, as many parts as are written at once.
        for some in _by(parts, workers):
            tables = {part: _answers(order, part) for part in some}
            writing += _seconds(partial(_write_all, pool, order, spare, tables))
    shutil.rmtree(spare)
    return reading + writing


def _by(parts: list[str], number: int) -> Iterator[list[str]]:
    for first in range(0, len(parts), number):
        yield parts[first : first + number]


def _only_read(order: night.Order, part: str) -> None:
    for table in night.COLUMNS:
        file = night.open_table(order.folder, table, part)
        for group in range(file.num_row_groups):
            file.read_row_group(group, columns=night.COLUMNS[table], use_threads=False)


def _answers(order: night.Order, part: str) -> list[pa.Table]:
    texts = ["account", *order.labels, *(["flipped_from"] if order.labels else [])]
    file = pq.ParquetFile(order.out / f"reckoned-{part}.parquet", read_dictionary=texts)
    return [file.read_row_group(group) for group in range(file.num_row_groups)]


def _write_all(
    pool: ThreadPoolExecutor, order: night.Order, spare: Path, tables: Mapping[str, Sequence[pa.Table]]
) -> None:
    list(pool.map(lambda part: _only_write(order, spare, part, tables[part]), tables))


def _only_write(order: night.Order, spare: Path, part: str, tables: Sequence[pa.Table]) -> None:
    with night.writer_of(spare / f"reckoned-{part}.parquet", order.labels) as writer:
        for table in tables:
            writer.write_table(table)


def milliseconds_explained(order: night.Order, *, accounts: int = 200) -> float:
    """Median milliseconds to explain one account of the book, interpreted with its trace."""
    batch = next(night.batches(order.folder, night.part_numbers(order.folder)[0]))
    taken = []
    for number in range(min(accounts, len(batch.refs.names))):
        history = history_of(batch, number)
        taken.append(_seconds(partial(owed, history=history, as_of=order.as_of)))
    return 1000 * statistics.median(taken)


def history_of(batch: night.Batch, number: int) -> AccountHistory:
    """One account of a batch as rows."""
    account = batch.accounts.slice(number, 1).to_pylist()[0]
    first, end = int(batch.first_posting[number]), int(batch.first_posting[number + 1])
    movements = [
        Movement(row["posting"], MovementKind(row["kind"]), row["cents"], row["posted_date"], row["reverses"])
        for row in batch.postings.slice(first, end - first).to_pylist()
    ]
    first, end = int(batch.first_cycle[number]), int(batch.first_cycle[number + 1])
    cycles = [
        Cycle(row["statement_date"], row["due_date"])
        for row in batch.statements.slice(first, end - first).to_pylist()
    ]
    return AccountHistory(
        ref=account["account"],
        customer_ref="",
        product=account["product"],
        currency=account["currency"],
        cycles=tuple(cycles),
        movements=tuple(movements),
        opened_date=account["opened_date"],
        limit_cents=account["limit_cents"],
    )
