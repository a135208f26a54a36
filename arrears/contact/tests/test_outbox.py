"""Every message leaves once, at an hour it may, and what became of it is on record."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError

from arrears.casebook.queries import facts_of
from arrears.casebook.types import FactKind
from arrears.contact import actions, queries
from arrears.contact.channels import ChannelDown, Outgoing, Receipt, Refused, TryLater
from arrears.contact.channels.sms import FileProvider
from arrears.contact.models import Message
from arrears.contact.tests.town import EVENING, MORNING, NOON, Post, planned, send
from arrears.contact.types import MessageState, Purpose
from arrears.kernel.words import Words

pytestmark = pytest.mark.usefixtures("town", "home")
PAID = Words(zh="已还款", en="paid")
SMS = {"channel": "sms", "point": "+8613800000001"}


class Moody(FileProvider):
    """A provider that answers as the test says, then takes everything."""

    moods: list[Exception] = []
    asked: list[str] = []

    def send(self, key: str, to: str, text: str) -> Receipt:
        Moody.asked.append(key)
        if Moody.moods:
            raise Moody.moods.pop(0)
        return super().send(key, to, text)


class Real(FileProvider):
    reaches_people = True


@pytest.fixture
def moody(settings):
    settings.SMS_PROVIDER = f"{__name__}.Moody"
    Moody.moods, Moody.asked = [], []
    return Moody


def plan(*messages) -> int:
    return actions.plan(messages=messages, now=NOON)


def state(key: str = "m1") -> str:
    return Message.objects.get(key=key).state


def facts(customer: str = "C1") -> list:
    return [(fact.kind, fact.payload.get("outcome")) for fact in facts_of(customer)]


def test_a_message_planned_twice_is_one_message():
    assert [plan(planned(), planned("m2")), plan(planned(), planned("m3"))] == [2, 1]
    assert queries.waiting_count() == 3


CODE = {"clearance_key": "", "purpose": Purpose.SERVICE, "secret": True, "template": "one_time_code"}


@pytest.mark.parametrize(
    "told",
    [{}, {"purpose": Purpose.SERVICE}, {"purpose": Purpose.SERVICE, "secret": True, "account_ref": None},
     {**CODE, "account_ref": "A1"}, {**CODE, "account_ref": None, "secret": False}],
)  # fmt: skip
def test_nothing_but_a_login_code_is_planned_that_nobody_cleared(told):
    with pytest.raises(actions.UnableToPlan, match="nobody cleared it"):
        plan(planned(**{**told, "clearance_key": ""}))


@pytest.mark.parametrize("purpose", Purpose)
def test_the_database_itself_refuses_what_nobody_cleared(purpose):
    plan(planned(purpose=purpose))
    with pytest.raises(IntegrityError, match="cleared_or_login_code"):
        Message.objects.update(clearance_key="")


def test_a_channel_nobody_has_is_refused_when_planning():
    with pytest.raises(actions.UnableToPlan, match="no channel pigeon"):
        plan(planned(channel="pigeon"))


def test_an_email_arrives_and_is_recorded(post: Post):
    plan(planned())
    assert send().sent == 1
    [letter] = post.letters()
    assert (letter["Subject"], letter.get_content().strip()) == ("还款提醒", "您好")
    assert str(letter["To"]) == "王小明 <wang@example.com>"
    [fact] = facts_of("C1")
    assert fact.kind == FactKind.CONTACT_MADE and fact.happened_at == NOON
    assert fact.payload == {
        "channel": "email",
        "direction": "out",
        "to": "debtor",
        "point": "wang@example.com",
        "by": "issuer",
        "purpose": "collect",
        "outcome": "delivered",
        "message": "m1",
        "clearance": "clearance:m1",
        "account": "A1",
        "template": "reminder_late",
        "text_sha256": sha256("还款提醒\n您好\n".encode()).hexdigest(),
    }


def test_sending_again_sends_nothing_again(post: Post):
    plan(planned())
    assert [send().sent, send().sent] == [1, 0]
    assert len(post.letters()) == 1 and len(facts_of("C1")) == 1


def test_an_sms_arrives_in_the_rehearsals_telephone(settings):
    plan(planned(**SMS))
    assert send().sent == 1
    [file] = (settings.OUTBOX_FOLDER / "sms").glob("*.json")
    assert json.loads(file.read_text()) == {"key": "m1", "to": "+8613800000001", "text": "您好\n"}


def test_the_telephone_takes_one_key_once(settings):
    for text in ("first", "second"):
        FileProvider().send("k", "+86138", text)
    [file] = (settings.OUTBOX_FOLDER / "sms").iterdir()
    assert json.loads(file.read_text())["text"] == "first"


def test_keys_that_look_alike_on_disk_stay_two_messages(settings):
    for key in ("a/b", "a:b", "../../a"):
        FileProvider().send(key, "+86138", "text")
    assert len(list((settings.OUTBOX_FOLDER / "sms").iterdir())) == 3


@pytest.mark.parametrize("spoiled", ["12ab", "", "+861380000\n0001", "+" + "1" * 20])
def test_what_is_no_number_fails_for_good(spoiled):
    plan(planned(channel="sms", point=spoiled))
    assert send().failed == 1
    assert facts() == [(FactKind.CONTACT_MADE, "failed")]


def test_a_passing_failure_is_tried_again_after_a_while(moody, later):
    plan(planned(**SMS))
    moody.moods = [TryLater("busy")]
    assert send().to_retry == 1 and state() == MessageState.WAITING and facts() == []
    assert send(wall_now=later(0.5)).sent == 0
    assert send(wall_now=later(2)).sent == 1
    assert moody.asked == ["m1", "m1"]


def test_after_five_attempts_it_fails_with_the_reason_and_frees_its_place(moody, later):
    plan(planned(**SMS))
    moody.moods = [TryLater("busy") for _ in range(5)]
    reports = [send(wall_now=later(wait)) for wait in (0, 2, 8, 24, 90, 500)]
    assert [report.to_retry for report in reports] == [1, 1, 1, 1, 0, 0]
    assert reports[4].failed == 1 and "given up after 5 attempts: busy" in queries.message("m1").last_error
    assert facts() == [(FactKind.CONTACT_MADE, "failed")]


def test_a_lasting_failure_is_not_tried_again(moody, later):
    plan(planned(**SMS))
    moody.moods = [Refused("no such number")]
    assert [send().failed, send(wall_now=later(60)).sent] == [1, 0]
    assert queries.message("m1").last_error == "no such number"


def test_a_provider_that_is_down_costs_no_attempt_and_is_asked_once(moody, later):
    plan(*(planned(f"m{number}", **SMS) for number in range(3)))
    moody.moods = [ChannelDown("no route")]
    report = send()
    assert report.down == (("sms", "no route"),) and moody.asked == ["m0"]
    assert {(m.state, m.attempts) for m in queries.messages_of("C1")} == {(MessageState.WAITING, 0)}
    assert send(wall_now=later(1)).sent == 3


def test_one_channel_down_stops_no_other(moody, post: Post):
    plan(planned("m1", **SMS), planned("m2"))
    moody.moods = [ChannelDown("no route")]
    assert send().sent == 1 and len(post.letters()) == 1


def test_a_fault_inside_a_provider_stops_no_other_message(moody):
    plan(planned("m1", **SMS), planned("m2", **SMS))
    moody.moods = [ZeroDivisionError("a bug of theirs")]
    report = send()
    assert (report.sent, report.to_retry) == (1, 1)
    assert "ZeroDivisionError" in queries.message("m1").last_error


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MORNING - timedelta(seconds=1), (0, 0)),
        (MORNING, (1, 0)),
        (EVENING, (1, 0)),
        (EVENING + timedelta(microseconds=1), (0, 1)),
    ],
)
def test_nothing_leaves_outside_its_window_not_even_by_a_moment(now, expected):
    plan(planned(**SMS))
    report = send(now=now)
    assert (report.sent, report.expired) == expected


def test_what_missed_its_window_never_goes_out_late_and_says_why():
    plan(planned(**SMS))
    send(now=EVENING + timedelta(minutes=1))
    assert send(now=NOON + timedelta(days=1)).sent == 0
    [fact] = facts_of("C1")
    assert fact.kind == FactKind.CONTACT_WITHDRAWN and "时段已过" in fact.payload["because"]["zh"]


@pytest.mark.parametrize("hours", [-30, -8, 11, 30])
def test_a_rehearsed_noon_reaches_no_real_person_at_a_forbidden_hour(settings, hours):
    settings.SMS_PROVIDER = f"{__name__}.Real"
    plan(planned(**SMS))
    report = send(now=NOON, wall_now=NOON + timedelta(hours=hours))
    assert report.sent == 0 and report.held + report.expired == 1
    assert not (settings.OUTBOX_FOLDER / "sms").exists()


def test_a_real_person_is_reached_when_both_clocks_allow_it_and_the_wall_clock_is_recorded(settings):
    settings.SMS_PROVIDER = f"{__name__}.Real"
    plan(planned(**SMS))
    real = NOON + timedelta(hours=1)
    assert send(now=NOON, wall_now=real).sent == 1
    assert timedelta(0) <= facts_of("C1")[0].happened_at - real < timedelta(minutes=1)


def test_live_makes_even_the_file_provider_heed_the_wall_clock(settings):
    settings.LIVE = True
    plan(planned(**SMS))
    assert send(now=NOON, wall_now=NOON - timedelta(hours=9)).held == 1


def test_what_is_no_longer_cleared_does_not_leave():
    plan(planned("m1", **SMS), planned("m2", **SMS))
    report = send(still_clear=lambda keys, at: keys - {"clearance:m1"})
    assert (report.sent, report.withdrawn) == (1, 1)
    assert (state("m1"), state("m2")) == (MessageState.WITHDRAWN, MessageState.SENT)
    assert (FactKind.CONTACT_WITHDRAWN, None) in facts()


def test_a_payment_takes_back_what_waits_and_leaves_other_accounts_alone():
    other = planned("m2", customer_ref="C2", account_ref="A2", **SMS)
    plan(planned(**SMS), other)
    assert actions.withdraw(account_refs=["A1"], because=PAID, now=NOON) == 1
    assert send().sent == 1 and state("m1") == MessageState.WITHDRAWN
    [fact] = facts_of("C1")
    assert (fact.kind, fact.payload["because"]) == (FactKind.CONTACT_WITHDRAWN, PAID.as_json())


def test_a_message_withdrawn_in_a_senders_hands_is_not_tried_a_second_time(moody, later):
    plan(planned(**SMS))
    Message.objects.update(state=MessageState.SENDING, leased_by="elsewhere", lease_until=later(5))
    assert actions.withdraw(account_refs=["A1"], because=PAID, now=NOON) == 0
    assert send(wall_now=later(6)).withdrawn == 1 and moody.asked == []
    assert facts_of("C1")[0].payload["because"] == PAID.as_json()


def test_withdrawing_twice_withdraws_once():
    plan(planned(**SMS))
    taken = [actions.withdraw(account_refs=["A1"], because=PAID, now=NOON) for _ in range(2)]
    assert taken == [1, 0] and len(facts_of("C1")) == 1


def test_what_the_customer_asked_for_is_not_withdrawn():
    plan(planned(purpose=Purpose.SERVICE, **SMS))
    assert actions.withdraw(account_refs=["A1"], because=PAID, now=NOON) == 0
    assert send().sent == 1


def test_nobody_is_asked_about_a_login_code():
    plan(planned("code", account_ref=None, **CODE, **SMS))
    assert send(still_clear=lambda keys, at: pytest.fail("nobody is to be asked")).sent == 1
    assert facts_of("C1")[0].payload["purpose"] == "service"


def test_a_secret_is_erased_once_it_has_left(settings):
    plan(planned(secret=True, **SMS))
    assert queries.message("m1").body == "您好\n"
    send()
    assert queries.message("m1").body == ""


def test_a_lease_that_ran_out_is_sent_again_with_the_same_key(moody, later):
    plan(planned(**SMS))
    Message.objects.update(
        state=MessageState.SENDING, leased_by="another machine", lease_until=later(5), attempts=1
    )
    report = send(wall_now=later(4))
    assert (report.sent, report.in_hand) == (0, 1)
    assert send(wall_now=later(6)).sent == 1 and moody.asked == ["m1"]


def test_a_message_in_doubt_that_misses_its_window_counts_as_a_contact(later):
    plan(planned(**SMS))
    Message.objects.update(state=MessageState.SENDING, leased_by="elsewhere", lease_until=later(5))
    send(now=EVENING + timedelta(hours=1))
    assert state() == MessageState.EXPIRED and facts() == [(FactKind.CONTACT_MADE, "unknown")]


def test_who_got_there_first_is_the_one_who_records(moody, monkeypatch):
    plan(planned(**SMS))

    def overtaken(self, message: Outgoing) -> Receipt:
        Message.objects.update(leased_by="somebody quicker")
        return Receipt("file", "x")

    monkeypatch.setattr("arrears.contact.channels.sms.SmsChannel.send", overtaken)
    assert send().sent == 0 and facts() == []


def test_an_interrupted_sender_leaves_nothing_in_its_hands(moody, monkeypatch):
    plan(*(planned(f"m{number}", **SMS) for number in range(3)))

    def stop(self, message: Outgoing) -> Receipt:
        raise SystemExit(143)

    monkeypatch.setattr("arrears.contact.channels.sms.SmsChannel.send", stop)
    with pytest.raises(SystemExit):
        send()
    rows = Message.objects.order_by("pk").values_list("state", "in_doubt", "attempts")
    assert list(rows) == [("waiting", True, 1), ("waiting", False, 0), ("waiting", False, 0)]


def test_only_so_many_are_sent_as_asked_for():
    plan(*(planned(f"m{number}", **SMS) for number in range(5)))
    heard: list[int] = []
    assert send(limit=3, on_progress=heard.append).sent == 3
    assert heard == [3] and queries.waiting_count() == 2


def test_the_outbox_can_be_read_by_customer_by_day_and_by_state():
    plan(planned(**SMS), planned("m2", customer_ref="C2", account_ref="A2", **SMS))
    send(only=["m1"])
    assert [message.key for message in queries.messages_of("C2")] == ["m2"]
    assert [message.key for message in queries.messages_on(planned().planned_on)] == ["m1", "m2"]
    counts = queries.by_state(planned_on=planned().planned_on)
    assert (counts[MessageState.SENT], counts[MessageState.WAITING], counts[MessageState.FAILED]) == (1, 1, 0)
