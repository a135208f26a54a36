"""Make the files of a book: part by part, each written once, memory bounded by batch."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from arrears.kernel.trouble import Trouble
from arrears.portfolio.making import habits, life, people
from arrears.portfolio.making.draws import Ints, uniform
from arrears.portfolio.types import TABLES

MAPPING = Path(__file__).with_name("mapping.yaml")
MADE = ("customers", "contact_points", "accounts", "postings", "statements")
BATCH = 25_000  # accounts made at once: about 100 MB at twelve months
ACCOUNTS_A_PART = 500_000
MOST_ACCOUNTS = 99_999_999  # eight digits stand in a mobile number
OLDEST_YEARS = 12


class UnableToMakeBook(Trouble):
    """The folder or the numbers asked for do not allow it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What book to make: the same order makes the same book, whatever `parts` says."""

    accounts: int
    months: int
    seed: int
    end: date
    parts: int = 0  # 0: one for every 500,000 accounts
    purchases: float = 2.5  # a month and account, on average
    strain: float = 1.0  # 1 is like the real accounts; above it people pay worse

    def checked(self) -> "Order":
        """Itself, or UnableToMakeBook naming the number that cannot be."""
        for name, least, most in (
            ("accounts", 1, MOST_ACCOUNTS),
            ("months", 1, 120),
            ("seed", 0, 2**31 - 1),
            ("parts", 0, self.accounts),
            ("purchases", 0, 100),
            ("strain", 0, 20),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise UnableToMakeBook(f"--{name} {value}: must be from {least} to {most}")
        return self

    def ranges(self) -> list[tuple[int, int]]:
        """First account number and the one after the last, for each part."""
        parts = self.parts or -(-self.accounts // ACCOUNTS_A_PART)
        edges = [1 + self.accounts * part // parts for part in range(parts + 1)]
        return list(pairwise(edges))


@dataclass(frozen=True, slots=True)
class Made:
    """How many rows of each table were written."""

    rows: dict[str, int]
    parts: int


def make_book(
    folder: Path, order: Order, *, workers: int | None = None, done: Callable[[int], None] = lambda _: None
) -> Made:
    """Write the book into `folder`; `done` hears the accounts of each finished part.

    Raises UnableToMakeBook where the order is impossible or the folder holds a book.
    """
    ranges = order.checked().ranges()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("*.parquet")):
        raise UnableToMakeBook(
            f"{folder} holds Parquet files already", do="Name an empty folder, or remove them first."
        )
    rows = dict.fromkeys(MADE, 0)
    for part, counts in _parts_made(folder, order, workers or min(os.cpu_count() or 1, len(ranges))):
        for table, count in counts.items():
            rows[table] += count
        done(ranges[part][1] - ranges[part][0])
    (folder / MAPPING.name).write_bytes(MAPPING.read_bytes())
    return Made(rows, len(ranges))


def _parts_made(folder: Path, order: Order, workers: int) -> Iterator[tuple[int, dict[str, int]]]:
    parts = range(len(order.ranges()))
    if workers == 1:
        yield from ((part, _make_part(folder, order, part)) for part in parts)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        making = {pool.submit(_make_part, folder, order, part): part for part in parts}
        for made in as_completed(making):
            yield making[made], made.result()


def _make_part(folder: Path, order: Order, part: int) -> dict[str, int]:
    """One file of each table; a file is there whole or not at all."""
    rows = dict.fromkeys(MADE, 0)
    first, after = order.ranges()[part]
    names = {table: folder / f"{table}-{part:05d}.parquet" for table in MADE}
    with ExitStack() as stack:
        writers = {
            table: stack.enter_context(_writer(name.with_suffix(".making"), TABLES[table]))
            for table, name in names.items()
        }
        for start in range(first, after, BATCH):
            for table, batch in batch_of_book(order, np.arange(start, min(start + BATCH, after))).items():
                writers[table].write_table(batch)
                rows[table] += batch.num_rows
    for name in names.values():
        name.with_suffix(".making").rename(name)
    return rows


def _writer(name: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # The Arrow schema is left out: columns that are dictionaries here are plain strings there.
    shape = pa.schema([_written(field) for field in schema])
    return pq.ParquetWriter(
        name, shape, compression="zstd", store_schema=False, dictionary_pagesize_limit=8 << 20
    )


def _written(field: pa.Field) -> pa.Field:
    repeated = {"account", "posting", "kind", "reverses", "product", "currency", "language", "zone", "source"}
    return field.with_type(pa.dictionary(pa.int32(), pa.string())) if field.name in repeated else field


def batch_of_book(order: Order, numbers: Ints) -> dict[str, pa.Table]:
    """The rows of the accounts `numbers` in every table, in account order."""
    holders = habits.customers(order.seed, numbers, purchases_a_month=order.purchases)
    when = life.calendar(holders, end=order.end, months=order.months)
    age = uniform(order.seed, "age", numbers) ** 1.5
    opened = when.end - 20 - (age * OLDEST_YEARS * 365).astype(np.int64)
    postings, _ = life.lives(order.seed, holders, when, opened, strain=order.strain)
    firsts = numbers[people.holder_numbers(numbers) == numbers]
    refs = people.account_refs(numbers)
    tables = {
        "customers": people.customers(order.seed, firsts),
        "contact_points": people.contact_points(order.seed, firsts),
        "accounts": _accounts(holders, opened, refs),
        "postings": _postings(postings, refs),
        "statements": _statements(when, refs),
    }
    return {name: _as_written(name, table) for name, table in tables.items()}


def _accounts(holders: habits.Customers, opened: Ints, refs: pa.Array) -> pa.Table:
    number = len(refs)
    return pa.table(
        {
            "account": refs,
            "customer": people.numbered("K", people.holder_numbers(holders.numbers)),
            "product": _same("cn.card", number),
            "currency": _same("CNY", number),
            "opened_date": _dates(opened),
            "limit_cents": pa.array(holders.limit_cents),
            "terms": pa.nulls(number, pa.string()),
        }
    )


def _postings(postings: life.Postings, refs: pa.Array) -> pa.Table:
    most = int(postings.sequence.max(initial=0))
    names = pa.array([f"P{n:05d}" for n in range(1, most + 1)])
    undone = pa.array((postings.reverses - 1).astype(np.int32), mask=postings.reverses == 0)
    return pa.table(
        {
            "account": pa.DictionaryArray.from_arrays(pa.array(postings.account.astype(np.int32)), refs),
            "posting": pa.DictionaryArray.from_arrays(
                pa.array((postings.sequence - 1).astype(np.int32)), names
            ),
            "kind": pa.DictionaryArray.from_arrays(
                pa.array(postings.kind.astype(np.int32)), pa.array(life.KINDS)
            ),
            "cents": pa.array(postings.cents),
            "posted_date": _dates(postings.day),
            "reverses": pa.DictionaryArray.from_arrays(undone, names),
            "origin": pa.nulls(len(postings.day), pa.string()),
            "made_date": pa.nulls(len(postings.day), pa.date32()),  # as the day it is posted
        }
    )


def _statements(when: life.Calendar, refs: pa.Array) -> pa.Table:
    number, months = when.statement.shape
    account = pa.array(np.repeat(np.arange(number, dtype=np.int32), months))
    unsaid = pa.nulls(number * months, pa.int64())  # what stands on a statement is reckoned, not supplied
    return pa.table(
        {
            "account": pa.DictionaryArray.from_arrays(account, refs),
            "statement_date": _dates(when.statement.ravel()),
            "due_date": _dates(when.due.ravel()),
            "balance_cents": unsaid,
            "minimum_cents": unsaid,
            "interest_cents": unsaid,
        }
    )


def _as_written(name: str, table: pa.Table) -> pa.Table:
    shape = pa.schema([_written(field) for field in TABLES[name]])
    columns = [
        column if pa.types.is_dictionary(column.type) else column.combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(field.type) else column
        for column, field in zip(table.columns, shape, strict=True)
    ]  # fmt: skip
    return pa.table(columns, schema=shape)


def _dates(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).view(pa.date32())


def _same(text: str, number: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(number, dtype=np.int32)), pa.array([text]))
