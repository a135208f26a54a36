"""The night: a whole card book of Parquet parts in account order, reckoned part by part.

In: a folder as `portfolio.making` lays it out, accounts-NNNNN.parquet with postings- and
statements- of the same number beside it, rows in account order, postings also by day.
Out: reckoned-NNNNN.parquet, one row per account in the same order, and set-aside.csv
with account, posting and reason for those that cannot be right.

Each part is read by row groups, so memory is bounded whatever the part's size. A part is
there whole or not at all; a run that was stopped goes on with the parts that are missing.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arrears.kernel.cycles import what_stands_stays
from arrears.kernel.trouble import Place
from arrears.portfolio.types import TABLES
from arrears.reckoning import keeping
from arrears.reckoning.arrow import Refs, TermsOfBook, UnableToReadBook, arrays_of, refs_of
from arrears.reckoning.bulk import Answers, Ints, as_compiled, reckon_arrays
from arrears.reckoning.reasons import Key, posting_of, why
from arrears.reckoning.supplied_rows import answer_supplied

COLUMNS = {
    "accounts": ["account", "product", "currency", "opened_date", "limit_cents", "terms"],
    "postings": ["account", "posting", "kind", "cents", "posted_date", "reverses"],
    "statements": ["account", "statement_date", "due_date"],
}
# Read where a book has them: the day of the purchase itself, what the bank said of balances.
ALSO_READ = {
    "postings": ["made_date"],
    "statements": ["balance_cents", "minimum_cents", "interest_cents"],
    "supplied": ["account", "as_of", "balance_cents", "months_late", "days_past_due"],
}
AS_NUMBERS = {"account", "posting", "kind", "reverses", "product", "currency", "terms"}
STATE = "night.json"
SET_ASIDE = "set-aside.csv"
# A batch is held as read, as numbers and as answers at once.
COPIES_IN_MEMORY = 4


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column of words by days past due: the word for 0, 1, 2 ... days; the last for more."""

    words: pa.Array
    codes: Ints

    @classmethod
    def of(cls, words: Sequence[str]) -> "LabelColumn":
        """From the word for each number of days."""
        distinct = {word: code for code, word in enumerate(dict.fromkeys(words))}
        return cls(pa.array(list(distinct)), np.array([distinct[word] for word in words], np.int32))

    def column(self, days: Ints, mask: Ints | None) -> pa.DictionaryArray:
        """The words for these days past due; none where masked."""
        codes = pa.array(self.codes.take(days, mode="clip"), mask=mask)
        return pa.DictionaryArray.from_arrays(codes, self.words, safe=False)


# Columns of the output by name. The first one is the one whose changes are flips.
Labels = Mapping[str, LabelColumn]


@dataclass(slots=True)
class Night:
    """What a night did."""

    accounts: int = 0
    postings: int = 0
    parts: int = 0
    parts_kept: int = 0  # found whole from an earlier run of the same night
    set_aside: int = 0
    totals: dict[str, int] = field(default_factory=dict)

    def count(self, accounts: int, postings: int, set_aside: int, figures: Mapping[str, int]) -> None:
        """Add a batch, or a part found whole."""
        self.accounts += accounts
        self.postings += postings
        self.set_aside += set_aside
        for name, cents in figures.items():
            self.totals[name] = self.totals.get(name, 0) + cents


@dataclass(frozen=True, slots=True)
class Order:
    """What to reckon, and how. previous: the folder of an earlier night, for the flips."""

    folder: Path
    as_of: date
    out: Path
    labels: Labels = field(default_factory=dict)
    previous: Path | None = None
    workers: int = 0  # 0: one for each core
    memory_bytes: int = 4 << 30
    keep: bool = False  # write carried-NNNNN.parquet, for the daily run (next_day.py)


Counted = tuple[int, int, int, dict[str, int]]  # accounts, postings, set aside, sums of figures
Done = Callable[[int], None]
# Who goes through the parts: threads of this machine (below), or a cluster (spark.py).
Engine = Callable[[Order, Sequence[str], Done], Iterator[Counted]]


def by_threads(order: Order, parts: Sequence[str], done: Done) -> Iterator[Counted]:
    """Every part on this machine, as many at once as cores and memory allow."""
    with what_stands_stays(), ThreadPoolExecutor(workers_allowed(order, parts)) as pool:
        running = {pool.submit(reckon_part, order, part, done) for part in parts}
        for finished in as_completed(running):
            yield finished.result()


