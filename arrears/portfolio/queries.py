"""Reading the book: every history in account order, single accounts as rows, figures for charts."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from arrears.casebook.types import AccountHistory, BookRows, Cycle, Movement, MovementKind, Supplied
from arrears.portfolio import shelf
from arrears.portfolio.shelf import connect
from arrears.portfolio.types import KEYS, TABLES

__all__ = [
    "account_count",
    "accounts_in",
    "connect",
    "counts_by_months_late",
    "each_batch",
    "each_history",
    "find_accounts",
    "has_account",
    "lateness_history",
    "latest_delivery",
    "rows_for",
    "show_book",
]

Part = TypeVar("Part")
ROWS_AT_ONCE = 20_000
_KINDS = {kind.value: kind for kind in MovementKind}
_EPOCH = date(1970, 1, 1).toordinal()


def latest_delivery() -> int:
    """The number of the newest delivery, 0 where there is none."""
    return max((one.number for one in shelf.deliveries()), default=0)


def show_book(connection: duckdb.DuckDBPyConnection, *, prefix: str = "book", digest: str = "") -> None:
    """Views `<prefix>_<table>` of the book in `connection`; with `digest`, of that input's deliveries alone."""
    every = shelf.deliveries()
    shown = [one for one in every if digest.startswith(one.digest)] if digest else every
    shelf.show_book(connection, of=shown, prefix=prefix)


def account_count() -> int:
    """How many accounts the book has."""
    return int(_ask("select count(*) from book_accounts")[0][0])


def has_account(ref: str) -> bool:
    """Whether the book knows this account."""
    return bool(_ask("select 1 from book_accounts where account = ? limit 1", [ref]))


def find_accounts(*, refs: Iterable[str], customer_refs: Iterable[str]) -> list[tuple[str, str, str]]:
    """(account, customer, currency) of these accounts and of all accounts of these customers."""
    return _ask(
        "select account, customer, currency from book_accounts where account in (select unnest(?)) "
        "or customer in (select unnest(?)) order by account",
        [list(refs), list(customer_refs)],
    )


def accounts_in(*, digest: str) -> list[str]:
    """The accounts that input's deliveries say anything of, or of whose customers."""
    with connect() as connection:
        show_book(connection, digest=digest)
        show_book(connection, prefix="whole")
        named = (f"select account from book_{table}" for table in TABLES if "account" in TABLES[table].names)
        people = "select customer from book_customers union select customer from book_contact_points"
        rows = connection.execute(
            f"{' union '.join(named)} union "
            f"select account from whole_accounts where customer in ({people}) order by account"
        ).fetchall()
        return [row[0] for row in rows]


def counts_by_months_late(as_of: date | None = None) -> dict[int, int]:
    """How many accounts the bank says are so many months late, on `as_of` or the latest day told."""
    rows = _ask(
        """select months_late, count(*) from book_supplied
           where months_late is not null and as_of = coalesce(
             ?, (select max(as_of) from book_supplied where months_late is not null))
           group by months_late order by months_late""",
        [as_of],
    )
    return dict(rows)


def lateness_history() -> pa.Table:
    """account, as_of, months_late, days_past_due, balance_cents: all the bank told, in that order."""
    with connect() as connection:
        shelf.show_book(connection)
        return connection.sql(
            "select account, as_of, months_late, days_past_due, balance_cents from book_supplied "
            "order by account, as_of"
        ).to_arrow_table()


def rows_for(account_refs: Iterable[str], *, delivered_after: int = 0) -> BookRows:
    """Everything the book knows of these accounts, for `casebook.actions.enter`.

    delivered_after: only what deliveries numbered above it brought (to bring up to date).
    """
    refs, newer = list(account_refs), shelf.deliveries(after=delivered_after)
    if not refs or not newer:
        return BookRows()
    with connect() as connection:
        connection.register("asked", pa.table({"account": pa.array(refs, pa.string())}))
        shelf.show_book(connection, prefix="whole")
        connection.execute(
            "create table who as select account, customer from whole_accounts "
            "where account in (select account from asked)"
        )
        shelf.show_book(connection, of=newer, among="who")
        return BookRows(**{table: _rows(connection, table) for table in TABLES})


def history_of(account_ref: str) -> AccountHistory | None:
    """One account's history as the book tells it; None where the book does not know it."""
    rows = rows_for([account_ref])
    for ref, customer, product, currency, opened, limit, terms in rows.accounts:
        return AccountHistory(
            ref=ref,
            customer_ref=customer,
            product=product,
            currency=currency,
            cycles=tuple(Cycle(*row[1:]) for row in rows.statements),
            movements=tuple(_movement(*row[1:]) for row in sorted(rows.postings, key=itemgetter(4, 1))),
            supplied=tuple(Supplied(*row[1:]) for row in rows.supplied),
            opened_date=opened,
            limit_cents=limit,
            terms=json.loads(terms) if terms else {},
        )
    return None


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    columns, order = ", ".join(TABLES[table].names), ", ".join(KEYS[table])
    return list(connection.execute(f"select {columns} from book_{table} order by {order}").fetchall())


