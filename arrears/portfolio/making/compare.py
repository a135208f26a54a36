"""Hold a made book against real accounts: how late, how they roll, how full, how they pay.

The real file is a table of accounts with six months each, newest first: LIMIT_BAL,
PAY_0, PAY_2 .. PAY_6 (months late; 0 and below: not late), BILL_AMT1 .. 6 and
PAY_AMT1 .. 6. The made book has none of these written down; they are worked out from its
postings. Code 1 hardly occurs in the real file before its newest month (late accounts
enter at 2), so rolls put one and two months late together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from arrears.kernel.trouble import Trouble
from arrears.portfolio.making.arithmetic import TOLERANCE_DAYS, Ledger
from arrears.portfolio.making.draws import Floats, Ints

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
MOST_LATE = 6  # and more
STATES = ("0", "1-2", "3", "4", "5", "6+")
_STATE_OF = np.array([0, 1, 1, 2, 3, 4, 5])  # by months late, 6 standing for more


class UnableToCompare(Trouble):
    """One of the two books cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Months:
    """Row per account, column per statement, oldest first.

    `paid_cents[:, k]` is what came in between statement k and k + 1.
    """

    limit_cents: Ints
    months_late: Ints
    bill_cents: Ints
    paid_cents: Ints


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is compared. Shares and rolls are between 0 and 1."""

    accounts: int
    late_now: Floats  # share of accounts by months late 0 .. 6+ at the newest statement
    late_ever: Floats  # the same over all statements
    rolls: Floats  # STATES x STATES, month over month, rows sum to 1 (or nan: nobody there)
    utilisation: Floats  # bill / limit at QUANTILES
    payment: Floats  # paid / bill at QUANTILES, bills above zero


def portrait(months: Months) -> Portrait:
    """The comparable figures of a book."""
    late = np.minimum(months.months_late, MOST_LATE)
    state = _STATE_OF[late]
    moves = np.zeros((len(STATES), len(STATES)))
    np.add.at(moves, (state[:, :-1].ravel(), state[:, 1:].ravel()), 1)
    with np.errstate(invalid="ignore"):
        rolls = moves / moves.sum(axis=1, keepdims=True)
    billed = months.bill_cents[:, :-1]
    owing = billed > 0
    return Portrait(
        accounts=len(late),
        late_now=_shares(late[:, -1]),
        late_ever=_shares(late.ravel()),
        rolls=rolls,
        utilisation=np.quantile(months.bill_cents[:, -1] / months.limit_cents, QUANTILES),
        payment=np.quantile(months.paid_cents[:, :-1][owing] / billed[owing], QUANTILES)
        if owing.any()
        else np.full(len(QUANTILES), np.nan),
    )


def _shares(late: Ints) -> Floats:
    return np.bincount(late, minlength=MOST_LATE + 1) / max(len(late), 1)


def real_months(file: Path) -> Months:
    """The real accounts of `file`. Raises UnableToCompare where columns are missing."""
    try:
        table = csv.read_csv(file)
        late = _newest_last(table, ["PAY_0", *(f"PAY_{n}" for n in range(2, 7))])
        bill = _newest_last(table, [f"BILL_AMT{n}" for n in range(1, 7)])
        paid = _newest_last(table, [f"PAY_AMT{n}" for n in range(1, 7)])
        limit = _newest_last(table, ["LIMIT_BAL"])[:, 0]
    except (OSError, KeyError, pa.ArrowInvalid) as problem:
        raise UnableToCompare(
            f"{file} is no table of accounts with six months each: {problem}",
            do="It needs LIMIT_BAL, PAY_0, PAY_2..6, BILL_AMT1..6 and PAY_AMT1..6.",
        ) from problem
    # PAY_AMT of a month pays the bill of the month before it.
    paid = np.hstack([paid[:, 1:], np.zeros((len(paid), 1), dtype=np.int64)])
    return Months(limit, np.maximum(late, 0), bill, paid)


def _newest_last(table: pa.Table, names: Sequence[str]) -> Ints:
    columns = [table[name].cast(pa.int64()).to_numpy() for name in names]
    return np.ascontiguousarray(np.stack(columns[::-1], axis=1))


def book_months(folder: Path, *, accounts: int = 24_000) -> Months:
    """The first `accounts` accounts of a made book, worked out from their postings."""
    parts = sorted(folder.glob("accounts-*.parquet"))
    if not parts:
        raise UnableToCompare(f"{folder} holds no book", do="Make one: arrears book new DIR --accounts N")
    taken: list[Months] = []
    for part in parts:
        missing = accounts - sum(len(months.limit_cents) for months in taken)
        if missing <= 0:
            break
        taken.append(_part_months(part, missing))
    least = min(months.months_late.shape[1] for months in taken)
    if least < 2:
        raise UnableToCompare(
            f"{folder} has {least} statement per account", do="Make it with --months 2 or more."
        )
    return Months(*(np.concatenate(column) for column in zip(*map(_columns, taken), strict=True)))


def _columns(months: Months) -> tuple[Ints, Ints, Ints, Ints]:
    return months.limit_cents, months.months_late, months.bill_cents, months.paid_cents


def _part_months(part: Path, most: int) -> Months:
    accounts = pq.read_table(part, columns=["account", "limit_cents"]).slice(0, most)
    last = accounts["account"][-1].as_py()
    return months_of(accounts, _rows(part, "postings", last), _rows(part, "statements", last))


def months_of(accounts: pa.Table, postings: pa.Table, statements: pa.Table) -> Months:
    """Lateness, bills and payments of these accounts, worked out from their postings.

    All three in the canonical columns and in account order, every account with as many statements as the others.
    """
    refs = accounts["account"].combine_chunks()
    days = _days(statements["statement_date"]).reshape(len(refs), -1)
    account = pc.index_in(postings["account"], refs).to_numpy()
    posted = _days(postings["posted_date"])
    period = (posted[:, None] > days[account]).sum(axis=1)
    cell = account * (days.shape[1] + 1) + period
    cents, kind = postings["cents"].to_numpy(), postings["kind"]
    ends = np.hstack([days, days[:, -1:]]).ravel()[cell]
    due = np.hstack([days[:, :1] - 1, _days(statements["due_date"]).reshape(len(refs), -1)]).ravel()[cell]
    in_time = np.where(posted <= due + TOLERANCE_DAYS, cents, 0)

    def summed(*kinds: str, of: Ints = cents) -> Ints:
        wanted = pc.is_in(kind, pa.array(kinds)).to_numpy()
        sums = np.bincount(cell[wanted], weights=of[wanted], minlength=len(refs) * (days.shape[1] + 1))
        return sums.astype(np.int64).reshape(len(refs), -1)

    return _replayed(
        accounts["limit_cents"].to_numpy(),
        purchases=summed("purchase"),
        cent_days=summed("purchase", of=cents * np.maximum(ends - posted, 0)),
        in_full=summed("cash_advance", "instalment", "fee"),
        refunds=summed("refund"),
        paid=summed("payment") - summed("payment_reversal"),
        in_time=summed("payment", of=in_time) - summed("payment_reversal", of=in_time),
    )


def _rows(accounts_part: Path, table: str, last: str) -> pa.Table:
    file = accounts_part.with_name(accounts_part.name.replace("accounts", table))
    return pq.read_table(file, filters=[("account", "<=", last)])


def _days(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.cast(pa.int32()).to_numpy(), dtype=np.int64)


def _replayed(limit: Ints, *, paid: Ints, in_time: Ints, **billed: Ints) -> Months:
    """Sums by period (period k ends with statement k) become statements and lateness."""
    months = paid.shape[1] - 1
    ledger = Ledger.opened(limit, months)
    late, bill = np.zeros((2, len(limit), months), dtype=np.int64)
    for month in range(months):
        ledger.bill(month, **{name: sums[:, month] for name, sums in billed.items()})
        late[:, month], bill[:, month] = ledger.months_late(month), ledger.balance
        ledger.pay(month, paid[:, month + 1], in_time=in_time[:, month + 1])
    return Months(limit, late, bill, np.ascontiguousarray(paid[:, 1:]))
