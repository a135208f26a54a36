"""Spark is another pair of hands, not another opinion: every figure equals the local night's."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from arrears.portfolio.making.book import Order as Making
from arrears.portfolio.making.book import make_book
from arrears.reckoning import night, spark
from arrears.reckoning.arrow import UnableToReadBook

END = date(2026, 11, 30)
BEFORE = date(2026, 10, 31)
ACCOUNTS = 3_000
LABELS = {"bucket": night.LabelColumn.of(["M0"] + ["M1"] * 30 + ["later"])}
on_cluster = pytest.mark.spark


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some thousand accounts in four parts; three of them cannot be right."""
    folder = tmp_path_factory.mktemp("spark") / "book"
    made = Making(ACCOUNTS, months=6, seed=3, end=END, parts=4, strain=1.5)
    make_book(folder, made, workers=1)
    file = folder / "postings-00002.parquet"
    rows = pq.read_table(file)
    cents, kinds = rows["cents"].to_pylist(), rows["kind"].to_pylist()
    cents[0], cents[1000], kinds[2000] = -5, None, "gift"
    rows = rows.set_column(rows.schema.get_field_index("cents"), "cents", pa.array(cents, pa.int64()))
    rows = rows.set_column(rows.schema.get_field_index("kind"), "kind", pa.array(kinds, pa.string()))
    pq.write_table(rows, file)
    return folder


@pytest.fixture(scope="module")
def local(book: Path) -> Path:
    """The night of this machine."""
    out = book.with_name("local")
    done = night.reckon_folder(night.Order(book, END, out, LABELS, before(book)))
    assert (done.accounts, done.set_aside) == (ACCOUNTS, 3)
    return out


def before(book: Path) -> Path:
    """The answers of a month earlier, for the flips."""
    out = book.with_name("before")
    night.reckon_folder(night.Order(book, BEFORE, out, LABELS))
    return out


def answers(folder: Path) -> pa.Table:
    """By account, whatever files and order they were written in."""
    files = sorted(folder.glob("reckoned-*.parquet")) or sorted(folder.glob("reckoned/*.parquet"))
    return pa.concat_tables(pq.read_table(file) for file in files).sort_by("account").combine_chunks()


def must_be_the_same(ours: Path, theirs: Path) -> None:
    """The same columns and rows; where not, name the figure."""
    one, other = answers(ours), answers(theirs)
    assert one.schema.equals(other.schema)
    for name in night.FIGURES:
        apart = np.subtract(one[name].fill_null(0).to_numpy(), other[name].fill_null(0).to_numpy())
        assert np.abs(apart).sum() == 0, name
    assert one.equals(other)


def in_no_order(book: Path, to: Path) -> Path:
    """The book as a bank delivers it: postings file by file as the days went, accounts shuffled."""
    to.mkdir()
    for table, by in (("accounts", None), ("postings", "posted_date"), ("statements", "statement_date")):
        rows = pa.concat_tables(pq.read_table(file) for file in sorted(book.glob(f"{table}-*.parquet")))
        if by is None:
            order = np.random.default_rng(1).permutation(rows.num_rows)
        else:
            order = np.argsort(rows[by].to_numpy(), kind="stable")
        for number, places in enumerate(np.array_split(order, 3)):
            pq.write_table(rows.take(places), to / f"{table}-{number:05d}.parquet")
    return to


# --- the stream, without Spark


def stream_of(book: Path) -> pa.Table:
    """What Spark hands a worker: all rows of a book, by account, table and delivery."""
    shares = []
    for place, (table, carried) in enumerate(spark.CARRIED.items()):
        rows = pa.concat_tables(pq.read_table(file) for file in sorted(book.glob(f"{table}-*.parquet")))
        columns = {"account": rows["account"], "table": pa.array([place] * rows.num_rows, pa.int8())}
        kinds = {"date": pa.date32(), "bigint": pa.int64(), "string": pa.string()}
        for name, kind in spark.STREAM.items():
            source = carried.get(name)
            columns[name] = rows[source] if source else pa.nulls(rows.num_rows, kinds[kind])
        columns["row"] = pa.array(range(rows.num_rows))
        shares.append(pa.table(columns))
    whole = pa.concat_tables(shares)
    return whole.sort_by([("account", "ascending"), ("table", "ascending"), ("row", "ascending")])


@pytest.mark.parametrize("rows_a_batch", [7, 1_000, 10_000_000])
def test_the_stream_may_be_cut_anywhere(book: Path, local: Path, tmp_path: Path, rows_a_batch: int) -> None:
    stream = stream_of(book).drop_columns("row").combine_chunks()
    if rows_a_batch < 10:
        stream = stream.slice(0, 2_000)
    batches = stream.to_batches(max_chunksize=rows_a_batch)
    made = spark._reckoned(batches, as_of=END, labels=LABELS, known=spark.stamp(), heard=None)
    found = pa.Table.from_batches(made)
    wanted = answers(local).slice(0, found.num_rows - 1)  # the last account may have lost some rows
    for name in (*night.FIGURES, "account", "days_past_due", "bucket", "set_aside"):
        assert found[name].slice(0, len(wanted)).to_pylist() == wanted[name].to_pylist(), name


def test_without_pyspark_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    with pytest.raises(spark.UnableToUseSpark, match=r"(?s)not installed.*locks/spark\.txt"), spark.session():
        pass


def test_a_book_at_an_address_needs_spark(book: Path, tmp_path: Path) -> None:
    from arrears.cli.app import app

    asked = ["book", "reckon", "s3a://bank/book", "--as-of", "2026-11-30", "--out", str(tmp_path)]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 2
    assert "--engine spark" in told.output


