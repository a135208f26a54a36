"""The reckoner finds in a made book the lateness its payments were meant to leave."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.portfolio.making.book import Order, make_book
from arrears.portfolio.making.compare import book_months
from arrears.reckoning.queries import owed

END = date(2026, 11, 30)


def months_late(folder: Path) -> np.ndarray:
    """By the reckoner, at each account's newest statement."""
    movements, cycles = defaultdict(list), defaultdict(list)
    for row in pq.read_table(folder / "postings-00000.parquet").to_pylist():
        movements[row["account"]].append(
            Movement(
                row["posting"], MovementKind(row["kind"]), row["cents"], row["posted_date"], row["reverses"]
            )
        )
    for row in pq.read_table(folder / "statements-00000.parquet").to_pylist():
        cycles[row["account"]].append(Cycle(row["statement_date"], row["due_date"]))
    found = []
    for row in pq.read_table(folder / "accounts-00000.parquet").to_pylist():
        ref, stated = row["account"], tuple(cycles[row["account"]])
        history = AccountHistory(
            ref, row["customer"], row["product"], row["currency"], stated, tuple(movements[ref]),
            opened_date=row["opened_date"], limit_cents=row["limit_cents"],
        )  # fmt: skip
        days = owed(history=history, as_of=stated[-1].statement_date).days_past_due
        found.append(-(-days // 31))
    return np.array(found)


def test_the_reckoner_agrees_with_the_makers_estimate(tmp_path: Path) -> None:
    make_book(tmp_path, Order(accounts=400, months=8, seed=11, end=END), workers=1)
    meant, found = book_months(tmp_path).months_late[:, -1], months_late(tmp_path)
    assert (meant == found).mean() > 0.96
    assert 0.1 < (found > 0).mean() < 0.25


def test_where_everybody_pays_the_reckoner_finds_hardly_anybody_late(tmp_path: Path) -> None:
    make_book(tmp_path, Order(accounts=300, months=6, seed=11, end=END, strain=0), workers=1)
    assert (months_late(tmp_path) > 0).mean() < 0.02
