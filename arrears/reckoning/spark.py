"""The night on a cluster: the same compiled fold on PySpark, the same figures to the cent.

Two ways, one kernel. `by_parts` is an engine of `night.reckon_folder`: a part is a task, the
workers read and write the folder themselves, nothing is shuffled. `reckon_book` is for a book
in any order and on any storage Spark reads: Spark brings every account's rows together and
hands them over as Arrow batches, the answers go back the same way. docs/spark.md says when
to take which, and how large to make what.

PySpark is an optional extra; nothing else in the house needs it.
"""

import hashlib
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.kernel.trouble import Place, Trouble
from arrears.reckoning import night
from arrears.reckoning.arrow import TermsOfBook, UnableToReadBook, coded, refs_of
from arrears.reckoning.many import first_rows
from arrears.reckoning.reasons import Key
from arrears.rulebook.terms import products

INSTALL = "Install the extra with `.venv/bin/pip install --require-hashes -r locks/spark.txt`."
PROJECT = Path(__file__).resolve().parents[2]
ROWS_A_BATCH = 100_000  # what a worker is handed at once: some thousands of accounts, about 6 MB
ACCOUNTS_A_TASK = 50_000  # some seconds of work; what is tried again when a worker dies
Result = TypeVar("Result")


class UnableToUseSpark(Trouble):
    """Spark is not there, or could not do it; the message says what to do."""


# --- the session


