"""A leave ends where its message ends: used when it left or may have, given back when it never did."""

from datetime import timedelta

import pytest
from django.conf import settings as house

from arrears.clearance import actions as gate
from arrears.clearance.queries import clearance
from arrears.clearance.types import Asking, Proposal
from arrears.contact import actions
from arrears.contact.channels import Refused
from arrears.contact.models import Message
from arrears.contact.tests.test_outbox import PAID, SMS, Moody, moody  # noqa: F401 - a fixture
from arrears.contact.tests.town import MORNING, NOON, planned, send
from arrears.contact.types import MessageState, Purpose
from arrears.evidence.models import Waiting

pytestmark = pytest.mark.usefixtures("town", "home")
PURPOSES = {
    Purpose.COLLECT: "collect",
    Purpose.REMIND: "remind_before_due",
    Purpose.STATEMENT: "statement",
    Purpose.SERVICE: "service_requested",
}


def cleared(purpose: Purpose = Purpose.COLLECT) -> str:
    """A message under a leave of the gate waits; the leave's key."""
    wish = Proposal(at=NOON, channel="sms", point=SMS["point"], purpose=PURPOSES[purpose], debts=("A1",))
    leave = gate.ask(asking=Asking("wish", "C1", wish, "A1"), book=house.RULE_BOOK, now=MORNING)
    window = {"not_before": leave.not_before, "not_after": leave.until}
    actions.plan(messages=[planned(clearance_key=leave.key, purpose=purpose, **window, **SMS)], now=MORNING)
    return leave.key


@pytest.mark.parametrize("purpose", Purpose)
def test_a_leave_is_used_when_its_message_was_sent_whatever_its_purpose(purpose):
    key = cleared(purpose)
    assert send().sent == 1
    leave = clearance(key)
    assert (leave.used_at, leave.outcome, leave.released_at) == (NOON, "delivered", None)


def test_a_message_that_failed_for_good_used_its_leave(moody):  # noqa: F811
    key = cleared()
    Moody.moods = [Refused("no such number")]
    assert send().failed == 1
    assert clearance(key).outcome == "failed"


def test_a_message_withdrawn_gives_its_leave_back():
    key = cleared()
    assert actions.withdraw(account_refs=["A1"], because=PAID, now=NOON) == 1
    assert clearance(key).used_at is None and clearance(key).released_at == NOON


def test_a_message_that_missed_its_window_gives_its_leave_back():
    key = cleared()
    late = clearance(key).until + timedelta(minutes=5)
    assert send(now=late).expired == 1
    assert clearance(key).used_at is None and clearance(key).released_at == late


def test_a_message_in_doubt_used_its_leave_inside_its_window():
    key = cleared()
    Message.objects.update(in_doubt=True)
    until = clearance(key).until
    assert send(now=until + timedelta(minutes=5)).expired == 1
    assert (clearance(key).used_at, clearance(key).outcome) == (until, "unknown")


def test_a_leave_is_settled_once():
    key = cleared()
    send()
    told = Waiting.objects.filter(kind="used").count()
    for outcome in ("failed", ""):
        assert not gate.settle(clearance_key=key, outcome=outcome, because="again", at=NOON)
    assert clearance(key).outcome == "delivered" and clearance(key).released_at is None
    assert Waiting.objects.filter(kind="used").count() == told == 1


@pytest.mark.parametrize("key", ["", "given", "6f1c1d4e-0000-4000-8000-000000000000"])
def test_what_is_no_leave_of_ours_is_left_alone(key):
    assert not gate.settle(clearance_key=key, outcome="delivered", because="", at=NOON)


def test_a_leave_given_back_meanwhile_stays_given_back():
    key = cleared()
    gate.release(clearance_keys=[key], because="expired unused", now=NOON)
    assert not gate.settle(clearance_key=key, outcome="unknown", because="", at=NOON)
    assert clearance(key).used_at is None and Message.objects.get().state == MessageState.WAITING


@pytest.mark.parametrize(
    "different",
    [
        {"customer_ref": "C2", "account_ref": "A2"},
        {"channel": "email", "point": "wang@example.com"},
        {"point": "13900000009"},
        {"not_after": NOON + timedelta(days=2)},
    ],
    ids=["person", "channel", "address", "time"],
)
def test_a_leave_serves_no_other_contact(different):
    key = cleared()
    leave = clearance(key)
    window = {"not_before": leave.not_before, "not_after": leave.until}
    other = planned("m2", **{"clearance_key": key, **window, **SMS, **different})
    with pytest.raises(actions.UnableToPlan, match="another contact"):
        actions.plan(messages=[other], now=MORNING)
