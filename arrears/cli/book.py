"""`arrears book ...`: make a card book for trials, hold it against real accounts, reckon it."""

from contextlib import ExitStack
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from arrears.portfolio.making.compare import Portrait
    from arrears.reckoning.night import Night, Order

LONGEST_LABELLED_DAYS = 1000  # the last bucket and class begin long before

group = typer.Typer(help="Card books for trials: make one, compare it with a real one.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="book")


@group.command()
def new(
    folder: Annotated[Path, typer.Argument(help="An empty folder, made if missing.", metavar="DIR")],
    accounts: Annotated[int, typer.Option(help="How many accounts.")] = 10_000,
    months: Annotated[int, typer.Option(help="Statements of each account.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed and day make the same book.")] = 1,
    end: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the book (default: today).")
    ] = None,
    parts: Annotated[int, typer.Option(help="Files of each table (0: one for 500,000 accounts).")] = 0,
    purchases: Annotated[float, typer.Option(help="Purchases a month and account, on average.")] = 2.5,
    strain: Annotated[
        float, typer.Option(help="1: people pay as in the real accounts; 2: much worse.")
    ] = 1.0,
) -> None:
    """Make a realistic card book in Parquet."""
    from arrears.kernel.clock import today
    from arrears.portfolio.making.book import Order, make_book

    last_day = end.date() if end else today()
    order = Order(accounts, months, seed, last_day, parts, purchases, strain).checked()
    with _progress() as progress:
        task = progress.add_task("accounts", total=accounts)
        made = make_book(folder, order, done=lambda number: progress.advance(task, number))
    for table, rows in made.rows.items():
        typer.echo(f"{table:<15} {rows:>14,}")
    typer.echo(f"until {last_day}, seed {seed}, in {made.parts} part(s): {folder}")


class Engine(StrEnum):
    """Who reckons a book."""

    LOCAL = "local"
    SPARK = "spark"


@group.command()
def reckon(
    folder: Annotated[str, typer.Argument(help="A book of Parquet parts in account order.", metavar="DIR")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day that is over.")],
    out: Annotated[str, typer.Option(help="Folder for the answers; a stopped run goes on there.")],
    previous: Annotated[
        str, typer.Option(help="Answers of an earlier night: who changed bucket since.")
    ] = "",
    memory: Annotated[float, typer.Option(help="Most memory to use, in GB (on Spark: by one task).")] = 4.0,
    keep: Annotated[bool, typer.Option(help="Keep what `arrears book next` goes on from.")] = False,
    engine: Annotated[Engine, typer.Option(help="This machine, or a Spark cluster.")] = Engine.LOCAL,
    master: Annotated[str, typer.Option(help="Spark's master (default: as Spark is configured).")] = "",
    any_order: Annotated[
        bool, typer.Option("--any-order", help="On Spark: the book is in no order; DIR may be s3a:// ...")
    ] = False,
) -> None:
    """Reckon every account of a book: what is owed, minimum, interest, late fees, how late, flips."""
    from arrears.reckoning.night import SET_ASIDE, Order

    anywhere = any_order or "://" in folder + out
    if anywhere and engine is Engine.LOCAL:
        raise typer.BadParameter("a book in any order, or at an address, needs --engine spark")
    day = as_of.date()
    if anywhere and keep:
        raise typer.BadParameter("--keep goes with a book of parts in account order")
    if anywhere:
        _tell(_reckon_anywhere(folder, day, out, previous, master), f"{out}/set-aside")
        return
    order = Order(
        Path(folder), day, Path(out), labels_on(day), Path(previous) if previous else None,
        memory_bytes=int(memory * 2**30), keep=keep,
    )  # fmt: skip
    _tell(_reckon_parts(order, engine, master), f"{out}/{SET_ASIDE}")


@group.command("next")
def next_day(
    yesterday: Annotated[Path, typer.Argument(help="Answers of a night run with --keep.", metavar="NIGHT")],
    today: Annotated[
        Path, typer.Argument(help="Folder with the postings and statements since.", metavar="ROWS")
    ],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day that is over.")],
    out: Annotated[Path, typer.Option(help="Folder for the answers.")],
    history: Annotated[
        Path | None, typer.Option(help="The complete book, for accounts that cannot go on from yesterday.")
    ] = None,
) -> None:
    """Reckon one day on from last night's state and the rows since: equal to the whole night."""
    from arrears.reckoning.next_day import NextDay, reckon_next_day
    from arrears.reckoning.night import SET_ASIDE

    day = as_of.date()
    with _progress() as progress:
        task = progress.add_task("accounts", total=None)
        night = reckon_next_day(
            NextDay(yesterday, today, day, out, labels_on(day), history),
            done=lambda number: progress.advance(task, number),
        )
    _tell(night, f"{out}/{SET_ASIDE}")


def _tell(night: "Night", aside: str) -> None:
    typer.echo(f"{night.accounts:,} accounts, {night.postings:,} postings, {night.parts} part(s)")
    if night.parts_kept:
        typer.echo(f"{night.parts_kept} part(s) were whole from an earlier run")
    for name, cents in night.totals.items():
        typer.echo(f"{name.removesuffix('_cents'):<20} {cents / 100:>22,.2f}")
    if night.set_aside:
        typer.echo(f"{night.set_aside:,} set aside: {aside}")


def _reckon_parts(order: "Order", engine: Engine, master: str) -> "Night":
    """Part by part, each read and written by one thread or one Spark task."""
    from arrears.reckoning import night, spark

    night.part_numbers(order.folder)  # refuses what is no book before anything starts
    with ExitStack() as stack:
        if engine is Engine.SPARK:
            through = spark.by_parts(stack.enter_context(spark.session(master)))
        else:
            through = night.by_threads
        progress = stack.enter_context(_progress())
        task = progress.add_task("accounts", total=_accounts_in(order.folder))
        return night.reckon_folder(order, done=lambda number: progress.advance(task, number), engine=through)


def _reckon_anywhere(book: str, day: date, out: str, previous: str, master: str) -> "Night":
    """A book in any order, on whatever storage Spark reads and writes."""
    from arrears.reckoning import spark

    order = spark.BookOrder(book, day, out, labels_on(day), previous)
    with spark.session(master) as running, _progress() as progress:
        task = progress.add_task("accounts", total=None)
        return spark.reckon_book(order, running, done=lambda number: progress.advance(task, number))


def labels_on(day: date) -> dict[str, Any]:
    """Bucket and asset classes for every number of days past due, as the night writes them."""
    from arrears.delinquency.core import lateness_of
    from arrears.reckoning.night import LabelColumn

    every = [lateness_of(days, on=day) for days in range(LONGEST_LABELLED_DAYS)]
    named: dict[str, list[str | None]] = {
        "bucket": [one.bucket for one in every],
        "class_2011": [one.class_2011 for one in every],
        "class_2023": [one.class_2023 for one in every],
    }
    return {name: LabelColumn.of([word or "" for word in words]) for name, words in named.items()}


def _accounts_in(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(file).num_rows for file in folder.glob("accounts-*.parquet"))


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)


