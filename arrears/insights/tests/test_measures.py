"""Measures come from what is kept: the night's pictures, the bank's lateness, the contacts made."""

from collections import Counter
from csv import DictReader
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrears.casebook import actions as casebook
from arrears.casebook.types import BookRows, FactKind
from arrears.daily.snapshot import COLUMNS
from arrears.insights import queries
from arrears.insights.types import BucketMoney, Cured
from arrears.intake import actions as intake
from arrears.portfolio.actions import add_delivery
from arrears.portfolio.types import TABLES

NIGHT = date(2026, 11, 20)


def keep_night(home: Path, night: date, buckets: dict[str, str], **columns: list) -> None:
    """A night's picture: account -> bucket; 100.00 CNY owed each unless said otherwise."""
    number = len(buckets)
    usual = {
        "account": list(buckets),
        "as_of": [night] * number,
        "currency": ["CNY"] * number,
        "owed_cents": [10_000] * number,
        "minimum_cents": [1_000] * number,
        "overdue_cents": [1_000] * number,
        "days_past_due": [0] * number,
        "months_late": [None] * number,
        "bucket": list(buckets.values()),
        "source": ["reckoned"] * number,
    }
    folder = home / "portfolio" / "standing"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({**usual, **columns}, schema=COLUMNS), folder / f"{night}.parquet")


def supply(rows: list[tuple[str, date, int | None, int | None]]) -> None:
    """(account, as_of, months late, days past due), as a bank delivers them."""
    columns = zip(*((account, day, None, months, days) for account, day, months, days in rows), strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, TABLES["supplied"].types, strict=True)]
    add_delivery(
        tables={"supplied": pa.Table.from_arrays(arrays, schema=TABLES["supplied"])}, digest="a" * 64
    )


def counted(on: date) -> dict[str, int]:
    book = queries.book_by_bucket(on)
    assert book is not None
    return {row.bucket: row.accounts for row in book.counts if row.accounts}


def test_the_book_is_as_of_the_latest_night_up_to_the_day(home: Path) -> None:
    keep_night(home, NIGHT, {"A": "M0", "B": "M0", "C": "M7+"})
    keep_night(home, NIGHT + timedelta(days=1), {"A": "M1", "B": "M0", "C": "M7+"})
    assert counted(NIGHT) == {"M0": 2, "M7+": 1}
    assert counted(NIGHT + timedelta(days=9)) == {"M0": 1, "M1": 1, "M7+": 1}


def test_every_bucket_is_counted_even_where_nobody_is(home: Path) -> None:
    keep_night(home, NIGHT, {"A": "M2"})
    book = queries.book_by_bucket(NIGHT)
    assert book is not None and (book.accounts, book.late, len(book.counts)) == (1, 1, 8)


def test_before_the_first_night_there_is_nothing_and_no_error(home: Path) -> None:
    assert queries.book_by_bucket(NIGHT) is None and queries.money_by_bucket(NIGHT) == []
    assert queries.roll_rates() is None and queries.cure_rate() == []


def test_money_is_never_added_across_currencies(home: Path) -> None:
    keep_night(
        home, NIGHT, {"A": "M1", "B": "M1", "C": "M1"},
        currency=["CNY", "USD", "CNY"], overdue_cents=[1_000, None, 500],
    )  # fmt: skip
    assert queries.money_by_bucket(NIGHT) == [
        BucketMoney("M1", "CNY", 20_000, 1_500), BucketMoney("M1", "USD", 10_000, None)
    ]  # fmt: skip


def test_rolls_compare_nights_a_month_apart_and_no_others(home: Path) -> None:
    keep_night(home, date(2026, 9, 18), {"A": "M0", "B": "M1", "C": "M0"})
    keep_night(home, date(2026, 10, 20), {"A": "M1", "B": "M0", "C": "M0", "D": "M0"})
    keep_night(home, date(2026, 11, 5), {"A": "M6", "B": "M6", "C": "M6", "D": "M6"})
    keep_night(home, date(2026, 11, 20), {"A": "M2", "B": "M0", "C": "M0", "D": "M1"})
    rolls = queries.roll_rates()
    assert rolls is not None and (rolls.months, rolls.source) == (2, "rounds")
    assert (rolls.since, rolls.until) == (date(2026, 9, 18), date(2026, 11, 20))
    assert (rolls.began("M0"), rolls.share("M0", "M1"), rolls.share("M1", "M2")) == (5, 2 / 5, 1 / 2)
    assert rolls.share("M5", "M6") is None


