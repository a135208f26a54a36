"""One table of what cannot be right, at every way into the reckoner.

Always the same must follow: a sentence that names account and posting, that account set
aside, and its neighbours reckoned as if nothing had been.
"""

import csv
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.reckoning import night, spark
from arrears.reckoning.arrow import UnableToReadBook
from arrears.reckoning.next_day import NextDay, reckon_next_day
from arrears.reckoning.queries import owed
from arrears.reckoning.reasons import whole_cents
from arrears.reckoning.types import UnableToReckon

YESTERDAY, TODAY = date(2026, 11, 20), date(2026, 11, 23)
Rows = dict[str, list[dict[str, Any]]]


def days(number: int) -> date:
    return YESTERDAY + timedelta(days=number)


def good_book() -> Rows:
    """Three accounts, each with a purchase before yesterday and two postings since."""
    rows: Rows = {"accounts": [], "postings": [], "statements": []}
    for account in ("A1", "A2", "A3"):
        rows["accounts"].append(
            {
                "account": account, "product": "cn.card", "currency": "CNY",
                "opened_date": date(2020, 1, 1), "limit_cents": None, "terms": None,
            }
        )  # fmt: skip
        told = (("P1", "purchase", 900_00, -20), ("P2", "purchase", 50_00, 1), ("P3", "payment", 30_00, 2))
        for ref, kind, cents, day in told:
            posting = {"account": account, "posting": f"{account}-{ref}", "kind": kind, "cents": cents}
            rows["postings"].append(
                {**posting, "posted_date": days(day), "reverses": None, "made_date": days(day - 1)}
            )
        for stated, due in ((-15, 3), (1, 19)):
            statement = {"account": account, "statement_date": days(stated), "due_date": days(due)}
            rows["statements"].append(statement)
    return rows


@dataclass(frozen=True)
class Spoilt:
    """One thing wrong with account A2: where it stands, what is said of it, and of which posting."""

    table: str
    place: int
    values: dict[str, Any]
    said: str
    posting: str = ""

    def book(self) -> Rows:
        rows = deepcopy(good_book())
        rows[self.table][self.place].update(self.values)
        return rows


SPOILT = {
    "out of order": Spoilt("postings", 4, {"posted_date": days(3)}, "out of order", "A2-P3"),
    "before opening": Spoilt("accounts", 1, {"opened_date": days(-19)}, "before the account was opened", "A2-P1"),
    "unknown currency": Spoilt("accounts", 1, {"currency": "CNX"}, "'CNX' is no known currency"),
    "more than 2^53": Spoilt("postings", 5, {"cents": 2**53 + 1}, "between 1 and 2^53", "A2-P3"),
    "nothing": Spoilt("postings", 5, {"cents": 0}, "between 1 and 2^53", "A2-P3"),
    "less than nothing": Spoilt("postings", 4, {"cents": -1}, "between 1 and 2^53", "A2-P2"),
    "a fraction of a cent": Spoilt("postings", 5, {"cents": 30_00.5}, "minor unit", "A2-P3"),
    "no due date": Spoilt("statements", 3, {"due_date": None}, f"statement {days(1)} has no due date"),
    "due before its own day": Spoilt("statements", 3, {"due_date": days(0)}, "not after its own day"),
    "due before the one before": Spoilt("statements", 2, {"due_date": days(30)}, "does not follow"),
    "made after it was posted": Spoilt("postings", 4, {"made_date": days(2)}, "after it was posted", "A2-P2"),
    "unknown product": Spoilt("accounts", 1, {"product": "cn.cart"}, "did you mean 'cn.card'"),
    "two postings with one id": Spoilt("postings", 5, {"posting": "A2-P2"}, "two postings with this id", "A2-P2"),
    "reverses nothing": Spoilt(
        "postings", 5, {"kind": "payment_reversal", "reverses": "A2-P9"}, "not there", "A2-P3"
    ),
}  # fmt: skip
every_spoilt = pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)


# --- one account: the casebook, a situation, the desk


