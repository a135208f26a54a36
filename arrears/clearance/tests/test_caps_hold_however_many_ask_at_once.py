"""Many threads, few people: no cap exceeded, no clearance used twice, nothing deadlocks."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from arrears.clearance import actions
from arrears.clearance.actions import UnableToUseClearance
from arrears.clearance.models import Clearance
from arrears.clearance.tests.town import BOOK, CAST, NOON, asking, people

SHANGHAI = [ref for ref, (_, zone) in CAST.items() if zone == "Asia/Shanghai"]
CALLERS = ["issuer", "agency:A"]


def at_once(work, hands: int = 8) -> None:
    """Run `work(number)` in so many threads with a connection each; any failure fails the test."""
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            work(number)
        except BaseException as failure:  # noqa: BLE001 - told to the test
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_no_cap_is_exceeded():
    people()

    def ask_many_times(number: int) -> None:
        chance = random.Random(number)
        for turn in range(6):
            some = chance.sample(SHANGHAI, 3)  # in any order: locks are taken in one
            askings = [asking(f"{number}:{turn}:{ref}", ref, channel="call") for ref in some]
            messages = [asking(f"{number}:{turn}:{ref}:sms", ref) for ref in some]
            actions.ask_many(askings=askings + messages, book=BOOK, now=NOON)

    at_once(ask_many_times)
    cleared = Counter(Clearance.objects.filter(verdict="cleared").values_list("customer", "channel"))
    assert {cleared[(ref, "call")] for ref in SHANGHAI} == {3}
    assert {cleared[(ref, "sms")] for ref in SHANGHAI} == {5}


@pytest.mark.django_db(transaction=True)
def test_one_clearance_serves_one_contact():
    people()
    keys = [
        actions.ask(asking=asking(f"p{ref}", ref, channel="call"), book=BOOK, now=NOON).key
        for ref in SHANGHAI
    ]
    used: list[str] = []

    def use_them(number: int) -> None:
        for key in random.Random(number).sample(keys, len(keys)):
            try:
                actions.use(clearance_key=key, outcome="no_answer", at=NOON + timedelta(minutes=number))
                used.append(key)
            except UnableToUseClearance:
                continue

    at_once(use_them)
    assert sorted(used) == sorted(keys)


@pytest.mark.django_db(transaction=True)
def test_one_key_asked_by_many_is_one_question():
    people()
    at_once(lambda number: actions.ask(asking=asking("the same"), book=BOOK, now=NOON))
    assert Clearance.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_expired_place_that_is_being_reported_this_moment_counts():
    people()
    taken = [
        actions.ask(
            asking=asking(f"p{n}", channel="call", valid_for=timedelta(minutes=10)), book=BOOK, now=NOON
        )
        for n in range(3)
    ]
    later = NOON + timedelta(hours=3)
    reporting, reported = threading.Event(), threading.Event()

    def report(number: int) -> None:
        with transaction.atomic():
            actions.use(clearance_key=taken[number].key, outcome="conversation", at=NOON)
            reporting.set()
            assert reported.wait(timeout=30)

    def ask_meanwhile(number: int) -> None:
        assert reporting.wait(timeout=30)
        ring = [asking(f"q{n}", channel="call", at=later) for n in range(3)]
        answers = actions.ask_many(askings=ring, book=BOOK, now=later)
        reported.set()
        assert [answer.cleared for answer in answers] == [True, True, False]

    at_once(lambda number: ask_meanwhile(number) if number else report(number), hands=2)
    given_back = Clearance.objects.filter(released_because="expired unused").values_list(
        "proposal_key", flat=True
    )
    assert set(given_back) == {"p1", "p2"}
