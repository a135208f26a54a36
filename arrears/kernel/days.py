"""Days and periods. A day is a `date`; the reckoner counts them as ordinals.

A period here always includes its first day and excludes its last, so that two
neighbouring periods neither overlap nor leave a gap.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def days_between(first: date, last: date) -> int:
    """Nights from `first` to `last`; negative when `last` is earlier."""
    return (last - first).days


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range(days_between(first, last) + 1):
        yield first + timedelta(days=number)


def month_day(year: int, month: int, day: int) -> date:
    """That day, or the month's last day where the month is shorter (31 April -> 30 April)."""
    years, month0 = divmod(month - 1, 12)
    first = date(year + years, month0 + 1, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=day - 1), following - timedelta(days=1))


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later, cut to the month's length."""
    return month_day(day.year, day.month + months, day.day)


def at_clock(day: date, clock: time, *, zone: str) -> datetime:
    """`clock` on `day` as people in `zone` read it."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