def history_of(rows: Rows, ref: str) -> AccountHistory:
    (account,) = [row for row in rows["accounts"] if row["account"] == ref]
    return AccountHistory(
        ref=ref,
        customer_ref="",
        product=account["product"],
        currency=account["currency"],
        cycles=tuple(
            Cycle(row["statement_date"], row["due_date"])
            for row in rows["statements"]
            if row["account"] == ref
        ),
        movements=tuple(
            Movement(
                row["posting"], MovementKind(row["kind"]), row["cents"], row["posted_date"], row["reverses"],
                made_date=row["made_date"],
            )
            for row in rows["postings"]
            if row["account"] == ref
        ),
        opened_date=account["opened_date"],
    )  # fmt: skip


@every_spoilt
def test_one_account_names_itself_and_the_posting(spoilt: Spoilt) -> None:
    with pytest.raises(UnableToReckon) as refused:
        owed(history=history_of(spoilt.book(), "A2"), as_of=TODAY)
    assert spoilt.said in str(refused.value) and "account A2" in str(refused.value)
    assert (refused.value.account_ref, refused.value.movement_ref or "") == ("A2", spoilt.posting)


# --- a book in columns


SCHEMAS = {
    "accounts": {
        "account": pa.string(), "product": pa.string(), "currency": pa.string(),
        "opened_date": pa.date32(), "limit_cents": pa.int64(), "terms": pa.string(),
    },
    "postings": {
        "account": pa.string(), "posting": pa.string(), "kind": pa.string(), "cents": pa.int64(),
        "posted_date": pa.date32(), "reverses": pa.string(), "made_date": pa.date32(),
    },
    "statements": {"account": pa.string(), "statement_date": pa.date32(), "due_date": pa.date32()},
}  # fmt: skip


def table_of(rows: Rows, table: str) -> pa.Table:
    schema = dict(SCHEMAS[table])
    if any(isinstance(row.get("cents"), float) for row in rows[table]):
        schema["cents"] = pa.float64()
    return pa.Table.from_pylist(rows[table], pa.schema(schema))


