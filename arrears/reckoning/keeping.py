"""What accounts carry from one night to the next, as numbers in a Parquet column."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from arrears.reckoning import bulk
from arrears.reckoning import fold as f
from arrears.reckoning.bulk import Answers, BookArrays, Ints
from arrears.reckoning.reasons import NEEDS_HISTORY as NEEDS_HISTORY
from arrears.reckoning.trace import day_number


@dataclass(frozen=True, slots=True)
class Carried:
    """For account i the numbers from ends[i] to before ends[i + 1]; none where it carries nothing."""

    numbers: Ints
    ends: Ints

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "Carried":
        """From the Parquet column."""
        whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if isinstance(whole, pa.ChunkedArray):
            whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.list_(pa.int64()))
        ends = whole.offsets.to_numpy().astype(np.int64)
        return cls(np.ascontiguousarray(whole.values.to_numpy(), np.int64), ends)

    def column(self) -> pa.Array:
        """As the Parquet column."""
        return pa.ListArray.from_arrays(pa.array(self.ends.astype(np.int32)), pa.array(self.numbers))

    def ever_owed(self) -> Ints:
        """The accounts that are known to have owed anything over a night."""
        owed = np.zeros(len(self.ends) - 1, bool)
        there = np.flatnonzero(self.ends[1:] > self.ends[:-1])
        for figure in (f.PRINCIPAL_DAYS, f.FEES, f.LATE_FEES, f.INTEREST_BILLED):
            owed[there] |= self.numbers[self.ends[there] + figure - f.EARNED] > 0
        return owed

    def without(self, accounts: Ints) -> "Carried":
        """The same, where the marked accounts carry nothing."""
        return self.with_others(np.flatnonzero(accounts), None) if accounts.any() else self

    def with_others(self, places: Ints, others: "Carried | None") -> "Carried":
        """The same, with what some accounts carry put in place of theirs."""
        lists = [self.numbers[a:b] for a, b in zip(self.ends[:-1], self.ends[1:], strict=True)]
        for i, place in enumerate(places):
            lists[place] = others.numbers[others.ends[i] : others.ends[i + 1]] if others else lists[place][:0]
        lengths = [len(one) for one in lists]
        ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Carried(np.concatenate(lists) if lists else self.numbers[:0], ends)


def reckoner() -> str:
    """Which reckoner it is, by its own words: what one carried over, another would read wrongly."""
    sources = [Path(__file__).with_name(name).read_bytes() for name in ("fold.py", "carried.py")]
    return sha256(b"".join(sources)).hexdigest()[:16]


def carried_schema() -> pa.Schema:
    """The columns of carried-NNNNN.parquet."""
    text = pa.dictionary(pa.int32(), pa.string())
    columns = [
        ("account", text), ("product", text), ("currency", text), ("terms", text),
        ("opened_date", pa.date32()), ("limit_cents", pa.int64()), ("carried", pa.list_(pa.int64())),
    ]  # fmt: skip
    return pa.schema(columns)


def carried_table(batch: Any, carried: Carried) -> pa.Table:
    """What the accounts of a batch carry, with what is needed to go on."""
    schema = carried_schema()
    columns = {name: batch.accounts[name] for name in schema.names[:-1]}
    return pa.table({**columns, "carried": carried.column()}).cast(schema)


def reckon_keeping(book: BookArrays, *, as_of: date) -> tuple[Answers, Carried]:
    """Every account from its whole history, and what it carries on. On one core."""
    from arrears.reckoning import carried as c

    count, columns = len(book), bulk.columns_of(book)
    answers, trouble, trouble_at = bulk.blank_answers(count)
    most = count * c.most_saved(0, 0) + len(book.posting_cents) * c.LOT_NUMBERS
    most += len(book.statement_day) * c.most_saved(1, 2)
    saved, ends = np.empty(most, np.int64), np.zeros(count + 1, np.int64)
    scratch = np.zeros(bulk.sheet_size(book, columns), np.int64)
    c.reckon_and_save(day_number(as_of), columns, scratch, answers, trouble, trouble_at, saved, ends)
    bulk.interpret_too_large(book, columns, day_number(as_of), answers, trouble)
    return bulk.named_answers(answers, trouble, trouble_at), Carried(saved[: ends[-1]].copy(), ends)


def go_on(book: BookArrays, before: Carried, *, as_of: date, carried_day: date) -> tuple[Answers, Carried]:
    """Every account from what it carried and its rows since. Some are left with NEEDS_HISTORY."""
    from arrears.reckoning import carried as c

    count, columns = len(book), bulk.columns_of(book)
    answers, trouble, trouble_at = bulk.blank_answers(count)
    # A statement row carried has nine numbers and may come to two charges of eleven.
    most = 4 * len(before.numbers) + len(book.posting_cents) * c.LOT_NUMBERS
    most += len(book.statement_day) * c.most_saved(1, 2)
    saved, ends = np.empty(most, np.int64), np.zeros(count + 1, np.int64)
    largest = int(np.diff(before.ends).max(initial=0))
    scratch = np.zeros(bulk.sheet_size(book, columns) + 4 * largest + f.HEAD, np.int64)
    c.go_on_and_save(
        day_number(as_of), day_number(carried_day), columns, before.numbers, before.ends, scratch,
        answers, trouble, trouble_at, saved, ends,
    )  # fmt: skip
    return bulk.named_answers(answers, trouble, trouble_at), Carried(saved[: ends[-1]].copy(), ends)
