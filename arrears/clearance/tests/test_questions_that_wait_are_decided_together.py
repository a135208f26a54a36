"""The counter: who asks at one moment is answered in one transaction, each with their own answer."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction

from arrears.clearance import actions, counter
from arrears.clearance.actions import UnableToAsk
from arrears.clearance.counter import Counter
from arrears.clearance.models import Clearance
from arrears.clearance.tests.test_caps_hold_however_many_ask_at_once import at_once
from arrears.clearance.tests.town import BOOK, NOON, asking, people


class Judge:
    """Decides nothing real: it answers each key with itself, and fails on a bad one."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.first, self.go_on = threading.Event(), threading.Event()

    def __call__(self, askings, book, now):
        keys = [asking.key for asking in askings]
        self.batches.append(keys)
        self.first.set()
        self.go_on.wait(10)
        if "bad" in keys:
            raise UnableToAsk("bad")
        return {key: key for key in keys}


def asked_while_another_is_decided(judge: Judge, *keys: str, now=None) -> dict[str, object]:
    """`first` is being decided when all the others come."""
    desk, told = Counter(judge), {}

    def ask(key: str, moment) -> None:
        try:
            told[key] = desk.ask(asking(key), book=BOOK, now=moment)
        except UnableToAsk as failure:
            told[key] = failure

    threads = [threading.Thread(target=ask, args=("first", NOON), daemon=True)]
    threads[0].start()
    judge.first.wait(10)
    for key in keys:
        threads.append(threading.Thread(target=ask, args=(key, (now or {}).get(key, NOON)), daemon=True))
        threads[-1].start()
        while len(desk._line) < len(threads) - 1:  # in this order, whatever the scheduler does
            threading.Event().wait(0.001)
    judge.go_on.set()
    for thread in threads:
        thread.join(10)
    return told


def test_questions_that_came_meanwhile_share_one_transaction():
    judge = Judge()
    told = asked_while_another_is_decided(judge, "a", "b", "c")
    assert told == {"first": "first", "a": "a", "b": "b", "c": "c"}
    assert judge.batches == [["first"], ["a", "b", "c"]]


def test_a_bad_question_fails_alone():
    told = asked_while_another_is_decided(Judge(), "a", "bad", "c")
    assert told.pop("bad").what == "bad"
    assert told == {"first": "first", "a": "a", "c": "c"}


def test_a_rehearsal_in_another_time_is_decided_apart():
    judge = Judge()
    asked_while_another_is_decided(judge, "a", "later", now={"later": NOON + timedelta(days=1)})
    assert judge.batches == [["first"], ["a"], ["later"]]


def test_more_than_fit_are_decided_in_turn(monkeypatch):
    monkeypatch.setattr(counter, "MOST", 2)
    judge = Judge()
    told = asked_while_another_is_decided(judge, "a", "b", "c")
    assert len(told) == 4 and judge.batches == [["first"], ["a", "b"], ["c"]]


def test_who_is_stopped_while_serving_leaves_the_others_served():
    judge = Judge()

    def stopped_once(askings, book, now):
        if len(judge.batches) == 1 and len(askings) > 1:
            judge.batches.append([])
            raise SystemExit
        return judge(askings, book, now)

    desk, told = Counter(stopped_once), {}

    def ask(key: str) -> None:
        with suppress(SystemExit):
            told[key] = desk.ask(asking(key), book=BOOK, now=NOON)

    threads = [threading.Thread(target=ask, args=(key,), daemon=True) for key in ("first", "a", "b", "c")]
    threads[0].start()
    judge.first.wait(10)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(desk._line) < number:
            threading.Event().wait(0.001)
    judge.go_on.set()
    for thread in threads:
        thread.join(10)
    assert sorted(told) == ["b", "c", "first"]  # "a" served, and was stopped


@pytest.mark.django_db(transaction=True)
def test_questions_of_one_person_asked_together_count_against_each_other():
    people()
    given = []
    at_once(
        lambda number: given.append(
            actions.ask(asking=asking(f"p{number}", channel="call"), book=BOOK, now=NOON)
        ),
        hands=12,
    )
    assert sum(clearance.cleared for clearance in given) == 3


@pytest.mark.django_db(transaction=True)
def test_a_neighbour_nobody_knows_fails_nobody_else():
    people()
    outcome: dict[int, object] = {}

    def ask(number: int) -> None:
        customer = "C1" if number % 2 else "C99"
        try:
            outcome[number] = actions.ask(
                asking=asking(f"p{number}", customer, account_ref=None), book=BOOK, now=NOON
            )
        except UnableToAsk as failure:
            outcome[number] = failure

    at_once(ask, hands=8)
    assert [isinstance(outcome[number], UnableToAsk) for number in range(8)] == [True, False] * 4


@pytest.mark.django_db(transaction=True)
def test_an_account_nobody_knows_is_refused_by_name():
    people()
    with pytest.raises(UnableToAsk, match="A99"):
        actions.ask(asking=asking(account_ref="A99"), book=BOOK, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_inside_a_callers_transaction_the_answer_falls_with_it():
    people()
    with transaction.atomic():
        actions.ask(asking=asking(), book=BOOK, now=NOON)
        transaction.set_rollback(True)
    assert Clearance.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_words_with_tabs_quotes_and_backslashes_are_kept_as_they_are():
    people()
    odd = 'a\tb\\n"c"\n\\N'
    actions.ask(asking=asking(odd, point=odd, discloses=(odd,)), book=BOOK, now=NOON)
    row = Clearance.objects.get()
    assert (row.proposal_key, row.point, row.more["discloses"]) == (odd, odd, [odd])


def test_who_serves_waits_no_longer_than_until_those_just_answered_are_back(monkeypatch):
    monkeypatch.setattr(counter, "A_MOMENT_SECONDS", 60)
    judge, told = Judge(), []
    judge.go_on.set()
    desk = Counter(judge)
    desk._company = 2  # were decided together last

    def ask(key: str) -> None:
        told.append(desk.ask(asking(key), book=BOOK, now=NOON))

    first, second = (threading.Thread(target=ask, args=(key,), daemon=True) for key in "ab")
    first.start()
    while not desk._line:
        threading.Event().wait(0.001)
    second.start()
    for thread in (first, second):
        thread.join(10)
    assert judge.batches == [["a", "b"]] and sorted(told) == ["a", "b"]