def _ask(question: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connect() as connection:
        shelf.show_book(connection)
        return list(connection.execute(question, values or []).fetchall())


def each_history(*, batch: int = 5000) -> Iterator[list[AccountHistory]]:
    """Every account's history, ordered by account, `batch` at a time, in bounded memory.

    The tables are each sorted by account (DuckDB spills what is too much) and read side by
    side; nothing is held but the accounts at hand.
    """
    with connect() as connection:
        shelf.show_book(connection)
        cycles = _Lane(_parts(connection, "statements", "statement_date", Cycle))
        movements = _Lane(_parts(connection, "postings", "posted_date, posting", _movement))
        supplied = _Lane(_parts(connection, "supplied", "as_of", Supplied))
        ready: list[AccountHistory] = []
        for row in _stream(connection, "select * from book_accounts order by account"):
            ref, customer, product, currency, opened, limit, terms = row
            ready.append(
                AccountHistory(
                    ref=ref,
                    customer_ref=customer,
                    product=product,
                    currency=currency,
                    cycles=cycles.of(ref),
                    movements=movements.of(ref),
                    supplied=supplied.of(ref),
                    opened_date=opened,
                    limit_cents=limit,
                    terms=json.loads(terms) if terms else {},
                )
            )
            if len(ready) == batch:
                yield ready
                ready = []
        if ready:
            yield ready


def each_batch(*, batch: int = 50_000) -> Iterator[dict[str, pa.Table]]:
    """The same accounts as `each_history`, `batch` at a time, as tables: accounts, postings, statements, supplied.

    All in account order, postings by day; rows of accounts without a row of their own are left out.
    """
    orders = {"statements": "statement_date", "postings": "posted_date, posting", "supplied": "as_of"}
    with connect() as connection:
        shelf.show_book(connection)
        lanes = {
            table: _TableLane(_reader(connection.cursor(), table, f"account, {order}"))
            for table, order in orders.items()
        }
        for some in _reader(connection, "accounts", "account", rows=batch):
            accounts = pa.Table.from_batches([some])
            if accounts.num_rows:
                yield {"accounts": accounts, **{name: lane.of(accounts) for name, lane in lanes.items()}}


def _reader(
    connection: duckdb.DuckDBPyConnection, table: str, order: str, *, rows: int = 200_000
) -> pa.RecordBatchReader:
    columns = ", ".join(TABLES[table].names)
    return connection.sql(f"select {columns} from book_{table} order by {order}").to_arrow_reader(rows)


class _TableLane:
    """One table in account order, handed out for batches of accounts."""

    def __init__(self, batches: pa.RecordBatchReader) -> None:
        self._batches, self._empty = batches, batches.schema.empty_table()
        self._held: list[pa.RecordBatch] = []

    def of(self, accounts: pa.Table) -> pa.Table:
        """The rows of these accounts; accounts must be asked for in order."""
        last = accounts["account"][-1]
        while not self._held or self._held[-1]["account"][-1].as_py() <= last.as_py():
            following = next(self._batches, None)
            if following is None:
                break
            if following.num_rows:
                self._held.append(following)
        if not self._held:
            return self._empty
        held = pa.Table.from_batches(self._held)
        mine = pc.sum(pc.less_equal(held["account"], last)).as_py() or 0
        self._held = held.slice(mine).to_batches()
        taken = held.slice(0, mine)
        return taken.filter(pc.is_in(taken["account"], value_set=accounts["account"].combine_chunks()))


class _Lane(Generic[Part]):
    """One table's parts in account order, handed out account by account."""

    def __init__(self, parts: Iterator[tuple[str, Part]]) -> None:
        self._groups = groupby(parts, key=itemgetter(0))
        self._at = next(self._groups, None)

    def of(self, ref: str) -> tuple[Part, ...]:
        """The parts of `ref`; accounts must be asked for in order. Parts of accounts not asked for are passed."""
        while self._at and self._at[0] < ref:
            self._at = next(self._groups, None)
        if self._at is None or self._at[0] != ref:
            return ()
        found = tuple(part for _, part in self._at[1])
        self._at = next(self._groups, None)
        return found


def _movement(
    ref: str, kind: str, cents: int, posted: date, reverses: str | None, origin: str | None, made: date | None
) -> Movement:
    return Movement(ref, _KINDS[kind], cents, posted, reverses, made_date=made)


def _parts(
    connection: duckdb.DuckDBPyConnection, table: str, order: str, make: Callable[..., Part]
) -> Iterator[tuple[str, Part]]:
    columns = ", ".join(TABLES[table].names)
    # Binary order of UTF-8 is the order of Python's strings, so the lanes agree on "before".
    rows = _stream(connection.cursor(), f"select {columns} from book_{table} order by account, {order}")
    return ((row[0], make(*row[1:])) for row in rows)


def _stream(connection: duckdb.DuckDBPyConnection, question: str) -> Iterator[tuple[Any, ...]]:
    for batch in connection.sql(question).to_arrow_reader(ROWS_AT_ONCE):
        yield from zip(*(_plain(column) for column in batch.columns), strict=True)


def _plain(column: pa.Array) -> list[Any]:
    """Python values; days and whole numbers without nulls go the quick way."""
    if pa.types.is_date32(column.type):
        return [None if n is None else date.fromordinal(_EPOCH + n) for n in _plain(column.cast(pa.int32()))]
    if pa.types.is_integer(column.type) and not column.null_count:
        return list(column.to_numpy().tolist())
    return list(column.to_pylist())
