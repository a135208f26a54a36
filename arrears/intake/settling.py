"""What no row can know by itself: duplicates, unknown references, changed postings.

Checked rows wait in Parquet with the file and line they came from; DuckDB compares them
with each other and with the book, spilling to disk where they are many. A record is one
unit: where one of the rows it made is refused, all of them are, and the rows that relied
on them are looked at again until nothing more falls.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from arrears.intake.columns import BOOK, Layout
from arrears.intake.reasons import Wrong, wrong
from arrears.intake.types import Counts
from arrears.kernel.money import MINOR_DIGITS, decimal_text
from arrears.portfolio import queries as portfolio
from arrears.portfolio.types import TABLES

PLACE = pa.schema([("in_file", pa.int16()), ("in_line", pa.int64()), ("in_nth", pa.int16())])
PLACES = ", ".join(PLACE.names)
ROWS_AT_ONCE = 20_000
LONGEST_NAME = 180  # of a file, in a posting's origin
_HALVES = ("balances", "lateness")  # of the book's table `supplied`
_OF_CUSTOMERS = ("contact_points", "accounts")
_OF_ACCOUNTS = BOOK[BOOK.index("postings") :]
_AMOUNTS = ("postings", "statements", "balances")
_ODD_CURRENCIES = ", ".join(f"'{code}'" for code in MINOR_DIGITS)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record refused for what other rows say.

    file: its place among the inputs; nth: which of the file's targets; column: the book's name for it.
    """

    file: int
    line: int
    nth: int
    table: str
    column: str
    value: str
    wrong: Wrong
    key: tuple[str, ...]