def reckon_folder(order: Order, *, done: Done = lambda _: None, engine: Engine = by_threads) -> Night:
    """Reckon every part of the book; `done` hears the accounts of each batch.

    Raises UnableToReadBook where the folder holds no book in account order, or `out` the
    answers of another night.
    """
    parts = part_numbers(order.folder)
    begin(order)
    night = Night(parts=len(parts))
    waiting = [part for part in parts if not _answer_file(order.out, part).exists()]
    night.parts_kept = len(parts) - len(waiting)
    for part in set(parts) - set(waiting):
        _count_kept(order, part, night)
    for part_sums in engine(order, waiting, done):
        night.count(*part_sums)
    list_set_aside(order, parts)
    return night


def part_numbers(folder: Path) -> list[str]:
    """The parts of the book, each with all its files."""
    parts = sorted(path.stem.removeprefix("accounts-") for path in folder.glob("accounts-*.parquet"))
    if not parts:
        raise UnableToReadBook(
            "holds no accounts-*.parquet",
            do="Make a book with `arrears book new DIR`.",
            at=Place(str(folder)),
        )
    for part in parts:
        for table in ("postings", "statements"):
            if not _part_file(folder, table, part).exists():
                raise UnableToReadBook("is missing", at=Place(str(_part_file(folder, table, part))))
    return parts


def _part_file(folder: Path, table: str, part: str) -> Path:
    return folder / f"{table}-{part}.parquet"


def _answer_file(out: Path, part: str) -> Path:
    return _part_file(out, "reckoned", part)


def begin(order: Order) -> None:
    """Keep what this folder of answers belongs to, and refuse another night's."""
    order.out.mkdir(parents=True, exist_ok=True)
    wanted = {"as_of": order.as_of.isoformat(), "book": str(order.folder.resolve()), "keep": order.keep}
    if order.keep:
        wanted["carried_by"] = keeping.reckoner()
    there = read_state(order.out)
    if there and there != wanted:
        raise UnableToReadBook(
            f"holds the answers of another night: {json.dumps(there)}",
            do="Name an empty folder for --out.",
            at=Place(str(order.out)),
        )
    (order.out / STATE).write_text(json.dumps(wanted), "utf-8")


def read_state(folder: Path) -> dict[str, Any]:
    """What a folder of answers says of itself; empty where it says nothing."""
    state = folder / STATE
    told: dict[str, Any] = json.loads(state.read_text("utf-8")) if state.exists() else {}
    return told


def cores() -> int:
    """How many parts to work on at once."""
    return os.cpu_count() or 1


def workers_allowed(order: Order, parts: Sequence[str]) -> int:
    """As many as there are cores and parts, and as memory allows."""
    largest = max((_largest_batch(order.folder, part) for part in parts), default=0) * COPIES_IN_MEMORY
    if largest > order.memory_bytes:
        raise UnableToReadBook(
            f"a row group needs about {largest >> 20} MB and {order.memory_bytes >> 20} MB are allowed",
            do="Write the book with smaller row groups, or allow more with --memory.",
            at=Place(str(order.folder)),
        )
    fitting = order.memory_bytes // largest if largest else 1
    return max(1, min(order.workers or cores(), len(parts), fitting))


def _largest_batch(folder: Path, part: str) -> int:
    total = 0
    for table in ("accounts", "postings", "statements", "supplied"):
        if table == "supplied" and not _part_file(folder, table, part).exists():
            continue
        data = open_table(folder, table, part).metadata
        total += max((data.row_group(i).total_byte_size for i in range(data.num_row_groups)), default=0)
    return total


@dataclass(frozen=True, slots=True)
class Batch:
    """Some accounts with all their rows."""

    refs: Refs
    accounts: pa.Table
    postings: pa.Table
    statements: pa.Table
    first_posting: Ints
    first_cycle: Ints
    supplied: pa.Table | None = None
    first_supplied: Ints | None = None


# --- one part


