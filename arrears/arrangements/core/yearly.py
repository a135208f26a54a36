"""What a plan costs a year: the rate at which all its money balances, or openly none.

A figure for display; the money itself is integers throughout. The effective rate is the
compound one of PBoC notice 2021 No. 3. Where a stream of money has no such rate, or more
than one, the answer says which.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from arrears.kernel.words import Words

MILLION = 1_000_000
LOWEST, HIGHEST = math.log(1e-9), math.log(1e9)  # of the growth in one period, 1 + rate
STEPS = 1000

NO_CHANGE = Words(zh="资金只有一个方向，没有年化利率", en="all money flows one way: there is no yearly rate")
NO_RATE = Words(zh="没有能使收支平衡的年化利率", en="no yearly rate balances this money")


@dataclass(frozen=True, slots=True)
class Rate:
    """rate: per period, 0.1 is 10 %; None where there is none and `why_none` says so.
    several: more than one rate balances the money, and one was chosen by convention; no
    plan of ours is such a stream."""

    rate: float | None
    why_none: Words | None = None
    several: bool = False

    @property
    def millionths(self) -> int | None:
        """For quotations, which carry integers only."""
        return None if self.rate is None else round(self.rate * MILLION)


def irr(flows: Sequence[float]) -> Rate:
    """The rate per period at which equally spaced flows balance; of several the nearest to zero."""
    return _rate([(float(n), flow) for n, flow in enumerate(flows) if flow], prefer=abs)


def xirr(flows: Sequence[tuple[date, float]]) -> Rate:
    """The effective rate a year (365 days) at which dated flows balance; any order of days.

    Of several rates the nearest to zero on the side the money as a whole is on: a stream
    that adds up to a gain has a positive rate.
    """
    if not flows:
        return Rate(None, NO_CHANGE)
    first = min(day for day, _ in flows)
    by_day: dict[date, float] = {}
    for day, cents in flows:
        by_day[day] = by_day.get(day, 0) + cents
    gains = sum(by_day.values()) >= 0
    dated = [((day - first).days / 365, flow) for day, flow in sorted(by_day.items()) if flow]
    return _rate(dated, prefer=lambda rate: ((rate >= 0) != gains, abs(rate)))


def _rate(flows: Sequence[tuple[float, float]], *, prefer: Callable[[float], Any]) -> Rate:
    signs = {flow > 0 for _, flow in flows}
    if len(signs) < 2:
        return Rate(None, NO_CHANGE)
    scale = max(abs(flow) for _, flow in flows)

    def worth(log_growth: float) -> float:
        # Divided by the largest discount, so that it neither overflows nor vanishes.
        top = max(-time * log_growth for time, _ in flows)
        return math.fsum(flow / scale * math.exp(-time * log_growth - top) for time, flow in flows)

    if _turns(flows) == 1:  # by Descartes' rule there is one root, and no other
        return _one_root(worth)
    rates = [math.expm1(_bisected(worth, *span)) for span in _changes_of_sign(worth)]
    return Rate(min(rates, key=prefer), several=len(rates) > 1) if rates else Rate(None, NO_RATE)


def _turns(flows: Sequence[tuple[float, float]]) -> int:
    """How often the money changes direction."""
    return sum((one[1] > 0) != (next_[1] > 0) for one, next_ in pairwise(flows))


def _one_root(worth: Callable[[float], float]) -> Rate:
    """Look wider and wider around no growth until the root lies between."""
    reach = 0.25
    while (worth(-reach) > 0) == (worth(reach) > 0):
        reach *= 2
        if reach > HIGHEST:
            return Rate(None, NO_RATE)
    return Rate(math.expm1(_bisected(worth, -reach, reach)))


def _changes_of_sign(worth: Callable[[float], float]) -> Iterator[tuple[float, float]]:
    """Neighbouring growths between which the worth passes zero; finer steps near no growth."""
    low, before = None, 0.0
    for step in range(STEPS + 1):
        place = 2 * step / STEPS - 1
        here = (HIGHEST if place > 0 else -LOWEST) * place**3
        now = worth(here)
        if low is not None and (before > 0) != (now > 0):
            yield low, here
        low, before = here, now


def _bisected(worth: Callable[[float], float], low: float, high: float) -> float:
    rising = worth(low) <= 0
    while high - low > 1e-13 * max(1.0, abs(low)):
        middle = (low + high) / 2
        if (worth(middle) <= 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
