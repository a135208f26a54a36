"""Affordability: what a plan may take of a month, and never half a cent that may not be there."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from arrears.arrangements.core.means import Household, Item, LivingFloor, Means, affordable, band
from arrears.arrangements.forms import Entry, LongForm, ShortForm
from arrears.arrangements.types import EveryTwoWeeks, Monthly, OnDays

FLOOR = LivingFloor(120_000, 80_000, 60_000)


def of(income, outgoings, **how):
    return affordable(
        Means((Item("wage", income),), (Item("all", outgoings),), **how), floor=FLOOR, share=600_000
    )


def test_a_share_of_what_is_left_is_sustainable():
    assert of(600_000, 400_000).sustainable_cents == 120_000


def test_what_is_left_to_live_on_is_never_less_than_the_floor():
    told = of(300_000, 50_000, household=Household(2, 1))
    assert (told.living_cents, told.surplus_cents) == (260_000, 40_000)


def test_where_less_comes_in_than_goes_out_nothing_is_sustainable():
    told = of(300_000, 400_000)
    assert (told.surplus_cents, told.sustainable_cents) == (-100_000, 0)


def test_of_irregular_wages_the_leanest_month_counts():
    assert of(0, 0, irregular=(500_000, 200_000, 900_000)).income_cents == 200_000


def test_a_weekly_wage_is_fifty_two_weeks_of_a_year():
    means = Means((Item("wage", 100_000, "week"),), (Item("bus", 1_001, "week"),))
    told = affordable(means, floor=FLOOR, share=600_000)
    assert (told.income_cents, told.outgoings_cents) == (433_333, 4_338)  # down, and up


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 5), st.integers(0, 5))
def test_a_plan_never_takes_more_than_is_left(income, outgoings, adults, children):
    told = of(income, outgoings, household=Household(adults, children))
    assert 0 <= told.sustainable_cents <= max(0, told.surplus_cents)


@pytest.mark.parametrize(
    ("can", "month", "lies"),
    [(None, 1, "unknown"), (100, 90, "within"), (100, 91, "tight"), (100, 101, "beyond")],
)
def test_how_a_plan_lies_to_what_can_be_afforded(can, month, lies):
    assert band(can, month) == lies


def test_the_two_forms_tell_the_same_of_the_same():
    short = ShortForm(income_cents=600_000, outgoings_cents=1200, pay_day=5)
    long = LongForm(
        income=(Entry(name="wage", cents=600_000),), outgoings=(Entry(name="club", cents=14_400, every="year"),),
        paid_every_two_weeks_from=date(2026, 1, 2),
    )  # fmt: skip
    told = [affordable(form.means(), floor=FLOOR, share=600_000) for form in (short, long)]
    assert told[0] == told[1]
    assert (short.pay_days(), long.pay_days()) == (Monthly(5), EveryTwoWeeks(date(2026, 1, 2)))


def test_named_days_are_the_most_exact_rhythm():
    form = ShortForm(income_cents=1, outgoings_cents=1, pay_day=5, paid_on=(date(2026, 1, 9),))
    assert form.pay_days() == OnDays((date(2026, 1, 9),))


@pytest.mark.parametrize(
    "wrong", [{"income_cents": -1}, {"adults": 0}, {"pay_day": 32}, {"rent": 5}, {"income_cents": "many"}]
)
def test_a_form_that_cannot_be_right_is_refused_at_the_edge(wrong):
    with pytest.raises(ValidationError):
        ShortForm(**{"income_cents": 1, "outgoings_cents": 1, **wrong})
