"""The gate for the record: answers kept, places taken, used once, given back."""

from datetime import timedelta

import pytest
from django.db import connection

from arrears.casebook.types import FactKind
from arrears.clearance import actions, queries, records
from arrears.clearance.actions import UnableToAsk, UnableToUseClearance
from arrears.clearance.models import Budget, Clearance
from arrears.clearance.tests.town import BOOK, CAST, DAY, HOUR, NOON, ask, asking, happened, people, rules
from arrears.clearance.types import Answer, Override

pytestmark = pytest.mark.django_db
ATTEMPTS, CONVERSATIONS = "cn.cba2026.attempts_per_point", "cn.gbt45251.conversations"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def town(db):
    people()


def test_a_clearance_says_when_it_may_be_used():
    clearance = ask()
    assert clearance.answer is Answer.CLEARED
    assert clearance.not_before == NOON
    assert clearance.until == NOON + 10 * HOUR - SECOND  # the last second before 22:00


def test_a_live_call_keeps_its_place_for_minutes_only():
    assert ask(channel="call", valid_for=timedelta(minutes=15)).until == NOON + timedelta(minutes=15)


def test_the_same_question_is_answered_once():
    first = ask("p1")
    happened(FactKind.OBJECTION, account="A1")
    assert ask("p1") == first
    assert Clearance.objects.count() == 1


def test_a_refusal_is_kept_with_its_rules_and_from_when():
    clearance = ask(at=NOON + 11 * HOUR)
    assert clearance.answer is Answer.DEFERRED
    assert clearance.cured_at == NOON + 20 * HOUR  # eight in the morning
    assert rules(clearance) == {"cn.cba2026.quiet_hours", "cn.gbt45251.quiet_hours"}
    assert Clearance.objects.get().refusals[0]["zh"].startswith("对方当地时间 23:00")


def test_six_calls_planned_leave_no_seventh_on_that_number():
    for number in range(3):
        ask(f"p{number}", channel="call")
    assert rules(ask("p3", channel="call")) == {CONVERSATIONS}  # each may yet become a conversation
    for clearance in Clearance.objects.filter(verdict="cleared"):
        actions.use(clearance_key=str(clearance.key), outcome="no_answer", at=NOON)
    for number in range(4, 7):
        ask(f"p{number}", channel="call", at=NOON + number * HOUR)
    assert ATTEMPTS in rules(ask("p7", channel="call", at=NOON + 8 * HOUR))


def test_a_place_given_back_is_free_again():
    taken = [ask(f"p{number}", channel="call") for number in range(3)]
    assert not ask("p3", channel="call").cleared
    assert actions.release(clearance_keys=[taken[0].key], because="the customer paid", now=NOON) == 1
    assert ask("p4", channel="call").cleared


def test_a_place_not_used_in_time_is_free_again():
    for number in range(3):
        ask(f"p{number}", channel="call", valid_for=timedelta(minutes=10))
    assert ask("p4", channel="call", at=NOON + 3 * HOUR).cleared
    assert actions.release_expired(now=NOON + 3 * HOUR) == 0  # the question gave them back


def test_a_place_others_may_have_had_is_not_used_by_a_late_report():
    late = ask("late", channel="call", valid_for=timedelta(minutes=10))
    ask("next", channel="call", at=NOON + 3 * HOUR)
    with pytest.raises(UnableToUseClearance, match="expired unused"):
        actions.use(clearance_key=late.key, outcome="conversation", at=NOON)


def test_places_nobody_asks_about_again_are_given_back_too():
    for number in range(3):
        ask(f"p{number}", channel="call", valid_for=timedelta(minutes=10))
    assert actions.release_expired(now=NOON + 3 * HOUR) == 3