def reckon_part(order: Order, part: str, done: Done) -> Counted:
    """Read, reckon and write one part; it appears under its name when it is whole."""
    summed = Night()
    terms = TermsOfBook(order.as_of)
    before = Before(order.previous, part, order.labels)
    with writing_part(order, part) as (rows, answers_to, carried_to):

        def reckoned(batch: Batch) -> Counted:
            if carried_to:
                answers, reasons, keeps = reckon_batch_keeping(batch, terms, order.as_of)
                carried_to.write_table(keeping.carried_table(batch, keeps))
            else:
                answers, reasons = reckon_batch(batch, terms, order.as_of)
            rows.writerows(set_aside_rows(batch, answers, reasons))
            answers_to.write_table(answer_table(batch.refs, answers, order.labels, before))
            return counted(batch, answers)

        # By map, which lets go of a batch before the next is read: into memory that is warm still.
        for batch_counted in map(reckoned, batches(order.folder, part)):
            summed.count(*batch_counted)
            done(batch_counted[0])
    return summed.accounts, summed.postings, summed.set_aside, summed.totals


@contextmanager
def writing_part(order: Order, part: str) -> Iterator[tuple[Any, pq.ParquetWriter, Any]]:
    """Writers for rows set aside, answers, and what is carried (None unless kept); whole or not at all."""
    answers, carried = _answer_file(order.out, part), _part_file(order.out, "carried", part)
    with ExitStack() as stack:
        aside = stack.enter_context(
            (order.out / f"set-aside-{part}.csv").open("w", encoding="utf-8", newline="")
        )
        answers_to = stack.enter_context(writer_of(answers.with_suffix(".making"), order.labels))
        carried_to = None
        if order.keep:
            shape, plain = keeping.carried_schema(), {"compression": "zstd", "store_schema": False}
            texts = ["account", "product", "currency", "terms"]
            carried_to = stack.enter_context(
                pq.ParquetWriter(carried.with_suffix(".making"), shape, use_dictionary=texts, **plain)
            )
        yield csv.writer(aside), answers_to, carried_to
    if order.keep:
        carried.with_suffix(".making").rename(carried)
    answers.with_suffix(".making").rename(answers)


def counted(batch: Batch, answers: Answers) -> Counted:
    """What a batch adds to the sums of the night."""
    figures = {name: exact_sum(answers.columns[name]) for name in FIGURES}
    set_aside = int(np.count_nonzero(answers.trouble))
    return len(batch.refs.names), batch.postings.num_rows, set_aside, figures


def exact_sum(cents: Ints) -> int:
    """The sum of many amounts, which may leave 64 bits where each of them does not."""
    from arrears.reckoning.compiled import summed

    total, largest = summed(as_compiled(cents))
    return int(total) if largest * len(cents) < 1 << 63 else sum(cents.tolist())


FIGURES = (
    "payoff_cents",
    "statement_balance_cents",
    "minimum_due_cents",
    "overdue_cents",
    "interest_billed_cents",
    "interest_accrued_cents",
    "late_fees_cents",
)
# Figures of neighbours are alike: differences take half the time and the space of a dictionary.
WRITING: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "store_schema": False,
    "column_encoding": dict.fromkeys((*FIGURES, "days_past_due"), "DELTA_BINARY_PACKED"),
}


def batches(folder: Path, part: str) -> Iterator[Batch]:
    """The part in batches of its accounts' row groups, the other tables following along."""
    accounts, name = open_table(folder, "accounts", part), str(_part_file(folder, "accounts", part))
    postings = Following(folder, "postings", part)
    statements = Following(folder, "statements", part)
    supplied = following(folder, "supplied", part)
    alike = said_by_all_rows(accounts, ("product", "currency", "terms"))
    read = [column for column in COLUMNS["accounts"] if column not in alike]

    def batch(group: int) -> Batch:
        table = read_group(accounts, group, read, name)
        for column, text in alike.items():
            table = table.append_column(column, _all_alike(text, table.num_rows))
        refs = refs_of(table, file=name)
        posting_rows, first_posting = postings.rows_of(refs)
        statement_rows, first_cycle = statements.rows_of(refs)
        told = supplied.rows_of(refs) if isinstance(supplied, Following) else (None, None)
        return Batch(refs, table, posting_rows, statement_rows, first_posting, first_cycle, *told)

    yield from map(batch, range(accounts.num_row_groups))
    for table_read in (postings, statements, supplied):
        table_read.must_be_at_end()


