"""What a role may grant, who may let pass what it may not, and the nearest that is allowed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from arrears.arrangements.types import IN_PARTS, Asked
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import ROLES, May, Span, Version

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Measure:
    """An offer in the numbers a policy limits; None where the kind has no such number.

    base_cents: what shares are shares of (what is owed, or the charges); all in `currency`.
    """

    months: int | None = None
    days: int | None = None
    cents: int | None = None
    each_cents: int | None = None
    pays_millionths: int | None = None
    gives_millionths: int | None = None
    base_cents: int = 0
    currency: str = "CNY"


def breaches(may: May, measure: Measure) -> tuple[Words, ...]:
    """What of the offer lies outside `may`, in sentences; none where all is inside."""

    def money(cents: int) -> str:
        return Money(cents, measure.currency).with_symbol()

    found = [
        _outside(may.months, measure.months, MONTHS, str),
        _outside(may.days, measure.days, DAYS, str),
        _outside(may.cents, measure.cents, CENTS, money),
        _below(may.each_cents, measure.each_cents, EACH, money),
        _below(may.pays_millionths, measure.pays_millionths, PAYS, _percent),
        _above(may.gives_millionths, measure.gives_millionths, GIVES, _percent),
    ]
    return tuple(words for words in found if words)


MONTHS = Words(zh="期限 {value} 个月，允许 {span}", en="{value} months; {span} allowed")
DAYS = Words(zh="{value} 天，允许 {span}", en="{value} days; {span} allowed")
CENTS = Words(zh="金额 {value}，允许 {span}", en="{value}; {span} allowed")
EACH = Words(zh="每期 {value}，不得低于 {limit}", en="an instalment of {value}; at least {limit}")
PAYS = Words(
    zh="付清所欠的 {value}，不得低于 {limit}", en="{value} of what is owed is paid; at least {limit}"
)
GIVES = Words(zh="减免比例 {value}，不得高于 {limit}", en="{value} given up; at most {limit}")

Say = Callable[[int], str]


def _percent(millionths: int) -> str:
    return f"{Decimal(millionths) / 10_000:.2f}%"


def _outside(span: Span | None, value: int | None, words: Words, say: Say) -> Words | None:
    if span is None or value is None or span.nearest(value) == value:
        return None
    low, high = ("" if end is None else say(end) for end in (span.from_, span.to))
    return words.filled(value=say(value), span=f"{low}–{high}")


def _below(floor: int | None, value: int | None, words: Words, say: Say) -> Words | None:
    if floor is None or value is None or value >= floor:
        return None
    return words.filled(value=say(value), limit=say(floor))


def _above(ceiling: int | None, value: int | None, words: Words, say: Say) -> Words | None:
    if ceiling is None or value is None or value <= ceiling:
        return None
    return words.filled(value=say(value), limit=say(ceiling))


def roles_that_may(version: Version, measure: Measure) -> tuple[str, ...]:
    """The roles inside whose limits the offer lies, lowest first."""
    return tuple(role for role in ROLES if role in version.may and not breaches(version.may[role], measure))


def approvers(version: Version, measure: Measure, role: str) -> tuple[str, ...]:
    """The roles above `role` that may let the offer pass."""
    above = ROLES[ROLES.index(role) + 1 :] if role in ROLES else ()
    return tuple(each for each in roles_that_may(version, measure) if each in above)


def widest(version: Version) -> May:
    """The limits of the highest role: beyond them nobody may go."""
    return version.may[[role for role in ROLES if role in version.may][-1]]


def nearest(asked: Asked, measure: Measure, may: May, *, principal_cents: int, today: date) -> Asked:
    """The offer nearest to `asked` inside `may`."""
    wanted = asked
    if measure.months is not None:
        wanted = replace(wanted, months=_months(measure, may, principal_cents))
    if may.days and measure.days is not None:
        wanted = replace(wanted, day=today + timedelta(days=may.days.nearest(measure.days)))
    if asked.kind not in IN_PARTS and measure.cents is not None:
        wanted = replace(wanted, cents=_cents(measure, may))
    return wanted


def _months(measure: Measure, may: May, principal_cents: int) -> int:
    months = measure.months or 1
    if may.each_cents and measure.each_cents is not None and measure.each_cents < may.each_cents:
        months = max(1, principal_cents // may.each_cents)
    return may.months.nearest(months) if may.months else months


def _cents(measure: Measure, may: May) -> int:
    cents = measure.cents or 0
    if may.pays_millionths is not None:
        cents = max(cents, -(-measure.base_cents * may.pays_millionths // MILLION))
    if may.gives_millionths is not None:
        cents = min(cents, measure.base_cents * may.gives_millionths // MILLION)
    return may.cents.nearest(cents) if may.cents else cents
