"""When people buy: one weight per day; counts and dates of purchases both follow it.

Weekends weigh a little more. Before Chinese New Year people stock up, in the holiday week
shops rest; Double Eleven and 618 are the great sales; National Day is a week of travel.
"""

from datetime import date, timedelta

import numpy as np

from arrears.portfolio.making.draws import Floats

# First day of the lunar year; the years a book may reasonably cover.
NEW_YEAR = {
    2018: (2, 16),
    2019: (2, 5),
    2020: (1, 25),
    2021: (2, 12),
    2022: (2, 1),
    2023: (1, 22),
    2024: (2, 10),
    2025: (1, 29),
    2026: (2, 17),
    2027: (2, 6),
    2028: (1, 26),
    2029: (2, 13),
    2030: (2, 3),
}
WEEKDAYS = (0.92, 0.90, 0.92, 0.96, 1.06, 1.16, 1.08)

# (month, day, days before, days after, weight): the great sales and the golden week
_SALES = ((11, 11, 2, 1, 3.2), (6, 18, 2, 1, 2.0), (12, 12, 1, 0, 1.5), (10, 1, 1, 6, 1.35))


def daily_weights(first: date, days: int) -> Floats:
    """The weight of each of `days` days from `first`, about 1 on an ordinary one."""
    weights = np.array([WEEKDAYS[(first.weekday() + n) % 7] for n in range(days)])
    for year in range(first.year, (first + timedelta(days=days)).year + 2):
        for month, day, before, after, weight in _SALES:
            _season(weights, date(year, month, day) - first, -before, after, weight)
        if year in NEW_YEAR:
            new_year = date(year, *NEW_YEAR[year]) - first
            _season(weights, new_year, -21, -2, 1.5)
            _season(weights, new_year, -1, 6, 0.55)
    return weights


def _season(weights: Floats, since_first: timedelta, begins: int, ends: int, weight: float) -> None:
    start = max(0, since_first.days + begins)
    weights[start : max(0, since_first.days + ends + 1)] *= weight
