"""An arrangement drafted from what is owed: schedule, what is given up, what it costs. Pure.

Everything about the debt comes from the reckoner; here is only what is agreed about it.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from arrears.arrangements.core.limits import Measure
from arrears.arrangements.core.plans import NotAgreeing, yearly_cost
from arrears.arrangements.core.schedule import at_once, in_parts
from arrears.arrangements.core.yearly import Rate
from arrears.arrangements.types import (
    IN_PARTS,
    Asked,
    IsWorkday,
    Kind,
    Monthly,
    Schedule,
    UnableToOffer,
)
from arrears.casebook.types import AccountHistory, MovementKind
from arrears.kernel.days import days_between
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.reckoning import queries as reckoning
from arrears.reckoning.types import Line, Owed
from arrears.rulebook.arrangements import MOST_MONTHS, Version, courts_ceiling

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed today, and the history it comes from."""

    history: AccountHistory
    owed: Owed
    on: date

    @property
    def instalments_cents(self) -> int:
        """What of it is an instalment balance already."""
        return sum(line.cents for line in self.owed.lines if line.kind == "instalments")


@dataclass(frozen=True, slots=True)
class Draft:
    """An arrangement not offered yet. schedule is None for a waiver: nothing is paid."""

    asked: Asked
    debt: Debt
    schedule: Schedule | None
    waived_cents: int
    measure: Measure
    yearly: Rate | None = None
    monthly_fee: int = 0
    early_fee: int = 0


def debt_of(history: AccountHistory, *, on: date) -> Debt:
    """What `history` owes on that day. Raises UnableToReckon."""
    return Debt(history, reckoning.owed(history=history, as_of=on), on)


def draft(asked: Asked, debt: Debt, version: Version, *, is_workday: IsWorkday) -> Draft:
    """The arrangement asked for. Raises UnableToOffer where the debt does not allow it at all."""
    if asked.kind in IN_PARTS:
        return _in_parts(asked, debt, version, is_workday)
    if asked.kind is Kind.EXTENSION:
        return _extension(asked, debt)
    if asked.kind is Kind.SETTLEMENT:
        return _settlement(asked, debt)
    return _waiver(asked, debt)


def _in_parts(asked: Asked, debt: Debt, version: Version, is_workday: IsWorkday) -> Draft:
    principal = principal_for(asked.kind, debt)
    cents = principal if asked.cents is None else asked.cents
    if not 0 < cents <= principal:
        raise UnableToOffer(
            IN_PARTS_OF.filled(cents=_text(cents, debt), principal=_text(principal, debt)),
            do=NO_SECOND_TIME if debt.instalments_cents and asked.kind is not Kind.PERSONAL else "",
            nearest=replace(asked, cents=principal) if principal > 0 else None,
        )
    terms = reckoning.terms_of(debt.history, as_of=debt.on)
    fee = version.monthly_fee_millionths
    fee = terms.instalments.instalment_monthly_fee if fee is None else fee
    complete = replace(asked, cents=cents, pay_days=asked.pay_days or Monthly(_usual_day(debt)))
    schedule = in_parts(
        cents,
        agreed=debt.on,
        months=complete.months or 0,
        most_months=min(MOST_MONTHS, terms.instalments.instalment_most_months),
        pay_days=complete.pay_days or Monthly(1),
        is_workday=is_workday,
        monthly_fee=fee,
    )
    measure = Measure(
        months=complete.months,
        cents=cents,
        each_cents=min(part.principal_cents for part in schedule.parts),
        base_cents=principal,
        currency=debt.owed.currency,
    )
    early = terms.instalments.instalment_early_fee
    return Draft(complete, debt, schedule, 0, measure, yearly_cost(schedule), fee, early)


IN_PARTS_OF = Words(
    zh="要分期的金额 {cents}，可分期的是 {principal}", en="{cents} in parts, of {principal} that may be"
)
NO_SECOND_TIME = Words(
    zh="已分期的余额不得再次分期，只能按第七十条另行协议（银保监规〔2022〕13号）。",
    en="What is an instalment already may not be put into instalments again, but by an agreement "
    "under article 70 (2022 No. 13).",
)


def _text(cents: int, debt: Debt) -> str:
    return Money(cents, debt.owed.currency).with_symbol()


def principal_for(kind: Kind, debt: Debt) -> int:
    """What of the debt may be paid in parts, in cents; instalments stay out but for article 70."""
    whole = debt.owed.payoff_cents
    if kind is Kind.PERSONAL:
        return max(0, whole)
    if kind is Kind.INSTALMENT_BILL:
        whole = min(whole, debt.owed.statement_balance_cents)
    return max(0, whole - debt.instalments_cents)


def _usual_day(debt: Debt) -> int:
    """The day of the month on which this account is due anyway."""
    cycles = debt.history.cycles
    return cycles[-1].due_date.day if cycles else debt.on.day


