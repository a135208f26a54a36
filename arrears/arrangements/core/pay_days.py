"""On which days somebody can pay: the day wages come, moved to a day on which banks work."""

from collections.abc import Iterator
from datetime import date, timedelta

from arrears.arrangements.types import EveryTwoWeeks, IsWorkday, Monthly, PayDays, UnableToArrange
from arrears.kernel.days import add_months, days_between, month_day

DAY = timedelta(days=1)
LONGEST_HOLIDAY_DAYS = 31  # a calendar without a workday for longer is a mistake


def pay_days(rhythm: PayDays, *, after: date, until: date) -> Iterator[date]:
    """The days on which money comes in, after `after`, not after `until`, in order."""
    if isinstance(rhythm, Monthly):
        yield from _monthly(rhythm.day, after, until)
    elif isinstance(rhythm, EveryTwoWeeks):
        yield from _every_two_weeks(rhythm.first, after, until)
    else:
        yield from (day for day in sorted(set(rhythm.days)) if after < day <= until)


def _monthly(day: int, after: date, until: date) -> Iterator[date]:
    if not 1 <= day <= 31:
        raise UnableToArrange(f"there is no day {day} in any month", do="Choose from 1 to 31.")
    months = 0
    while (found := month_day(after.year, after.month + months, day)) <= until:
        if found > after:
            yield found
        months += 1


def _every_two_weeks(first: date, after: date, until: date) -> Iterator[date]:
    day = after + timedelta(days=days_between(after, first) % 14 or 14)
    while day <= until:
        yield day
        day += timedelta(days=14)


def due_days(
    rhythm: PayDays, *, agreed: date, months: int, last: date, is_workday: IsWorkday
) -> tuple[date, ...]:
    """The days on which instalments over `months` months fall due, none after `last`.

    Each is a pay-day, or the next workday after it, so that the wage is there; where that
    would pass `last`, the workday before. Two pay-days moved onto one workday count once.
    """
    found = _first_months(rhythm, agreed, months, last)
    moved = {on_workday(day, not_after=last, is_workday=is_workday) for day in found}
    return tuple(sorted(day for day in moved if agreed < day))


def _first_months(rhythm: PayDays, agreed: date, months: int, last: date) -> list[date]:
    if isinstance(rhythm, Monthly):
        # Counted, not measured: a short February must not cost or add an instalment.
        return list(pay_days(rhythm, after=agreed, until=add_months(last, 1)))[:months]
    return list(pay_days(rhythm, after=agreed, until=min(last, add_months(agreed, months))))


def on_workday(day: date, *, not_after: date, is_workday: IsWorkday) -> date:
    """`day`, or the next workday; where that would be after `not_after`, the last one before it."""
    later = _search(day, DAY, is_workday)
    return later if later <= not_after else _search(min(day, not_after), -DAY, is_workday)


def _search(day: date, step: timedelta, is_workday: IsWorkday) -> date:
    for _ in range(LONGEST_HOLIDAY_DAYS):
        if is_workday(day):
            return day
        day += step
    raise UnableToArrange(f"the calendar knows no workday near {day}", do="Mend the calendar of workdays.")
