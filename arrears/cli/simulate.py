"""`arrears simulate contacts`: millions of proposals against the gate, and a second opinion on each;
`arrears simulate arrangements`: random agreements and what must hold of each."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from arrears.cli.bars import Bars
from arrears.cli.language import say
from arrears.kernel.words import Words

if TYPE_CHECKING:
    from arrears.simulation.run import Finding, Order, Totals

group = typer.Typer(help="Trials of the house: what could go wrong is tried.", no_args_is_help=True)
MOST_RULES = 12


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="simulate")


@group.callback()
def about() -> None:
    """Each trial is a command of its own."""


@group.command()
def contacts(
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 2000,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days of each.")] = 60,
    adversary: Annotated[bool, typer.Option(help="Propose at every edge the rules have.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed makes the same trial.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    live: Annotated[
        bool, typer.Option("--live", help="Through PostgreSQL, in a database of its own: slower, few people.")
    ] = False,
) -> None:
    """Propose contacts, make what is cleared, and check the log by rules written a second time.

    Exit 1 if any contact made was wrongful; each is printed with its rule and its history.
    Interrupted (Ctrl-C), it shows what was tried so far and exits 130.
    """
    from arrears.simulation.run import Order, Totals

    order, totals = Order(people, days, seed, adversary), Totals()
    with _pieces(order, workers, live=live) as pieces, Bars() as bars:
        begun = monotonic()
        bars.begin(Words(zh="模拟联系", en="contacts tried, people done"), people)
        with suppress(KeyboardInterrupt):
            for piece in pieces:
                totals.add(piece)
                bars.advance(piece.people)
        seconds = monotonic() - begun
    _show(totals, seconds)
    for finding in totals.findings:
        _show_finding(finding)
    raise typer.Exit(1 if totals.wrongful else 130 if totals.people < people else 0)


@contextmanager
def _pieces(order: "Order", workers: int, *, live: bool) -> "Iterator[Iterator[Totals]]":
    from arrears.simulation import run

    if not live:
        yield run.in_memory(order, workers=workers)
        return
    from arrears.cli.ground import standing_ground

    with standing_ground(), _database_of_its_own():
        yield run.on_record(order)


@contextmanager
def _database_of_its_own() -> Iterator[None]:
    """A test database beside the real one, gone afterwards: nothing of a trial enters the records."""
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


def _show(totals: "Totals", seconds: float) -> None:
    console = Console()
    console.print(_edges(totals))
    console.print(_refusals(totals))
    lines = [
        (say("人数", "people"), totals.people),
        (say("提议", "proposals"), totals.proposals),
        (say("放行", "cleared"), totals.cleared),
        (say("拒绝", "refused"), totals.proposals - totals.cleared),
        (say("实际联系", "contacts made"), totals.made),
        (say("记录的事实", "facts recorded"), totals.events),
        (say("险些越界：时段（60 秒内）", "near misses: hours, within a minute"), totals.near["hours"]),
        (say("险些越界：次数（最后一次）", "near misses: the last place of a cap"), totals.near["cap"]),
        (say("看似过严", "refused, lawful by the plain reading"), totals.too_strict.total()),
        (say("放行期内又被拒", "refused inside a clearance, nothing new"), totals.promises_broken),
        (say("违规联系", "wrongful contacts"), totals.wrongful),
    ]
    for what, number in lines:
        typer.echo(f"{what:40} {number:>12,}")
    typer.echo(f"{say('每秒提议', 'proposals a second'):40} {totals.proposals / seconds:>12,.0f}")
    for (edge, rules), number in totals.too_strict.most_common(MOST_RULES):
        typer.echo(f"  {say('过严', 'strict')}: {number} x {edge}: {', '.join(rules)}")
    for rule, number in totals.wrongful_by.most_common():
        typer.echo(f"  {say('违规', 'wrongful')}: {number} x {rule}")


def _edges(totals: "Totals") -> Table:
    table = Table(say("试探", "edge"), box=SIMPLE_HEAD)
    for head in (say("提议", "tried"), say("放行", "cleared")):
        table.add_column(head, justify="right")
    for edge, tried in sorted(totals.tried.items()):
        table.add_row(edge, f"{tried:,}", f"{totals.let_pass[edge]:,}")
    return table


def _refusals(totals: "Totals") -> Table:
    table = Table(say("拒绝的规则", "rule that refused"), box=SIMPLE_HEAD)
    table.add_column(say("次数", "times"), justify="right")
    for rule, number in totals.refused_by.most_common():
        table.add_row(rule, f"{number:,}")
    return table


def _show_finding(finding: "Finding") -> None:
    rules = "; ".join(f"{rule.rule} [{rule.reference}]" for rule in finding.rules)
    typer.echo(f"\n{say('违规', 'WRONGFUL')}: {rules}\n{finding.person}\n  => {finding.contact}")
    for entry in finding.before:
        typer.echo(f"     {entry}")


@group.command()
def arrangements(
    count: Annotated[int, typer.Option(min=1, help="How many arrangements.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed tries the same.")] = 7,
) -> None:
    """Random arrangements: instalments sum to the debt, stay within limits, rates are right or none."""
    from arrears.arrangements import trial

    with Bars() as bars:
        bars.begin(Words(zh="试验还款安排", en="arrangements tried"), count)
        tried = trial.run(count, seed=seed, tell=bars.advance)
    states = ", ".join(f"{state} {number:,}" for state, number in sorted(tried.states.items()))
    typer.echo(
        f"{tried.count:,} arrangements (seed {seed}): {states}; no schedule possible {tried.refused:,}"
    )
    typer.echo(f"yearly rate openly none: {tried.without_rate:,}; what did not hold: {len(tried.failures):,}")
    for one, wrong in tried.failures[:10]:
        typer.echo(f"  {wrong}: {one}")
    raise typer.Exit(1 if tried.failures else 0)
