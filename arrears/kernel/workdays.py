"""Working days: public holidays, and in China the weekends worked to make up for them.

The State Council names both every autumn for the year to come; the package `holidays`
carries what it named, and the public holidays of other countries. A year the Council has
not named is said to be unknown and never guessed: whoever asks reads such a day in the way
that allows less.

>>> workday(date(2026, 2, 28))  # a Saturday that makes up for the Spring Festival
Workday(day=datetime.date(2026, 2, 28), works=True, name='', known=True)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

SATURDAY = 5
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS_OF_DAY = {
    "workdays": "workdays", "workday": "workdays", "working_days": "workdays", "business_days": "workdays",
    "days_off": "days_off", "holidays": "days_off", "rest_days": "days_off",
}  # fmt: skip
RUNS_OF_DAYS = {"weekdays": WEEKDAYS[:5], "weekends": WEEKDAYS[5:], "weekend": WEEKDAYS[5:]}


@dataclass(frozen=True, slots=True)
class Workday:
    """Whether people work on `day`; `name` is the holiday's, in Chinese.

    known: whether the year's holidays were named. Where not, only weekends are told from
    other days: `works` may be wrong both ways.
    """

    day: date
    works: bool
    name: str = ""
    known: bool = True

    @property
    def surely_works(self) -> bool:
        """The strict reading for what is allowed on working days alone."""
        return self.works and self.known

    @property
    def surely_off(self) -> bool:
        """The strict reading for what is allowed on days off alone."""
        return not self.works and self.known


def workday(day: date, *, country: str = "cn") -> Workday:
    """What kind of day it is in mainland China, or in `us`, `uk` (England) or `hk`."""
    if country != "cn":
        year = _abroad(country, day.year)
        return Workday(day, year.is_working_day(day), year.get(day) or "")
    if not _named(day.year):
        return Workday(day, day.weekday() < SATURDAY, known=False)
    year = _year(day.year)
    return Workday(day, year.is_working_day(day), year.get(day) or "")


@lru_cache(maxsize=64)
def _abroad(country: str, year: int) -> "holidays.HolidayBase":
    if country == "uk":
        return holidays.country_holidays("GB", subdiv="ENG", years=year)
    return holidays.country_holidays(country.upper(), years=year)


@lru_cache(maxsize=64)
def _year(year: int) -> "holidays.HolidayBase":
    return holidays.country_holidays("CN", years=year, language="zh_CN")


@lru_cache(maxsize=64)
def _named(year: int) -> bool:
    """Every year named so far has weekends worked to make up for a holiday."""
    return any(day.year == year for day in _year(year).weekend_workdays)


class NotDays(ValueError):
    """A text that names no day of the week and no kind of day."""


def days_named(written: str | Iterable[str] | None) -> tuple[frozenset[int], str]:
    """Weekdays (Monday is 0) and the kind of day meant. Raises NotDays.

    >>> days_named(["mon", "Friday"]), days_named("workdays")[1]
    ((frozenset({0, 4}), ''), 'workdays')
    """
    words = [written] if isinstance(written, str) else [str(word) for word in written or ()]
    named = [word.strip().lower() for word in words]
    kinds = {KINDS_OF_DAY[word] for word in named if word in KINDS_OF_DAY}
    days = [day for word in named if word not in KINDS_OF_DAY for day in RUNS_OF_DAYS.get(word, (word[:3],))]
    wrong = [day for day in days if day not in WEEKDAYS]
    if wrong or len(kinds) > 1 or (kinds and days):
        raise NotDays(f"{', '.join(words)!r} names no days; write mon, tue ..., workdays or days_off")
    return frozenset(map(WEEKDAYS.index, days)) or frozenset(range(7)), "".join(kinds)