def _extension(asked: Asked, debt: Debt) -> Draft:
    if asked.day is None or asked.day <= debt.on:
        raise UnableToOffer(
            Words(zh="延期需要一个将来的日子", en="an extension needs a day to come"),
            do=Words(zh="请写明新的还款日。", en="Name the new day."),
        )
    owed = debt.owed
    due = owed.overdue_cents or owed.minimum_due_cents
    cents = due if asked.cents is None else asked.cents
    if not 0 < cents <= owed.payoff_cents:
        raise UnableToOffer(
            PUT_OFF.filled(cents=_text(cents, debt), owed=_text(owed.payoff_cents, debt)),
            nearest=replace(asked, cents=None) if owed.payoff_cents > 0 else None,
        )
    measure = Measure(
        days=days_between(debt.on, asked.day),
        cents=cents,
        base_cents=owed.payoff_cents,
        currency=owed.currency,
    )
    schedule = at_once(cents, agreed=debt.on, day=asked.day)
    return Draft(replace(asked, cents=cents), debt, schedule, 0, measure)


PUT_OFF = Words(zh="延期金额 {cents}，所欠 {owed}", en="{cents} put off; {owed} is owed")
IN_ONE_SUM = Words(
    zh="一次付 {cents}，{day} 时将欠 {then}", en="{cents} in one sum; {then} will be owed on {day}"
)


def _settlement(asked: Asked, debt: Debt) -> Draft:
    if asked.day is None or asked.day < debt.on or asked.cents is None:
        raise UnableToOffer(
            Words(zh="一次性结清需要金额和日子", en="a settlement needs a sum and a day"),
            do=Words(zh="请都写明。", en="Name both."),
        )
    then = reckoning.what_if(history=debt.history, payments=[], as_of=asked.day).before.payoff_cents
    if not 0 < asked.cents <= then:
        raise UnableToOffer(
            IN_ONE_SUM.filled(cents=_text(asked.cents, debt), then=_text(then, debt), day=asked.day),
            nearest=replace(asked, cents=then) if then > 0 else None,
        )
    measure = Measure(
        days=days_between(debt.on, asked.day),
        cents=asked.cents,
        pays_millionths=asked.cents * MILLION // then,
        base_cents=then,
        currency=debt.owed.currency,
    )
    return Draft(
        asked, debt, at_once(asked.cents, agreed=debt.on, day=asked.day), then - asked.cents, measure
    )


CHARGES = ("late_fee", "interest")


def _waiver(asked: Asked, debt: Debt) -> Draft:
    if asked.of not in CHARGES:
        raise UnableToOffer(
            Words(zh="没有说明减免什么", en=f"a waiver of {asked.of!r}"),
            do=Words(zh="违约金或利息，选一项。", en=f"Choose one of: {', '.join(CHARGES)}."),
        )
    charged = charges_left(debt, asked.of)
    cents = charged if asked.cents is None else asked.cents
    if not 0 < cents <= charged:
        raise UnableToOffer(
            CHARGED.filled(cents=_text(cents, debt), charged=_text(charged, debt)),
            nearest=replace(asked, cents=charged) if charged > 0 else None,
        )
    measure = Measure(
        cents=cents,
        gives_millionths=cents * MILLION // charged,
        base_cents=charged,
        currency=debt.owed.currency,
    )
    return Draft(replace(asked, cents=cents), debt, None, cents, measure)


CHARGED = Words(
    zh="要减免 {cents}，已收而未减免的有 {charged}",
    en="{cents} to give up; {charged} were charged and not given up yet",
)


def charges_left(debt: Debt, of: str) -> int:
    """Interest or late fees charged so far, paid or not, less everything ever given up."""
    charged = sum(line.cents for line in debt.owed.charges if _is_charge(line, of))
    given_up = sum(one.cents for one in debt.history.movements if one.kind is MovementKind.WAIVER)
    return max(0, charged - given_up)


def _is_charge(line: Line, of: str) -> bool:
    return line.kind.startswith(of)


def cost_of_not_agreeing(debt: Debt, schedule: Schedule, *, sustainable_cents: int | None) -> NotAgreeing:
    """What the debt would grow by until the schedule's end, by the card's own terms.

    Never beyond what courts grant (rulebook, not_agreeing.yaml).
    Paying what one can: the sustainable amount on every day of the schedule, and where that
    is not known the schedule's own amounts, paid without any agreement.
    """
    days, end = schedule.parts, schedule.parts[-1].day
    can = [
        (
            part.day,
            min(part.due_cents, sustainable_cents) if sustainable_cents is not None else part.due_cents,
        )
        for part in days
    ]
    history, ceiling = _held_to_the_ceiling(debt)
    compared = reckoning.what_if(
        history=history, payments=[(day, cents) for day, cents in can if cents], as_of=end
    )
    now = debt.owed.payoff_cents
    paid = sum(cents for _, cents in can)
    nothing, what_one_can = compared.before.payoff_cents - now, compared.after.payoff_cents + paid - now
    return NotAgreeing(max(0, nothing), max(0, what_one_can), at_most_millionths=ceiling)


def _held_to_the_ceiling(debt: Debt) -> tuple[AccountHistory, int | None]:
    """The history under what courts grant or the card's own ceiling, whichever is lower; and that."""
    own = reckoning.terms_of(debt.history, as_of=debt.on).cost_ceiling  # -1: none
    known = [most for most in (courts_ceiling(debt.history.product), own) if most is not None and most >= 0]
    if not known:
        return debt.history, None
    terms = {**debt.history.terms, "cost_ceiling": str(Decimal(min(known)) / MILLION)}
    return replace(debt.history, terms=terms), min(known)
