"""A long trial: random arrangements, and for each everything that must hold of it.

`arrears simulate arrangements --count 100000 --seed 7` runs it; the tests draw fewer.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from arrears.arrangements.core import following
from arrears.arrangements.core.plans import yearly_cost
from arrears.arrangements.core.schedule import in_parts
from arrears.arrangements.core.yearly import Rate
from arrears.arrangements.types import (
    AgreementState,
    EveryTwoWeeks,
    Monthly,
    OnDays,
    PayDays,
    Schedule,
    UnableToArrange,
    Verdict,
    monday_to_friday,
)
from arrears.kernel.days import add_months

FIRST_DAY, SPAN_DAYS = date(2024, 1, 1), 3650
EXACT = 1e-6
CURE_DAYS = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """One random arrangement, and one random way of paying it."""

    principal_cents: int
    agreed: date
    months: int
    most_months: int
    pay_days: PayDays
    monthly_fee: int
    payer: str  # on_time | late | at_random
    payments: tuple[tuple[int, int], ...]  # at random: (days after agreeing, millionths of the whole)


@dataclass(frozen=True, slots=True)
class TrialReport:
    """How many were tried, how many had no schedule (by reason), how many rates were none, what failed."""

    count: int
    refused: int
    without_rate: int
    failures: tuple[tuple[Trial, str], ...]
    states: dict[str, int]


def run(count: int, *, seed: int, tell: Callable[[int], None] = lambda done: None) -> TrialReport:
    """Try `count` random arrangements; the same seed tries the same."""
    dice = random.Random(seed)  # noqa: S311 - a trial, not a secret
    refused = without_rate = 0
    failures: list[tuple[Trial, str]] = []
    states: Counter[str] = Counter()
    for number in range(count):
        trial = rolled(dice)
        schedule = schedule_of(trial)
        if schedule is None:
            refused += 1
            continue
        rate, verdict = yearly_cost(schedule), _judged(trial, schedule)
        without_rate += rate.rate is None
        states[str(verdict.state)] += 1
        wrong = _wrong(trial, schedule, rate, verdict)
        if wrong:
            failures.append((trial, wrong))
        if number % 1000 == 999:
            tell(1000)
    return TrialReport(count, refused, without_rate, tuple(failures), dict(states))


def rolled(dice: random.Random) -> Trial:
    """A trial from a seeded die: small and huge debts, short and long plans, every rhythm."""
    agreed = FIRST_DAY + timedelta(days=dice.randrange(SPAN_DAYS))
    most = dice.choice((1, 12, 24, 60))
    rhythm: PayDays = dice.choice(
        (
            Monthly(dice.randint(1, 31)),
            EveryTwoWeeks(agreed + timedelta(days=dice.randint(-40, 40))),
            OnDays(
                tuple(agreed + timedelta(days=dice.randint(-30, 1900)) for _ in range(dice.randint(0, 70)))
            ),
        )
    )
    return Trial(
        principal_cents=int(10 ** dice.uniform(0, 10)),
        agreed=agreed,
        months=dice.randint(1, most),
        most_months=most,
        pay_days=rhythm,
        monthly_fee=dice.choice((0, 0, dice.randint(1, 20_000))),
        payer=dice.choice(("on_time", "late", "at_random")),
        payments=tuple((dice.randint(0, 1900), dice.randint(1, 400_000)) for _ in range(dice.randint(0, 12))),
    )


def schedule_of(trial: Trial) -> Schedule | None:
    """Its schedule; None where there can be none."""
    try:
        return in_parts(
            trial.principal_cents,
            agreed=trial.agreed,
            months=trial.months,
            most_months=trial.most_months,
            pay_days=trial.pay_days,
            is_workday=monday_to_friday,
            monthly_fee=trial.monthly_fee,
        )
    except UnableToArrange:
        return None


def check(trial: Trial) -> str | None:
    """What does not hold of it, in words; None where everything does."""
    schedule = schedule_of(trial)
    if schedule is None:
        return None
    return _wrong(trial, schedule, yearly_cost(schedule), _judged(trial, schedule))


def _wrong(trial: Trial, schedule: Schedule, rate: Rate, verdict: Verdict) -> str | None:
    return (
        _wrong_schedule(trial, schedule)
        or _wrong_rate(schedule, rate)
        or _wrong_verdict(trial, schedule, verdict)
    )


def _wrong_schedule(trial: Trial, schedule: Schedule) -> str | None:
    days = [part.day for part in schedule.parts]
    if schedule.principal_cents != trial.principal_cents:
        return f"instalments sum to {schedule.principal_cents}, the debt is {trial.principal_cents}"
    if days != sorted(set(days)) or days[0] <= trial.agreed:
        return "days do not follow each other"
    if days[-1] > add_months(trial.agreed, trial.most_months):
        return f"{days[-1]} lies beyond {trial.most_months} months"
    if not all(monday_to_friday(day) for day in days):
        return "an instalment falls on no workday"
    if any(part.principal_cents < 1 or part.fee_cents < 0 for part in schedule.parts):
        return "an instalment of nothing"
    return None


def _wrong_rate(schedule: Schedule, rate: Rate) -> str | None:
    """A rate is right when the instalments, discounted by it, are worth the debt: the rate a
    millionth higher and lower must lie on both sides. None must be said openly."""
    if rate.rate is None:
        return None if rate.why_none else "no rate and no reason"
    low, high = (_worth(schedule, rate.rate + step) for step in (-EXACT, EXACT))
    return None if low >= 0 >= high else f"the rate {rate.rate} is off by more than {EXACT}"


def _worth(schedule: Schedule, rate: float) -> float:
    years = [(part.day - schedule.agreed_date).days / 365 for part in schedule.parts]
    paid: float = sum(
        part.due_cents / (1 + rate) ** year for part, year in zip(schedule.parts, years, strict=True)
    )
    return paid - schedule.principal_cents


def _judged(trial: Trial, schedule: Schedule) -> Verdict:
    end = schedule.parts[-1].day + timedelta(days=60)
    return following.judge(schedule, _money(trial, schedule), on=end, cure_days=CURE_DAYS)


def _money(trial: Trial, schedule: Schedule) -> list[tuple[date, int]]:
    """Exactly on each day; within the days of grace; or whenever, whatever."""
    if trial.payer == "at_random":
        whole = schedule.due_cents
        return [
            (trial.agreed + timedelta(days=days), whole * share // 1_000_000)
            for days, share in trial.payments
        ]
    late = timedelta(days=CURE_DAYS if trial.payer == "late" else 0)
    return [(part.day + late, part.due_cents) for part in schedule.parts]


def _wrong_verdict(trial: Trial, schedule: Schedule, verdict: Verdict) -> str | None:
    """Long after its end an agreement is kept or broken, and no cent is counted twice."""
    paid = sum(cents for _, cents in _money(trial, schedule))
    counted = sum(seen.paid_cents for seen in verdict.parts)
    if counted > min(paid, schedule.due_cents):
        return f"{counted} counted, {paid} paid"
    if verdict.state is AgreementState.PERFORMING:
        return "still performing long after its end"
    if trial.payer != "at_random" and verdict.state is not AgreementState.DONE:
        return f"paid {trial.payer} and {verdict.state}"
    return None
