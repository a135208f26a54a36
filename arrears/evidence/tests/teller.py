"""A process of the kill trial: asks the gate, or seals, until it is killed. `... teller.py ask 3`."""

import sys
from datetime import timedelta
from itertools import count

import django

django.setup()

from arrears.clearance import actions as clearance  # noqa: E402
from arrears.clearance.tests.town import BOOK, NOON, asking  # noqa: E402
from arrears.evidence import actions  # noqa: E402


def ask(name: str) -> None:
    for turn in count():
        askings = [
            asking(f"{name}:{turn}:{n}", ref, at=NOON + timedelta(days=turn % 300))
            for n, ref in enumerate(["C1", "C2", "C3", "C5"])
        ]
        given = clearance.ask_many(askings=askings, book=BOOK, now=NOON)
        clearance.release(clearance_keys=[each.key for each in given], because="trial", now=NOON)


def seal(name: str) -> None:
    actions.SEAL_AT_ONCE = 50
    while True:
        actions.seal()


sys.stdout.write("ready\n")
sys.stdout.flush()
{"ask": ask, "seal": seal}[sys.argv[1]](sys.argv[2])
