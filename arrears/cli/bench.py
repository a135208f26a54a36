"""`arrears bench ...`: how fast, measured on this machine in this run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from arrears.kernel import clock

if TYPE_CHECKING:
    from arrears.clearance.bench import Rate

group = typer.Typer(help="Benchmarks: medians of several runs on this machine.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="bench")


@group.callback()
def about() -> None:
    """Keep `reckoning` a command of its own, however few there are."""


@group.command()
def reckoning(
    accounts: Annotated[int, typer.Option(help="Accounts of the book to make.")] = 10_000_000,
    book: Annotated[
        Path | None, typer.Option(help="A book made before (`arrears book new`), instead of a new one.")
    ] = None,
    runs: Annotated[int, typer.Option(help="Runs of each side.")] = 5,
    work: Annotated[Path | None, typer.Option(help="Where to work (default: a temporary folder).")] = None,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])] = datetime(2026, 11, 30),  # noqa: DTZ001
) -> None:
    """The night, Parquet in to Parquet out, against pyarrow alone reading and writing the same."""
    from arrears.cli.book import labels_on
    from arrears.reckoning import bench, night

    with TemporaryDirectory(dir=work) as folder:
        here = book or _made(Path(folder) / "book", accounts, as_of)
        day = as_of.date()
        order = night.Order(here, day, Path(folder) / "out", labels=labels_on(day))
        measured = bench.measure(
            order, runs=runs, done=lambda run: typer.echo(f"run {run} of {runs}", err=True)
        )
        one = bench.milliseconds_explained(order)
    typer.echo(
        f"accounts {measured.accounts:,}, postings {measured.postings:,}, medians of {measured.runs} runs"
    )
    typer.echo(f"(a) reckoned, Parquet in to Parquet out   {measured.reckon_seconds:8.2f} s")
    typer.echo(f"(b) pyarrow alone, same input and output  {measured.limit_seconds:8.2f} s")
    typer.echo(f"(a)/(b) {measured.ratio:.2f}   {measured.accounts_a_second:,.0f} accounts a second")
    typer.echo(f"peak memory {measured.peak_bytes / 2**30:.2f} GB   one account explained {one:.2f} ms")


@group.command()
def speech(
    messages: Annotated[int, typer.Option(help="Messages of 200 characters, Chinese and English.")] = 2000,
    runs: Annotated[int, typer.Option(help="Runs over all of them.")] = 5,
) -> None:
    """The language guard on one core: messages of 200 characters a second of its time."""
    from arrears.speech import measuring

    rate = measuring.messages_a_second(messages, runs=runs, on=clock.today())
    typer.echo(f"messages {messages:,} of 200 characters, median of {runs} runs: {rate:,.0f} a second")


@group.command()
def payments(
    notices: Annotated[int, typer.Option(help="Tellings of money in the rough stream.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Which stream.")] = 1,
    kills: Annotated[int, typer.Option(help="How often the taking process is killed (kill -9).")] = 20,
    work: Annotated[Path | None, typer.Option(help="Where to work (default: a temporary folder).")] = None,
) -> None:
    """Money told with repeats, out of order, with returns and kills: the same balances as a clean run."""
    from arrears.cli.storm import storm

    with TemporaryDirectory(dir=work) as folder:
        told = storm(Path(folder), notices=notices, seed=seed, kills=kills, say=typer.echo)
    raise typer.Exit(0 if told else 1)


@group.command(hidden=True)
def take_payments(
    notices: int,
    seed: int,
    start: Annotated[int, typer.Option()] = 0,
    clean: Annotated[bool, typer.Option()] = False,
) -> None:
    """One worker of `payments`: takes the stream and says after each chunk how far it is kept."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.intake import trial

        if start < 0:
            trial.enter_accounts(trial.accounts_for(notices))
        told = (trial.clean_stream if clean else trial.rough_stream)(notices, seed)
        for kept in trial.take_stream(told, start=max(start, 0)):
            print(kept, flush=True)  # noqa: T201


@group.command(hidden=True)
def state_of_payments() -> None:
    """Where every cent is, as JSON."""
    import json

    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.intake import trial

        print(json.dumps(trial.state()))  # noqa: T201


def _made(folder: Path, accounts: int, as_of: datetime) -> Path:
    """A book of about six postings an account, over three statements."""
    from arrears.portfolio.making.book import Order, make_book

    typer.echo(f"making a book of {accounts:,} accounts ...", err=True)
    make_book(folder, Order(accounts, months=3, seed=7, end=as_of.date(), purchases=0.72))
    return folder


@group.command()
def clearance(
    people: Annotated[int, typer.Option(help="People to make.")] = 50_000,
    seconds: Annotated[float, typer.Option(help="How long callers ask live.")] = 10,
    callers: Annotated[list[int] | None, typer.Option(help="Threads asking live (repeatable).")] = None,
    runs: Annotated[
        int, typer.Option(min=1, help="Runs in bulk, each as if nobody had been asked about.")
    ] = 5,
) -> None:
    """The gate: pure verdicts, proposals in bulk, callers waiting each for one answer.

    In a scratch house with a database of its own, thrown away afterwards.
    """
    with _scratch_house():
        from arrears.clearance import bench

        typer.echo(bench.durability())
        typer.echo(f"making {people:,} people ...", err=True)
        refs = bench.make_people(people)
        _say_rate("pure verdicts, one core", bench.pure(refs))
        for kind, (first, *rates) in bench.bulk_runs(refs, runs=runs).items():
            ordered = sorted(rates, key=lambda rate: rate.a_second)
            _say_rate(f"bulk, {kind}", ordered[len(ordered) // 2])
            slowest, fastest = ordered[0].a_second, ordered[-1].a_second
            typer.echo(
                f"  median of {runs} runs, {slowest:,.0f} to {fastest:,.0f};"
                f" the house's first, which makes the files of its log: {first.a_second:,.0f}"
            )
        for number in callers or [8, 12, 16, 32]:
            answered = bench.live(refs, callers=number, seconds=seconds)
            _say_rate(f"live, {number} callers", answered.rate)
            typer.echo(
                f"  waited: p50 {answered.p50_ms:.1f} ms, p99 {answered.p99_ms:.1f} ms,"
                f" worst {answered.worst_ms:.1f} ms"
            )


@contextmanager
def _scratch_house() -> Iterator[None]:
    """A home and an embedded database for this run alone, as durable as any."""
    from arrears.cli.ground import standing_ground

    with TemporaryDirectory() as folder:
        for name in ("DATABASE_URL", "ARREARS_DATABASE_FORGETFUL"):
            os.environ.pop(name, None)
        os.environ["ARREARS_HOME"] = folder
        with standing_ground():
            yield


def _say_rate(what: str, rate: "Rate") -> None:
    cpu = f"CPU {rate.cpu_seconds:.2f} s here"
    if rate.server_cpu_seconds is not None:
        cpu += f", {rate.server_cpu_seconds:.2f} s in the database"
    typer.echo(f"{what:58} {rate.a_second:9,.0f} a second  ({rate.done:,} in {rate.seconds:.2f} s; {cpu})")
