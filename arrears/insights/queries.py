"""Reading the measures. Every figure is computed from what is kept; nothing is stored here.

The night's pictures lie in settings.PORTFOLIO_FOLDER/standing/<day>.parquet (written by
the round). Functions answer None or nothing where there is no data yet.
"""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from arrears.casebook import queries as casebook
from arrears.delinquency.types import BUCKETS
from arrears.insights.types import BookByBucket, BucketCount, BucketMoney, ContactCount, Cured, RollRates
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import add_months, at_clock
from arrears.portfolio import queries as portfolio

NEAR_DAYS = 5  # a night so near to "a month before" counts as it

# account, month (a running number), as_of, bucket (0 .. 7): one row a month and account.
_SUPPLIED_MONTHS = """
create table months as
select account, month, max(as_of) as as_of, arg_max(bucket, as_of) as bucket
from (
  select account, as_of, year(as_of) * 12 + month(as_of) as month,
         least(greatest(coalesce(months_late, (days_past_due + 29) // 30), 0), 7) as bucket
  from book_supplied where months_late is not null or days_past_due is not null)
where month > (select max(year(as_of) * 12 + month(as_of)) from book_supplied) - ?
group by account, month
"""
_PAIRS = "from months a join months b on b.account = a.account and b.month = a.month + 1"


def nights() -> list[date]:
    """The days whose picture of the book is kept, oldest first."""
    found = _standing().glob("????-??-??.parquet")
    return sorted(date.fromisoformat(file.stem) for file in found)


def book_by_bucket(on: date) -> BookByBucket | None:
    """Accounts by bucket on the latest night up to `on`; None before the first."""
    night = _night(on)
    if night is None:
        return None
    counted = dict(_ask_night(night, "select bucket, count(*) from night group by bucket"))
    return BookByBucket(night, tuple(BucketCount(bucket, counted.get(bucket, 0)) for bucket in BUCKETS))


def money_by_bucket(on: date) -> list[BucketMoney]:
    """What is owed and overdue by currency and bucket on the latest night up to `on`."""
    night = _night(on)
    if night is None:
        return []
    rows = _ask_night(
        night,
        "select bucket, currency, sum(owed_cents)::bigint,"
        " case when count(overdue_cents) = 0 then null else sum(overdue_cents)::bigint end"
        " from night group by currency, bucket order by currency, bucket",
    )
    return [BucketMoney(*row) for row in rows]


def roll_rates(months: int = 6) -> RollRates | None:
    """Rolls over the last `months` months: as the bank supplied them, else from our nights.

    None where there are not two months to compare.
    """
    with duckdb.connect() as connection:
        source = _gather_months(connection, months)
        counted = connection.execute(f"select a.bucket, b.bucket, count(*) {_PAIRS} group by all").fetchall()
        if not counted:
            return None
        since, until, pairs = connection.execute(
            f"select min(a.as_of), max(b.as_of), count(distinct a.month) {_PAIRS}"
        ).fetchall()[0]
    moves = {(before, after): number for before, after, number in counted}
    table = tuple(tuple(moves.get((i, j), 0) for j in range(len(BUCKETS))) for i in range(len(BUCKETS)))
    return RollRates(table, since, until, pairs, source)


def cure_rate(months: int = 6) -> list[Cured]:
    """Month by month, oldest first: of those who were late, who no longer was a month later."""
    with duckdb.connect() as connection:
        _gather_months(connection, months)
        rows = connection.execute(
            "select max(a.as_of), max(b.as_of), count(*) filter (a.bucket > 0),"
            f" count(*) filter (a.bucket > 0 and b.bucket = 0) {_PAIRS} group by a.month order by a.month"
        ).fetchall()
    return [Cured(*row) for row in rows]


def contacts_by_outcome(on_from: date, on_to: date) -> list[ContactCount]:
    """Contacts made from `on_from` to `on_to` (both included, days of the house), most first."""
    since = at_clock(on_from, time(0), zone=HOUSE_ZONE)
    before = at_clock(on_to + timedelta(days=1), time(0), zone=HOUSE_ZONE)
    counted = casebook.contacts_counted(since=since, before=before)
    rows = [ContactCount(channel, outcome, number) for (channel, outcome), number in counted.items()]
    return sorted(rows, key=lambda row: (-row.contacts, row.channel, row.outcome))


def _gather_months(connection: duckdb.DuckDBPyConnection, months: int) -> str:
    """Fill the table `months`; says where from."""
    portfolio.show_book(connection)
    connection.execute(_SUPPLIED_MONTHS, [months])
    if connection.execute("select count(distinct month) > 1 from months").fetchall()[0][0]:
        return "supplied"
    _nights_as_months(connection, _a_month_apart(nights(), months))
    return "rounds"


def _a_month_apart(days: Sequence[date], months: int) -> list[tuple[int, date]]:
    """(month, night) for the newest night, the one a month before it, and so on."""
    found = []
    for back in range(months):
        wanted = add_months(days[-1], -back) if days else None
        near = [day for day in days if wanted and abs((day - wanted).days) <= NEAR_DAYS]
        if wanted and near:
            found.append((-back, min(near, key=lambda day: abs((day - wanted).days))))
    return found


def _nights_as_months(connection: duckdb.DuckDBPyConnection, nights_used: Iterable[tuple[int, date]]) -> None:
    connection.execute(
        "create or replace table months (account varchar, month integer, as_of date, bucket integer)"
    )
    for month, night in nights_used:
        connection.execute(
            "insert into months select account, ?, ?, list_position(?, bucket) - 1 from read_parquet(?)",
            [month, night, list(BUCKETS), str(_standing() / f"{night}.parquet")],
        )


def _standing() -> Path:
    return Path(settings.PORTFOLIO_FOLDER) / "standing"


def _night(on: date) -> date | None:
    return max((day for day in nights() if day <= on), default=None)


def _ask_night(night: date, question: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.read_parquet(str(_standing() / f"{night}.parquet")).create_view("night")
        return list(connection.execute(question).fetchall())
