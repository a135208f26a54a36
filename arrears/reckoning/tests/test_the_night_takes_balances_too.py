"""Accounts that come with balances alone: the night says what the desk says, today and the day after."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind, Supplied
from arrears.portfolio.types import TABLES
from arrears.reckoning import night
from arrears.reckoning.next_day import NextDay, reckon_next_day
from arrears.reckoning.queries import owed

DAY = date(2026, 11, 20)
CREDIT_KINDS = [MovementKind.PAYMENT, MovementKind.REFUND, MovementKind.WAIVER]


def cents(least: int = -2_000_00) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(least, 90_000_00)


@st.composite
def histories(draw: st.DrawFn) -> AccountHistory:
    """Balances on statements or by the way, lateness, credits; now and then a debit after all."""
    months = draw(st.integers(0, 4))
    days = [DAY - timedelta(days=100 - 30 * n) for n in range(months)]
    cycles = tuple(Cycle(day, day + timedelta(days=18), draw(cents()), draw(cents(0))) for day in days)
    told = sorted(draw(st.sets(st.integers(-60, 3), max_size=4)))
    supplied = tuple(
        Supplied(
            DAY + timedelta(days=day), draw(cents()), draw(st.none() | st.integers(0, 6)),
            draw(st.none() | st.integers(0, 200)),
        )
        for day in told
    )  # fmt: skip
    paid = sorted(draw(st.lists(st.integers(-90, 4), max_size=5)))
    kinds = st.sampled_from([*CREDIT_KINDS * 3, MovementKind.PURCHASE])
    movements = tuple(
        Movement(f"m{n}", draw(kinds), draw(st.integers(1, 9_000_00)), DAY + timedelta(days=day))
        for n, day in enumerate(paid)
    )
    return AccountHistory("A", "C", "cn.card", "CNY", cycles, movements, supplied, terms=draw(terms))


terms = st.sampled_from([{}, {"minimum_of_purchases": "0.05"}, {"tolerance_days": "0"}])


def write(folder: Path, accounts: list[AccountHistory]) -> Path:
    """A book of one part in account order."""
    folder.mkdir(parents=True)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for one in accounts:
        named = {"account": one.ref}
        own = "{" + ", ".join(f'"{name}": "{value}"' for name, value in one.terms.items()) + "}"
        rows["accounts"].append({**named, "product": one.product, "currency": one.currency, "terms": own})
        for m in one.movements:
            row = {"posting": m.ref, "kind": m.kind.value, "cents": m.cents, "posted_date": m.posted_date}
            rows["postings"].append({**named, **row})
        for c in one.cycles:
            told = {"balance_cents": c.supplied_balance_cents, "minimum_cents": c.supplied_minimum_cents}
            row = {"statement_date": c.statement_date, "due_date": c.due_date, **told}
            rows["statements"].append({**named, **row})
        for s in one.supplied:
            told = {"months_late": s.months_late, "days_past_due": s.days_past_due}
            rows["supplied"].append({**named, "as_of": s.as_of, "balance_cents": s.balance_cents, **told})
    for name in ("accounts", "postings", "statements", "supplied"):
        pq.write_table(pa.Table.from_pylist(rows[name], TABLES[name]), folder / f"{name}-00000.parquet")
    return folder


def reckoned(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out / "reckoned-00000.parquet").to_pylist()
    return rows


def at_the_desk(history: AccountHistory, day: date) -> dict[str, Any]:
    answer = owed(history=history, as_of=day)
    figures = {name: getattr(answer, name) for name in (*night.FIGURES, "days_past_due")}
    return {"account": history.ref, **figures, "set_aside": False}


@given(accounts=st.lists(histories(), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_account_is_what_it_is_at_the_desk(
    accounts: list[AccountHistory], tmp_path_factory: pytest.TempPathFactory
) -> None:
    named = [replace(one, ref=f"A{number}") for number, one in enumerate(accounts)]
    folder = tmp_path_factory.mktemp("balances")
    night.reckon_folder(night.Order(write(folder / "book", named), DAY, folder / "out"))
    assert reckoned(folder / "out") == [at_the_desk(one, DAY) for one in named]


@given(accounts=st.lists(histories(), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_day_after_is_the_whole_night_of_that_day(
    accounts: list[AccountHistory], tmp_path_factory: pytest.TempPathFactory
) -> None:
    named, after = [replace(one, ref=f"A{n}") for n, one in enumerate(accounts)], DAY + timedelta(days=5)
    folder = tmp_path_factory.mktemp("balances")
    start = write(folder / "start", [until(one, DAY) for one in named])
    night.reckon_folder(night.Order(start, DAY, folder / "night", keep=True))
    today = write(folder / "today", [since(one, DAY) for one in named])
    (today / "accounts-00000.parquet").unlink()
    book = write(folder / "book", named)
    found = reckon_next_day(NextDay(folder / "night", today, after, folder / "out", history=book))
    assert found.set_aside == 0
    assert reckoned(folder / "out") == [at_the_desk(one, after) for one in named]


def until(history: AccountHistory, day: date) -> AccountHistory:
    return replace(
        history,
        movements=tuple(m for m in history.movements if m.posted_date <= day),
        supplied=tuple(s for s in history.supplied if s.as_of <= day),
        cycles=tuple(c for c in history.cycles if c.statement_date <= day),
    )


def since(history: AccountHistory, day: date) -> AccountHistory:
    return replace(
        history,
        movements=tuple(m for m in history.movements if m.posted_date > day),
        supplied=tuple(s for s in history.supplied if s.as_of > day),
        cycles=tuple(c for c in history.cycles if c.statement_date > day),
    )


def test_late_without_amounts_leaves_the_overdue_amount_empty(tmp_path: Path) -> None:
    late = AccountHistory("A1", "C1", "cn.card", "CNY", supplied=(Supplied(DAY, 900_00, 2),))
    night.reckon_folder(night.Order(write(tmp_path / "book", [late]), DAY, tmp_path / "out"))
    (row,) = reckoned(tmp_path / "out")
    assert (row["payoff_cents"], row["overdue_cents"], row["days_past_due"]) == (900_00, None, 31)
