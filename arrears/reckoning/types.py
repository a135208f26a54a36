"""What reckoning hands out: `Owed`, and the tree that explains it.

Every amount unfolds: line -> segments -> rule -> reference -> facts. The lines of an
`Owed` sum to `payoff_cents`, always; the day's round checks it for every account.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class RuleRef:
    """The rule a line follows and where it is written."""

    id: str
    title: Words
    reference: str


class Segment(NamedTuple):
    """A stretch of days (last day excluded) over which one balance bore one rate."""

    from_date: date
    to_date: date
    days: int
    balance_cents: int
    daily_rate: str
    fact: str  # ref of the movement whose money this is


@dataclass(frozen=True, slots=True)
class Line:
    """One part of what is owed. Sub-lines, where there are any, sum to `cents`."""

    kind: str  # purchases, cash, fees, interest, interest_accrued, late_fee, payments ...
    cents: int  # negative where it reduces the debt
    words: Words  # one plain sentence
    rule: RuleRef | None = None
    facts: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    lines: tuple["Line", ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """One account on one day. `lines` sum to `payoff_cents`.

    source: `reckoned` from movements, or `supplied` where the bank gave balances instead.
    overdue_cents is what must come in to be no longer late (the unpaid part of every
    minimum past its due date); None where the bank supplied lateness without amounts.
    """

    account_ref: str
    as_of: date
    currency: str
    source: str
    payoff_cents: int
    statement_balance_cents: int
    minimum_due_cents: int
    overdue_cents: int | None
    interest_billed_cents: int
    interest_accrued_cents: int
    late_fees_cents: int
    days_past_due: int
    oldest_due_date: date | None  # of the oldest unpaid minimum
    next_due_date: date | None
    lines: tuple[Line, ...]
    months_late: int | None = None  # only where the bank supplied it
    findings: tuple[Words, ...] = ()  # numbers that disagree: a person must look
    charges: tuple[Line, ...] = ()  # every interest and late fee charged so far, paid or not
    minimum: Line | None = None  # what minimum_due_cents is made of; its sub-lines sum to it
    interest_by_statement: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first statement on which the bank's figure and ours differ, and by how much."""

    account_ref: str
    statement_date: date
    what: str  # interest | balance | late_fees
    ours_cents: int
    theirs_cents: int
    cause: str  # a key of CAUSES
    words: Words


class UnableToReckon(Trouble):
    """This account cannot be reckoned; it is set aside and the rest go on."""

    def __init__(self, what: str, *, account_ref: str, movement_ref: str | None = None) -> None:
        posting = f", posting {movement_ref}" if movement_ref else ""
        super().__init__(f"account {account_ref}{posting}: {what}")
        self.account_ref, self.movement_ref = account_ref, movement_ref
