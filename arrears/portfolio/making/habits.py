"""Who pays how: the habits of customers, and what people do once they are late.

The shares follow 24,000 real accounts (see `compare`): a quarter pay in full, half revolve,
the rest hardly use the card; of those who fall late most stay one month behind for a while,
a third catches up within the month, few slide on, and of those few hardly any come back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arrears.portfolio.making.draws import Floats, Ints, below, spread, uniform

IDLE, TRANSACTOR, REVOLVER, MINIMUM_PAYER = range(4)
_HABIT_SHARES = (0.10, 0.30, 0.38, 0.22)

# Credit limits: yuan at these shares of all accounts, straight lines between. A quarter of
# the real file's figures, which are in Taiwan dollars.
_LIMIT_SHARES = (0.0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)
_LIMIT_YUAN = (1e3, 5e3, 7.5e3, 1.25e4, 3.5e4, 6e4, 9e4, 1.1e5, 1.25e5, 2e5)

# What share of the limit a revolver lives at.
_LEVEL_SHARES = (0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 1.0)
_LEVELS = (0.05, 0.25, 0.55, 0.88, 1.0, 1.04, 1.10)

# The chance that a customer who is not late misses the minimum of a statement.
MISSES = (0.05, 0.06, 0.075, 0.095)
STEADY_SHARE_LATE = 2.4  # in the book's first month as many miss as are late at any time
PAYS_DAYS_LATER = 0.30  # of those who miss: merely forgot, pays before the next statement
PAYS_A_PART = 0.15  # of those who miss: pays something, but less than the minimum
BOUNCES = 0.06  # of those who miss: the direct debit bounced

# Months late -> chance to pay nothing, one minimum, two, everything overdue.
LATE = np.array(
    [
        (0.00, 0.00, 0.00, 1.00),
        (0.33, 0.36, 0.06, 0.25),
        (0.17, 0.52, 0.14, 0.17),
        (0.31, 0.20, 0.37, 0.12),
        (0.36, 0.15, 0.38, 0.11),
        (0.55, 0.15, 0.20, 0.10),
        (0.75, 0.07, 0.10, 0.08),
        (0.88, 0.03, 0.04, 0.05),
    ]
)


@dataclass(frozen=True, slots=True)
class Customers:
    """The lasting traits of the holders of accounts `numbers`."""

    numbers: Ints
    habit: Ints
    limit_cents: Ints
    level: Floats  # share of the limit a revolver lives at
    spend_share: Floats  # of the limit a transactor spends in a month
    purchases: Floats  # a month, on average
    care: Floats  # factor on the chance to miss; half of the people below 1
    statement_day: Ints
    due_days: Ints
    instalment_cents: Ints  # each month; 0 for most
    direct_debit: NDArray[np.bool_]


def customers(seed: int, numbers: Ints, *, purchases_a_month: float) -> Customers:
    """Who holds the accounts `numbers`; depends on seed and number only."""

    def draw(purpose: str) -> Floats:
        return uniform(seed, purpose, numbers)

    habit = np.searchsorted(np.cumsum(_HABIT_SHARES), draw("habit"), side="right").clip(max=3)
    yuan = np.interp(draw("limit"), _LIMIT_SHARES, _LIMIT_YUAN)
    limit = (np.rint(yuan / 500) * 50_000).astype(np.int64)
    instalment = np.where(draw("instalments") < 0.10, limit * (0.004 + 0.03 * draw("instalment")), 0)
    busy = np.array((0.15, 1.3, 1.05, 0.95))[habit] * spread(draw("busy"), 0.35)
    return Customers(
        numbers=numbers,
        habit=habit,
        limit_cents=limit,
        level=np.interp(draw("level"), _LEVEL_SHARES, _LEVELS),
        spend_share=0.035 * spread(draw("spend"), 0.75).clip(max=12),
        purchases=purchases_a_month * busy,
        care=spread(draw("care"), 0.45).clip(max=6),
        statement_day=1 + below(28, draw("statement day")),
        due_days=18 + below(8, draw("due days")),
        instalment_cents=instalment.astype(np.int64),
        direct_debit=draw("direct debit") < 0.35,
    )