def test_before_a_round_expired_places_are_free_and_everybody_has_a_lock(monkeypatch):
    monkeypatch.setattr(actions, "SWEPT_AT_ONCE", 2)
    monkeypatch.setattr(records, "OPENED_AT_ONCE", 2)
    gone = [ask(f"p{number}", channel="call", valid_for=timedelta(minutes=10)) for number in range(3)]
    ask("p4", at=NOON + 3 * HOUR)
    actions.make_ready(now=NOON + 3 * HOUR)
    given_back = Clearance.objects.filter(released_because="expired unused").values_list("key", flat=True)
    assert set(map(str, given_back)) == {clearance.key for clearance in gone}
    assert set(Budget.objects.values_list("customer", flat=True)) == set(CAST)


def test_a_clearance_serves_once():
    clearance = ask()
    actions.use(clearance_key=clearance.key, outcome="delivered", at=NOON)
    with pytest.raises(UnableToUseClearance, match="was used at"):
        actions.use(clearance_key=clearance.key, outcome="delivered", at=NOON)


def test_a_refusal_gives_no_leave():
    clearance = ask(at=NOON + 11 * HOUR)
    with pytest.raises(UnableToUseClearance, match="it was deferred"):
        actions.use(clearance_key=clearance.key, outcome="delivered", at=NOON + 11 * HOUR)


def test_outside_its_window_a_clearance_gives_no_leave():
    clearance = ask()
    with pytest.raises(UnableToUseClearance, match="it stands from"):
        actions.use(clearance_key=clearance.key, outcome="delivered", at=NOON + 12 * HOUR)


def test_a_contact_the_casebook_knows_is_not_counted_twice():
    clearance = ask(channel="call")
    actions.use(clearance_key=clearance.key, outcome="no_answer", at=NOON)
    happened(
        FactKind.CONTACT_MADE, channel="call", outcome="no_answer", clearance=clearance.key, point="mobile-1"
    )
    assert len(queries.history_of("C1", now=NOON)) == 1


def test_a_withdrawn_contact_frees_its_place():
    clearance = ask()
    happened(FactKind.CONTACT_WITHDRAWN, channel="sms", to="debtor", clearance=clearance.key)
    assert queries.history_of("C1", now=NOON) == ()


def test_calls_of_an_agency_count_in_the_same_budget():
    for number in range(3):
        at = NOON - (number + 1) * HOUR
        happened(FactKind.CONTACT_MADE, at=at, channel="call", by="agency:A", outcome="conversation")
    assert rules(ask(channel="call")) == {CONVERSATIONS}


def test_a_hold_recorded_after_the_clearance_stops_it_on_every_channel():
    clearance = ask()
    assert queries.still_clear([clearance.key], at=NOON) == {clearance.key}
    happened(FactKind.COMPLAINT, at=NOON)
    assert queries.still_clear([clearance.key], at=NOON) == set()


def test_five_cleared_messages_are_each_still_clear():
    keys = {ask(f"p{number}").key for number in range(5)}
    assert not ask("p5").cleared
    assert queries.still_clear(keys, at=NOON) == keys


def test_a_key_nobody_gave_is_not_clear():
    assert queries.still_clear(["clearance:m1"], at=NOON) == set()


def test_an_objection_to_one_account_leaves_the_other_open():
    happened(FactKind.OBJECTION, account="A1")
    assert rules(ask("p1")) == {"cn.card2011.art69_objection"}
    assert ask("p2", account_ref="B1").cleared
    assert not ask("p3", account_ref=None).cleared  # which account is not said: the stricter reading


def test_a_lifted_hold_holds_no_more():
    key = happened(FactKind.HARDSHIP)
    assert not ask("p1").cleared
    happened(FactKind.HOLD_LIFTED, at=NOON, fact=key, reason="back at work")
    assert ask("p2").cleared


def test_an_agreement_stops_collection_until_it_breaks():
    happened(FactKind.AGREEMENT, account="A1", state="performing")
    assert rules(ask("p1")) == {"cn.card2011.art70_agreement"}
    happened(FactKind.AGREEMENT, at=NOON, account="A1", state="broken")
    assert ask("p2").cleared


def test_the_night_shift_nurse_is_reached_when_she_asked_to_be():
    happened(FactKind.ASKED_HOURS, "C5", hours="14:00-20:00")
    clearance = ask(customer="C5")
    assert clearance.answer is Answer.DEFERRED and clearance.cured_at == NOON + 2 * HOUR


