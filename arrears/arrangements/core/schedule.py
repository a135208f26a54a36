"""A debt in parts that sum to it exactly; what is left when it ends early or is begun anew."""

from datetime import date

from arrears.arrangements.core.pay_days import due_days
from arrears.arrangements.types import IsWorkday, Part, PartSeen, PayDays, Schedule, UnableToArrange
from arrears.kernel.days import add_months
from arrears.kernel.money import MOST_CENTS, divide_half_up
from arrears.kernel.words import Words

MILLION = 1_000_000


def split(cents: int, parts: int) -> tuple[int, ...]:
    """Equal parts; the last takes the remainder, so they sum to `cents` exactly.

    >>> split(1000, 3)
    (333, 333, 334)
    """
    each = cents // parts
    return (*[each] * (parts - 1), cents - each * (parts - 1))


def in_parts(
    principal_cents: int,
    *,
    agreed: date,
    months: int,
    most_months: int,
    pay_days: PayDays,
    is_workday: IsWorkday,
    monthly_fee: int = 0,
) -> Schedule:
    """`principal_cents` over `months` months on pay-days; no day passes `most_months`.

    monthly_fee: parts of a million of the principal for each month. Paid monthly, every
    instalment carries the month's fee; in another rhythm the months' fees are spread over
    the instalments. Raises UnableToArrange where no such schedule exists.
    """
    if not 1 <= months <= most_months:
        raise UnableToArrange(
            Words(zh=f"分 {months} 个月", en=f"a plan over {months} months"),
            do=Words(zh=f"请选 1 到 {most_months} 个月。", en=f"Choose from 1 to {most_months} months."),
        )
    if not 0 < principal_cents <= MOST_CENTS // 2:
        raise UnableToArrange(
            Words(zh="没有可以分期的金额", en="there is nothing to be paid in parts"),
        )
    last = add_months(agreed, most_months)
    days = due_days(pay_days, agreed=agreed, months=months, last=last, is_workday=is_workday)
    if not days:
        raise UnableToArrange(
            Words(zh="期限内没有发薪日", en="no pay-day lies within the plan's time"),
            do=Words(zh="请填写接下来的发薪日。", en="Name the next pay-days."),
        )
    if principal_cents < len(days):
        raise UnableToArrange(
            Words(
                zh=f"金额太小，分不成 {len(days)} 期",
                en=f"too little to be split into {len(days)} instalments",
            )
        )
    fee = divide_half_up(principal_cents * monthly_fee, MILLION) * months
    rows = zip(days, split(principal_cents, len(days)), split(fee, len(days)), strict=True)
    return Schedule(agreed, tuple(Part(number, *row) for number, row in enumerate(rows, 1)))


def at_once(cents: int, *, agreed: date, day: date) -> Schedule:
    """One sum on one day: an extension, a settlement."""
    return Schedule(agreed, (Part(1, day, cents),))


def left_when_ended(
    schedule: Schedule, *, on: date, paid_cents: int = 0, early_fee: int = 0
) -> tuple[int, int]:
    """(principal, fees) still to pay were the plan ended on `on`: fees for used months only.

    The running instalment's fee is due, later ones are not (2022 No. 13: early payoff by the
    actual amount and days). early_fee: parts of a million of the principal not yet due.
    paid_cents: what has come in, fees first.
    """
    past = [part for part in schedule.parts if part.day <= on]
    running = schedule.parts[len(past) : len(past) + 1]
    ahead = schedule.principal_cents - sum(part.principal_cents for part in past)
    charged = sum(part.fee_cents for part in past)
    fees = charged + sum(part.fee_cents for part in running) + divide_half_up(ahead * early_fee, MILLION)
    left = max(0, schedule.principal_cents + fees - paid_cents)
    principal_left = max(0, schedule.principal_cents - max(0, paid_cents - charged))
    return min(left, principal_left), left - min(left, principal_left)


def left_to_plan(parts: tuple[PartSeen, ...]) -> int:
    """The principal a renegotiated plan starts from: what no money has come for.

    Money counts for the fee of an instalment before its principal.
    """
    return sum(seen.part.principal_cents - max(0, seen.paid_cents - seen.part.fee_cents) for seen in parts)
