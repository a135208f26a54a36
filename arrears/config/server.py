"""The web server: granian runs the application in one worker process with threads."""

import logging
import multiprocessing

from granian.constants import Interfaces
from granian.server import Server


def serve_until_stopped(*, host: str, port: int, threads: int = 8) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is under way."""
    # A forked worker would inherit the locks other threads of ours hold at that moment, and wait for ever.
    multiprocessing.set_start_method("spawn", force=True)
    logging.getLogger("_granian").setLevel(logging.WARNING)
    Server(
        target="arrears.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        log_enabled=False,
    ).serve()
