"""The months before the demo's rounds, looked back upon: without them no roll could be shown.

The book has ten months of postings. Each earlier month is reckoned as of its day and kept
as a night's picture, as the round would have kept it; nobody is written to for it.
"""

from datetime import date

from arrears.daily import snapshot
from arrears.kernel.days import add_months
from arrears.portfolio import queries as portfolio
from arrears.reckoning.queries import amounts

MONTHS_BEFORE = 5


def look_back(*, end: date, months: int = MONTHS_BEFORE) -> list[date]:
    """Keep the pictures of `months` months before `end`, a month apart; the days, oldest first.

    To be called once the book is taken in and before the first round: the casebook must
    still be empty, since what it knows today is no picture of an earlier day.
    """
    days = [add_months(end, -back) for back in range(months, 0, -1)]
    for day in days:
        with snapshot.writing(day) as picture:
            for histories in portfolio.each_history():
                for history in histories:
                    picture.keep(amounts(history=history, as_of=day))
        snapshot.keep(day)
    return days
