"""`arrears serve`: desk, portal and API."""

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve desk, portal and API until Ctrl-C."""
    from arrears.cli.ground import standing_ground
    from arrears.config.server import serve_until_stopped

    with standing_ground():
        serve_until_stopped(host=host, port=port)
