"""`arrears outbox` and `arrears mail-peer`: what waits to leave, and a mail server for rehearsals."""

import signal
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command("outbox")(outbox)
    app.command("mail-peer")(mail_peer)


def outbox() -> None:
    """How many messages stand where."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.contact import queries

        for state, count in queries.by_state().items():
            typer.echo(f"{state:10} {count:8}")


def mail_peer(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8025,
) -> None:
    """Take e-mail on this machine and keep it as files under outbox/mail, until Ctrl-C."""
    from arrears.config.home import room_folder
    from arrears.contact.peer import mail_peer as taking_mail

    folder, stops = room_folder("outbox") / "mail", {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # the server's thread leaves them to us
    with taking_mail(folder=folder, host=host, port=port):
        typer.echo(f"Taking e-mail on {host}:{port}; each becomes a file in {folder}. Ctrl-C stops.")
        signal.sigwait(stops)