def test_three_weeks_of_nights_are_not_a_month(home: Path) -> None:
    for day in range(21):
        keep_night(home, NIGHT - timedelta(days=day), {"A": "M1"})
    assert queries.roll_rates() is None


def test_the_banks_own_history_goes_before_our_nights(home: Path) -> None:
    keep_night(home, date(2026, 10, 20), {"A": "M0"})
    keep_night(home, NIGHT, {"A": "M0"})
    supply(
        [
            ("A", date(2026, 8, 31), 0, None),
            ("A", date(2026, 9, 30), 1, None),
            ("B", date(2026, 8, 31), None, 190),
            ("B", date(2026, 9, 15), None, 10),  # not the month's last word
            ("B", date(2026, 9, 30), None, 0),
        ]
    )
    rolls = queries.roll_rates()
    assert rolls is not None and (rolls.source, rolls.months) == ("supplied", 1)
    assert rolls.share("M0", "M1") == 1 and rolls.share("M7+", "M0") == 1


def test_who_was_late_and_is_not_a_month_later_is_cured(home: Path) -> None:
    late = {"A": "M1", "B": "M3", "C": "M0", "D": "M2"}
    keep_night(home, date(2026, 10, 20), late)
    keep_night(home, NIGHT, {**late, "A": "M0", "C": "M1"})
    [cured] = queries.cure_rate()
    assert cured == Cured(date(2026, 10, 20), NIGHT, late=3, cured=1) and cured.share == 1 / 3


@pytest.mark.django_db
def test_contacts_are_counted_by_channel_and_outcome_on_days_of_the_house() -> None:
    casebook.enter(
        rows=BookRows(customers=[("K1", "王小明", None, None)]), now=datetime(2026, 11, 1, tzinfo=UTC)
    )
    moments = {
        "too early": ("sms", "delivered", datetime(2026, 11, 9, 15, 59, tzinfo=UTC)),
        "first": ("sms", "delivered", datetime(2026, 11, 9, 16, 0, tzinfo=UTC)),  # midnight in Shanghai
        "second": ("sms", "delivered", datetime(2026, 11, 10, 3, 0, tzinfo=UTC)),
        "third": ("call", "no_answer", datetime(2026, 11, 10, 15, 59, tzinfo=UTC)),
        "too late": ("call", "no_answer", datetime(2026, 11, 10, 16, 0, tzinfo=UTC)),
    }
    for key, (channel, outcome, at) in moments.items():
        casebook.record_fact(
            key=key, kind=FactKind.CONTACT_MADE, customer_ref="K1", happened_at=at, now=at, by="test",
            payload={"channel": channel, "outcome": outcome},
        )  # fmt: skip
    found = queries.contacts_by_outcome(date(2026, 11, 10), date(2026, 11, 10))
    assert [(row.channel, row.outcome, row.contacts) for row in found] == [
        ("sms", "delivered", 2), ("call", "no_answer", 1)
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db
def test_the_rolls_of_the_real_book_are_those_of_its_file(home: Path, shared: Path) -> None:
    file = shared / "data/uci_default_credit/uci_share_24000.csv"
    intake.take_book(path=file, now=datetime(2026, 11, 21, tzinfo=UTC))
    with open(file, encoding="utf-8") as lines:
        accounts = [
            [min(max(int(row[f"PAY_{n}"]), 0), 7) for n in (6, 5, 4, 3, 2, 0)] for row in DictReader(lines)
        ]
    moves = Counter(pair for months in accounts for pair in pairwise(months))
    rolls = queries.roll_rates()
    assert rolls is not None and (rolls.source, rolls.months) == ("supplied", 5)
    assert rolls.moves == tuple(tuple(moves[i, j] for j in range(8)) for i in range(8))
