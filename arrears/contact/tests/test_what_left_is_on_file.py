"""Every handing over and what came of it stands in the chain of evidence."""

import json

import pytest

from arrears.contact import actions
from arrears.contact.channels import Receipt, Refused, TryLater
from arrears.contact.channels.sms import FileProvider
from arrears.contact.tests.town import MORNING, NOON, people, planned, send
from arrears.evidence import actions as evidence
from arrears.evidence import queries as chain
from arrears.kernel.words import Words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
SMS = {"channel": "sms", "point": "+8613800000001"}


@pytest.fixture(autouse=True)
def town(db):
    people()


def on_file() -> list[tuple[str, str, dict]]:
    evidence.seal()
    return [(r.kind, r.about, json.loads(r.body)) for r in chain.records(first=1, last=10**6)]


def fails_with(monkeypatch, trouble: Exception) -> None:
    def send(self: FileProvider, key: str, to: str, text: str) -> Receipt:
        raise trouble

    monkeypatch.setattr(FileProvider, "send", send)


def test_a_message_that_left_is_on_file_with_the_proof_of_its_words():
    actions.plan(messages=[planned(**SMS)], now=NOON)
    send()
    [(kind, about, said)] = on_file()
    assert (kind, about, said["fact"]) == ("fact", "message:m1", "contact_made")
    assert said["payload"]["outcome"] == "delivered" and len(said["payload"]["text_sha256"]) == 64
    assert said["payload"]["clearance"] == "clearance:m1"


def test_words_that_are_secret_leave_no_proof_to_guess_from():
    actions.plan(messages=[planned(**SMS, secret=True)], now=NOON)
    send()
    [(_, _, said)] = on_file()
    assert "text_sha256" not in said["payload"]


def test_an_attempt_that_came_to_nothing_is_on_file(monkeypatch):
    fails_with(monkeypatch, TryLater("busy", in_doubt=True))
    actions.plan(messages=[planned(**SMS)], now=NOON)
    send()
    [(kind, about, said)] = on_file()
    assert (kind, about, said["attempt"], said["error"]) == ("attempt", "m1", 1, "busy")
    assert said["in_doubt"] is True and said["clearance"] == "clearance:m1"


def test_a_failure_is_on_file_with_its_reason(monkeypatch):
    fails_with(monkeypatch, Refused("no such number"))
    actions.plan(messages=[planned(**SMS)], now=NOON)
    send()
    [(_, _, said)] = on_file()
    assert (said["payload"]["outcome"], said["payload"]["error"]) == ("failed", "no such number")


def test_a_withdrawal_is_on_file_with_its_reason():
    actions.plan(messages=[planned(**SMS)], now=NOON)
    actions.withdraw(account_refs=["A1"], because=Words(zh="已还款", en="paid"), now=MORNING)
    [(_, _, said)] = on_file()
    assert (said["fact"], said["payload"]["because"]["en"]) == ("contact_withdrawn", "paid")
