"""`arrears situations PATH...`: examples a lawyer can read, tried."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command()(situations)


def situations(paths: Annotated[list[Path], typer.Argument(help="Files, or folders of YAML.")]) -> None:
    """Try situations: one line each, then how many passed. Exit 1 if any failed, 2 if one cannot be read."""
    from arrears.situations.run import situations as try_all

    raise typer.Exit(try_all(paths))
