"""Up to three plans, ranked by what is good for the customer. Pure.

Each candidate is a schedule within the limits of the role and within what can be
afforded. The rank is one number in cents, so that it can be explained: what the plan is
expected to cost: its own cost if it is kept, and a year without any agreement if it is not,
weighed by the chance of being kept. Among equals the shorter plan comes first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from arrears.arrangements.core.yearly import Rate, xirr
from arrears.arrangements.types import Kind, Schedule, UnableToArrange

MILLION = 1_000_000
MOST_PLANS = 3
UNKNOWN_CHANCE = 500_000  # nothing is known yet: neither way


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of plan over so many months that the policy allows."""

    kind: Kind
    months: int
    monthly_fee: int
    most_months: int


@dataclass(frozen=True, slots=True)
class NotAgreeing:
    """What not agreeing would cost until the plan's end, in cents above what is owed now.

    at_most_millionths: the share a year that interest and fees were held to; None where to none.
    """

    paying_nothing_cents: int
    paying_what_one_can_cents: int
    at_most_millionths: int | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """One plan. chance: of being kept, in millionths; expected_cost_cents: what it is ranked by."""

    kind: Kind
    months: int
    schedule: Schedule
    total_cents: int
    cost_cents: int
    monthly_cents: int  # the heaviest month
    yearly: Rate
    chance: int
    chance_known: bool
    not_agreeing: NotAgreeing
    expected_cost_cents: int


def candidate_months(months: Iterable[int]) -> tuple[int, ...]:
    """The usual lengths among those allowed, so that the choice stays readable."""
    usual = {2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60}
    allowed = sorted(set(months))
    return tuple(month for month in allowed if month in usual or month in {allowed[0], allowed[-1]})


def best_plans(
    candidates: Sequence[Candidate],
    *,
    schedule_of: Callable[[Candidate], Schedule],
    sustainable_cents: int | None,
    chances: Callable[[Kind, int], int | None],
    not_agreeing: Callable[[Schedule], NotAgreeing],
    broken_cents: int,
) -> tuple[Proposed, ...]:
    """Up to three of the candidates, the best for the customer first.

    Only plans whose heaviest month can be afforded; none where nothing fits. `chances`
    gives the kept rate of a kind over so many months in millionths, None where unknown.
    broken_cents: what a year without any agreement costs, the same for every candidate.
    """
    made = [_proposed(each, schedule_of, chances, not_agreeing, broken_cents) for each in candidates]
    fitting = [
        one for one in made if one and (sustainable_cents is None or one.monthly_cents <= sustainable_cents)
    ]
    ranked = sorted(fitting, key=lambda one: (one.expected_cost_cents, one.months, one.kind))
    return _different(ranked)


def _different(ranked: Sequence[Proposed]) -> tuple[Proposed, ...]:
    """The first, then those that differ: the shortest and the lightest of the rest."""
    if len(ranked) <= MOST_PLANS:
        return tuple(ranked)
    first, rest = ranked[0], list(ranked[1:])
    lightest = min(rest, key=lambda one: (one.monthly_cents, one.expected_cost_cents))
    rest.remove(lightest)
    shortest = min(rest, key=lambda one: (one.months, one.expected_cost_cents))
    return tuple(sorted([first, lightest, shortest], key=ranked.index))


def _proposed(
    candidate: Candidate,
    schedule_of: Callable[[Candidate], Schedule],
    chances: Callable[[Kind, int], int | None],
    not_agreeing: Callable[[Schedule], NotAgreeing],
    broken_cents: int,
) -> Proposed | None:
    try:
        schedule = schedule_of(candidate)
    except UnableToArrange:
        return None  # no pay-day in its time, or too little to split: not a plan
    known = chances(candidate.kind, candidate.months)
    chance = UNKNOWN_CHANCE if known is None else known
    cost = schedule.fee_cents
    expected = (cost * chance + broken_cents * (MILLION - chance)) // MILLION
    return Proposed(
        kind=candidate.kind,
        months=candidate.months,
        schedule=schedule,
        total_cents=schedule.due_cents,
        cost_cents=cost,
        monthly_cents=heaviest_month(schedule, candidate.months),
        yearly=yearly_cost(schedule),
        chance=chance,
        chance_known=known is not None,
        not_agreeing=not_agreeing(schedule),
        expected_cost_cents=expected,
    )


def heaviest_month(schedule: Schedule, months: int) -> int:
    """What the plan takes of a month: its average month, and never less than its largest instalment.

    Not what falls into a calendar month: a pay-day on a Sunday, the last of the month, moves
    its instalment into the next one, and nobody is poorer for it.
    """
    average = -(-schedule.due_cents // months)
    return max(average, max(part.due_cents for part in schedule.parts))


def yearly_cost(schedule: Schedule) -> Rate:
    """The effective yearly rate of a schedule: the debt on the day agreed, its instalments after."""
    flows = [(schedule.agreed_date, float(schedule.principal_cents))]
    return xirr([*flows, *((part.day, -float(part.due_cents)) for part in schedule.parts)])
