"""The command line: `arrears COMMAND`, or `./go COMMAND` from a checkout.

Each file here adds the commands of one part of the house and imports what it needs
inside the command, so that `arrears --help` stays quick. Exit codes: 0 done, 1 done but
something did not hold, 2 refused with a message.
"""

import io
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arrears.config.settings")


def main() -> None:
    """The entry point: trouble becomes a message, never a traceback."""
    from arrears.cli.app import app
    from arrears.kernel.trouble import Trouble

    write_whatever_the_terminal_can_show()
    try:
        app()
    except Trouble as trouble:
        sys.stderr.write(f"arrears: {trouble}\n")
        sys.exit(2)
    except BrokenPipeError:  # `arrears rules list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def write_whatever_the_terminal_can_show() -> None:
    """A sign a terminal has no letter for is written as its number: \\xa5 for a yuan, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
