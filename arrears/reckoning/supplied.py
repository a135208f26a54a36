"""What is owed where the bank sends balances and lateness instead of every posting.

The latest balance the bank gave, less what came in after it. A payment up to the day of
that balance is taken to be in it, unless we only know the payment from a notice and the
bank's newer balance shows no drop: then it is counted all the same, and a finding shows
both numbers. Lateness is the bank's own, growing by calendar days until it says anew.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from arrears.casebook.types import CREDITS, AccountHistory, Cycle, Movement, MovementKind, Supplied
from arrears.kernel.money import Money, divide_half_up
from arrears.kernel.words import Words
from arrears.reckoning import sentences as say
from arrears.reckoning.types import Line, Owed, RuleRef
from arrears.rulebook.terms import MILLION, CardTerms

SUPPLIED_RULE = RuleRef(
    "reckoning/supplied",
    Words(zh="以银行提供的余额为准", en="The bank's own balance"),
    "Arrears docs/reckoning.md",
)


def is_supplied(history: AccountHistory) -> bool:
    """Whether the bank gave balances or lateness and no debits to reckon from.

    A payment noticed and gone back is no debit to reckon from: it undoes our own notice.
    """
    told = bool(history.supplied) or any(c.supplied_balance_cents is not None for c in history.cycles)
    return told and all(movement.kind in CREDITS or _went_back(movement) for movement in history.movements)


def _went_back(movement: Movement) -> bool:
    return movement.kind is MovementKind.PAYMENT_REVERSAL and movement.source == "notice"


@dataclass(frozen=True, slots=True)
class _Balance:
    """One balance the bank gave: a statement's, or one by the way."""

    day: date
    cents: int
    cycle: Cycle | None


@dataclass(slots=True)
class _Answer:
    """Lines and findings as they come up."""

    lines: list[Line] = field(default_factory=list)
    findings: list[Words] = field(default_factory=list)

    def owed(self) -> int:
        return sum(line.cents for line in self.lines)


def owed_as_supplied(history: AccountHistory, terms: CardTerms, *, as_of: date) -> Owed:
    """The bank's latest word up to `as_of`, less what came in since."""
    balances = sorted(_balances(history, as_of), key=lambda balance: balance.day)
    answer = _Answer()
    if balances:
        answer.lines.append(_balance_line(balances[-1]))
    for movement in _less_what_went_back(history, as_of, balances[-1].day if balances else None):
        _take(movement, balances, history.currency, answer)
    return _owed(history, terms, as_of, answer)


def _less_what_went_back(history: AccountHistory, as_of: date, last: date | None) -> Iterator[Movement]:
    """The movements up to `as_of`; what went back by the day of the `last` balance is gone from its payment."""
    until = [movement for movement in history.movements if movement.posted_date <= as_of]
    gone: Counter[str] = Counter()
    for movement in until:
        if _went_back(movement) and last is not None and movement.posted_date <= last:
            gone[movement.reverses or ""] += movement.cents
    for movement in until:
        if _went_back(movement) and last is not None and movement.posted_date <= last:
            continue
        if movement.cents > gone[movement.ref]:
            yield replace(movement, cents=movement.cents - gone[movement.ref])


def _owed(history: AccountHistory, terms: CardTerms, as_of: date, answer: _Answer) -> Owed:
    statement = next((c for c in reversed(history.cycles) if c.statement_date <= as_of), None)
    payoff = answer.owed()
    minimum = _minimum_due(history, terms, statement, as_of, payoff)
    told = _latest_lateness(history, as_of)
    late = _days_past_due(history, terms, statement, told, as_of, payoff, minimum, answer)
    supplied_minimum = statement is not None and statement.supplied_minimum_cents is not None
    overdue = (minimum if supplied_minimum else None) if late else 0
    return Owed(
        account_ref=history.ref,
        as_of=as_of,
        currency=history.currency,
        source="supplied",
        payoff_cents=payoff,
        statement_balance_cents=(statement.supplied_balance_cents or 0) if statement else 0,
        minimum_due_cents=minimum,
        overdue_cents=overdue,
        interest_billed_cents=(statement.supplied_interest_cents or 0) if statement else 0,
        interest_accrued_cents=0,
        late_fees_cents=0,
        days_past_due=late,
        oldest_due_date=as_of - timedelta(days=late) if late else None,
        next_due_date=next((c.due_date for c in history.cycles if c.due_date >= as_of), None),
        lines=tuple(answer.lines),
        months_late=told.months_late if told else None,
        findings=tuple(answer.findings),
    )


# --- balances and money


def _balances(history: AccountHistory, as_of: date) -> Iterator[_Balance]:
    for cycle in history.cycles:
        if cycle.supplied_balance_cents is not None and cycle.statement_date <= as_of:
            yield _Balance(cycle.statement_date, cycle.supplied_balance_cents, cycle)
    for supplied in history.supplied:
        if supplied.balance_cents is not None and supplied.as_of <= as_of:
            yield _Balance(supplied.as_of, supplied.balance_cents, None)