def open_table(folder: Path, table: str, part: str) -> pq.ParquetFile:
    file = _part_file(folder, table, part)
    try:
        schema = pq.read_schema(file)
        missing = [name for name in _must_have(table) if name not in schema.names]
        if missing:
            raise UnableToReadBook(f"has no column {', '.join(missing)}", at=Place(str(file)))
        must_fit(schema, table, str(file))
        as_numbers = [name for name in _must_have(table) if name in AS_NUMBERS]
        return pq.ParquetFile(file, read_dictionary=as_numbers, memory_map=True)
    except (pa.ArrowException, OSError) as problem:
        raise UnableToReadBook(f"cannot be read: {problem}", at=Place(str(file))) from problem


def _must_have(table: str) -> list[str]:
    return COLUMNS.get(table) or ALSO_READ[table]


def columns_read(file: pq.ParquetFile, table: str) -> list[str]:
    """The columns of a table, and those a book may have where anything stands in them."""
    if table not in COLUMNS:
        return ALSO_READ[table]
    names = file.schema_arrow.names
    more = [name for name in ALSO_READ.get(table, ()) if name in names and _says_anything(file, name)]
    return COLUMNS[table] + more


def _says_anything(file: pq.ParquetFile, column: str) -> bool:
    data, place = file.metadata, file.schema_arrow.names.index(column)
    groups = (data.row_group(number).column(place) for number in range(data.num_row_groups))
    return any(not one.is_stats_set or one.statistics.null_count < one.num_values for one in groups)


def said_by_all_rows(file: pq.ParquetFile, columns: Sequence[str]) -> dict[str, str | None]:
    """Of these columns of text, those that say the same in every row (None: nothing), and what.

    The file's own statistics tell, so that such a column need not be read. One whose least and
    greatest text are cut short has a greatest that is raised, and never passes for alike.
    """
    data, names = file.metadata, file.schema_arrow.names
    found: dict[str, str | None] = {}
    for column in columns:
        place = names.index(column)
        told = {_said_by_group(data.row_group(number).column(place)) for number in range(data.num_row_groups)}
        if len(told) == 1 and (said := told.pop()) is not ...:
            found[column] = said
    return found


def _said_by_group(chunk: Any) -> Any:
    """The text of all rows, None where they have none; ... where the statistics leave it open."""
    said = chunk.statistics if chunk.is_stats_set else None
    if said is None or not said.has_null_count:
        return ...
    if said.null_count == chunk.num_values:
        return None
    alike = not said.null_count and said.has_min_max and said.min == said.max and isinstance(said.min, str)
    return said.min if alike else ...


@lru_cache(maxsize=64)
def _all_alike(text: str | None, count: int) -> pa.Array:
    """A column of text that says the same in every row."""
    if text is None:
        return pa.nulls(count, pa.dictionary(pa.int32(), pa.string()))
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([text]))


def must_fit(schema: pa.Schema, table: str, name: str) -> None:
    """Refuse days that carry hours, and amounts that are no numbers: a cast would be a guess."""
    for column in set(_must_have(table) + ALSO_READ.get(table, [])).intersection(schema.names):
        kind, fits = schema.field(column).type, True
        if column.endswith("_date") or column == "as_of":
            fits = kind in (pa.date32(), pa.null())
        elif column == "cents":
            fits = not (pa.types.is_string(kind) or pa.types.is_temporal(kind))
        elif column.endswith("_cents"):
            fits = pa.types.is_integer(kind) or kind == pa.null()
        if not fits:
            raise UnableToReadBook(
                f"column {column} is {kind}", do="Write days as date32, amounts as int64.", at=Place(name)
            )


def read_group(file: pq.ParquetFile, group: int, columns: Sequence[str], name: str) -> pa.Table:
    """One row group. Raises UnableToReadBook naming the file where its pages are broken."""
    try:
        return file.read_row_group(group, columns=columns, use_threads=False)
    except (pa.ArrowException, OSError) as problem:
        raise UnableToReadBook(f"cannot be read: {problem}", at=Place(name)) from problem


def following(folder: Path, table: str, part: str) -> "Following | Nothing":
    """The table of a part, read along with the accounts; nothing where the part has none."""
    there = _part_file(folder, table, part).exists()
    return Following(folder, table, part) if there else Nothing(table)