@group.command()
def compare(
    folder: Annotated[Path, typer.Argument(help="A book made by `arrears book new`.", metavar="DIR")],
    real: Annotated[Path, typer.Option(help="Real accounts: LIMIT_BAL, PAY_*, BILL_AMT*, PAY_AMT*.")],
    accounts: Annotated[int, typer.Option(help="Look at the first so many accounts of the book.")] = 24_000,
) -> None:
    """How like real accounts a made book is: lateness, rolls, utilisation, payments."""
    from rich.console import Console

    from arrears.portfolio.making.compare import book_months, portrait, real_months

    theirs, ours = portrait(real_months(real)), portrait(book_months(folder, accounts=accounts))
    console = Console(width=max(Console().width, 100))  # the rolls need it, in a pipe too
    console.print(f"{theirs.accounts:,} real accounts | {ours.accounts:,} made accounts\n", highlight=False)
    for table in (_lateness(theirs, ours), _rolls(theirs, ours), _quantiles(theirs, ours)):
        console.print(table)


def _lateness(theirs: "Portrait", ours: "Portrait") -> "Table":
    from arrears.portfolio.making.compare import MOST_LATE

    table = _table("Share of accounts, % by months late", "months late")
    for heading in ("newest: real", "made", "all: real", "made "):
        table.add_column(heading, justify="right", no_wrap=True)
    for late in range(MOST_LATE + 1):
        shares = (theirs.late_now, ours.late_now, theirs.late_ever, ours.late_ever)
        label = f"{late}+" if late == MOST_LATE else str(late)
        table.add_row(label, *(_percent(share[late]) for share in shares))
    return table


def _rolls(theirs: "Portrait", ours: "Portrait") -> "Table":
    from arrears.portfolio.making.compare import STATES

    table = _table("From one month to the next, %: real|made (months late)", "")
    for state in STATES:
        table.add_column(f"to {state}", justify="right", no_wrap=True)
    for row, state in enumerate(STATES):
        cells = zip(theirs.rolls[row], ours.rolls[row], strict=True)
        table.add_row(f"from {state}", *(f"{_percent(real)} | {_percent(made)}" for real, made in cells))
    return table


def _quantiles(theirs: "Portrait", ours: "Portrait") -> "Table":
    from arrears.portfolio.making.compare import QUANTILES

    table = _table("Quantiles, %", "")
    for quantile in QUANTILES:
        table.add_column(f"{quantile:.0%}", justify="right")
    for name, values in (
        ("bill / limit, real", theirs.utilisation),
        ("bill / limit, made", ours.utilisation),
        ("paid / bill, real", theirs.payment),
        ("paid / bill, made", ours.payment),
    ):
        table.add_row(name, *(_percent(value) for value in values))
    return table


def _table(title: str, first: str) -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1))
    table.add_column(first, no_wrap=True)
    return table


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:.1f}"
