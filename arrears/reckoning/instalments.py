"""A purchase, a bill or cash paid in instalments: its postings, its cost, its early end.

The plan takes the sum off the card on the day it is agreed and gives it back in monthly
instalments, each with its fee. It becomes ordinary postings, so the fold needs to know
nothing of plans. Instalments sum to the principal; the last one takes the remainder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from arrears.casebook.types import Cycle, Movement, MovementKind
from arrears.kernel.money import divide_half_up
from arrears.kernel.trouble import Trouble
from arrears.rulebook.terms import MILLION, CardTerms


class UnableToPlan(Trouble):
    """This plan cannot be made; the message says which limit it breaks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed. of: the purchase it pays, None for a bill; cash plans pay money out."""

    ref: str
    agreed_date: date
    principal_cents: int
    months: int
    monthly_fee: int  # parts of a million of the principal, each month
    early_fee: int = 0  # parts of a million of what is left, when ended early
    of: str | None = None
    cash: bool = False


@dataclass(frozen=True, slots=True)
class Instalment:
    """One month: what of the principal, and its fee."""

    number: int
    day: date
    principal_cents: int
    fee_cents: int


def plan_by_terms(
    terms: CardTerms, *, ref: str, agreed_date: date, principal_cents: int, months: int,
    of: str | None = None, cash: bool = False,
) -> Plan:  # fmt: skip
    """A plan as the product allows it. Raises UnableToPlan beyond its limits."""
    limits = terms.instalments
    most_months = limits.cash_instalment_most_months if cash else limits.instalment_most_months
    if not 1 <= months <= most_months:
        raise UnableToPlan(f"a plan of {months} months", do=f"Choose from 1 to {most_months} months.")
    if principal_cents < months:
        raise UnableToPlan(f"{principal_cents} minor units cannot be split into {months} instalments")
    if cash and principal_cents > limits.cash_instalment_most:
        most = limits.cash_instalment_most
        raise UnableToPlan(f"a cash plan of {principal_cents} minor units", do=f"The largest is {most}.")
    fee, early = limits.instalment_monthly_fee, limits.instalment_early_fee
    return Plan(ref, agreed_date, principal_cents, months, fee, early, of, cash)


def instalments(plan: Plan, statement_days: Sequence[date]) -> tuple[Instalment, ...]:
    """The plan's months, on the first statement days from the day it was agreed.

    Raises UnableToPlan where there are fewer statement days than months.
    """
    days = [day for day in statement_days if day >= plan.agreed_date][: plan.months]
    if len(days) < plan.months:
        raise UnableToPlan(f"plan {plan.ref}: {plan.months} months and only {len(days)} statements known")
    each = plan.principal_cents // plan.months
    last = plan.principal_cents - each * (plan.months - 1)
    fee = divide_half_up(plan.principal_cents * plan.monthly_fee, MILLION)
    return tuple(
        Instalment(number, day, last if number == plan.months else each, fee)
        for number, day in enumerate(days, 1)
    )


def movements(
    plan: Plan, cycles: Sequence[Cycle], *, settled_date: date | None = None
) -> tuple[Movement, ...]:
    """The plan as postings. Ended early, the rest falls due that day with fees for used months only."""
    days = [cycle.statement_date for cycle in cycles]
    months = instalments(plan, _enough(days, plan) if settled_date else days)
    kept = [one for one in months if settled_date is None or one.day <= settled_date]
    posted = [*_agreed(plan), *(posting for one in kept for posting in _month(plan, one))]
    if settled_date and len(kept) < plan.months:
        posted += _rest(plan, kept, settled_date)
    return tuple(posted)


def left_on(plan: Plan, cycles: Sequence[Cycle], day: date) -> int:
    """What of the principal has not fallen due by `day`."""
    due = [
        one for one in instalments(plan, _enough([c.statement_date for c in cycles], plan)) if one.day <= day
    ]
    return plan.principal_cents - sum(one.principal_cents for one in due)


def _enough(days: list[date], plan: Plan) -> list[date]:
    """Statement days, the unknown ones put beyond any day asked about."""
    return [*days, *[date.max] * plan.months]


def _agreed(plan: Plan) -> Iterator[Movement]:
    kind = MovementKind.CREDIT_ADJUSTMENT
    if not plan.cash:
        yield Movement(f"{plan.ref}:agreed", kind, plan.principal_cents, plan.agreed_date, reverses=plan.of)


def _month(plan: Plan, one: Instalment) -> Iterator[Movement]:
    name = f"{plan.ref}:{one.number}"
    yield Movement(name, MovementKind.INSTALMENT, one.principal_cents, one.day)
    if one.fee_cents:
        yield Movement(f"{name}:fee", MovementKind.FEE, one.fee_cents, one.day)


def _rest(plan: Plan, kept: Sequence[Instalment], day: date) -> Iterator[Movement]:
    """What is left at once; the running month is used, so its fee is due, later ones are not."""
    left = plan.principal_cents - sum(one.principal_cents for one in kept)
    fee = divide_half_up(plan.principal_cents * plan.monthly_fee, MILLION)
    fee += divide_half_up(left * plan.early_fee, MILLION)
    yield Movement(f"{plan.ref}:settled", MovementKind.INSTALMENT, left, day)
    if fee:
        yield Movement(f"{plan.ref}:settled:fee", MovementKind.FEE, fee, day)


def yearly_cost(plan: Plan) -> tuple[float, float]:
    """What the plan costs a year: nominal (12 x the monthly internal rate) and effective.

    A figure for display, by the compound method of 公告〔2021〕第3号; the money itself is
    integers throughout.
    """
    each, fee = plan.principal_cents / plan.months, plan.principal_cents * plan.monthly_fee / MILLION
    low, high = 0.0, 1.0
    for _ in range(100):
        rate = (low + high) / 2
        worth = sum((each + fee) / (1 + rate) ** month for month in range(1, plan.months + 1))
        low, high = (rate, high) if worth > plan.principal_cents else (low, rate)
    return 12 * low, (1 + low) ** 12 - 1