class Settling:
    """The checked rows of one delivery, compared with each other and with the book."""

    def __init__(
        self,
        staged: Path,
        layouts: Mapping[str, Layout],
        *,
        file_names: Sequence[str],
        repeating: set[str],
        digest: str,
    ) -> None:
        self.layouts = {name: layouts[name] for name in BOOK}
        self.file_names, self.repeating = file_names, repeating
        self.connection = portfolio.connect()
        self._do("create table refused (in_file smallint, in_line bigint, primary key (in_file, in_line))")
        for name in BOOK:
            self._do(f"create view staged_{name} as from read_parquet('{_quoted(staged)}/{name}.parquet')")
            self._do(
                f"create view live_{name} as from staged_{name} anti join refused using (in_file, in_line)"
            )
        self.staged = [
            name for name in BOOK if self._do(f"select 1 from staged_{name} limit 1").fetchone() is not None
        ]
        portfolio.show_book(self.connection)
        # The same input once more (after a kill, or when rows it referred to have come): no news.
        portfolio.show_book(self.connection, prefix="again", digest=digest)

    def _do(self, statement: str) -> Any:
        return self.connection.execute(statement)

    def refusals(self) -> Iterator[Refusal]:
        """Every record that cannot stand, with its first reason."""
        for name in self.staged:
            yield from self._twice(self.layouts[name])
        fallen = True
        while fallen:
            fallen = False
            for look in self._comparisons():
                for refusal in look():
                    fallen = True
                    yield refusal

    def _comparisons(self) -> Iterator[Callable[[], Iterator[Refusal]]]:
        for name in self.staged:
            if name in _OF_CUSTOMERS:
                yield partial(self._without, name, "customer", of="customers")
            if name == "accounts":
                yield self._changed_accounts
            if name in _OF_ACCOUNTS:
                yield partial(self._without, name, "account", of="accounts")
            if name in _AMOUNTS:
                yield partial(self._other_currency, name)
            if name == "postings":
                yield self._changed_postings

    def _fall(
        self, table: str, question: str, say: Callable[..., tuple[str, object, Wrong]]
    ) -> Iterator[Refusal]:
        """Refuse what `question` selects: in_file, in_line, in_nth and what `say` wants."""
        self._do(
            f"create or replace table falling as from ({question}) "
            f"qualify row_number() over (partition by in_file, in_line order by in_nth) = 1"
        )
        self._do("insert into refused select in_file, in_line from falling")
        key = ", ".join(f"cast(s.{name} as varchar)" for name in self.layouts[table].key)
        cursor = self._do(
            f"select list_value({key}), f.* from falling f join staged_{table} s using ({PLACES}) "
            "order by in_file, in_line"
        )
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for key_cells, file, line, nth, *facts in rows:
                column, value, reason = say(*facts)
                yield Refusal(file, line, nth, table, column, str(value), reason, tuple(key_cells))

    def come_good(self, doubts: pa.Table) -> list[int]:
        """Of doubts (id, table, record) those whose row has come now and stands."""
        looking = self.connection.cursor()
        looking.register("doubts", doubts)
        found: list[int] = []
        for name in self.staged:
            key = ", ".join(f"cast({column} as varchar)" for column in self.layouts[name].key)
            rows = looking.execute(
                f"select distinct d.id from doubts d join live_{name} s "
                f"on d.tbl = '{name}' and d.record = concat_ws(' ', {key})"
            )
            found += [number for (number,) in rows.fetchall()]
        return found

    def _twice(self, layout: Layout) -> Iterator[Refusal]:
        """Keys that come twice. Where a mapping says that rows repeat, only a different content falls."""
        key, repeats = ", ".join(layout.key), layout.name in self.repeating
        self._do(
            f"create or replace table twice as select {key} from live_{layout.name} group by {key} having count(*) > 1"
        )
        if not self._do("select 1 from twice limit 1").fetchone():
            return
        said = f"row({', '.join(layout.content)})"
        differs = f"and {said} is distinct from first_said" if repeats else ""
        question = f"""
            select {PLACES}, {layout.key[-1]}, first_file, first_line, {said} is distinct from first_said from (
              select *, row_number() over same as nth, first_value({said}) over same as first_said,
                first_value(in_file) over same as first_file, first_value(in_line) over same as first_line
              from live_{layout.name} semi join twice using ({key})
              window same as (partition by {key} order by {PLACES}))
            where nth > 1 {differs}"""

        def say(value: object, file: int, line: int, differs: bool) -> tuple[str, object, Wrong]:
            code = "disagrees" if repeats else "duplicate"
            return (
                layout.key[-1],
                value,
                wrong(code, first=f"{self.file_names[file]}:{line}", differs=differs),
            )

        yield from self._fall(layout.name, question, say)

    def _without(self, table: str, column: str, *, of: str) -> Iterator[Refusal]:
        question = (
            f"select {PLACES}, {column} from live_{table} "
            f"anti join live_{of} using ({column}) anti join book_{of} using ({column})"
        )
        yield from self._fall(table, question, lambda value: (column, value, wrong(f"unknown_{column}")))

    def _changed_accounts(self) -> Iterator[Refusal]:
        question = f"""
            select {PLACES}, s.customer, b.customer, s.currency, b.currency
            from live_accounts s join book_accounts b using (account)
            where s.customer <> b.customer or s.currency <> b.currency"""

        def say(customer: str, old_customer: str, currency: str, old: str) -> tuple[str, object, Wrong]:
            if customer != old_customer:
                return "customer", customer, wrong("changed_account", before=old_customer)
            return "currency", currency, wrong("changed_account", before=old)

        yield from self._fall("accounts", question, say)

    def _other_currency(self, table: str) -> Iterator[Refusal]:
        """Amounts were read in the currency their row names, or with two decimals: that must fit the account."""
        question = f"""
            select {PLACES}, row_currency, a.currency from live_{table}
            join (select account, currency from live_accounts union select account, currency from book_accounts) a
              using (account)
            where row_currency <> a.currency or (row_currency is null and a.currency in ({_ODD_CURRENCIES}))"""

        def say(said: str | None, expected: str) -> tuple[str, object, Wrong]:
            code = "other_currency" if said else "currency_needed"
            return "row_currency", said or "", wrong(code, expected=expected)

        yield from self._fall(table, question, say)

    def _changed_postings(self) -> Iterator[Refusal]:
        question = f"""
            select {PLACES}, posting, b.kind, b.cents, b.posted_date, a.currency
            from live_postings s join book_postings b using (account, posting)
            left join book_accounts a using (account)
            where row(s.kind, s.cents, s.posted_date, s.reverses)
              is distinct from row(b.kind, b.cents, b.posted_date, b.reverses)
              or s.made_date <> b.made_date"""

        def say(value: str, kind: str, cents: int, day: object, currency: str) -> tuple[str, object, Wrong]:
            before = f"{kind} {decimal_text(cents, currency=currency or 'CNY')} {day}"
            return "posting", value, wrong("changed_posting", before=before)

        yield from self._fall("postings", question, say)

    def compare_with_book(self) -> dict[str, Counts]:
        """What is left, as new, changed or unchanged; `set_aside` counts the rows of refused records."""
        return {name: self._compared(self.layouts[name]) for name in self.staged}

    def _compared(self, layout: Layout) -> Counts:
        name, key = layout.name, ", ".join(layout.key)
        once = f"qualify row_number() over (partition by {key} order by {PLACES}) = 1"
        if name not in self.repeating:
            once = ""  # every key stands once already
        in_book = "supplied" if name in _HALVES else name
        self._do(
            f"create table told_{name} as select s.*, {_news(layout)} as news from (from live_{name} {once}) s "
            f"left join book_{in_book} b using ({key}) left join again_{in_book} g using ({key})"
        )
        counted = dict(self._do(f"select news, count(*) from told_{name} group by news").fetchall())
        staged = self._do(f"select count(*) from staged_{name}").fetchone()[0]
        live = self._do(f"select count(*) from live_{name}").fetchone()[0]
        repeated = live - sum(counted.values())
        return Counts(
            read=staged,
            new=counted.get("new", 0),
            changed=counted.get("changed", 0),
            unchanged=counted.get("unchanged", 0) + repeated,
            set_aside=staged - live,
        )

    def fresh_tables(self) -> dict[str, pa.RecordBatchReader]:
        """The book's tables with what is new or changed, each in key order. One at a time: read it before the next."""
        halves = [half for half in _HALVES if half in self.staged]
        names = [name for name in TABLES if name in self.staged or (name == "supplied" and halves)]
        return {name: self._fresh(name, halves) for name in names}

    def _fresh(self, name: str, halves: Sequence[str]) -> pa.RecordBatchReader:
        columns = ", ".join(_origin(self.file_names) if c == "origin" else c for c in TABLES[name].names)
        source = f"select {columns} from told_{name} where news <> 'unchanged'"
        if name == "supplied":
            empty = f"select {', '.join(f'null as {c}' for c in TABLES[name].names)} where false"
            told = " union all by name ".join(
                f"(from told_{half} where news <> 'unchanged')" for half in halves
            )
            source = (
                "select account, as_of, max(balance_cents) as balance_cents, max(months_late) as months_late, "
                f"max(days_past_due) as days_past_due from ({told} union all by name {empty}) group by account, as_of"
            )
        order = "account, posted_date, posting" if name == "postings" else ", ".join(TABLES[name].names[:3])
        return self.connection.cursor().sql(f"from ({source}) order by {order}").to_arrow_reader(100_000)

    def close(self) -> None:
        """Let go of everything."""
        with suppress(Exception):
            self.connection.close()


def _news(layout: Layout) -> str:
    """unchanged: the book says the same, or this very input said it before."""
    # The day of a purchase told late is no news: of postings the first delivery counts.
    content = [c for c in layout.content if c != "made_date"]
    ours, book, again = (f"row({', '.join(f'{of}.{c}' for c in content)})" for of in "sbg")
    told = " or ".join(f"b.{column} is not null" for column in content)
    known = f"b.{layout.key[0]} is not null"
    return (
        f"case when ({known} and {ours} is not distinct from {book}) "
        f"or (g.{layout.key[0]} is not null and {ours} is not distinct from {again}) then 'unchanged' "
        f"when {known} and ({told}) then 'changed' else 'new' end"
    )


def _origin(file_names: Sequence[str]) -> str:
    names = ", ".join("'" + name[:LONGEST_NAME].replace("'", "''") + "'" for name in file_names)
    return f"list_value({names})[in_file + 1] || ':' || in_line as origin"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