@contextmanager
def session(master: str = "") -> Iterator[Any]:
    """A SparkSession at `master`, or where Spark's own configuration says; stopped afterwards.

    Raises UnableToUseSpark where PySpark or Java is missing.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as problem:
        raise UnableToUseSpark("PySpark is not installed", do=INSTALL) from problem
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise UnableToUseSpark("Java is not installed", do="Install Java 17 or newer, or set JAVA_HOME.")
    builder = SparkSession.builder.appName("arrears")
    for name, value in _settings(master).items():
        builder = builder.config(name, value)
    try:
        made = builder.getOrCreate()
    except PySparkException as problem:
        raise UnableToUseSpark(f"Spark does not start: {problem}", do="Its own log is above.") from problem
    with made:
        made.sparkContext.setLogLevel("ERROR")
        yield made


def _settings(master: str) -> dict[str, str]:
    """What the night needs; everything else is the cluster's configuration."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # what the workers run, wherever they are
    wanted = {"spark.ui.showConsoleProgress": "false"}
    if home := os.environ.get("ARREARS_HOME"):
        wanted["spark.executorEnv.ARREARS_HOME"] = home
    if master:
        wanted["spark.master"] = master
    if master.startswith("local"):  # the workers are on this machine: this code
        paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
        wanted["spark.executorEnv.PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return wanted


@cache
def stamp() -> str:
    """A digest of all that figures depend on besides the book: the fold and the card terms."""
    rooms = [PROJECT / "arrears" / room for room in ("kernel", "rulebook", "reckoning")]
    code = [file for room in rooms for file in sorted(room.glob("*.py"))]
    digest = hashlib.sha256()
    for file in (*code, *(path for _, path in sorted(products().items()))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _must_be_alike(known: str) -> None:
    """Refuse a worker whose figures could differ from the driver's."""
    if stamp() != known:
        raise UnableToUseSpark(
            f"the worker {socket.gethostname()} has other code or card terms than the driver",
            do="Give every worker the same version of Arrears and the same `terms` in ARREARS_HOME.",
        )


# --- parts as tasks


def by_parts(spark: Any) -> night.Engine:
    """An engine for `night.reckon_folder`: every waiting part is a task.

    All workers must see the folders under the same names. Order.memory_bytes is meant for
    one task.
    """

    def engine(order: night.Order, parts: Sequence[str], done: night.Done) -> Iterator[night.Counted]:
        if not parts:
            return
        night.workers_allowed(order, parts)  # refuses row groups that do not fit
        context = spark.sparkContext
        heard = context.accumulator(0)
        work = partial(_part_on_worker, _absolute(order), stamp(), heard)
        tasks = context.parallelize(parts, len(parts)).map(work)
        for answer in _while_telling(tasks.collect, heard, done):
            if isinstance(answer, Trouble):
                raise answer
            yield answer

    return engine


def _absolute(order: night.Order) -> night.Order:
    previous = order.previous.resolve() if order.previous else None
    return replace(order, folder=order.folder.resolve(), out=order.out.resolve(), previous=previous)


def _part_on_worker(order: night.Order, known: str, heard: Any, part: str) -> night.Counted | Trouble:
    """Trouble is handed back and not raised: Spark would try three times more."""
    try:
        _must_be_alike(known)
        return night.reckon_part(order, part, heard.add)
    except Trouble as trouble:
        return trouble


def _while_telling(work: Callable[[], Result], heard: Any, done: night.Done) -> Result:
    """Do the work; `done` hears of it twice a second."""
    told = 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        while not running.done():
            wait([running], timeout=0.5)
            now = heard.value
            done(now - told)
            told = now
        try:
            return running.result()
        except Exception as problem:
            raise _in_words(problem) from problem


def _in_words(problem: Exception) -> Exception:
    """What a worker or Spark refused, without the traces of two languages."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    if not isinstance(problem, PySparkException | Py4JJavaError):
        return problem
    said = str(problem)
    ours = re.search(r"arrears\.[\w.]+\.UnableTo\w+: (.+?)\n(?:  (\S[^\n]*)\n)?", said)
    if ours:
        return UnableToReadBook(ours[1], do=ours[2] or "")
    reason = next((line for line in said.splitlines() if line.strip()), type(problem).__name__)
    return UnableToUseSpark(f"Spark could not do it: {reason}", do="Its own log says more.")


# --- a book in any order, on any storage


@dataclass(frozen=True, slots=True)
class BookOrder:
    """What to reckon by address: folders, or s3a://, hdfs:// and what else Spark reads.

    The book's tables are {book}/accounts-*.parquet and so on. Answers go to {out}/reckoned,
    accounts set aside to {out}/set-aside. previous: the `out` of an earlier
    night, however it was reckoned.
    tasks: how many shares the accounts are dealt into; 0: as many as the
    cluster has cores, or more, of 50,000 accounts each.
    """

    book: str
    as_of: date
    out: str
    labels: night.Labels = field(default_factory=dict)
    previous: str = ""
    tasks: int = 0


def reckon_book(order: BookOrder, spark: Any, *, done: night.Done = lambda _: None) -> night.Night:
    """Reckon a book in any order: one shuffle by account, then the fold over Arrow batches.

    Raises UnableToReadBook where a table is missing, has wrong columns, or rows belong to no
    account; UnableToUseSpark where Spark refuses, as it does where `out` holds answers.
    """
    heard = spark.sparkContext.accumulator(0)
    return _while_telling(partial(_reckon_book, order, spark, heard), heard, done)


def _reckon_book(order: BookOrder, spark: Any, heard: Any) -> night.Night:
    from pyspark import StorageLevel

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_A_BATCH))
    tables = {name: read_table(spark, order.book, name) for name in night.COLUMNS}
    _must_have_postings(spark, order.book)
    tasks = order.tasks or _enough_tasks(tables["accounts"].count(), spark.sparkContext.defaultParallelism)
    frame = reckon_frames(tables, as_of=order.as_of, labels=order.labels, tasks=tasks, heard=heard)
    if order.previous and order.labels:
        before = spark.read.parquet(f"{order.previous}/reckoned*")  # of by_parts, too
        frame = _with_flips(frame, before, next(iter(order.labels)))
    frame = frame.persist(StorageLevel.DISK_ONLY)  # written once, listed once, summed once
    answers = frame.select(night.answer_schema(order.labels).names)
    answers.write.option("compression", "zstd").parquet(f"{order.out}/reckoned")
    refused = frame.where("set_aside").select("account", "posting", "reason")
    refused.coalesce(1).write.csv(f"{order.out}/set-aside", header=True)
    done = _summed(answers, tables["postings"].count(), tasks)
    frame.unpersist()
    return done


def _must_have_postings(spark: Any, book: str) -> None:
    """Refuse balances without postings: a book in any order carries no columns for them."""
    from pyspark.errors import AnalysisException

    with suppress(AnalysisException):
        if spark.read.parquet(f"{book}/supplied-*.parquet").limit(1).count():
            raise UnableToReadBook(
                "gives balances instead of postings, which a book in any order cannot be reckoned from",
                do="Sort the book by account and leave --any-order out.",
                at=Place(f"{book}/supplied-*.parquet"),
            )


def _enough_tasks(accounts: int, cores: int) -> int:
    return max(cores, -(-accounts // ACCOUNTS_A_TASK))


def _summed(answers: Any, postings: int, tasks: int) -> night.Night:
    from pyspark.sql import functions as sql

    count, refused = sql.count("*").alias("accounts"), sql.count_if("set_aside").alias("set_aside")
    # As decimals: the sum of many amounts may leave 64 bits where each of them does not.
    figures = [
        sql.coalesce(sql.sum(sql.col(name).cast("decimal(38,0)")), sql.lit(0)).alias(name)
        for name in night.FIGURES
    ]
    row = answers.agg(count, refused, *figures).first().asDict()
    totals = {name: int(row[name]) for name in night.FIGURES}
    return night.Night(row["accounts"], postings, tasks, 0, row["set_aside"], totals)


def _with_flips(frame: Any, previous: Any, label: str) -> Any:
    """The label of the earlier night where it is another now."""
    from pyspark.sql import functions as sql

    was = previous.select("account", sql.col(label).alias("was"))
    changed = sql.when(sql.col("was") != sql.col(label), sql.col("was"))
    return frame.join(was, "account", "left").withColumn("flipped_from", changed).drop("was")


# The three tables as one stream: which column each of them puts into which of the stream's.
# Sorted by account, table, file and row, an account is followed by its statements, then by
# its postings, each in the order they were delivered.
STREAM = {
    "day": "date", "due": "date", "cents": "bigint", "one": "string", "two": "string", "three": "string",
}  # fmt: skip
CARRIED = {
    "accounts": {
        "day": "opened_date", "cents": "limit_cents", "one": "product", "two": "currency", "three": "terms",
    },
    "statements": {"day": "statement_date", "due": "due_date"},
    "postings": {
        "day": "posted_date", "due": "made_date", "cents": "cents", "one": "posting", "two": "kind",
        "three": "reverses",
    },
}  # fmt: skip
ORDER = ("account", "table", "file", "row")


def read_table(spark: Any, book: str, table: str) -> Any:
    """A table of the book with `file` and `row`, the place each of its rows was delivered at."""
    from pyspark.errors import AnalysisException

    files = f"{book}/{table}-*.parquet"
    try:
        rows = spark.read.parquet(files)
        made = (
            [] if table != "postings" or "made_date" in rows.columns else ["CAST(NULL AS DATE) AS made_date"]
        )
        names = night.COLUMNS[table] + [name for name in ("made_date",) if name in rows.columns]
        return rows.selectExpr(*names, *made, "_metadata.file_path AS file", "_metadata.row_index AS row")
    except AnalysisException as problem:
        reason = str(problem).splitlines()[0]
        raise UnableToReadBook(f"cannot be read: {reason}", at=Place(files)) from problem


def reckon_frames(
    tables: dict[str, Any], *, as_of: date, labels: night.Labels, tasks: int, heard: Any = None
) -> Any:
    """The answers of a book as a DataFrame, with `posting` and `reason` of what was set aside.

    tables: DataFrames named as in `night.COLUMNS`, with those columns and with `file` and
    `row`, by which an account's rows are put in the order they were delivered.
    """
    shares = [_carried(tables[name], name, place) for place, name in enumerate(CARRIED)]
    whole = shares[0].unionByName(shares[1]).unionByName(shares[2])
    whole = whole.repartition(tasks, "account").sortWithinPartitions(*ORDER).drop("file", "row")
    work = partial(_reckoned, as_of=as_of, labels=labels, known=stamp(), heard=heard)
    types = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in _answer_types(labels))
    return whole.mapInArrow(work, types)


SQL_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.int32(): "int", pa.bool_(): "boolean"}


def _answer_types(labels: night.Labels) -> list[tuple[str, pa.DataType]]:
    """The columns of the answers, their words as plain text, and what was wrong."""
    made = [(one.name, one.type) for one in night.answer_schema(labels)]
    made = [(name, pa.string() if pa.types.is_dictionary(kind) else kind) for name, kind in made]
    return [*made, ("posting", pa.string()), ("reason", pa.string())]


def _carried(frame: Any, table: str, place: int) -> Any:
    from pyspark.sql import functions as sql

    kinds = dict(frame.dtypes)
    columns = ["account", sql.lit(place).cast("tinyint").alias("table"), "file", "row"]
    for name, kind in STREAM.items():
        source = CARRIED[table].get(name)
        if source:
            _must_be(kind, kinds[source], f"{table}.{source}")
        value = _whole(sql.col(source), kinds[source]) if source else sql.lit(None)
        columns.append(value.cast(kind).alias(name))
    return frame.select(*columns)


def _whole(column: Any, kind: str) -> Any:
    """An amount that is no whole number becomes none, so that its account is set aside (reasons.whole_cents)."""
    from pyspark.sql import functions as sql

    if not kind.startswith(FRACTIONS):
        return column
    return sql.when((sql.floor(column) == column) & (sql.abs(column) <= 1 << 53), column)


FRACTIONS = ("double", "float", "decimal")


FITTING = {"date": ("date",), "bigint": ("bigint", "int"), "string": ("string",)}


def _must_be(wanted: str, found: str, column: str) -> None:
    """Refuse what a cast would quietly change: days with hours, words for numbers."""
    if found not in FITTING[wanted] and not (column == "postings.cents" and found.startswith(FRACTIONS)):
        raise UnableToReadBook(f"column {column} is {found}, not {wanted}")


# --- on a worker


def _reckoned(
    batches: Iterable[pa.RecordBatch], *, as_of: date, labels: night.Labels, known: str, heard: Any
) -> Iterator[pa.RecordBatch]:
    """The answers of one share of the accounts, batch by batch."""
    _must_be_alike(known)
    terms, nobody_before = TermsOfBook(as_of), night.Before(None, "", labels)
    schema = pa.schema(_answer_types(labels))
    for rows in whole_accounts(batches):
        batch = batch_of(rows)
        answers, reasons = night.reckon_batch(batch, terms, as_of)
        table = night.answer_table(batch.refs, answers, labels, nobody_before)
        postings, whys = _set_aside(batch, answers, reasons)
        table = table.append_column("posting", postings).append_column("reason", whys)
        yield from table.cast(schema).combine_chunks().to_batches()
        if heard is not None:
            heard.add(table.num_rows)


def whole_accounts(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The stream cut anew, so that no account is in two pieces. Holds one account over."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        codes = coded(pa.chunked_array([batch["account"]])).codes
        last = int(np.argmax(codes == codes[-1]))  # where the last account of the batch begins
        if held and batch["account"][0].as_py() != held[-1]["account"][-1].as_py():
            yield pa.Table.from_batches(held)
            held = []
        if last:
            yield pa.Table.from_batches([*held, batch.slice(0, last)])
            held = []
        held.append(batch.slice(last))
    if held:
        yield pa.Table.from_batches(held)


def batch_of(rows: pa.Table) -> night.Batch:
    """Some whole accounts of the stream as the three tables they came from."""
    tables = {name: _taken(rows, place, name) for place, name in enumerate(CARRIED)}
    refs = refs_of(tables["accounts"], file="accounts")
    firsts = {name: first_rows(refs, tables[name], name) for name in ("postings", "statements")}
    return night.Batch(
        refs=refs, **tables, first_posting=firsts["postings"], first_cycle=firsts["statements"]
    )


def _taken(rows: pa.Table, place: int, table: str) -> pa.Table:
    mine = rows.filter(pc.equal(rows["table"], pa.scalar(place, pa.int8())))
    names = {"account": "account", **CARRIED[table]}
    return mine.select(list(names)).rename_columns(list(names.values()))


def _set_aside(batch: night.Batch, answers: Any, reasons: Mapping[Key, str]) -> tuple[pa.Array, pa.Array]:
    """For every account the posting and the reason it was set aside for; null where it was not."""
    postings: list[str | None] = [None] * len(batch.refs.names)
    whys = list(postings)
    wrong = np.flatnonzero(answers.trouble)
    for place, (_, posting, why) in zip(wrong, night.set_aside_rows(batch, answers, reasons), strict=True):
        postings[place], whys[place] = posting, why
    return pa.array(postings, pa.string()), pa.array(whys, pa.string())
