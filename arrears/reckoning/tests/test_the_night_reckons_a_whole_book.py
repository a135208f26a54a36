"""A book of Parquet parts: equal to its accounts one by one, resumable, and nothing lost."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from arrears.portfolio.making.book import Order as BookOrder
from arrears.portfolio.making.book import make_book
from arrears.reckoning import bench, night
from arrears.reckoning.arrow import UnableToReadBook
from arrears.reckoning.queries import owed

END = date(2026, 11, 30)
BUCKETS = {"bucket": night.LabelColumn.of(["M0"] + ["late"] * 30 + ["later"])}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 accounts in three parts."""
    folder = tmp_path_factory.mktemp("book")
    make_book(folder, BookOrder(accounts=300, months=5, seed=5, end=END, parts=3, strain=1.5), workers=1)
    return folder


def reckoned(folder: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(file) for file in sorted(folder.glob("reckoned-*.parquet")))


def run(book: Path, out: Path, **more: object) -> night.Night:
    order = night.Order(book, END, out, labels=BUCKETS, **more)  # type: ignore[arg-type]
    return night.reckon_folder(order)


def test_every_account_is_what_it_is_at_the_desk(book: Path, tmp_path: Path) -> None:
    done = run(book, tmp_path)
    rows = {row["account"]: row for row in reckoned(tmp_path).to_pylist()}
    assert (done.accounts, done.set_aside, len(rows)) == (300, 0, 300)
    for part in night.part_numbers(book):
        for batch in night.batches(book, part):
            for number in range(len(batch.refs.names)):
                history = bench.history_of(batch, number)
                answer, row = owed(history=history, as_of=END), rows[history.ref]
                for name in (*night.FIGURES, "days_past_due"):
                    assert row[name] == getattr(answer, name), (history.ref, name)
    assert done.totals["payoff_cents"] == sum(row["payoff_cents"] for row in rows.values())
    assert {row["bucket"] for row in rows.values()} >= {"M0", "late"}


def test_a_stopped_night_goes_on_with_the_missing_parts(book: Path, tmp_path: Path) -> None:
    whole = run(book, tmp_path)
    before = reckoned(tmp_path)
    (tmp_path / "reckoned-00001.parquet").rename(tmp_path / "reckoned-00001.making")
    again = run(book, tmp_path)
    assert (again.parts, again.parts_kept) == (3, 2)
    assert (again.accounts, again.totals) == (whole.accounts, whole.totals)
    assert reckoned(tmp_path).equals(before)


def test_answers_of_another_night_are_not_mixed_in(book: Path, tmp_path: Path) -> None:
    run(book, tmp_path)
    with pytest.raises(UnableToReadBook, match="another night"):
        night.reckon_folder(night.Order(book, date(2026, 11, 29), tmp_path))


def test_row_groups_may_be_cut_anywhere(book: Path, tmp_path: Path) -> None:
    other = tmp_path / "book"
    other.mkdir()
    for file in book.glob("*.parquet"):
        size = 7 if file.name.startswith("accounts") else 11
        pq.write_table(pq.read_table(file), other / file.name, row_group_size=size)
    run(book, tmp_path / "a")
    run(other, tmp_path / "b")
    assert reckoned(tmp_path / "a").to_pylist() == reckoned(tmp_path / "b").to_pylist()


def test_flips_name_the_bucket_before(book: Path, tmp_path: Path) -> None:
    night.reckon_folder(night.Order(book, date(2026, 10, 30), tmp_path / "before", labels=BUCKETS))
    run(book, tmp_path / "now", previous=tmp_path / "before")
    was, now = reckoned(tmp_path / "before"), reckoned(tmp_path / "now")
    pairs = zip(was["bucket"].to_pylist(), now["bucket"].to_pylist(), strict=True)
    assert now["flipped_from"].to_pylist() == [a if a != b else None for a, b in pairs]
    assert now["flipped_from"].null_count < now.num_rows


