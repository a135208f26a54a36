"""Yesterday's state and today's rows give what the whole history gives, to the cent."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.casebook.types import AccountHistory, MovementKind
from arrears.portfolio.making.book import Order as BookOrder
from arrears.portfolio.making.book import make_book
from arrears.reckoning import bulk, keeping, night
from arrears.reckoning.arrow import UnableToReadBook
from arrears.reckoning.next_day import NextDay, reckon_next_day
from arrears.reckoning.tests import books
from arrears.reckoning.tests.test_a_book_in_columns_equals_its_accounts import columns_of

END = date(2026, 11, 30)
UNDOING = (MovementKind.PAYMENT_REVERSAL, MovementKind.CHARGEBACK)


@given(history=books.accounts(), first=books.days, later=st.lists(st.integers(1, 45), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_night_after_night_is_the_whole_history(
    history: AccountHistory, first: date, later: list[int]
) -> None:
    """Every kind of posting and of terms; what reaches back says so instead of guessing."""
    terms_day = date(2020, 6, 1)
    _, carried = keeping.reckon_keeping(columns_of([until(history, first)], terms_day), as_of=first)
    day = first
    for days in later:
        before, day = day, day + timedelta(days=days)
        answers, carried = keeping.go_on(
            columns_of([between(history, before, day)], terms_day), carried, as_of=day, carried_day=before
        )
        if answers.trouble[0] == keeping.NEEDS_HISTORY:
            assert reaches_back(history, before, day)
            return
        whole = bulk.reckon_arrays(columns_of([history], terms_day), as_of=day)
        assert answers.trouble[0] == whole.trouble[0] == 0
        for name, column in whole.columns.items():
            assert answers.columns[name][0] == column[0], (name, day)


def until(history: AccountHistory, day: date) -> AccountHistory:
    """What is known on a day; the next statement's day is known ahead."""
    return replace(
        history,
        movements=tuple(m for m in history.movements if m.posted_date <= day),
        cycles=tuple(c for c in history.cycles if c.statement_date <= day + timedelta(days=10)),
    )


def between(history: AccountHistory, before: date, day: date) -> AccountHistory:
    return replace(
        until(history, day), movements=tuple(m for m in history.movements if before < m.posted_date <= day)
    )


def reaches_back(history: AccountHistory, before: date, day: date) -> bool:
    new = [m for m in history.movements if before < m.posted_date <= day]
    banks_own = (MovementKind.INTEREST, MovementKind.LATE_FEE)
    return any(m.kind in UNDOING or m.reverses or m.kind in banks_own for m in new)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    make_book(folder, BookOrder(accounts=240, months=5, seed=9, end=END, parts=2, strain=1.5), workers=1)
    return folder


def rows_between(book: Path, to: Path, after: date | None, day: date) -> Path:
    """The part of the book that is delivered after one day and up to another."""
    to.mkdir()
    for file in book.glob("*.parquet"):
        table = pq.read_table(file)
        column = {"postings": "posted_date", "statements": "statement_date"}.get(file.name.split("-")[0])
        if column:
            table = table.filter(pc.field(column) <= day)
            table = table.filter(pc.field(column) > after) if after else table
        if column or after is None:
            pq.write_table(table, to / file.name)
    return to


def reckoned(folder: Path) -> list[dict[str, object]]:
    return pa.concat_tables(pq.read_table(f) for f in sorted(folder.glob("reckoned-*.parquet"))).to_pylist()


def test_a_week_of_daily_runs_equals_whole_nights(book: Path, tmp_path: Path) -> None:
    first = END - timedelta(days=40)
    labels = {"bucket": night.LabelColumn.of(["M0"] + ["late"] * 400)}
    start = rows_between(book, tmp_path / "start", None, first)
    night.reckon_folder(night.Order(start, first, tmp_path / "night-0", labels, keep=True))
    day = first
    for number, days in enumerate((1, 1, 2, 5, 9, 16, 6), 1):
        before, day = day, day + timedelta(days=days)
        today = rows_between(book, tmp_path / f"rows-{number}", before, day)
        complete = rows_between(book, tmp_path / f"book-{number}", None, day)
        found = reckon_next_day(
            NextDay(
                tmp_path / f"night-{number - 1}", today, day, tmp_path / f"night-{number}", labels, complete
            )
        )
        whole = tmp_path / f"whole-{number}"
        night.reckon_folder(night.Order(book, day, whole, labels, tmp_path / f"night-{number - 1}"))
        assert reckoned(tmp_path / f"night-{number}") == reckoned(whole)
        assert (found.accounts, found.set_aside) == (240, 0)
    assert day == END


def test_a_payment_learned_late_needs_the_history_and_says_so(book: Path, tmp_path: Path) -> None:
    first, day = END - timedelta(days=10), END
    start = rows_between(book, tmp_path / "start", None, first - timedelta(days=5))
    night.reckon_folder(night.Order(start, first, tmp_path / "night", keep=True))
    today = rows_between(book, tmp_path / "today", first - timedelta(days=5), day)
    alone = reckon_next_day(NextDay(tmp_path / "night", today, day, tmp_path / "alone"))
    helped = reckon_next_day(NextDay(tmp_path / "night", today, day, tmp_path / "helped", history=book))
    assert alone.set_aside > 0
    assert "cannot go on from yesterday" in (tmp_path / "alone" / night.SET_ASIDE).read_text("utf-8")
    assert helped.set_aside == 0
    night.reckon_folder(night.Order(book, day, tmp_path / "whole"))
    assert reckoned(tmp_path / "helped") == reckoned(tmp_path / "whole")


def test_a_night_that_kept_nothing_cannot_be_gone_on_from(book: Path, tmp_path: Path) -> None:
    night.reckon_folder(night.Order(book, END, tmp_path / "bare"))
    with pytest.raises(UnableToReadBook, match="--keep"):
        reckon_next_day(NextDay(tmp_path / "bare", book, END + timedelta(days=1), tmp_path / "next"))
    night.reckon_folder(night.Order(book, END, tmp_path / "kept", keep=True))
    with pytest.raises(UnableToReadBook, match="not before"):
        reckon_next_day(NextDay(tmp_path / "kept", book, END, tmp_path / "next"))


def test_what_another_version_carried_over_is_not_gone_on_from(book: Path, tmp_path: Path) -> None:
    night.reckon_folder(night.Order(book, END, tmp_path / "night", keep=True))
    state = json.loads((tmp_path / "night" / night.STATE).read_text())
    (tmp_path / "night" / night.STATE).write_text(json.dumps(state | {"carried_by": "an older one"}))
    with pytest.raises(UnableToReadBook, match="another version"):
        reckon_next_day(NextDay(tmp_path / "night", book, END + timedelta(days=1), tmp_path / "next"))


def test_what_is_carried_survives_parquet() -> None:
    carried = keeping.Carried(np.arange(7), np.array([0, 3, 3, 7]))
    again = keeping.Carried.of(pa.chunked_array([carried.column()]))
    assert again.numbers.tolist() == list(range(7))
    assert again.ends.tolist() == [0, 3, 3, 7]
    other = carried.with_others(np.array([1]), keeping.Carried(np.array([9, 9]), np.array([0, 2])))
    assert other.numbers.tolist() == [0, 1, 2, 9, 9, 3, 4, 5, 6]
