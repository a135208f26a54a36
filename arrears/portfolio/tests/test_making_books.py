"""A made book is canonical, reaches nobody, and its lateness is in its payments alone."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from arrears.portfolio.making.book import MADE, Order, UnableToMakeBook, make_book
from arrears.portfolio.making.compare import UnableToCompare, book_months, portrait, real_months
from arrears.portfolio.making.seasons import daily_weights
from arrears.portfolio.types import TABLES

END = date(2026, 11, 30)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    make_book(folder, Order(accounts=3000, months=8, seed=7, end=END, parts=2), workers=1)
    return folder


def asked(book: Path, question: str) -> list[tuple]:
    for table in MADE:
        question = question.replace(
            f"<{table}>", f"read_parquet('{book}/{table}-*.parquet', filename = true)"
        )
    return duckdb.sql(question).fetchall()


def rows(folder: Path, table: str) -> list[dict]:
    return pq.read_table(sorted(folder.glob(f"{table}-*.parquet"))).sort_by(key_of(table)).to_pylist()


def key_of(table: str) -> list[tuple[str, str]]:
    return [(column.name, "ascending") for column in TABLES[table]]


def test_the_same_order_makes_the_same_book_in_any_number_of_parts(tmp_path: Path) -> None:
    for parts in (1, 3):
        make_book(
            tmp_path / str(parts), Order(accounts=700, months=4, seed=3, end=END, parts=parts), workers=1
        )
    for table in MADE:
        assert rows(tmp_path / "1", table) == rows(tmp_path / "3", table)


def test_a_small_book_is_the_beginning_of_a_large_one(tmp_path: Path, book: Path) -> None:
    make_book(tmp_path, Order(accounts=100, months=8, seed=7, end=END), workers=1)
    beginning = [row for row in rows(book, "postings") if row["account"] <= "A000000100"]
    assert rows(tmp_path, "postings") == beginning


def test_another_seed_is_another_book(tmp_path: Path, book: Path) -> None:
    make_book(tmp_path, Order(accounts=100, months=8, seed=8, end=END), workers=1)
    beginning = [row for row in rows(book, "postings") if row["account"] <= "A000000100"]
    assert rows(tmp_path, "postings") != beginning


@pytest.mark.parametrize("table", MADE)
def test_every_file_has_the_canonical_columns(book: Path, table: str) -> None:
    files = sorted(book.glob(f"{table}-*.parquet"))
    assert [file.name for file in files] == [f"{table}-00000.parquet", f"{table}-00001.parquet"]
    assert all(pq.read_schema(file).equals(TABLES[table]) for file in files)


def test_postings_stand_in_account_and_day_order_beside_their_accounts(book: Path) -> None:
    for part in ("00000", "00001"):
        accounts = pq.read_table(book / f"accounts-{part}.parquet")["account"].to_pylist()
        postings = pq.read_table(book / f"postings-{part}.parquet")
        order = list(zip(*(postings[name].to_pylist() for name in ("account", "posted_date")), strict=True))
        assert order == sorted(order) and accounts == sorted(accounts)
        assert {account for account, _ in order} <= set(accounts)


def test_postings_are_positive_named_once_and_never_interest_or_late_fees(book: Path) -> None:
    [(number, named, least, latest, kinds)] = asked(
        book,
        "select count(*), count(distinct (account, posting)), min(cents), max(posted_date),"
        " list(distinct kind) from <postings>",
    )
    assert number == named and least > 0 and latest <= END
    assert set(kinds) == {
        "purchase", "cash_advance", "instalment", "fee", "refund", "payment", "payment_reversal"
    }  # fmt: skip


def test_a_bounced_payment_names_the_payment_it_undoes(book: Path) -> None:
    pairs = asked(
        book,
        "select r.cents = p.cents, p.kind, r.posted_date - p.posted_date from <postings> r"
        " left join <postings> p on p.account = r.account and p.posting = r.reverses"
        " where r.kind = 'payment_reversal'",
    )
    assert set(pairs) == {(True, "payment", 2)}


def test_cycles_are_monthly_with_the_due_date_eighteen_to_twenty_five_days_on(book: Path) -> None:
    cycles = asked(
        book,
        "select min(day(statement_date)), max(day(statement_date)), count(distinct last_day(statement_date)),"
        " min(due_date - statement_date), max(due_date - statement_date), max(statement_date)"
        " from <statements> group by account",
    )
    for first, last, months, soonest, latest, newest in cycles:
        assert first == last <= 28 and months == 8 and 18 <= soonest == latest <= 25
        assert END - timedelta(days=31) < newest <= END


def test_statements_say_no_amounts_because_these_are_reckoned(book: Path) -> None:
    assert asked(
        book, "select count(balance_cents), count(minimum_cents), count(interest_cents) from <statements>"
    ) == [(0, 0, 0)]


def test_nobody_can_be_reached(book: Path) -> None:
    points = asked(book, "select kind, value from <contact_points>")
    assert {kind for kind, _ in points} == {"mobile", "email"}
    for kind, value in points:
        assert (
            value.endswith(".example") if kind == "email" else value.startswith("+86154") and len(value) == 14
        )


def test_every_account_has_a_holder_and_some_holders_have_two(book: Path) -> None:
    assert asked(book, "select count(*) from <accounts> a anti join <customers> c using (customer)") == [(0,)]
    assert asked(book, "select max(n) from (select count(*) n from <accounts> group by customer)") == [(2,)]


def test_where_nobody_misses_a_payment_nobody_is_late(tmp_path: Path) -> None:
    make_book(tmp_path, Order(accounts=500, months=6, seed=7, end=END, strain=0), workers=1)
    assert book_months(tmp_path).months_late.max() == 0


def test_lateness_comes_from_the_payments_alone(tmp_path: Path, book: Path) -> None:
    late = book_months(book).months_late[:, -1]
    for file in book.glob("*.parquet"):
        table = pq.read_table(file)
        if file.name.startswith("postings"):
            table = table.filter(np.array([kind != "payment" for kind in table["kind"].to_pylist()]))
        pq.write_table(table, tmp_path / file.name)
    without = book_months(tmp_path).months_late[:, -1]
    assert (without >= late).all() and (without == 7).mean() > 0.5


def test_a_made_book_resembles_the_real_accounts(shared: Path, book: Path) -> None:
    real = portrait(real_months(shared / "data/uci_default_credit/uci_share_24000.csv"))
    made = portrait(book_months(book))
    assert made.late_ever == pytest.approx(real.late_ever, abs=0.07)
    assert 1 - made.late_ever[0] == pytest.approx(1 - real.late_ever[0], abs=0.03)
    assert made.rolls[0] == pytest.approx(real.rolls[0], abs=0.02)
    assert made.rolls[1] == pytest.approx(real.rolls[1], abs=0.06)
    assert made.utilisation == pytest.approx(real.utilisation, abs=0.07)


def test_the_great_sales_are_busy_and_the_new_year_week_is_quiet() -> None:
    weights = dict(enumerate(daily_weights(date(2026, 1, 1), 365)))
    by_day = {date(2026, 1, 1) + timedelta(days=n): weight for n, weight in weights.items()}
    usual = np.median(list(weights.values()))
    assert by_day[date(2026, 11, 11)] > 2.5 * usual
    assert by_day[date(2026, 2, 10)] > 1.3 * usual > 2 * by_day[date(2026, 2, 18)]


def test_a_folder_that_holds_a_book_is_left_alone(book: Path) -> None:
    with pytest.raises(UnableToMakeBook, match="holds Parquet files already"):
        make_book(book, Order(accounts=10, months=2, seed=1, end=END))


@pytest.mark.parametrize(
    "wrong", [{"accounts": 0}, {"months": 0}, {"parts": 11}, {"seed": -1}, {"strain": -1.0}]
)
def test_an_impossible_order_names_the_number(tmp_path: Path, wrong: dict) -> None:
    order = {"accounts": 10, "months": 2, "seed": 1, "end": END, **wrong}
    with pytest.raises(UnableToMakeBook, match=f"--{next(iter(wrong))}"):
        make_book(tmp_path, Order(**order))


def test_a_file_that_is_no_table_of_accounts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnableToCompare, match="no table of accounts"):
        real_months(tmp_path / "real.csv")
