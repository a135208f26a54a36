"""Day by day: promises and agreements kept, missed, made good, broken; who may call meanwhile."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from arrears.arrangements import actions, models, queries
from arrears.arrangements.tests.town import (
    AGENT,
    CUSTOMER,
    DAY,
    HARD,
    LEADER,
    TODAY,
    accept,
    agreed,
    bounces,
    follow,
    follow_until,
    noon,
    offer,
    pays,
    people,
)
from arrears.arrangements.types import Kind, OfferState, PromiseState
from arrears.casebook import queries as casebook
from arrears.casebook.types import FactKind
from arrears.clearance import actions as clearance
from arrears.clearance.types import Asking, Proposal
from arrears.contact import queries as contact
from arrears.reckoning import queries as reckoning
from arrears.strategy.queries import proposals_of

pytestmark = pytest.mark.django_db
FIRST = date(2026, 6, 15)  # the first instalment's day; ten days of grace follow
BREAKS = FIRST + 10 * DAY


@pytest.fixture(autouse=True)
def town(db):
    people()


def may_we(now: datetime, *, by="issuer", channel="sms", purpose="collect", account="A1"):
    """Put a contact to the gate; the rules that refuse it."""
    proposal = Proposal(
        at=now, channel=channel, point="+8615490000001", by=by, purpose=purpose, debts=(account,)
    )
    key = f"{now}:{by}:{channel}:{purpose}:{account}:{models.Promise.objects.count()}"
    book = "cn.agency" if by.startswith("agency") else "cn.card_issuer"
    asked = Asking(key, f"C{account[1:]}", proposal, account)
    return {no.rule_id for no in clearance.ask(asking=asked, book=book, now=now).refusals}


COLLECTORS = [
    {"by": "issuer", "channel": "call"},
    {"by": "issuer", "channel": "sms"},
    {"by": "issuer", "channel": "robot_call"},
    {"by": "issuer", "channel": "letter"},
    {"by": "agency:north", "channel": "call"},
    {"by": "agency:north", "channel": "sms"},
    {"by": "agency:north", "channel": "robot_call"},
]
PEACE = "cn.card2011.art70_agreement"


POORER = replace(HARD, sustainable_cents=22_000)  # less than the plan asks for


# --- peace while it is kept


@pytest.mark.parametrize("day", [TODAY, FIRST, FIRST + DAY, BREAKS])
def test_while_an_agreement_is_kept_nobody_collects(day):
    agreed()
    for each in {TODAY, FIRST + DAY, day}:  # the rounds in which something happens
        follow(min(each, day), proposes=False)
    assert [who for who in COLLECTORS if PEACE not in may_we(noon(day, 15), **who)] == []


def test_the_moment_it_breaks_all_of_them_may_again():
    agreed()
    follow(BREAKS + DAY, proposes=False)
    assert [who for who in COLLECTORS if PEACE in may_we(noon(BREAKS + DAY, 15), **who)] == []


def test_the_issuers_own_message_is_cleared_again_the_moment_it_breaks():
    agreed()
    follow(BREAKS + DAY, proposes=False)
    assert may_we(noon(BREAKS + DAY, 15)) == set()


def test_the_break_counts_from_the_end_of_the_last_day_of_grace():
    agreed()
    follow(BREAKS + DAY, proposes=False)
    [_, broken] = [fact for fact in casebook.facts_of("C1") if fact.kind is FactKind.AGREEMENT]
    assert broken.happened_at == noon(BREAKS + DAY, 0)


def test_another_account_of_another_customer_is_not_held():
    agreed()
    assert may_we(noon(hour=15), account="A2") == set()


def test_what_the_agreement_itself_asks_us_to_say_may_be_said():
    agreed()
    assert may_we(noon(hour=15), purpose="agreement_reminder") == set()


@pytest.mark.parametrize("kind", [Kind.EXTENSION, Kind.INSTALMENT_BALANCE])
def test_every_kind_of_agreement_brings_peace(kind):
    agreed(kind, **({"day": FIRST} if kind is Kind.EXTENSION else {"months": 6}))
    assert PEACE in may_we(noon(hour=15))


# --- following the money


def test_paid_in_time_nothing_is_missed():
    seen = agreed()
    pays(seen.schedule.parts[0].due_cents, FIRST)
    reports = follow_until(FIRST + 5 * DAY)
    assert sum(report.missed for report in reports) == 0


def test_missed_and_made_good_are_facts_and_nothing_is_lost():
    seen = agreed()
    follow_until(FIRST + 2 * DAY)
    pays(seen.schedule.parts[0].due_cents, FIRST + 2 * DAY)
    follow_until(BREAKS + 3 * DAY, FIRST + 3 * DAY)
    steps = [fact.payload["step"] for fact in casebook.facts_of("C1") if fact.kind is FactKind.AGREEMENT_STEP]
    assert steps == ["missed", "cured"] and queries.agreement("a1").state == "performing"


def test_a_day_followed_twice_adds_nothing():
    agreed()
    follow_until(FIRST + 2 * DAY)
    follow(FIRST + 2 * DAY)
    steps = [fact.key for fact in casebook.facts_of("C1") if fact.kind is FactKind.AGREEMENT_STEP]
    assert len(steps) == 1


def test_broken_says_why_and_what_is_left_is_the_principal_agreed():
    seen = agreed()
    pays(seen.schedule.parts[0].due_cents, FIRST)
    for day in (FIRST + DAY, date(2026, 7, 16), date(2026, 7, 26)):
        follow(day, proposes=False)
    ended = queries.agreement("a1")
    assert (ended.state, ended.ended_date) == ("broken", date(2026, 7, 25))
    assert "2026-07-15" in ended.ended_because.en
    owed = reckoning.owed(history=casebook.history_of("A1"), as_of=date(2026, 7, 26))
    assert owed.payoff_cents == seen.schedule.principal_cents - seen.schedule.parts[0].principal_cents


def test_money_of_an_earlier_day_posted_late_takes_the_break_back():
    seen = agreed()
    follow(BREAKS + DAY, proposes=False)
    assert queries.agreement("a1").state == "broken"
    pays(seen.schedule.parts[0].due_cents, FIRST, learned=noon(BREAKS + 2 * DAY, 9))
    report = follow(BREAKS + 2 * DAY)
    assert report.corrected == 1 and queries.agreement("a1").state == "performing"
    assert PEACE in may_we(noon(BREAKS + 2 * DAY, 15))
    owed = reckoning.owed(history=casebook.history_of("A1"), as_of=BREAKS + 2 * DAY)
    assert owed.payoff_cents == 0


def test_a_payment_that_bounced_is_no_payment():
    seen = agreed()
    ref = pays(seen.schedule.parts[0].due_cents, FIRST)
    bounces(ref, seen.schedule.parts[0].due_cents, FIRST + 3 * DAY)
    follow(FIRST + 14 * DAY, proposes=False)
    assert queries.agreement("a1").ended_date == FIRST + 13 * DAY


def test_paid_off_early_it_is_done_and_costs_no_more():
    seen = agreed()
    pays(queries.left_if_paid_off("a1", on=TODAY + DAY), TODAY + DAY)
    follow_until(TODAY + 3 * DAY)
    assert queries.agreement("a1").state == "done"
    owed = reckoning.owed(history=casebook.history_of("A1"), as_of=TODAY + 3 * DAY)
    assert owed.payoff_cents == 0 and seen.schedule.due_cents == 621_377


def test_money_that_was_there_before_the_word_was_given_does_not_count_for_it():
    pays(100_000, TODAY, learned=noon(hour=8))
    agreed()
    assert queries.standing_of("a1", on=FIRST).parts[0].paid_cents == 0


def test_without_the_agreement_more_would_be_owed():
    agreed()
    follow_until(FIRST + DAY)
    assert queries.owed_without("a1", on=date(2026, 12, 1)) > 621_377


# --- the question what changed, and one renegotiation


def test_the_day_before_an_instalment_the_customer_is_reminded():
    agreed()
    follow(FIRST - DAY)
    [message] = contact.messages_of("C1")
    assert (message.template, message.channel) == ("agreement_reminder", "sms")
    assert "2026年6月15日" in message.body and "258.90" in message.body


def test_after_the_first_missed_instalment_we_ask_what_changed_once():
    agreed()
    for number in range(1, 5):
        follow(FIRST + number * DAY)
    asked = [one for one in proposals_of("A1") if one.template == "agreement_missed"]
    assert [one.on_date for one in asked] == [FIRST + DAY]
    assert "2026年6月25日" in contact.messages_of("C1")[0].body


def test_a_renegotiation_on_the_table_keeps_the_agreement_from_breaking():
    agreed()
    follow(FIRST + 9 * DAY, proposes=False)
    again = offer(Kind.PERSONAL, "again", months=30, on=FIRST + 9 * DAY, who=LEADER, told=POORER)
    follow(BREAKS + DAY, proposes=False)
    assert queries.agreement("a1").state == "performing" and again.content["replaces"] == "a1"


def test_renegotiated_once_the_new_plan_takes_its_place():
    agreed()
    follow_until(FIRST + DAY)
    on = FIRST + DAY
    new = accept(offer(Kind.PERSONAL, "again", months=30, on=on, who=LEADER, told=POORER), "a2", on=on)
    assert (queries.agreement("a1").state, new.state) == ("replaced", "performing")
    assert new.schedule.principal_cents == 621_377
    assert PEACE in may_we(noon(on, 15))


def test_a_second_renegotiation_is_refused():
    test_renegotiated_once_the_new_plan_takes_its_place()
    with pytest.raises(actions.UnableToOffer, match="renegotiated"):
        offer(Kind.PERSONAL, "thrice", months=36, on=FIRST + 2 * DAY, who=LEADER, told=POORER)


# --- promises to pay


def promise(cents=60_000, day=TODAY + 3 * DAY, key="p1", *, who=AGENT, on=TODAY, **how):
    return actions.record_promise(
        key=key, account_ref="A1", cents=cents, day=day, channel="call", who=who, now=noon(on), **how
    )


def test_while_a_promise_runs_nobody_collects_and_after_its_day_they_may():
    promise()
    for day in (TODAY, TODAY + 3 * DAY):
        assert "house.promise" in may_we(noon(day, 15), by="agency:north", channel="call")
        assert may_we(noon(day, 16)) == {"house.promise"}
    follow(TODAY + 4 * DAY, proposes=False)
    assert may_we(noon(TODAY + 4 * DAY, 15)) == set()


@pytest.mark.parametrize(("cents", "became"), [(60_000, "kept"), (30_000, "part_kept"), (1_000, "broken")])
def test_the_money_decides_at_the_end_of_the_day_promised(cents, became):
    promise()
    pays(cents, TODAY + 3 * DAY)
    follow(TODAY + 3 * DAY)
    assert queries.promises_of("A1")[0].state is PromiseState.RUNNING
    follow(TODAY + 4 * DAY)
    assert queries.promises_of("A1")[0].state == became


def test_money_a_day_late_does_not_keep_it():
    promise()
    pays(60_000, TODAY + 4 * DAY)
    follow(TODAY + 5 * DAY)
    assert queries.promises_of("A1")[0].state is PromiseState.BROKEN


def test_money_of_the_day_posted_later_corrects_the_verdict_as_a_new_fact():
    promise()
    follow(TODAY + 4 * DAY)
    pays(60_000, TODAY + 3 * DAY, learned=noon(TODAY + 6 * DAY, 8))
    follow(TODAY + 6 * DAY)
    told = [fact.payload for fact in casebook.facts_of("C1") if fact.kind is FactKind.PROMISE]
    assert [one["state"] for one in told] == ["running", "broken", "kept"]
    assert [one["corrects"] for one in told] == [False, False, True]


def test_a_correction_of_an_old_promise_leaves_a_running_one_in_force():
    promise()
    follow(TODAY + 4 * DAY)
    promise(key="p2", day=TODAY + 9 * DAY, on=TODAY + 4 * DAY)
    pays(60_000, TODAY + 3 * DAY, learned=noon(TODAY + 6 * DAY, 8))
    follow(TODAY + 6 * DAY)
    assert may_we(noon(TODAY + 6 * DAY, 15)) == {"house.promise"}


def test_the_day_before_the_customer_is_reminded_by_the_channel_they_prefer():
    promise(remind_by="sms")
    follow(TODAY + 2 * DAY)
    [message] = contact.messages_of("C1")
    assert (message.channel, message.template) == ("sms", "agreement_reminder")


def test_after_a_broken_promise_we_ask_what_happened():
    promise()
    follow(TODAY + 4 * DAY)
    assert [one.template for one in proposals_of("A1")] == ["promise_broken"]


def test_after_a_kept_promise_nothing_is_said():
    promise()
    pays(60_000, TODAY + 1 * DAY)
    follow(TODAY + 4 * DAY)
    assert proposals_of("A1") == []


def test_a_day_only_caught_up_on_writes_to_nobody():
    promise()
    follow(TODAY + 4 * DAY, proposes=False)
    assert proposals_of("A1") == [] and queries.promises_of("A1")[0].state is PromiseState.BROKEN


def test_a_new_promise_takes_the_place_of_the_running_one():
    promise()
    promise(key="p2", day=TODAY + 5 * DAY)
    assert [one.state for one in queries.promises_of("A1")] == ["running", "cancelled"]


@pytest.mark.parametrize(
    ("cents", "day", "who"),
    [(60_000, TODAY - DAY, AGENT), (60_000, TODAY + 20 * DAY, AGENT), (5, TODAY, AGENT)],
)
def test_a_promise_outside_the_policy_is_refused(cents, day, who):
    with pytest.raises(actions.UnableToPromise):
        promise(cents, day, who=who)


def test_after_two_broken_ones_the_portal_takes_no_third():
    for number, day in enumerate((TODAY, TODAY + DAY)):
        promise(key=f"p{number}", day=day, on=day)
        follow(day + DAY, proposes=False)
    with pytest.raises(actions.UnableToPromise, match="not kept"):
        promise(key="p9", day=TODAY + 9 * DAY, on=TODAY + 3 * DAY, who=CUSTOMER)


def test_a_promise_recorded_twice_is_one():
    assert promise() == promise()


def test_an_agreement_takes_the_place_of_a_promise():
    promise()
    agreed()
    assert queries.promises_of("A1")[0].state is PromiseState.CANCELLED


# --- what was kept


def test_the_kept_rate_counts_what_ended():
    agreed()
    follow(BREAKS + DAY, proposes=False)
    assert queries.kept_rates("agent")["wang.agent"].share_millionths == 0
    assert set(queries.kept_rates("affordability")) == {"within"}
    assert queries.chances()(Kind.PERSONAL, 24) is None  # one says nothing


def test_an_offer_nobody_took_expires_in_the_round():
    seen = offer(Kind.PERSONAL, months=24, told=HARD)
    follow(TODAY + timedelta(days=20))
    assert queries.offer(seen.key).state is OfferState.EXPIRED


def test_a_sum_that_is_the_instalment_of_one_running_agreement_alone_names_its_account():
    first = agreed(months=24).schedule.parts[0]
    sum_ = (first.due_cents, "CNY", first.day - 3 * DAY)
    too_early, odd = (first.due_cents, "CNY", first.day - 30 * DAY), (first.due_cents + 1, "CNY", first.day)
    foreign = (first.due_cents, "USD", first.day)
    assert queries.instalments_of([sum_, too_early, odd, foreign], days=10) == {sum_: "A1"}
    agreed(key="a2", account="A2", months=24)
    assert queries.instalments_of([sum_], days=10) == {}, "two agreements have it now"
