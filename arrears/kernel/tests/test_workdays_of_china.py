"""Holidays, weekends worked to make up for them, and years nobody has named yet."""

import json
from datetime import date
from pathlib import Path

import pytest

from arrears.kernel.workdays import workday


def test_a_holiday_in_the_week_has_its_name():
    spring = workday(date(2026, 2, 17))
    assert not spring.works and spring.known and "春节" in spring.name


def test_a_saturday_that_makes_up_for_a_holiday_is_worked():
    assert workday(date(2026, 2, 28)).surely_works


def test_an_ordinary_weekend_is_off():
    assert workday(date(2026, 6, 13)).surely_off


@pytest.mark.parametrize("day", [date(2031, 6, 11), date(2031, 6, 14), date(2031, 10, 1)])
def test_a_year_nobody_named_is_sure_of_nothing(day: date):
    unknown = workday(day)
    assert not (unknown.known or unknown.surely_works or unknown.surely_off)


def test_every_day_the_state_council_named_is_read_as_it_was_named(shared: Path):
    wrong = [
        named["date"]
        for file in sorted((shared / "data" / "holiday_cn").glob("*.json"))
        for named in json.loads(file.read_text("utf-8"))["days"]
        if workday(date.fromisoformat(named["date"])).works is named["isOffDay"]
    ]
    assert wrong == []
