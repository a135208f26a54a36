"""The yearly cost: right to a millionth, or openly none."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.arrangements.core.plans import yearly_cost
from arrears.arrangements.core.schedule import in_parts
from arrears.arrangements.core.yearly import irr, xirr
from arrears.arrangements.types import Monthly, monday_to_friday


def flows_of(file: Path) -> list[tuple[date, float]]:
    with file.open(newline="") as lines:
        return [(date.fromisoformat(day), float(amount)) for day, amount in csv.reader(lines)]


def test_published_internal_rates_come_out_the_same(shared):
    file = shared / "data" / "finance_vectors" / "numpy_financial.json"
    if not file.exists():
        pytest.skip("the published vectors are not on this machine")
    tried = [one for one in json.loads(file.read_text()) if one["function"] == "irr"]
    wrong = [one for one in tried if irr(one["args"][0]).rate != pytest.approx(one["expected"], abs=5e-5)]
    assert tried and wrong == []


def test_published_dated_rates_come_out_the_same(shared):
    file = shared / "data" / "finance_vectors" / "xirr_expected_share.json"
    if not file.exists():
        pytest.skip("the published vectors are not on this machine")
    samples = shared / "data" / "pyxirr" / "tests" / "samples"
    tried = json.loads(file.read_text())
    wrong = [
        one for one in tried
        if xirr(flows_of(samples / one["sample"])).rate != pytest.approx(one["xirr"], abs=1e-6)
    ]  # fmt: skip
    assert tried and wrong == []


@given(
    principal=st.integers(10_000, 10**8), months=st.integers(1, 60), fee=st.integers(0, 20_000),
    day=st.integers(1, 31), agreed=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)  # fmt: skip
def test_another_hand_finds_the_same_rate(principal, months, fee, day, agreed):
    pyxirr = pytest.importorskip("pyxirr")
    schedule = in_parts(
        principal, agreed=agreed, months=months, most_months=60, pay_days=Monthly(day),
        is_workday=monday_to_friday, monthly_fee=fee,
    )  # fmt: skip
    flows = [(agreed, principal), *((part.day, -part.due_cents) for part in schedule.parts)]
    theirs = pyxirr.xirr(flows)
    assert yearly_cost(schedule).rate == pytest.approx(theirs, abs=1e-6, rel=1e-6)


def test_money_that_only_goes_one_way_has_openly_no_rate():
    one_way = xirr([(date(2026, 1, 1), 5.0), (date(2026, 2, 1), 5.0)])
    assert one_way.rate is None and one_way.why_none.en == "all money flows one way: there is no yearly rate"


def test_money_that_never_balances_has_openly_no_rate():
    assert irr([1.0, -1.0, 1.0]).rate is None and irr([1.0, -1.0, 1.0]).why_none


def test_nothing_at_all_has_openly_no_rate():
    assert xirr([]).rate is None and irr([]).rate is None


def test_several_rates_are_said_to_be_several():
    assert irr([-5, 10.5, 1, -8, 1]).several


def test_a_plan_without_fee_costs_nothing_a_year():
    schedule = in_parts(
        100_000, agreed=date(2026, 6, 10), months=12, most_months=60, pay_days=Monthly(1),
        is_workday=monday_to_friday,
    )  # fmt: skip
    assert yearly_cost(schedule).millionths == 0
