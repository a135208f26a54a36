"""The book: deliveries are whole or absent, the latest word counts, what is booked stays."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from arrears.casebook.types import Cycle, Movement, MovementKind, Supplied
from arrears.portfolio import actions, queries, shelf
from arrears.portfolio.types import TABLES

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.usefixtures("home")


def table(name: str, *rows: tuple) -> pa.Table:
    schema = TABLES[name]
    padded = [(*row, *[None] * (len(schema) - len(row))) for row in rows]
    columns = zip(*padded, strict=True)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def deliver(digest: str = "a" * 64, **tables: list[tuple]) -> int | None:
    return actions.add_delivery(
        tables={name: table(name, *rows) for name, rows in tables.items()}, digest=digest
    )


def wang_xiaoming() -> dict[str, list[tuple]]:
    return {
        "customers": [("C1", "王小明")],
        "accounts": [("A1", "C1", "cn.card", "CNY", date(2020, 1, 1), 100_000, '{"daily_rate": "0.0004"}')],
        "postings": [("A1", "P1", "purchase", 5_000, date(2026, 10, 1), None, "postings.csv:2")],
        "statements": [("A1", date(2026, 10, 5), date(2026, 10, 25), 5_000)],
        "supplied": [("A1", date(2026, 10, 31), 5_000, 1, None)],
    }


def only_history():
    (history,) = next(queries.each_history())
    return history


def test_an_account_comes_back_as_the_history_the_reckoner_wants():
    deliver(**wang_xiaoming())
    history = only_history()
    assert (history.ref, history.customer_ref, history.limit_cents) == ("A1", "C1", 100_000)
    assert history.terms == {"daily_rate": "0.0004"}
    assert history.cycles == (Cycle(date(2026, 10, 5), date(2026, 10, 25), 5_000),)
    assert history.movements == (Movement("P1", MovementKind.PURCHASE, 5_000, date(2026, 10, 1)),)
    assert history.supplied == (Supplied(date(2026, 10, 31), 5_000, 1, None),)


def test_a_later_delivery_replaces_names_and_adds_postings():
    deliver(**wang_xiaoming())
    deliver(
        customers=[("C1", "王晓明")],
        postings=[("A1", "P2", "payment", 2_000, date(2026, 10, 20))],
    )
    assert [movement.ref for movement in only_history().movements] == ["P1", "P2"]
    assert queries.rows_for(["A1"]).customers == [("C1", "王晓明", None, None)]


def test_a_posting_once_booked_is_not_rewritten_by_a_later_delivery():
    deliver(**wang_xiaoming())
    deliver(postings=[("A1", "P1", "purchase", 9_999, date(2026, 10, 1))])
    assert [movement.cents for movement in only_history().movements] == [5_000]


def test_balance_and_lateness_of_one_day_may_come_apart():
    deliver(**wang_xiaoming())
    deliver(supplied=[("A1", date(2026, 10, 31), None, None, 12)])
    assert only_history().supplied == (Supplied(date(2026, 10, 31), 5_000, 1, 12),)


def test_histories_come_in_account_order_a_few_at_a_time():
    refs = [f"A{number}" for number in (3, 1, 10, 2)]
    deliver(accounts=[(ref, "C1", "cn.card", "CNY") for ref in refs], customers=[("C1", "王小明")])
    batches = [[history.ref for history in batch] for batch in queries.each_history(batch=3)]
    assert batches == [["A1", "A10", "A2"], ["A3"]]


def test_only_what_is_newer_than_a_delivery_is_handed_out_when_asked_so():
    first = deliver(**wang_xiaoming())
    deliver(postings=[("A1", "P2", "payment", 2_000, date(2026, 10, 20))])
    rows = queries.rows_for(["A1"], delivered_after=first)
    assert [row[1] for row in rows.postings] == ["P2"] and rows.accounts == []
    assert queries.rows_for(["A1"], delivered_after=queries.latest_delivery()).postings == ()


def test_lateness_is_counted_by_month_as_of_the_latest_day_told():
    deliver(
        supplied=[
            ("A1", date(2026, 9, 30), 0, 0),
            ("A1", date(2026, 10, 31), 0, 1),
            ("A2", date(2026, 10, 31), 0, 1),
            ("A3", date(2026, 10, 31), 7, None),
        ]
    )
    assert queries.counts_by_months_late() == {1: 2}
    assert queries.counts_by_months_late(date(2026, 9, 30)) == {0: 1}
    assert queries.lateness_history().column_names == [
        "account", "as_of", "months_late", "days_past_due", "balance_cents",
    ]  # fmt: skip


def test_an_empty_book_answers_everything():
    assert (queries.account_count(), queries.has_account("A1"), list(queries.each_history())) == (
        0,
        False,
        [],
    )
    assert queries.counts_by_months_late() == {} and queries.lateness_history().num_rows == 0


def test_a_delivery_without_rows_is_none():
    assert deliver(customers=[("C1", "王小明")]) == 1
    assert (
        actions.add_delivery(tables={"customers": TABLES["customers"].empty_table()}, digest="b" * 64) is None
    )
    assert queries.latest_delivery() == 1


def test_other_columns_than_the_books_are_refused_and_leave_nothing_behind():
    with pytest.raises(actions.UnableToAddDelivery, match="does not have the book's columns"):
        actions.add_delivery(tables={"customers": pa.table({"customer": ["C1"]})}, digest="c" * 64)
    assert queries.latest_delivery() == 0 and deliver(**wang_xiaoming()) == 1


KILLED_WHILE_WRITING = """
import os, signal
os.environ["DJANGO_SETTINGS_MODULE"] = "arrears.config.settings"
import django; django.setup()
from arrears.portfolio import actions
import pyarrow as pa
from arrears.portfolio.types import CUSTOMERS
def endless():
    yield pa.record_batch([["C1"], ["x"], [None], [None]], schema=CUSTOMERS)
    os.kill(os.getpid(), signal.SIGKILL)
actions.add_delivery(tables={"customers": pa.RecordBatchReader.from_batches(CUSTOMERS, endless())}, digest="d" * 64)
"""


def test_a_delivery_killed_while_it_was_written_is_not_there(home: Path):
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING], cwd=ROOT, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    assert shelf.deliveries() == [] and (shelf.root() / ".making").exists()
    assert deliver(**wang_xiaoming()) == 1
    assert not (shelf.root() / ".making").exists()
