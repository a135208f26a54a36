"""A round over a large book: the compiled way says of every account what the interpreted one says."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from arrears.daily import casework, snapshot
from arrears.demo.book import write_demo_book
from arrears.intake import actions as intake
from arrears.intake.tests.books import NOON
from arrears.portfolio import actions as portfolio_actions
from arrears.portfolio import queries as portfolio
from arrears.portfolio.types import TABLES

pytestmark = pytest.mark.django_db(transaction=True)
END = date(2026, 11, 20)


def looked_through(day: date, known: frozenset[str], *, compiled: bool) -> tuple[list[str], list[dict]]:
    late: list[str] = []
    with snapshot.writing(day) as picture:
        for some, _ in casework.look_through_book(day, known, picture, compiled=compiled):
            late += some
    rows = pq.read_table(snapshot._strangers_of(day)).to_pylist()
    return late, sorted(rows, key=lambda row: row["account"])


def test_both_ways_say_the_same(home: Path, tmp_path: Path) -> None:
    """A book of several hundred, some of it spoilt, some with balances alone, in two deliveries."""
    write_demo_book(tmp_path / "book", END, accounts=400)
    intake.take_book(path=tmp_path / "book", now=NOON)
    refs = sorted(history.ref for batch in portfolio.each_history() for history in batch)
    import pyarrow as pa

    odd = [("Z1", 2, 900_00), ("Z2", 0, 300_00), ("Z3", 3, 0), ("Z4", None, 100_00)]
    accounts = [
        (ref, "C", "cn.card" if ref != "Z4" else "no.such", "CNY", None, None, None) for ref, *_ in odd
    ]
    told = [(ref, END, cents, months, None) for ref, months, cents in odd]
    early = [(refs[0], "early", "purchase", 100, date(1990, 1, 1), None, "", None)]
    tables = {
        name: pa.Table.from_pylist([dict(zip(TABLES[name].names, row, strict=True)) for row in rows], TABLES[name])
        for name, rows in {"accounts": accounts, "postings": early, "supplied": told}.items()
    }  # fmt: skip
    portfolio_actions.add_delivery(tables=tables, digest="ab" * 32)
    known = frozenset(refs[5:9])
    late, rows = looked_through(END, known, compiled=False)
    compiled_late, compiled_rows = looked_through(END, known, compiled=True)
    assert set(late) >= {"Z1", "Z3", "Z4", refs[0]} and len(late) > 6
    assert (sorted(late), rows) == (sorted(compiled_late), compiled_rows)


def test_batches_of_tables_are_the_histories(home: Path, tmp_path: Path) -> None:
    write_demo_book(tmp_path / "book", END, accounts=60)
    intake.take_book(path=tmp_path / "book", now=NOON)
    histories = {history.ref: history for batch in portfolio.each_history() for history in batch}
    seen: list[str] = []
    for tables in portfolio.each_batch(batch=7):
        refs = tables["accounts"]["account"].to_pylist()
        seen += refs
        postings = list(
            zip(tables["postings"]["account"].to_pylist(), tables["postings"]["posting"].to_pylist(), strict=True)
        )  # fmt: skip
        assert postings == [(ref, movement.ref) for ref in refs for movement in histories[ref].movements]
        assert tables["statements"].num_rows == sum(len(histories[ref].cycles) for ref in refs)
    assert seen == sorted(histories)