def _balance_line(balance: _Balance) -> Line:
    when = say.day(balance.day)
    if balance.cycle:
        words = Words(
            zh=f"银行提供的{when.zh}账单余额",
            en=f"Balance of the statement of {when.en}, as the bank gave it",
        )
        return Line("supplied_balance", balance.cents, words, SUPPLIED_RULE, (f"statement:{balance.day}",))
    words = Words(zh=f"银行提供的{when.zh}余额", en=f"Balance on {when.en}, as the bank gave it")
    return Line("supplied_balance", balance.cents, words, SUPPLIED_RULE, (f"supplied:{balance.day}",))


def _take(movement: Movement, balances: list[_Balance], currency: str, answer: _Answer) -> None:
    """Count a credit that is not yet in the bank's balance; or owe again what went back after it."""
    if _went_back(movement):
        answer.lines.append(Line("payment", movement.cents, say.paid(movement), None, (movement.ref,)))
        return
    if balances and movement.posted_date <= balances[-1].day:
        if movement.source != "notice" or _drop_shown(movement, balances):
            return
        answer.findings.append(_not_in_balance(movement, balances[-1], currency))
    answer.lines.append(Line("payment", -movement.cents, say.paid(movement), None, (movement.ref,)))


def _drop_shown(movement: Movement, balances: list[_Balance]) -> bool:
    """Whether the newest balance is below the last one from before the payment."""
    before = [balance for balance in balances if balance.day < movement.posted_date]
    return not before or balances[-1].cents < before[-1].cents


def _not_in_balance(movement: Movement, balance: _Balance, currency: str) -> Words:
    paid, stands = Money(movement.cents, currency), Money(balance.cents, currency)
    when, since = say.day(movement.posted_date), say.day(balance.day)
    return Words(
        zh=f"{when.zh}收到还款{paid.with_symbol()}（{movement.ref}），但银行{since.zh}提供的余额"
        f"{stands.with_symbol()}未见减少。已按收到还款计算，请核对。",
        en=f"A payment of {paid.with_symbol()} came on {when.en} ({movement.ref}), but the bank's balance of "
        f"{since.en}, {stands.with_symbol()}, shows no drop. The payment is counted; please check.",
    )


def _minimum_due(
    history: AccountHistory, terms: CardTerms, statement: Cycle | None, as_of: date, payoff: int
) -> int:
    """The bank's minimum, or the product's share of the balance, less what came in since."""
    if statement is None or statement.supplied_balance_cents is None:
        return 0
    minimum = statement.supplied_minimum_cents
    if minimum is None:
        share = divide_half_up(statement.supplied_balance_cents * terms.minimum_of_purchases, MILLION)
        minimum = min(statement.supplied_balance_cents, max(share, terms.minimum_floor))
    paid = sum(m.cents for m in history.movements if statement.statement_date < m.posted_date <= as_of)
    return max(0, min(minimum - paid, payoff))


# --- lateness


def _latest_lateness(history: AccountHistory, as_of: date) -> Supplied | None:
    told = [
        s
        for s in history.supplied
        if s.as_of <= as_of and (s.months_late is not None or s.days_past_due is not None)
    ]
    return max(told, key=lambda s: s.as_of, default=None)


def _days_past_due(
    history: AccountHistory,
    terms: CardTerms,
    statement: Cycle | None,
    told: Supplied | None,
    as_of: date,
    payoff: int,
    minimum: int,
    answer: _Answer,
) -> int:
    days = _told_days(told)
    if days and told and payoff <= 0:
        if not any(m.posted_date > told.as_of and m.posted_date <= as_of for m in history.movements):
            answer.findings.append(_late_and_nothing_owed(told, payoff, history.currency))
        return 0
    grown = days + (as_of - told.as_of).days if days and told else 0
    return max(grown, _days_since_due(terms, statement, told, as_of, minimum))


def _told_days(told: Supplied | None) -> int:
    """The least number of days the bank's word means: k months late is 30(k-1)+1 days."""
    if told is None:
        return 0
    if told.days_past_due is not None:
        return max(0, told.days_past_due)
    months = told.months_late or 0
    return 30 * (months - 1) + 1 if months > 0 else 0


def _days_since_due(
    terms: CardTerms, statement: Cycle | None, told: Supplied | None, as_of: date, minimum: int
) -> int:
    """Days since the last statement's due date, if its minimum is missing and the bank has not said."""
    if statement is None or minimum <= terms.tolerance_amount:
        return 0
    if told is not None and told.as_of > statement.due_date:
        return 0
    late = (as_of - statement.due_date).days
    return late if late > terms.tolerance_days else 0


def _late_and_nothing_owed(told: Supplied, payoff: int, currency: str) -> Words:
    when, owed = say.day(told.as_of), Money(payoff, currency).with_symbol()
    how_late = (
        Words(zh=f"逾期{told.days_past_due}天", en=f"{told.days_past_due} days late")
        if told.days_past_due is not None
        else Words(zh=f"逾期{told.months_late}个月", en=f"{told.months_late} months late")
    )
    return Words(
        zh=f"银行称{when.zh}{how_late.zh}，但欠款余额为{owed}。按未逾期处理，请核对。",
        en=f"The bank says {how_late.en} on {when.en}, yet the balance owed is {owed}. "
        "Treated as not late; please check.",
    )
