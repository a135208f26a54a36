"""One-time codes prove who holds the phone, and tell nobody whom we know."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from arrears.casebook.actions import enter
from arrears.casebook.queries import facts_of, persons
from arrears.casebook.types import BookRows
from arrears.contact import actions, codes, queries
from arrears.contact.models import Message, OneTimeCode
from arrears.contact.tests.town import people
from arrears.contact.types import CodeSent

NIGHT = datetime(2026, 11, 21, 18, tzinfo=UTC)  # 2:00 in Shanghai
NUMBER = "+8613800000001"


@pytest.fixture
def town(db, home):
    live_here()


def live_here() -> None:
    people()
    points = [("C1", "mobile", NUMBER, None), ("C1", "email", "wang@example.com", None)]
    enter(rows=BookRows(contact_points=points), now=NIGHT)


def ask(*, now: datetime = NIGHT, known: bool = True, **different) -> CodeSent:
    point = next(point for point in persons(["C1"])["C1"].points if point.kind == "mobile")
    usual = {
        "customer_ref": "C1" if known else None,
        "point_key": point.key if known else None,
        "asked_as": NUMBER if known else "+8613900000000",
        "asked_from": "203.0.113.7",
        "now": now,
        "run": lambda work: work(),
    }
    return actions.send_code(**{**usual, **different})


def received(settings) -> list[str]:
    files = sorted((settings.OUTBOX_FOLDER / "sms").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    return [re.search(r"验证码(\d{6})", json.loads(file.read_text())["text"])[1] for file in files]


def check(sent: CodeSent, code: str, *, now: datetime = NIGHT) -> str | None:
    return actions.check_code(ticket=sent.ticket, code=code, now=now).customer_ref


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_code_that_arrives_opens_the_door_even_at_night(town, settings):
    sent = ask()
    [code] = received(settings)
    assert check(sent, f" {code} ") == "C1"


def test_it_is_recorded_as_a_service_the_customer_asked_for(town):
    ask()
    [fact] = facts_of("C1")
    assert (fact.payload["purpose"], fact.payload["clearance"], fact.payload["outcome"]) == (
        "service",
        "",
        "delivered",
    )


def test_a_code_opens_once(town, settings):
    sent = ask()
    [code] = received(settings)
    assert [check(sent, code), check(sent, code)] == ["C1", None]


@pytest.mark.parametrize(("minutes", "opens"), [(9, True), (10, True), (10.01, False), (600, False)])
def test_a_code_is_good_for_ten_minutes(town, settings, minutes, opens):
    sent = ask()
    [code] = received(settings)
    assert (check(sent, code, now=NIGHT + timedelta(minutes=minutes)) == "C1") is opens


def test_five_wrong_tries_close_the_door_to_the_right_code_too(town, settings):
    sent = ask()
    [code] = received(settings)
    left = [actions.check_code(ticket=sent.ticket, code=other(code), now=NIGHT).tries_left for _ in range(6)]
    assert left == [4, 3, 2, 1, 0, 0] and check(sent, code) is None


def test_the_fifth_try_may_still_be_right(town, settings):
    sent = ask()
    [code] = received(settings)
    assert [check(sent, other(code)) for _ in range(4)] == [None] * 4
    assert check(sent, code) == "C1"


def test_a_code_does_not_fit_another_ticket(town, settings):
    first, second = ask(), ask()
    one, two = received(settings)
    if one != two:
        assert check(second, one) is None
    assert check(first, one) == "C1"


@pytest.mark.parametrize("nonsense", ["", "abc", "12345", "１２３４５６", "0" * 10_000, "\x00"])
def test_nonsense_is_a_wrong_code(town, nonsense):
    assert check(ask(), nonsense) is None
    assert actions.check_code(ticket=nonsense, code="123456", now=NIGHT).customer_ref is None


def test_the_database_and_the_outbox_keep_neither_code_nor_number_nor_ticket(town, settings):
    sent = ask()
    [code] = received(settings)
    kept = str(list(OneTimeCode.objects.values())) + str(list(Message.objects.values("body", "subject")))
    for secret in (code, NUMBER, sent.ticket, "203.0.113.7"):
        assert secret not in kept


def test_a_stranger_gets_the_same_answer_and_nothing_is_sent(town):
    known, stranger = ask(), ask(known=False)
    assert len(known.ticket) == len(stranger.ticket) and known.expires_at == stranger.expires_at
    assert queries.waiting_count() == 0 and Message.objects.count() == 1
    wrong = [actions.check_code(ticket=who.ticket, code="x", now=NIGHT) for who in (known, stranger)]
    assert wrong[0] == wrong[1]


def test_the_request_does_the_same_work_for_strangers(town, django_assert_num_queries):
    never = {"run": lambda work: None}
    for known in (True, False):
        with django_assert_num_queries(11):
            ask(known=known, **never)


@pytest.mark.parametrize("known", [True, False])
def test_three_codes_in_ten_minutes_are_enough_for_one_number_known_or_not(town, known):
    for minute in (0, 4, 8):
        ask(known=known, now=NIGHT + timedelta(minutes=minute))
    with pytest.raises(codes.UnableToSendCode) as refused:
        ask(known=known, now=NIGHT + timedelta(minutes=9))
    assert refused.value.again_at == NIGHT + timedelta(minutes=10)
    ask(known=known, now=NIGHT + timedelta(minutes=10))


def test_the_same_number_written_in_capitals_or_with_spaces_is_the_same_number(town):
    for typed in ("wang@example.com", " WANG@example.com", "Wang@Example.com "):
        ask(asked_as=typed)
    with pytest.raises(codes.UnableToSendCode):
        ask(asked_as="wang@example.com")


def test_one_address_cannot_ask_for_everybody(town):
    for number in range(20):
        ask(known=False, asked_as=f"+86139{number:08d}")
    with pytest.raises(codes.UnableToSendCode):
        ask(known=False, asked_as="+8613912345678")
    ask(known=False, asked_as="+8613912345678", asked_from="198.51.100.1")


def test_one_customer_gets_ten_a_day_whatever_was_typed_and_the_eleventh_looks_the_same(town, settings):
    for number in range(11):
        ask(asked_as=f"alias {number}", asked_from=f"198.51.100.{number}")
    assert len(received(settings)) == 10


def test_a_point_of_somebody_else_gets_nothing(town):
    ask(customer_ref="C2", asked_as="li")
    assert Message.objects.count() == 0


def test_old_rows_do_not_pile_up(town):
    ask()
    ask(now=NIGHT + timedelta(days=31))
    assert OneTimeCode.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_no_more_than_five(home):
    live_here()
    sent = ask()
    counted: list[int] = []

    def guess() -> None:
        counted.append(actions.check_code(ticket=sent.ticket, code="wrong", now=NIGHT).tries_left)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OneTimeCode.objects.get().tries == 5


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_are_held_to_the_limit(home):
    live_here()
    answers: list[str] = []

    def request() -> None:
        try:
            ask()
            answers.append("sent")
        except codes.UnableToSendCode:
            answers.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["refused"] * 5 + ["sent"] * 3


@pytest.mark.django_db(transaction=True)
def test_the_code_is_sent_beside_the_request(home, settings):
    live_here()
    done = threading.Event()

    def run(work) -> None:
        codes.in_background(lambda: (work(), done.set()))

    sent = ask(run=run)
    assert done.wait(10)
    assert check(sent, received(settings)[0]) == "C1"
