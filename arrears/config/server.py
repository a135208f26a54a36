"""The web server: granian runs the application in one worker process with threads."""

import logging
import multiprocessing
import socket

from granian.constants import Interfaces
from granian.server import Server

from arrears.kernel.trouble import Trouble


class UnableToServe(Trouble):
    """The address cannot be listened on."""


def make_sure_of(*, host: str, port: int) -> None:
    """Raises UnableToServe where somebody else listens already, before any work is done for it."""
    try:
        with socket.create_server((host, port), family=_family(host), reuse_port=False):
            pass
    except OSError as problem:
        raise UnableToServe(
            f"nobody can listen on {host}:{port}: {problem.strerror}",
            do=f"Stop what runs there, or choose another port: --port {min(port + 1, 65535)}",
        ) from problem


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def serve_until_stopped(*, host: str, port: int, threads: int = 8) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is under way."""
    make_sure_of(host=host, port=port)
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
