"""Accounts the bank describes by balances and lateness: what is owed, and what a person must look at."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind, Supplied
from arrears.reckoning.queries import owed
from arrears.reckoning.tree import sums_hold

APRIL = Cycle(date(2024, 4, 5), date(2024, 4, 25), supplied_balance_cents=1000_00)
LI = AccountHistory(
    ref="A-LI",
    customer_ref="C-LI",
    product="cn.card",
    currency="CNY",
    cycles=(APRIL,),
    supplied=(Supplied(date(2024, 4, 5), months_late=2),),
)


def paid(cents: int, day: date, source: str = "book") -> Movement:
    return Movement(f"P{day}", MovementKind.PAYMENT, cents, day, source=source)


def test_the_balance_less_what_came_in_after_it() -> None:
    history = replace(LI, movements=(paid(50_00, date(2024, 4, 5)), paid(300_00, date(2024, 4, 9))))
    answer = owed(history=history, as_of=date(2024, 4, 10))
    assert answer.source == "supplied"
    assert answer.payoff_cents == 700_00
    assert answer.statement_balance_cents == 1000_00
    assert [line.cents for line in answer.lines] == [1000_00, -300_00]
    assert sums_hold(answer)


@pytest.mark.parametrize(("months", "days"), [(0, 0), (1, 1), (2, 31), (8, 211)])
def test_months_late_are_at_least_so_many_days(months: int, days: int) -> None:
    history = replace(LI, supplied=(Supplied(date(2024, 4, 5), months_late=months),))
    assert owed(history=history, as_of=date(2024, 4, 5)).days_past_due == days
    if months:
        assert owed(history=history, as_of=date(2024, 4, 15)).days_past_due == days + 10


def test_a_newer_word_of_the_bank_replaces_the_older() -> None:
    newer = Supplied(date(2024, 4, 10), balance_cents=400_00, months_late=0)
    answer = owed(history=replace(LI, supplied=(*LI.supplied, newer)), as_of=date(2024, 4, 12))
    assert (answer.payoff_cents, answer.days_past_due, answer.months_late) == (400_00, 0, 0)


def test_days_the_bank_gives_are_taken_as_they_are() -> None:
    history = replace(LI, supplied=(Supplied(date(2024, 4, 5), days_past_due=17),))
    assert owed(history=history, as_of=date(2024, 4, 8)).days_past_due == 20


def test_paying_everything_ends_lateness_at_once() -> None:
    history = replace(LI, movements=(paid(1000_00, date(2024, 4, 9)),))
    answer = owed(history=history, as_of=date(2024, 4, 9))
    assert (answer.payoff_cents, answer.days_past_due, answer.overdue_cents) == (0, 0, 0)
    assert answer.findings == ()


def test_late_and_nothing_owed_is_a_finding() -> None:
    nothing = replace(LI, cycles=(replace(APRIL, supplied_balance_cents=0),))
    answer = owed(history=nothing, as_of=date(2024, 4, 9))
    assert answer.days_past_due == 0
    (finding,) = answer.findings
    assert "2 months late" in finding.en and "逾期2个月" in finding.zh


def test_a_negative_balance_is_shown_and_not_repaired() -> None:
    credit = replace(LI, cycles=(replace(APRIL, supplied_balance_cents=-20_00),), supplied=())
    answer = owed(history=credit, as_of=date(2024, 4, 9))
    assert (answer.payoff_cents, answer.minimum_due_cents) == (-20_00, 0)


def test_a_noticed_payment_the_banks_newer_balance_does_not_show_is_counted_and_found() -> None:
    stale = Supplied(date(2024, 4, 12), balance_cents=1000_00, months_late=2)
    history = replace(
        LI, supplied=(*LI.supplied, stale), movements=(paid(300_00, date(2024, 4, 9), "notice"),)
    )
    answer = owed(history=history, as_of=date(2024, 4, 13))
    assert answer.payoff_cents == 700_00
    (finding,) = answer.findings
    assert "¥300.00" in finding.en and "¥1,000.00" in finding.en


def test_a_noticed_payment_the_newer_balance_shows_is_not_counted_twice() -> None:
    fresh = Supplied(date(2024, 4, 12), balance_cents=700_00, months_late=2)
    history = replace(
        LI, supplied=(*LI.supplied, fresh), movements=(paid(300_00, date(2024, 4, 9), "notice"),)
    )
    answer = owed(history=history, as_of=date(2024, 4, 13))
    assert (answer.payoff_cents, answer.findings) == (700_00, ())


def test_without_a_minimum_the_products_share_stands_in_and_overdue_is_not_known() -> None:
    answer = owed(history=LI, as_of=date(2024, 4, 10))
    assert (answer.minimum_due_cents, answer.overdue_cents) == (100_00, None)


def test_a_missed_minimum_of_the_bank_is_late_from_its_due_date() -> None:
    cycle = replace(APRIL, supplied_minimum_cents=150_00)
    history = replace(LI, cycles=(cycle,), supplied=())
    in_grace = owed(history=history, as_of=date(2024, 4, 28))
    late = owed(history=history, as_of=date(2024, 4, 29))
    assert (in_grace.days_past_due, late.days_past_due) == (0, 4)
    assert (late.overdue_cents, late.oldest_due_date) == (150_00, date(2024, 4, 25))
    some = replace(history, movements=(paid(150_00, date(2024, 4, 20)),))
    assert owed(history=some, as_of=date(2024, 4, 29)).days_past_due == 0


def test_nothing_supplied_yet_owes_nothing() -> None:
    answer = owed(history=LI, as_of=date(2024, 4, 4) - timedelta(days=30))
    assert (answer.payoff_cents, answer.days_past_due, answer.lines) == (0, 0, ())


def went_back(cents: int, day: date, of: Movement) -> Movement:
    kind = MovementKind.PAYMENT_REVERSAL
    return Movement(f"back:{day}", kind, cents, day, reverses=of.ref, source="notice")


@pytest.mark.parametrize(("returned", "owed_cents"), [(300_00, 1000_00), (100_00, 800_00)])
def test_what_was_noticed_and_went_back_is_owed_again(returned: int, owed_cents: int) -> None:
    payment = paid(300_00, date(2024, 4, 9), "notice")
    history = replace(LI, movements=(payment, went_back(returned, date(2024, 4, 11), payment)))
    answer = owed(history=history, as_of=date(2024, 4, 12))
    assert (answer.source, answer.payoff_cents) == ("supplied", owed_cents) and sums_hold(answer)
    assert owed(history=history, as_of=date(2024, 4, 10)).payoff_cents == 700_00


def test_a_balance_from_after_a_return_has_both_in_it() -> None:
    payment = paid(300_00, date(2024, 4, 9), "notice")
    newer = Supplied(date(2024, 4, 15), balance_cents=1000_00)
    history = replace(LI, supplied=(*LI.supplied, newer))
    history = replace(history, movements=(payment, went_back(300_00, date(2024, 4, 11), payment)))
    answer = owed(history=history, as_of=date(2024, 4, 16))
    assert answer.payoff_cents == 1000_00 and answer.findings == ()