def write(folder: Path, rows: Rows, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> Path:
    folder.mkdir()
    for table in rows:
        chosen = {table: [row for row in rows[table] if wanted(row)]}
        pq.write_table(table_of(chosen, table), folder / f"{table}-00000.parquet")
    return folder


def of_yesterday(row: dict[str, Any]) -> bool:
    return row.get("posted_date", row.get("statement_date", YESTERDAY)) <= YESTERDAY


def must_be_set_aside_alone(out: Path, spoilt: Spoilt) -> None:
    """A2 and the sentence about it in the list; its neighbours with the figures of the desk."""
    with (out / night.SET_ASIDE).open(encoding="utf-8", newline="") as file:
        (aside,) = list(csv.DictReader(file))
    assert (aside["account"], aside["posting"]) == ("A2", spoilt.posting)
    assert spoilt.said in aside["reason"]
    rows = {row["account"]: row for row in pq.read_table(out / "reckoned-00000.parquet").to_pylist()}
    assert [row["set_aside"] for row in rows.values()] == [False, True, False]
    assert rows["A2"]["payoff_cents"] is None
    for ref in ("A1", "A3"):
        answer = owed(history=history_of(good_book(), ref), as_of=TODAY)
        assert {n: rows[ref][n] for n in night.FIGURES} == {n: getattr(answer, n) for n in night.FIGURES}


@every_spoilt
def test_the_night_sets_the_account_aside(spoilt: Spoilt, tmp_path: Path) -> None:
    night.reckon_folder(night.Order(write(tmp_path / "book", spoilt.book()), TODAY, tmp_path / "out"))
    must_be_set_aside_alone(tmp_path / "out", spoilt)


@every_spoilt
def test_the_daily_run_sets_the_account_aside(spoilt: Spoilt, tmp_path: Path) -> None:
    rows = spoilt.book()
    start = write(tmp_path / "start", rows, of_yesterday)
    night.reckon_folder(night.Order(start, YESTERDAY, tmp_path / "night", keep=True))
    today = write(tmp_path / "today", {**rows, "accounts": []}, lambda row: not of_yesterday(row))
    (today / "accounts-00000.parquet").unlink()
    alone = reckon_next_day(NextDay(tmp_path / "night", today, TODAY, tmp_path / "alone"))
    assert (alone.accounts, alone.set_aside) == (3, 1)
    whole = write(tmp_path / "book", rows)
    reckon_next_day(NextDay(tmp_path / "night", today, TODAY, tmp_path / "out", history=whole))
    must_be_set_aside_alone(tmp_path / "out", spoilt)


@every_spoilt
def test_spark_sets_the_account_aside(spoilt: Spoilt) -> None:
    """The worker's side of a book in any order, without a cluster."""
    made = spark._reckoned(stream_of(spoilt.book()), as_of=TODAY, labels={}, known=spark.stamp(), heard=None)
    rows = {row["account"]: row for row in pa.Table.from_batches(made).to_pylist()}
    assert [row["set_aside"] for row in rows.values()] == [False, True, False]
    assert (rows["A2"]["posting"] or "") == spoilt.posting
    assert spoilt.said in rows["A2"]["reason"]
    answer = owed(history=history_of(good_book(), "A3"), as_of=TODAY)
    assert rows["A3"]["payoff_cents"] == answer.payoff_cents


def stream_of(rows: Rows) -> list[pa.RecordBatch]:
    kinds = {"date": pa.date32(), "bigint": pa.int64(), "string": pa.string()}
    shares = []
    for place, (table, carried) in enumerate(spark.CARRIED.items()):
        told = table_of(rows, table)
        columns = {"account": told["account"], "table": pa.array([place] * told.num_rows, pa.int8())}
        for name, kind in spark.STREAM.items():
            source = carried.get(name)
            column = told[source] if source else pa.nulls(told.num_rows, kinds[kind])
            columns[name] = whole_cents(column) if source == "cents" else column
        columns["row"] = pa.array(range(told.num_rows))
        shares.append(pa.table(columns))
    order = [("account", "ascending"), ("table", "ascending"), ("row", "ascending")]
    return pa.concat_tables(shares).sort_by(order).drop_columns("row").combine_chunks().to_batches()


# --- what only a file can get wrong


@pytest.mark.parametrize(
    ("table", "place", "values", "said"),
    [
        ("postings", 5, {"posted_date": None}, "no day"),
        ("postings", 5, {"cents": None}, "amount is missing"),
        ("postings", 5, {"kind": "gift"}, "kind of posting is unknown: 'gift'"),
        ("postings", 5, {"kind": None}, "kind of posting is unknown"),
        ("statements", 3, {"statement_date": None}, "has no day"),
        ("accounts", 1, {"currency": None}, "no known currency"),
        ("accounts", 1, {"terms": "{"}, "cannot be read"),
    ],
)
@pytest.mark.parametrize("opened", [date(2020, 1, 1), None])
def test_a_row_with_a_hole_in_it_sets_its_account_aside(
    table: str, place: int, values: dict[str, Any], said: str, opened: date | None, tmp_path: Path
) -> None:
    rows = Spoilt(table, place, values, said).book()
    for account in rows["accounts"]:
        account["opened_date"] = opened
    posting = rows["postings"][5]["posting"] if table == "postings" else ""
    night.reckon_folder(night.Order(write(tmp_path / "book", rows), TODAY, tmp_path / "out"))
    must_be_set_aside_alone(tmp_path / "out", Spoilt(table, place, values, said, posting))


def test_each_unknown_product_is_told_of_its_own_account(tmp_path: Path) -> None:
    rows = good_book()
    rows["accounts"][0]["product"], rows["accounts"][2]["product"] = "cn.cart", "hk.cart"
    night.reckon_folder(night.Order(write(tmp_path / "book", rows), TODAY, tmp_path / "out"))
    with (tmp_path / "out" / night.SET_ASIDE).open(encoding="utf-8", newline="") as file:
        first, second = (row["reason"] for row in csv.DictReader(file))
    assert "cn.cart" in first and "hk.cart" not in first
    assert "hk.cart" in second and "cn.cart" not in second


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [("postings", "posted_date", pa.timestamp("us")), ("postings", "cents", pa.string())],
)
def test_a_column_that_would_have_to_be_guessed_is_refused(
    table: str, column: str, kind: pa.DataType, tmp_path: Path
) -> None:
    book = write(tmp_path / "book", good_book())
    rows = pq.read_table(book / f"{table}-00000.parquet")
    changed = rows.set_column(rows.schema.get_field_index(column), column, rows[column].cast(kind))
    pq.write_table(changed, book / f"{table}-00000.parquet")
    with pytest.raises(UnableToReadBook, match=f"column {column} is"):
        night.reckon_folder(night.Order(book, TODAY, tmp_path / "out"))


