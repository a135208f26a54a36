"""`arrears serve` and `arrears send`: faces up, messages out."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

SENDER_SECONDS = 30


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command()(serve)
    app.command()(send)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve desk, portal and API until Ctrl-C; cleared messages leave when their hour comes."""
    from arrears.cli.evidence import sealer_at_work
    from arrears.cli.ground import standing_ground
    from arrears.config.server import serve_until_stopped

    with standing_ground(), sender_at_work(), sealer_at_work():
        serve_until_stopped(host=host, port=port)


def send() -> None:
    """Send what is cleared and may leave now. `serve` does so by itself every half minute."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily.actions import send as send_now
        from arrears.kernel import clock

        report = send_now(now=clock.now())
    typer.echo(
        f"sent {report.sent}, failed {report.failed}, later {report.to_retry}, expired {report.expired}"
    )
    for channel, reason in report.down:
        typer.echo(f"{channel}: {reason}")


@contextmanager
def sender_at_work() -> Iterator[None]:
    """A thread that sends what may leave, every half minute, until the block ends."""
    enough = threading.Event()
    worker = threading.Thread(target=_send_until, args=(enough,), name="sender", daemon=True)
    worker.start()
    try:
        yield
    finally:
        enough.set()
        worker.join(timeout=10)


def _send_until(enough: threading.Event) -> None:
    from django.db import DatabaseError, connection

    from arrears.daily.actions import send as send_now
    from arrears.kernel import clock

    while not enough.is_set():
        try:
            send_now(now=clock.now())
        except DatabaseError:  # the server went away: said in the log, tried again next time
            logging.getLogger("arrears").exception("sending paused: the database did not answer")
        finally:
            connection.close()
        enough.wait(SENDER_SECONDS)
