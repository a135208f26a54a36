"""What somebody can afford: income less outgoings, per month, and the share of it a plan may take.

Weekly and two-weekly amounts are turned into months exactly (52 weeks in 12 months), and
every rounding is down for income and up for outgoings: a plan is not built on half a cent
that may not be there.
"""

from dataclasses import dataclass, field

from arrears.arrangements.types import PayDays, UnableToArrange
from arrears.kernel.money import MOST_CENTS

MILLION = 1_000_000
# rhythm: (times, months)
RHYTHMS = {
    "month": (1, 1),
    "week": (52, 12),
    "two_weeks": (26, 12),
    "quarter": (1, 3),
    "year": (1, 12),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of money, coming in or going out: `cents` every `every` (a key of RHYTHMS)."""

    name: str
    cents: int
    every: str = "month"


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives of it."""

    adults: int = 1
    children: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """An income and outgoings form. The short one has one item on either side.

    irregular: what came in during each of the last months, where wages are irregular; the
    leanest month of them counts, not the average.
    """

    income: tuple[Item, ...]
    outgoings: tuple[Item, ...]
    household: Household = field(default_factory=Household)
    pay_days: PayDays | None = None
    irregular: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LivingFloor:
    """What the house leaves to live on a month, whatever the form says; policy, in cents."""

    first_adult_cents: int
    other_adult_cents: int
    child_cents: int

    def of(self, household: Household) -> int:
        """For everybody in it."""
        others = max(0, household.adults - 1) * self.other_adult_cents
        return self.first_adult_cents + others + household.children * self.child_cents


@dataclass(frozen=True, slots=True)
class Afford:
    """The outcome, per month. sustainable_cents is what a plan may take; 0 where nothing is left."""

    income_cents: int
    outgoings_cents: int
    living_cents: int  # the floor, where it is more than the outgoings told
    surplus_cents: int  # negative where less comes in than goes out
    sustainable_cents: int


def affordable(means: Means, *, floor: LivingFloor, share: int) -> Afford:
    """What a plan may take a month: `share` (parts of a million) of what is left to `means`."""
    income = sum(_monthly_floor(item) for item in means.income)
    if means.irregular:
        income += min(means.irregular)
    told = sum(_monthly_ceiling(item) for item in means.outgoings)
    living = max(told, floor.of(means.household))
    surplus = income - living
    return Afford(income, told, living, surplus, max(0, surplus) * share // MILLION)


def _monthly_floor(item: Item) -> int:
    times, months = _rhythm(item)
    return item.cents * times // months


def _monthly_ceiling(item: Item) -> int:
    times, months = _rhythm(item)
    return -(-item.cents * times // months)


def _rhythm(item: Item) -> tuple[int, int]:
    if item.every not in RHYTHMS or not 0 <= item.cents <= MOST_CENTS // 1000:
        raise UnableToArrange(f"{item.name}: {item.cents} every {item.every}", do="Check the form.")
    return RHYTHMS[item.every]


def band(sustainable_cents: int | None, monthly_cents: int) -> str:
    """How a plan's month lies to what is sustainable: `within`, `tight`, `beyond` or `unknown`."""
    if sustainable_cents is None:
        return "unknown"
    if monthly_cents > sustainable_cents:
        return "beyond"
    return "tight" if monthly_cents * 10 > sustainable_cents * 9 else "within"


def ability_exceeded(*, due_now_cents: int, sustainable_cents: int) -> bool:
    """Whether what must be paid now is more than one can: the first condition of article 70."""
    return due_now_cents > sustainable_cents
