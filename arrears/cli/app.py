"""All commands in one place. One line each, in the order `--help` lists them."""

import typer

from arrears.cli import (
    api,
    arrange,
    bench,
    book,
    checks,
    contact,
    database,
    demo,
    evidence,
    explain,
    intake,
    round,
    rules,
    serve,
    shots,
    simulate,
    situations,
    speech,
    terms,
)

PARTS = (
    demo,
    serve,
    shots,
    intake,
    round,
    explain,
    arrange,
    book,
    contact,
    api,
    situations,
    simulate,
    rules,
    speech,
    evidence,
    terms,
    bench,
    database,
    checks,
)

app = typer.Typer(
    name="arrears",
    help="Overdue credit-card customer service and collections, explained and proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in PARTS:
    part.add_to(app)
