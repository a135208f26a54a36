"""Working days in mainland China: public holidays, and the weekends worked to make up for them.

The State Council names both every autumn for the year to come; the package `holidays`
carries what it named. A year it has not named is said to be unknown and never guessed:
whoever asks reads such a day in the way that allows less.

>>> workday(date(2026, 2, 28))  # a Saturday that makes up for the Spring Festival
Workday(day=datetime.date(2026, 2, 28), works=True, name='', known=True)
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

SATURDAY = 5


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


def workday(day: date) -> Workday:
    """What kind of day it is in mainland China."""
    if not _named(day.year):
        return Workday(day, day.weekday() < SATURDAY, known=False)
    year = _year(day.year)
    return Workday(day, year.is_working_day(day), year.get(day) or "")


@lru_cache(maxsize=64)
def _year(year: int) -> "holidays.HolidayBase":
    return holidays.country_holidays("CN", years=year, language="zh_CN")


@lru_cache(maxsize=64)
def _named(year: int) -> bool:
    """Every year named so far has weekends worked to make up for a holiday."""
    return any(day.year == year for day in _year(year).weekend_workdays)