def changed(book: Path, to: Path, table: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    """A copy of the book with part 00001 of one table changed."""
    to.mkdir()
    for file in book.glob("*.parquet"):
        rows = pq.read_table(file)
        pq.write_table(change(rows) if file.name == f"{table}-00001.parquet" else rows, to / file.name)
    return to


def with_value(column: str, row: int, value: object) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        values[row] = value
        place = table.schema.get_field_index(column)
        return table.set_column(place, column, pa.array(values, table.schema.field(column).type))

    return change


@pytest.mark.parametrize(
    ("table", "column", "value", "reason"),
    [
        ("postings", "cents", None, "amount"),
        ("postings", "cents", -5, "amount"),
        ("postings", "cents", 2**53 + 1, "amount"),
        ("postings", "kind", "gift", "kind of posting is unknown"),
        ("postings", "posted_date", date(1990, 1, 1), "before the account was opened"),
        ("postings", "posted_date", None, "no day"),
        ("postings", "posting", "P00002", "two postings with this id"),
        ("statements", "due_date", None, "due date"),
        ("accounts", "product", "cn.cart", "did you mean 'cn.card'"),
        ("accounts", "currency", "YUAN", "no known currency"),
        ("accounts", "terms", '{"day_count": "x"}', "unknown value 'x'"),
        ("accounts", "terms", "{", "Expecting"),
    ],
)
def test_what_cannot_be_right_is_set_aside_and_the_rest_is_reckoned(
    book: Path, tmp_path: Path, table: str, column: str, value: object, reason: str
) -> None:
    rows = pq.read_table(book / f"{table}-00001.parquet")
    first = rows["account"].to_pylist()
    row = next(i for i in range(len(first)) if table != "postings" or first.count(first[i]) > 2)
    spoiled = changed(book, tmp_path / "book", table, with_value(column, row, value))
    done = run(spoiled, tmp_path / "out")
    assert (done.accounts, done.set_aside) == (300, 1)
    with (tmp_path / "out" / night.SET_ASIDE).open(encoding="utf-8", newline="") as file:
        (aside,) = list(csv.DictReader(file))
    assert aside["account"] == first[row]
    assert reason in aside["reason"]
    if table == "postings" and column not in ("posting",):
        assert aside["posting"] == rows["posting"][row].as_py()
    answers = reckoned(tmp_path / "out")
    lost = answers.filter(pc.field("set_aside")).to_pylist()
    assert [(one["account"], one["payoff_cents"], one["bucket"]) for one in lost] == [
        (first[row], None, None)
    ]


def test_a_book_out_of_account_order_is_refused_naming_the_file(book: Path, tmp_path: Path) -> None:
    turned = changed(
        book, tmp_path / "book", "postings", lambda rows: rows.take(list(range(len(rows)))[::-1])
    )
    with pytest.raises(UnableToReadBook, match=r"postings-00001\.parquet.*wrong place"):
        run(turned, tmp_path / "out")


def test_rows_of_accounts_nobody_knows_are_refused(book: Path, tmp_path: Path) -> None:
    fewer = changed(book, tmp_path / "book", "accounts", lambda rows: rows.slice(0, len(rows) - 1))
    with pytest.raises(UnableToReadBook, match="wrong place"):
        run(fewer, tmp_path / "out")


def test_an_account_twice_is_refused(book: Path, tmp_path: Path) -> None:
    double = changed(book, tmp_path / "book", "accounts", lambda rows: rows.take([0, *range(len(rows))]))
    with pytest.raises(UnableToReadBook, match="twice"):
        run(double, tmp_path / "out")


def test_missing_columns_files_and_memory_are_said_plainly(book: Path, tmp_path: Path) -> None:
    bare = changed(book, tmp_path / "a", "postings", lambda rows: rows.drop_columns(["kind"]))
    with pytest.raises(UnableToReadBook, match="no column kind"):
        run(bare, tmp_path / "x")
    (bare / "statements-00002.parquet").unlink()
    with pytest.raises(UnableToReadBook, match=r"statements-00002.parquet: is missing"):
        run(bare, tmp_path / "y")
    with pytest.raises(UnableToReadBook, match=r"accounts-\*"):
        run(tmp_path / "a-none", tmp_path / "z")
    with pytest.raises(UnableToReadBook, match="--memory"):
        run(book, tmp_path / "m", memory_bytes=1000)


def test_broken_parquet_is_refused_naming_the_file(book: Path, tmp_path: Path) -> None:
    broken = changed(book, tmp_path / "book", "postings", lambda rows: rows)
    (broken / "postings-00001.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(UnableToReadBook, match=r"postings-00001\.parquet: cannot be read"):
        run(broken, tmp_path / "out")


def test_the_bench_measures_both_sides(book: Path, tmp_path: Path) -> None:
    order = night.Order(book, END, tmp_path / "out", labels=BUCKETS)
    measured = bench.measure(order, runs=1)
    assert (measured.accounts, measured.runs) == (300, 1)
    assert measured.ratio > 0
    assert bench.milliseconds_explained(order, accounts=5) > 0


def test_a_column_is_left_unread_only_where_every_row_says_the_same(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "product": ["cn.card"] * 4,
            "currency": ["CNY", "CNY", "USD", "USD"],  # alike in each row group, not in the file
            "terms": pa.array([None] * 4, pa.string()),
            "half": ["x", None, "x", "x"],
        }
    )
    pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=2)
    pq.write_table(rows, tmp_path / "untold.parquet", row_group_size=2, write_statistics=False)
    file, untold = (pq.ParquetFile(tmp_path / f"{name}.parquet") for name in ("rows", "untold"))
    assert night.said_by_all_rows(file, rows.column_names) == {"product": "cn.card", "terms": None}
    assert night.said_by_all_rows(untold, rows.column_names) == {}
