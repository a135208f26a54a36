"""One process of the trial of many: it sets Django up itself, so nothing of it is imported above."""

import multiprocessing
import os
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

REFS = ["C1", "C2", "C3", "C5"]
CALLERS = ["issuer", "agency:A", "issuer"]
OUTCOMES = ["no_answer", "no_answer", "conversation", "busy"]
CHANNELS = ["call", "call", "robot_call", "sms", "email"]
DAYS = 12


def a_hand(
    number: int, database_url: str, seconds: float, told: "multiprocessing.Queue[Counter[str]]"
) -> None:
    """One process: asks one or many, uses, gives back, lets expire, at random, until the time is up."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "arrears.config.settings"
    import django

    django.setup()
    from arrears.clearance import actions
    from arrears.clearance.actions import UnableToUseClearance
    from arrears.clearance.tests.town import BOOK, HOUR, NOON, asking, happened

    until = time.monotonic() + seconds
    chance, counts, turn = random.Random(number), Counter[str](), 0

    def some_asking(ref: str, about: str):
        at = NOON + timedelta(days=chance.randrange(DAYS))
        how = {"valid_for": timedelta(minutes=5)} if chance.random() < 0.3 else {}
        if chance.random() < 0.1:
            at, how = NOON - 3 * HOUR, {"valid_for": timedelta(minutes=5)}  # expires at once
        point = chance.choice(["mobile-1", "mobile-2"])
        channel, by = chance.choice(CHANNELS), chance.choice(CALLERS)
        return asking(about, ref, at=at, channel=channel, by=by, point=point, **how)

    def make_use(given) -> None:
        for _ in range(2):  # a second use must always fail
            try:
                outcome = chance.choice(OUTCOMES)
                actions.use(clearance_key=given.key, outcome=outcome, at=given.not_before)
                counts["used"] += 1
            except UnableToUseClearance:
                counts["use refused"] += 1

    while time.monotonic() < until:
        turn += 1
        name = f"{number}:{turn}"
        try:
            if chance.random() < 0.5:
                given = [actions.ask(asking=some_asking(chance.choice(REFS), name), book=BOOK, now=NOON)]
            else:
                some = [some_asking(ref, f"{name}:{ref}") for ref in chance.sample(REFS, 3)]
                given = actions.ask_many(askings=some, book=BOOK, now=NOON)
            if chance.random() < 0.05:
                day = timedelta(days=chance.randrange(DAYS))
                ref, outcome = chance.choice(REFS), "conversation"
                happened("contact_made", ref, at=NOON + day + timedelta(seconds=turn, microseconds=number),
                         channel="call", direction="in", outcome=outcome, point="mobile-1")  # fmt: skip
            if chance.random() < 0.05:
                counts["expired"] += actions.release_expired(now=NOON)
            for clearance in given:
                counts[clearance.answer] += 1
                if clearance.cleared and chance.random() < 0.4:
                    actions.release(clearance_keys=[clearance.key], because="trial", now=NOON)
                elif clearance.cleared:
                    make_use(clearance)
        except Exception as failure:  # noqa: BLE001 - every failure is counted by its name
            counts[f"failed: {type(failure).__name__}: {str(failure)[:80]}"] += 1
    with suppress(Exception):
        told.put(counts)
