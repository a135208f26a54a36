"""The demo's book: the cast and a crowd, as rows, as files, and as money arriving day by day.

The book is as the bank would send it at the demo's end, except that payments of late
customers in the last three weeks are left out: they arrive as notices while the rounds
run, a few of them spoiled as in life (a mistyped account, no account at all, a part).
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.casebook.types import BookRows, MoneyNotice, Row
from arrears.demo.cast import CURRENCY, HISTORY_DAYS, CastBook, cast
from arrears.kernel.money import decimal_text
from arrears.portfolio.making.book import Order, batch_of_book
from arrears.portfolio.making.compare import months_of
from arrears.portfolio.types import TABLES

CROWD = 240
CROWD_MONTHS = 10
CROWD_STRAIN = 1.5  # harder times than in the real accounts, so that every bucket has somebody
NAMES_ACCOUNT_ONLY_IN_WORDS = 4  # every fourth payer writes the account into the reference

# Nobody's, until a person looks: days before the end, amount, account, reference, payer.
_STRAYS = (
    (8, 50_000, "", "信用卡还款", "马晓云"),
    (2, 120_000, "A00000O214", "还款 A00000O214", "徐建平"),  # the letter O for a zero
)

# How the canonical files are headed: amounts are decimals there and cents here.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": ("customer", "name", "language", "zone"),
    "contact_points": ("customer", "kind", "value", "source"),
    "accounts": ("account", "customer", "product", "currency", "opened_date", "limit", "terms"),
    "postings": ("account", "posting", "kind", "amount", "posted_date", "reverses"),
    "statements": ("account", "statement_date", "due_date"),
}
_HEADED = {"limit": "limit_cents", "amount": "cents"}
PAYMENT_COLUMNS = ("payment_id", "received_date", "currency", "amount", "account", "reference", "payer")


def demo_book(end: date, *, accounts: int = CROWD, seed: int = 7) -> CastBook:
    """The cast and a crowd of `accounts` from number 1, M0 to M7+, with all that happens."""
    if accounts == 0:
        return cast(end)
    told = cast(end)
    rows, arriving = _crowd(end, accounts, seed)
    rows = BookRows(**{table: [*getattr(rows, table), *getattr(told.rows, table)] for table in _COLUMNS})
    payments = sorted(
        [*told.payments, *arriving, *_strays(end)], key=lambda notice: (notice.received_date, notice.ref)
    )
    return replace(told, rows=rows, payments=tuple(payments))


def _crowd(end: date, accounts: int, seed: int) -> tuple[BookRows, list[MoneyNotice]]:
    order = Order(accounts, CROWD_MONTHS, seed, end, strain=CROWD_STRAIN).checked()
    made = batch_of_book(order, np.arange(1, accounts + 1))
    tables = {name: table.cast(TABLES[name]) for name, table in made.items()}
    postings = tables["postings"]
    candidates = _recent_payments(postings, end - timedelta(days=HISTORY_DAYS))
    late = _late_without(tables, candidates)
    arriving = pc.and_(candidates, pc.is_in(postings["account"], late))
    tables["postings"] = postings.filter(pc.invert(arriving))
    rows = BookRows(**{table: _plain_rows(table, tables[table]) for table in _COLUMNS})
    holders = _holders(rows)
    paid = _plain_rows("postings", postings.filter(arriving))
    return rows, [_notice(row, holders[row[0]], nth) for nth, row in enumerate(paid)]


def _recent_payments(postings: pa.Table, since: date) -> pa.ChunkedArray:
    """Payments after `since` that did not bounce."""
    payment = pc.equal(postings["kind"], "payment")
    recent = pc.and_(payment, pc.greater(postings["posted_date"], pa.scalar(since)))
    names = [f"{account} {posting}" for account, posting in _pairs(postings, "posting")]
    bounced = {f"{account} {undone}" for account, undone in _pairs(postings, "reverses") if undone}
    return pc.and_(recent, pa.chunked_array([pa.array([name not in bounced for name in names])]))


def _pairs(postings: pa.Table, column: str) -> Iterable[tuple[str, str | None]]:
    return zip(postings["account"].to_pylist(), postings[column].to_pylist(), strict=True)


def _late_without(tables: Mapping[str, pa.Table], payments: pa.ChunkedArray) -> pa.Array:
    """Who would be late at the newest statement had these payments not come."""
    without = tables["postings"].filter(pc.invert(payments))
    late = months_of(tables["accounts"], without, tables["statements"]).months_late[:, -1] > 0
    return tables["accounts"]["account"].combine_chunks().filter(pa.array(late))


def _plain_rows(table: str, columns: pa.Table) -> list[Row]:
    return list(zip(*(columns[name].to_pylist() for name in TABLES[table].names), strict=True))


def _holders(rows: BookRows) -> dict[str, str]:
    """Account -> the holder's name."""
    names = {customer: name for customer, name, *_ in rows.customers}
    return {account: names[customer] for account, customer, *_ in rows.accounts}


