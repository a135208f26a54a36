"""A sender in a process of its own, so that a test can kill it: sends until nothing waits."""

import sys

import django

django.setup()

from arrears.contact import actions, queries  # noqa: E402
from arrears.contact.tests.town import NOON, all_clear  # noqa: E402
from arrears.kernel.clock import wall_now  # noqa: E402


def main() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while queries.waiting_count():
        actions.send_waiting(now=NOON, wall_now=wall_now(), still_clear=all_clear)


main()
