"""Senders are killed and run beside each other: every message arrives once all the same."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings as current
from django.db import connection

from arrears.casebook.models import Fact
from arrears.contact import actions, queries
from arrears.contact.channels.sms import FileProvider
from arrears.contact.models import Message
from arrears.contact.tests.town import NOON, people, planned, send
from arrears.contact.types import MessageState

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))  # noqa: PTH100, PTH118, PTH120


def start_sender() -> "subprocess.Popen[str]":
    there = connection.settings_dict
    host = there["HOST"] or there["OPTIONS"].get("host", "")
    port = f"&port={there['PORT']}" if there["PORT"] else ""
    secret = f":{there['PASSWORD']}" if there["PASSWORD"] else ""
    address = f"postgresql://{there['USER']}{secret}@/{there['NAME']}?host={host}{port}"
    own = {
        "DATABASE_URL": address,
        "ARREARS_HOME": str(current.HOME),
        "ARREARS_SMTP_URL": current.SMTP_URL,
        "DJANGO_SETTINGS_MODULE": "arrears.config.settings",
        "PYTHONPATH": ROOT,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "arrears.contact.tests.sender_of_its_own"],
        env={**os.environ, **own},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def plan_many(count: int) -> None:
    people()
    refs = [("C1", "A1"), ("C2", "A2"), ("C7", "A7")]
    many = [
        planned(f"m{number}", customer_ref=refs[number % 3][0], account_ref=refs[number % 3][1])
        for number in range(count)
    ]
    assert actions.plan(messages=many, now=NOON) == count


def everything_arrived_once(post, count: int) -> None:
    counts = queries.by_state()
    assert {state: number for state, number in counts.items() if number} == {MessageState.SENT: count}
    ids = [letter["Message-ID"] for letter in post.letters()]
    assert len(ids) == len(set(ids)) == count
    assert Fact.objects.filter(kind="contact_made").count() == count


def kill_and_go_on(post, *, kills: int, messages: int, seed: int) -> int:
    """Kill senders at random moments, let the last one finish; how many kills hit one at work."""
    plan_many(messages)
    chance, hits = random.Random(seed), 0
    for _ in range(kills):
        process = start_sender()
        time.sleep(chance.uniform(0.05, 0.5))
        hits += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = start_sender()
    assert last.wait(timeout=120) == 0
    return hits


def test_after_three_kills_every_letter_has_arrived_exactly_once(post):
    assert kill_and_go_on(post, kills=3, messages=400, seed=1) == 3
    everything_arrived_once(post, 400)


@pytest.mark.slow
def test_after_thirty_kills_every_letter_has_arrived_exactly_once(post):
    assert kill_and_go_on(post, kills=30, messages=4000, seed=2) >= 20
    everything_arrived_once(post, 4000)


def test_two_senders_at_once_share_the_work_and_double_nothing(post):
    plan_many(300)
    senders = [start_sender(), start_sender()]
    assert [sender.wait(timeout=60) for sender in senders] == [0, 0]
    everything_arrived_once(post, 300)
    seen = [str(letter["Message-ID"]) for letter in post.letters()]
    again = [message for message in queries.messages_of("C1") if "kept already" in message.provider_ref]
    assert len(seen) == 300 and again == []


def test_threads_sending_together_hand_each_message_over_once(home, monkeypatch):
    people()
    actions.plan(
        messages=[planned(f"m{n}", channel="sms", point="+8613800000001") for n in range(60)], now=NOON
    )
    handed: list[str] = []
    take = FileProvider.send

    def remember(self: FileProvider, key: str, to: str, text: str) -> object:
        handed.append(key)
        time.sleep(0.002)
        return take(self, key, to, text)

    monkeypatch.setattr(FileProvider, "send", remember)
    reports = []

    def work() -> None:
        reports.append(send())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handed) == sorted(f"m{n}" for n in range(60))
    assert sum(report.sent for report in reports) == 60


def test_a_dead_senders_messages_are_free_at_once_and_a_living_ones_are_not(home):
    from arrears.contact import senders

    people()
    actions.plan(messages=[planned(channel="sms", point="+8613800000001")], now=NOON)
    with senders.sender() as alive:
        Message.objects.update(state="sending", leased_by=alive, lease_until=NOON.replace(hour=5))
        assert (send().sent, send().in_hand) == (0, 1)
        (current.OUTBOX_FOLDER / "senders" / "killed").touch()  # its lock went with its life
        Message.objects.update(leased_by="killed")
        assert send().sent == 1
    assert list((current.OUTBOX_FOLDER / "senders").iterdir()) == []


def test_sending_inside_a_transaction_is_refused(home):
    from django.db import transaction

    people()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send()
