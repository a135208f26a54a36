"""One process of the trial of many: it sets Django up itself, so nothing of it is imported above."""

import multiprocessing
import os
import random
import time
from collections import Counter
from datetime import timedelta

REFS = ["C1", "C2", "C3", "C5"]
CALLERS = ["issuer", "agency:A", "issuer"]
OUTCOMES = ["no_answer", "no_answer", "conversation", "busy"]


def a_hand(
    number: int, database_url: str, seconds: float, told: "multiprocessing.Queue[Counter[str]]"
) -> None:
    """One process: asks, uses, gives back, at random, until the time is up."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "arrears.config.settings"
    import django

    django.setup()
    from arrears.clearance import actions
    from arrears.clearance.actions import UnableToUseClearance
    from arrears.clearance.tests.town import BOOK, NOON, asking

    until = time.monotonic() + seconds
    chance, counts, turn = random.Random(number), Counter[str](), 0
    while time.monotonic() < until:
        turn += 1
        day = timedelta(days=chance.randrange(12))
        some = [
            asking(
                f"{number}:{turn}:{ref}",
                ref,
                at=NOON + day,
                channel=chance.choice(["call", "robot_call", "sms"]),
                by=chance.choice(CALLERS),
            )
            for ref in chance.sample(REFS, 2)
        ]
        for given in actions.ask_many(askings=some, book=BOOK, now=NOON):
            counts[given.answer] += 1
            if given.cleared and chance.random() < 0.2:
                actions.release(clearance_keys=[given.key], because="trial", now=NOON)
            elif given.cleared and given.not_before:
                for _ in range(2):  # a second use must always fail
                    try:
                        outcome = chance.choice(OUTCOMES)
                        actions.use(clearance_key=given.key, outcome=outcome, at=given.not_before)
                        counts["used"] += 1
                    except UnableToUseClearance:
                        counts["use refused"] += 1
    told.put(counts)