# --- the largest amounts, many of them


def postings(ref: str, told: list[tuple[str, int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "account": ref, "posting": f"{ref}-{n}", "kind": kind, "cents": cents,
            "posted_date": days(day), "reverses": None, "made_date": None,
        }
        for n, (kind, cents, day) in enumerate(told)
    ]  # fmt: skip


def test_many_of_the_largest_amounts_are_exact_or_set_aside(tmp_path: Path) -> None:
    """900 x 2^53 fits into 64 bits; 1100 x 2^53 does not, even where it is paid again."""
    rows, most = good_book(), 2**53
    rows["postings"] = [
        *postings("A1", [("purchase", most, -20)] * 900),
        *postings("A2", [*[("purchase", most, -20)] * 1100, *[("payment", most, 2)] * 1100]),
        *postings("A3", [*[("purchase", most, -20)] * 900, *[("payment", most, 1)] * 900]),
    ]
    book = write(tmp_path / "book", rows)
    done = night.reckon_folder(night.Order(book, TODAY, tmp_path / "out"))
    told = pq.read_table(tmp_path / "out" / "reckoned-00000.parquet").to_pylist()
    assert [row["set_aside"] for row in told] == [False, True, False]
    for row in (told[0], told[2]):
        answer = owed(history=history_of(rows, row["account"]), as_of=TODAY)
        assert {n: row[n] for n in night.FIGURES} == {n: getattr(answer, n) for n in night.FIGURES}
    assert "leaves 64 bits" in (tmp_path / "out" / night.SET_ASIDE).read_text("utf-8")
    assert done.totals["payoff_cents"] == sum(row["payoff_cents"] or 0 for row in told)


def test_sums_of_a_night_do_not_wrap_round(tmp_path: Path) -> None:
    rows = good_book()
    rows["postings"] = [
        row for ref in ("A1", "A2", "A3") for row in postings(ref, [("purchase", 2**53, -20)] * 1000)
    ]
    done = night.reckon_folder(night.Order(write(tmp_path / "book", rows), TODAY, tmp_path / "out"))
    each = owed(history=history_of(rows, "A1"), as_of=TODAY).payoff_cents
    assert each < 1 << 63 < 3 * each
    assert done.totals["payoff_cents"] == 3 * each
    again = night.reckon_folder(night.Order(tmp_path / "book", TODAY, tmp_path / "out"))
    assert (again.parts_kept, again.totals) == (1, done.totals)


@pytest.mark.parametrize("years", [1, 12, 30])
def test_interest_upon_interest_for_years_is_folded_exactly(years: int, tmp_path: Path) -> None:
    """What grows beyond 64 bits on the way is folded by Python, whatever it began as."""
    rows = good_book()
    first = date(TODAY.year - years, 1, 5)
    statements = [first + timedelta(days=30 * n) for n in range(12 * years)]
    rows["accounts"][0]["terms"] = '{"daily_rate": "0.005", "late_fee_floor": "1000000.00"}'
    rows["accounts"][0]["opened_date"] = None
    rows["statements"] = [
        {"account": "A1", "statement_date": day, "due_date": day + timedelta(days=18)} for day in statements
    ]
    rows["postings"] = [
        {
            "account": "A1", "posting": "A1-1", "kind": "purchase", "cents": 50_000_000_00,
            "posted_date": first, "reverses": None, "made_date": None,
        }
    ]  # fmt: skip
    night.reckon_folder(night.Order(write(tmp_path / "book", rows), TODAY, tmp_path / "out"))
    row = pq.read_table(tmp_path / "out" / "reckoned-00000.parquet").to_pylist()[0]
    from dataclasses import replace

    alone = replace(history_of(rows, "A1"), terms={"daily_rate": "0.005", "late_fee_floor": "1000000.00"})
    answer = owed(history=alone, as_of=TODAY)
    if abs(answer.payoff_cents) >= 1 << 63:
        assert row["set_aside"]
    else:
        assert row["payoff_cents"] == answer.payoff_cents
