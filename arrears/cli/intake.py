"""`arrears intake ...`: files in."""

import typer

group = typer.Typer(help="Files in: card books and payments.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="intake")