# --- in a real cluster: a master, two workers, each a process of its own


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="the optional extra `spark` is not installed (docs/spark.md)")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java 17, which is not on this machine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")  # a cluster on one machine needs no network
        with spark.session("local-cluster[2,1,1024]") as running:
            yield running


@on_cluster
def test_two_workers_go_through_the_parts_and_every_cent_is_the_same(
    cluster: Any, book: Path, local: Path, tmp_path: Path
) -> None:
    heard: list[int] = []
    order = night.Order(book, END, tmp_path / "out", LABELS, before(book))
    done = night.reckon_folder(order, done=heard.append, engine=spark.by_parts(cluster))
    must_be_the_same(tmp_path / "out", local)
    here = night.reckon_folder(night.Order(book, END, local, LABELS, before(book)))
    assert (done.accounts, done.postings, done.set_aside) == (here.accounts, here.postings, 3)
    assert (done.totals, sum(heard)) == (here.totals, ACCOUNTS)
    assert (tmp_path / "out" / night.SET_ASIDE).read_text() == (local / night.SET_ASIDE).read_text()
    assert cluster.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3  # the driver and two workers


@on_cluster
def test_a_stopped_run_on_the_cluster_goes_on_with_the_missing_parts(
    cluster: Any, book: Path, local: Path, tmp_path: Path
) -> None:
    shutil.copytree(local, tmp_path / "out")
    (tmp_path / "out" / "reckoned-00001.parquet").unlink()
    order = night.Order(book, END, tmp_path / "out", LABELS, before(book))
    done = night.reckon_folder(order, engine=spark.by_parts(cluster))
    assert (done.parts, done.parts_kept, done.accounts) == (4, 3, ACCOUNTS)
    must_be_the_same(tmp_path / "out", local)


@on_cluster
def test_a_book_in_no_order_is_brought_together_by_account(
    cluster: Any, book: Path, local: Path, tmp_path: Path
) -> None:
    heard: list[int] = []
    mixed = in_no_order(book, tmp_path / "mixed")
    order = spark.BookOrder(str(mixed), END, str(tmp_path / "out"), LABELS, str(before(book)), tasks=5)
    done = spark.reckon_book(order, cluster, done=heard.append)
    must_be_the_same(tmp_path / "out", local)
    assert (done.accounts, done.set_aside, sum(heard)) == (ACCOUNTS, 3, ACCOUNTS)
    aside = [file.read_text().splitlines() for file in (tmp_path / "out" / "set-aside").glob("*.csv")]
    wanted = (local / night.SET_ASIDE).read_text().splitlines()
    assert sorted(line for lines in aside for line in lines) == sorted(wanted)
    with pytest.raises(spark.UnableToUseSpark, match="already exists"):
        spark.reckon_book(order, cluster)


@on_cluster
def test_rows_of_unknown_accounts_are_refused_in_words(cluster: Any, book: Path, tmp_path: Path) -> None:
    mixed = in_no_order(book, tmp_path / "mixed")
    rows = pq.read_table(mixed / "accounts-00000.parquet")
    lost = rows["account"][0].as_py()
    pq.write_table(rows.slice(1), mixed / "accounts-00000.parquet")
    order = spark.BookOrder(str(mixed), END, str(tmp_path / "out"), LABELS, tasks=2)
    with pytest.raises(UnableToReadBook, match=f"rows of account {lost}, which has no row") as refused:
        spark.reckon_book(order, cluster)
    assert "Traceback" not in str(refused.value)


@on_cluster
def test_a_fraction_of_a_cent_sets_its_account_aside(cluster: Any, book: Path, tmp_path: Path) -> None:
    mixed = in_no_order(book, tmp_path / "mixed")
    for number, file in enumerate(sorted(mixed.glob("postings-*.parquet"))):
        rows = pq.read_table(file)
        cents = [None if one is None else Decimal(one) for one in rows["cents"].to_pylist()]
        if number == 0:
            spoiled, cents[0] = rows["account"][0].as_py(), Decimal("10.50")
        column = pa.array(cents, pa.decimal128(18, 2))
        pq.write_table(rows.set_column(rows.schema.get_field_index("cents"), "cents", column), file)
    order = spark.BookOrder(str(mixed), END, str(tmp_path / "out"), LABELS, tasks=2)
    assert spark.reckon_book(order, cluster).set_aside == 4
    lost = answers(tmp_path / "out").filter(pc.field("set_aside"))["account"].to_pylist()
    assert spoiled in lost


@on_cluster
def test_a_worker_with_other_terms_than_the_driver_is_refused(
    cluster: Any, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "stamp", lambda: "other terms")
    with pytest.raises(spark.UnableToUseSpark, match="other code or card terms"):
        night.reckon_folder(night.Order(book, END, tmp_path / "out"), engine=spark.by_parts(cluster))


@on_cluster
def test_the_command_says_the_same_on_this_machine_and_on_the_cluster(
    cluster: Any, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    from arrears.cli.app import app

    monkeypatch.setattr(spark, "session", lambda master: nullcontext(cluster))
    told = []
    for engine, *more in (["local"], ["spark"], ["spark", "--any-order"]):
        out = tmp_path / "-".join([engine, *more])
        asked = ["book", "reckon", str(book), "--as-of", "2026-11-30", "--out", str(out), "--engine", engine]
        run = CliRunner().invoke(app, [*asked, *more], catch_exceptions=False)
        assert run.exit_code == 0
        told.append(
            [line for line in run.stdout.splitlines() if "part(s)" not in line and "aside" not in line]
        )
    assert told[0] == told[1] == told[2]
    assert any(line.startswith("payoff") for line in told[0])
