"""All commands in one place."""

import typer

from arrears.cli import book, checks, database, intake, serve

app = typer.Typer(
    name="arrears",
    help="Overdue credit-card customer service and collections, explained and proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (serve, intake, book, database, checks):
    part.add_to(app)
