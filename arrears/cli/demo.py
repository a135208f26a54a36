"""`arrears demo`: a book, three weeks of living history, and everything served."""

import os
import signal
import time
from contextlib import ExitStack
from typing import Annotated
from urllib.parse import urlsplit

import typer

from arrears.cli.language import say


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command()(demo)


def demo(
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    serve: Annotated[bool, typer.Option(help="Serve when the history is made.")] = True,
) -> None:
    """Make a card book with our cast in it, live through its last weeks, and serve it all."""
    from arrears.cli.ground import standing_ground
    from arrears.config.server import make_sure_of

    started = time.monotonic()
    if serve:
        make_sure_of(host=host, port=port)
    with ExitStack() as stack:
        stack.enter_context(standing_ground())
        _take_mail(stack)
        _live(started)
        _sign()
        _open_wallet(f"http://{host}:{port}")
        if serve:
            _serve(host, port, started)


def _take_mail(stack: ExitStack) -> None:
    """The demo's own mail server: on the usual port, or on a free one where that is taken."""
    import socket

    from django.conf import settings

    from arrears.contact.peer import mail_peer

    port = urlsplit(settings.SMTP_URL).port or 8025
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            trial.bind(("127.0.0.1", 0))
            port = trial.getsockname()[1]
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    stack.enter_context(mail_peer(folder=settings.OUTBOX_FOLDER / "mail", port=port))


def _live(started: float) -> None:
    from rich.console import Console

    from arrears.demo.living import live_through
    from arrears.kernel import clock

    console = Console(stderr=True)
    with console.status(say("正在准备演示……", "Preparing the demo ...")) as status:
        for words in live_through(end=clock.today()):
            seconds = time.monotonic() - started
            status.update(f"{say(words.zh, words.en)} ({seconds:.0f} s)")


def _sign() -> None:
    """The demo's institution has a key, so that its days are signed."""
    from arrears.cli.evidence import seal_and_sign
    from arrears.evidence import actions, keys
    from arrears.kernel import clock

    if not keys.key_file().exists():
        actions.new_key(now=clock.wall_now())
    seal_and_sign()


def _open_wallet(base: str) -> None:
    """The demo's wallet: the codes at the portal lead to its cashier's page."""
    from arrears.demo import wallet

    wallet.set_up()
    os.environ["ARREARS_PAYMENT_PAGE"] = f"{base}/sandbox/{{number}}/"  # read by the server it starts


def _serve(host: str, port: int, started: float) -> None:
    from arrears.cli.evidence import sealer_at_work
    from arrears.cli.serve import sender_at_work
    from arrears.config.server import serve_until_stopped
    from arrears.demo.sign_ins import SIGN_INS

    _say_where(host, port, started, SIGN_INS)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with sender_at_work(), sealer_at_work():
        serve_until_stopped(host=host, port=port)


def _say_where(host: str, port: int, started: float, sign_ins: list[tuple[str, str, str, str]]) -> None:
    from django.conf import settings

    from arrears.demo.cast import WANG

    base = f"http://{host}:{port}"
    lines = [
        "",
        say("Arrears 演示已就绪", "The Arrears demo is ready") + f" ({time.monotonic() - started:.0f} s)",
        "",
        f"  {say('坐席台', 'Desk')}    {base}/desk/",
        *(f"            {name:10} {password:16} {say(zh, en)}" for name, password, zh, en in sign_ins),
        f"  {say('客户门户', 'Portal')}  {base}/",
        say(
            f"            王小明：手机 {WANG.mobile}；验证码写入 ",
            f"            Wang Xiaoming: mobile {WANG.mobile}; one-time codes are filed in ",
        )
        + str(settings.OUTBOX_FOLDER / "sms"),
        f"  {say('接口', 'API')}     {base}/api/docs",
        f"  {say('数据', 'Data')}    {settings.HOME}",
        "",
        say("按 Ctrl-C 结束。", "Ctrl-C ends it."),
    ]
    typer.echo("\n".join(lines))