def _notice(row: Row, payer: str, nth: int) -> MoneyNotice:
    account, posting, _, cents, posted, *_ = row
    in_words = nth % NAMES_ACCOUNT_ONLY_IN_WORDS == 0
    return MoneyNotice(
        ref=f"bank-{posted:%Y%m%d}-{account}-{posting}",
        received_date=posted,
        cents=cents,
        currency=CURRENCY,
        account_given="" if in_words else account,
        reference_given=f"还款 {account}" if in_words else "",
        payer_name=payer,
        origin="demo",
    )


def _strays(end: date) -> list[MoneyNotice]:
    return [
        MoneyNotice(
            ref=f"bank-{end - timedelta(days=days):%Y%m%d}-stray",
            received_date=end - timedelta(days=days),
            cents=cents,
            currency=CURRENCY,
            account_given=account,
            reference_given=reference,
            payer_name=payer,
            origin="demo",
        )
        for days, cents, account, reference, payer in _STRAYS
    ]


def write_demo_book(folder: Path, end: date, *, accounts: int = CROWD, seed: int = 7) -> CastBook:
    """Write customers.csv, contact_points.csv, accounts.csv, postings.csv and statements.csv.

    They are what `arrears intake book FOLDER` takes in. Gives back the book written.
    """
    book = demo_book(end, accounts=accounts, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    for table, columns in _COLUMNS.items():
        places = [TABLES[table].names.index(_HEADED.get(column, column)) for column in columns]
        rows = ([_cell(column, row[place]) for column, place in zip(columns, places, strict=True)]
                for row in getattr(book.rows, table))  # fmt: skip
        _write(folder / f"{table}.csv", columns, rows)
    return book


def timed_payments(end: date, *, book: CastBook | None = None) -> dict[date, list[dict[str, str]]]:
    """Payments by the day they arrive, as rows of the canonical payments file.

    The last day is the day after `end`: what tomorrow's file will bring.
    """
    found: dict[date, list[dict[str, str]]] = defaultdict(list)
    for notice in (book or demo_book(end)).payments:
        found[notice.received_date].append(
            {
                "payment_id": notice.ref,
                "received_date": notice.received_date.isoformat(),
                "currency": notice.currency,
                "amount": decimal_text(notice.cents, currency=notice.currency),
                "account": notice.account_given,
                "reference": notice.reference_given,
                "payer": notice.payer_name,
            }
        )
    return dict(found)


def write_payments(file: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """One day's payments as a file `arrears intake payments FILE` takes in."""
    _write(file, PAYMENT_COLUMNS, ([row[column] for column in PAYMENT_COLUMNS] for row in rows))


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    return decimal_text(int(str(value)), currency=CURRENCY) if column in _HEADED else str(value)


def _write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with open(file, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(rows)
