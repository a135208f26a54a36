"""Both kinds of book go in whole, and the months before the rounds can be looked back upon."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from arrears.demo.book import timed_payments, write_demo_book, write_payments
from arrears.demo.months import look_back
from arrears.insights import queries as insights
from arrears.intake import actions as intake
from arrears.portfolio import queries as portfolio
from arrears.portfolio.making.book import Order, make_book

pytestmark = pytest.mark.django_db
END = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


def test_a_made_book_is_taken_in_whole_by_its_own_mapping(home: Path, tmp_path: Path) -> None:
    made = make_book(tmp_path / "book", Order(accounts=60, months=3, seed=1, end=END, parts=2), workers=1)
    taken = intake.take_book(path=tmp_path / "book", now=NOON)
    assert {table: (count.new, count.set_aside) for table, count in taken.counts.items()} == {
        table: (rows, 0) for table, rows in made.rows.items()
    }


def test_the_demo_is_taken_in_whole_and_its_months_before_show_rolls(home: Path, tmp_path: Path) -> None:
    book = write_demo_book(tmp_path / "book", END, accounts=60)
    taken = intake.take_book(path=tmp_path / "book", now=NOON)
    assert all(count.set_aside == 0 for count in taken.counts.values())
    assert portfolio.account_count() == len(book.rows.accounts) == 68
    assert look_back(end=END, months=3) == insights.nights()
    rolls = insights.roll_rates()
    assert rolls is not None and rolls.months == 2 and 0 < (rolls.share("M1", "M2") or 0) < 1


def test_all_money_of_the_demo_finds_its_account_but_for_the_two_strays(home: Path, tmp_path: Path) -> None:
    book = write_demo_book(tmp_path / "book", END, accounts=60)
    intake.take_book(path=tmp_path / "book", now=NOON)
    rows = [row for day in timed_payments(END, book=book).values() for row in day]
    write_payments(tmp_path / "payments.csv", rows)
    taken = intake.take_payments(path=tmp_path / "payments.csv", now=NOON)
    assert (taken.read, taken.set_aside, taken.unmatched) == (len(rows), 0, 2)
    assert all(ref.endswith("-stray") for ref in taken.unmatched_refs)
