"""Schedules: they sum to the debt, stay within their limits, and fall on days one can pay."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.arrangements.core.pay_days import on_workday, pay_days
from arrears.arrangements.core.schedule import in_parts, left_when_ended, split
from arrears.arrangements.trial import check, rolled
from arrears.arrangements.types import (
    EveryTwoWeeks,
    Monthly,
    OnDays,
    UnableToArrange,
    monday_to_friday,
)
from arrears.reckoning.instalments import Plan, instalments

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


THE_15TH = Monthly(15)


def plan(principal=100_000, months=12, *, agreed=date(2026, 6, 10), days=THE_15TH, most=60, fee=0):
    return in_parts(
        principal, agreed=agreed, months=months, most_months=most, pay_days=days,
        is_workday=monday_to_friday, monthly_fee=fee,
    )  # fmt: skip


@given(st.integers(1, 10**9), st.integers(1, 60))
def test_parts_sum_exactly_and_only_the_last_differs(cents, parts):
    found = split(cents, parts)
    assert sum(found) == cents and len(set(found[:-1])) <= 1 and found[-1] >= found[0]


@given(st.integers(0, 2**48).map(random.Random).map(rolled))
def test_any_arrangement_sums_to_its_debt_and_stays_within_its_limits(asked):
    assert check(asked) is None


@given(st.integers(60, 10**8), st.integers(1, 60), st.integers(0, 20_000), DAYS)
def test_a_monthly_plan_costs_what_the_reckoner_says(principal, months, fee, agreed):
    schedule = plan(principal, months, agreed=agreed, fee=fee)
    days = [part.day for part in schedule.parts]
    same = instalments(Plan("p", agreed, principal, months, fee), days)
    assert [(p.principal_cents, p.fee_cents) for p in schedule.parts] == [
        (one.principal_cents, one.fee_cents) for one in same
    ]


def test_wages_on_the_last_of_the_month_meet_every_month():
    days = pay_days(Monthly(31), after=date(2028, 1, 31), until=date(2028, 4, 30))
    assert list(days) == [date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]


def test_a_year_of_months_has_twelve_instalments_whatever_the_month_length():
    for day in range(1, 32):
        for agreed in (date(2027, 1, 31), date(2028, 2, 29), date(2026, 12, 30)):
            assert len(plan(agreed=agreed, days=Monthly(day)).parts) == 12


def test_wages_every_two_weeks_keep_their_rhythm():
    schedule = plan(months=3, days=EveryTwoWeeks(date(2026, 1, 2)))
    gaps = {(b.day - a.day).days for a, b in zip(schedule.parts, schedule.parts[1:], strict=False)}
    assert gaps == {14} and (schedule.parts[0].day - date(2026, 1, 2)).days % 14 == 0


def test_irregular_wages_are_met_on_the_days_named_and_no_other():
    named = OnDays((date(2026, 7, 3), date(2026, 9, 1), date(2026, 6, 1)))
    assert [part.day for part in plan(months=6, days=named).parts] == [date(2026, 7, 3), date(2026, 9, 1)]


def test_a_pay_day_on_a_sunday_moves_to_the_monday_after():
    assert on_workday(date(2026, 11, 15), not_after=date.max, is_workday=monday_to_friday) == date(
        2026, 11, 16
    )


def test_where_monday_is_too_late_it_moves_to_the_friday_before():
    last = date(2026, 11, 15)
    assert on_workday(last, not_after=last, is_workday=monday_to_friday) == date(2026, 11, 13)


def test_another_calendar_plugs_in():
    def holidays(day: date) -> bool:
        return not date(2026, 10, 1) <= day <= date(2026, 10, 7)

    schedule = in_parts(
        1000, agreed=date(2026, 9, 20), months=1, most_months=60, pay_days=Monthly(1), is_workday=holidays
    )
    assert schedule.parts[0].day == date(2026, 10, 8)


@pytest.mark.parametrize(("principal", "months"), [(100, 61), (100, 0), (5, 12), (0, 3), (-5, 3)])
def test_what_is_no_plan_is_refused(principal, months):
    with pytest.raises(UnableToArrange):
        plan(principal, months)


def test_without_a_pay_day_there_is_no_plan():
    with pytest.raises(UnableToArrange, match="no pay-day"):
        plan(days=OnDays((date(2026, 6, 1),)))


def test_a_calendar_without_workdays_is_named():
    with pytest.raises(UnableToArrange, match="no workday"):
        on_workday(date(2026, 6, 1), not_after=date.max, is_workday=lambda day: False)


def test_ended_early_only_used_months_cost():
    schedule = plan(120_000, 12, fee=6_000)  # 720 a month
    after_three = schedule.parts[2].day
    assert left_when_ended(schedule, on=after_three, paid_cents=3 * 10_720) == (90_000, 720)


@given(st.integers(0, 13), st.integers(0, 150_000))
def test_ended_early_never_costs_more_than_kept_to_the_end(after, paid):
    schedule = plan(120_000, 12, fee=6_000)
    on = schedule.agreed_date + timedelta(days=30 * after)
    assert sum(left_when_ended(schedule, on=on, paid_cents=paid)) <= max(0, schedule.due_cents - paid)