class Nothing:
    """No rows for anybody."""

    def __init__(self, table: str) -> None:
        schema = TABLES[table]
        self._empty = pa.schema([schema.field(name) for name in _must_have(table)]).empty_table()

    def rows_of(self, refs: Refs) -> tuple[pa.Table, Ints]:
        """None."""
        return self._empty, np.zeros(len(refs.names) + 1, np.int64)

    def must_be_at_end(self) -> None:
        """It is."""


class Following:
    """A table in account order, read along with the accounts; holds what comes too early."""

    def __init__(self, folder: Path, table: str, part: str) -> None:
        self._file = open_table(folder, table, part)
        self._name = str(_part_file(folder, table, part))
        self._columns = columns_read(self._file, table)
        self._group = 0
        self._kept: pa.Table | None = None

    def rows_of(self, refs: Refs) -> tuple[pa.Table, Ints]:
        """The rows of these accounts, and where each account's begin (and the last one's end)."""
        from arrears.reckoning.compiled import mark_rows

        firsts = np.zeros(len(refs.names) + 1, np.int64)
        taken: list[pa.Table] = []
        rows, account = 0, 0
        while (table := self._next()) is not None:
            if rows and not refs.may_begin(table["account"], account):
                self._kept = table
                break
            mine, account, in_order = mark_rows(refs.places(table["account"]), rows, account, firsts)
            if not in_order:
                raise self._out_of_order(table, mine)
            rows += mine
            if mine < table.num_rows:
                taken.append(table.slice(0, mine))
                self._kept = table.slice(mine)
                break
            taken.append(table)
        firsts[account + 1 :] = rows
        return _one_table(taken, self._file.schema_arrow, self._columns), firsts

    def must_be_at_end(self) -> None:
        """Refuse rows of accounts that were never met."""
        if (table := self._next()) is not None and table.num_rows:
            raise self._out_of_order(table, 0)

    def _out_of_order(self, table: pa.Table, row: int) -> UnableToReadBook:
        return UnableToReadBook(
            f"has rows of account {table['account'][row]} at the wrong place",
            do="Sort accounts, postings and statements by account; every account needs its row.",
            at=Place(self._name),
        )

    def _next(self) -> pa.Table | None:
        """What was held back, else the next row group, else nothing (an empty table at first)."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        if self._group < self._file.num_row_groups:
            self._group += 1
            return read_group(self._file, self._group - 1, self._columns, self._name)
        return None


def _one_table(tables: Sequence[pa.Table], schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    if len(tables) == 1:
        return tables[0]
    if not tables:
        return pa.schema([schema.field(name) for name in columns]).empty_table()
    return pa.concat_tables(tables)


# --- one batch


def reckon_batch(batch: Batch, terms: TermsOfBook, as_of: date) -> tuple[Answers, Mapping[Key, str]]:
    """The answers for the batch, and why accounts have no terms."""
    products, reasons = terms.numbered(batch.accounts)
    book = arrays_of(
        batch.accounts, batch.postings, batch.statements, products, terms,
        first_posting=batch.first_posting, first_cycle=batch.first_cycle,
    )  # fmt: skip
    answers = reckon_arrays(book, as_of=as_of, threads=1)
    answers, _ = answer_supplied(batch, answers, products, terms.terms, as_of)
    return answers, reasons


def reckon_batch_keeping(
    batch: Batch, terms: TermsOfBook, as_of: date
) -> tuple[Answers, Mapping[Key, str], keeping.Carried]:
    """The answers for the batch, why accounts have no terms, and what the accounts carry on."""
    products, reasons = terms.numbered(batch.accounts)
    book = arrays_of(
        batch.accounts, batch.postings, batch.statements, products, terms,
        first_posting=batch.first_posting, first_cycle=batch.first_cycle,
    )  # fmt: skip
    answers, carried = keeping.reckon_keeping(book, as_of=as_of)
    answers, by_bank = answer_supplied(batch, answers, products, terms.terms, as_of)
    not_folded = np.zeros(len(products), bool)
    not_folded[list(by_bank)] = True
    return answers, reasons, carried.without(not_folded)


def set_aside_rows(
    batch: Batch, answers: Answers, reasons: Mapping[Key, str]
) -> Iterator[tuple[str, str, str]]:
    """Account, posting and reason of every account that could not be reckoned."""
    for one in np.flatnonzero(answers.trouble):
        account, code, at = int(one), int(answers.trouble[one]), int(answers.trouble_posting[one])
        posting = posting_of(batch, account, code, at)
        yield str(batch.refs.names[account]), posting, why(batch, account, code, at, reasons)


# --- answers


def writer_of(file: Path, labels: Labels) -> pq.ParquetWriter:
    """A writer of answers."""
    names = ["account", *labels, *(["flipped_from"] if labels else [])]
    return pq.ParquetWriter(file, answer_schema(labels), use_dictionary=names, **WRITING)


def answer_schema(labels: Labels) -> pa.Schema:
    """The columns of reckoned-NNNNN.parquet."""
    return _answer_schema(tuple(labels))


@cache
def _answer_schema(labels: tuple[str, ...]) -> pa.Schema:
    text = pa.dictionary(pa.int32(), pa.string())
    columns = [("account", text), *((name, pa.int64()) for name in FIGURES), ("days_past_due", pa.int32())]
    columns += [(name, text) for name in labels]
    if labels:
        columns += [("flipped_from", text)]
    return pa.schema([*columns, ("set_aside", pa.bool_())])


def answer_table(refs: Refs, answers: Answers, labels: Labels, before: "Before") -> pa.Table:
    """The answers of one batch. Accounts set aside have no figures."""
    count = len(refs.names)
    wrong = answers.trouble != 0
    mask = wrong if wrong.any() else None
    masks = dict.fromkeys(FIGURES, mask)
    if answers.overdue_unknown is not None:
        masks["overdue_cents"] = wrong | answers.overdue_unknown
    figures = [pa.array(answers.columns[name], mask=masks[name]) for name in FIGURES]
    late = answers.columns["days_past_due"]
    words = [column.column(late, mask) for column in labels.values()]
    columns = [
        pa.DictionaryArray.from_arrays(_places(count), refs.names, safe=False),
        *figures,
        pa.array(late.astype(np.int32), mask=mask),
        *words,
        *([before.flipped_from(refs, words[0])] if labels else []),
        pa.array(wrong),
    ]
    return pa.Table.from_arrays(columns, schema=answer_schema(labels))


@lru_cache(maxsize=4)
def _places(count: int) -> pa.Array:
    return pa.array(np.arange(count, dtype=np.int32))


class Before:
    """The flip label of an earlier night, for the accounts whose label is another now."""

    def __init__(self, folder: Path | None, part: str, labels: Labels) -> None:
        file = _answer_file(folder, part) if folder and labels else None
        self._was: tuple[pa.Array, pa.Array] | None = None
        if file and file.exists():
            table = pq.read_table(file, columns=["account", next(iter(labels))])
            account, label = (column.combine_chunks().cast(pa.string()) for column in table.columns)
            self._was = account, label

    def flipped_from(self, refs: Refs, now: pa.DictionaryArray) -> pa.Array:
        """What the label was, where it is another now; null elsewhere and for new accounts."""
        if self._was is None:
            return pa.nulls(len(now), pa.dictionary(pa.int32(), pa.string()))
        account, label = self._was
        was = label.take(pc.index_in(refs.names, value_set=account))
        changed = pc.fill_null(pc.not_equal(was, now.cast(pa.string())), False)
        return pc.if_else(changed, was, pa.scalar(None, pa.string())).dictionary_encode()


def _count_kept(order: Order, part: str, night: Night) -> None:
    """A part an earlier run of the same night has written."""
    table = pq.read_table(_answer_file(order.out, part), columns=[*FIGURES, "set_aside"])
    postings = pq.read_metadata(_part_file(order.folder, "postings", part)).num_rows
    figures = {name: exact_sum(table[name].fill_null(0).to_numpy()) for name in FIGURES}
    night.count(table.num_rows, postings, pc.sum(table["set_aside"]).as_py() or 0, figures)


def list_set_aside(order: Order, parts: Sequence[str]) -> None:
    """One list of what was set aside, from those of the parts."""
    with (order.out / SET_ASIDE).open("w", encoding="utf-8", newline="") as whole:
        whole.write("account,posting,reason\r\n")
        for part in parts:
            aside = order.out / f"set-aside-{part}.csv"
            if aside.exists():
                whole.write(aside.read_text("utf-8"))