def test_who_moved_abroad_is_reached_on_the_clock_over_there():
    assert not ask("p1", "C6").cleared  # noon in Shanghai is midnight in New York
    assert ask("p2", "C6", at=NOON + 9 * HOUR).cleared


def test_who_may_be_in_two_places_is_reached_when_both_are_awake():
    happened(FactKind.MAY_BE_IN, "C6", zones=["America/New_York", "Asia/Shanghai"])
    assert not ask("p1", "C6", at=NOON + 2 * HOUR).cleared
    assert ask("p2", "C6", at=NOON + 9 * HOUR).cleared  # 21:00 and 9:00


def test_a_zone_no_map_knows_leaves_home_to_be_fine_too():
    happened(FactKind.MAY_BE_IN, "C1", zones=["Asia/Atlantis", "America/New_York"])
    assert queries.known_about(["C1"], now=NOON)["C1"].zones == ("America/New_York", "Asia/Shanghai")


def test_hours_asked_that_nobody_can_read_stop_contact_until_someone_looks():
    happened(FactKind.ASKED_HOURS, hours="after lunch")
    assert ask().answer is Answer.REFUSED


def test_an_opt_out_closes_one_channel():
    happened(FactKind.OPTED_OUT, channel="sms")
    assert not ask("p1").cleared
    assert ask("p2", channel="email").cleared


def test_an_agency_needs_the_case_and_the_debtor_told():
    assert rules(ask("p1", by="agency:A")) == {"cn.consumer2022.art41_told"}
    happened(FactKind.ASSIGNED, agency="agency:A", on_list=True)
    happened(FactKind.TOLD_OF_ASSIGNMENT, agency="agency:A")
    assert ask("p2", by="agency:A").cleared
    assert rules(ask("p3", by="agency:B")) == {"cn.pipl.entrusted"}


def test_a_supervisor_overrides_a_should_with_a_reason_on_record():
    happened(FactKind.COMPLAINT)
    word = Override("zhang", "the customer asked us to ring back about it")
    clearance = ask(override=word)
    assert clearance.cleared and clearance.overridden_by == "zhang"
    assert rules(clearance) == {"house.complaint"}
    assert queries.still_clear([clearance.key], at=NOON) == {clearance.key}


def test_nobody_overrides_a_must():
    assert not ask(at=NOON + 11 * HOUR, override=Override("zhang", "urgent")).cleared


def test_an_unknown_customer_is_refused_by_name():
    with pytest.raises(UnableToAsk, match="C99"):
        ask(customer="C99", account_ref=None)


def test_many_at_once_are_answered_in_the_order_asked_and_share_the_budget():
    askings = [asking(f"p{number}", customer) for number in range(6) for customer in ("C1", "C2")]
    answers = actions.ask_many(askings=askings, book=BOOK, now=NOON)
    assert [answer.proposal_key for answer in answers] == [asked.key for asked in askings]
    assert sum(answer.cleared for answer in answers) == 10


def test_the_page_asks_without_taking_a_place():
    verdict = queries.would_clear(asking(channel="call"), book=BOOK, now=NOON)
    assert verdict.cleared and {counter.most for counter in verdict.counters} == {6, 3}
    assert Clearance.objects.count() == 0


def test_holds_in_force_are_listed_with_the_facts_they_rest_on():
    key = happened(FactKind.DISPUTE, account="A1")
    held = queries.holds_in_force(["C1", "C2"], on=DAY)
    assert [(hold.customer_ref, hold.account_ref, hold.kind, hold.fact_key) for hold in held] == [
        ("C1", "A1", "dispute", key)
    ]


def test_a_customer_taken_out_by_hand_is_unknown_though_the_budget_stands():
    ask("before")
    with connection.cursor() as cursor:
        cursor.execute("update casebook_customer set ref = 'gone' where ref = 'C1'")
    with pytest.raises(UnableToAsk, match="C1"):
        ask("after")
