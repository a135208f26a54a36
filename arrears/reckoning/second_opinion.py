"""Where the bank feeds its own interest, late fees or balances: do they agree with ours?

The postings are reckoned once more without the bank's own charges, by the card's terms.
The first statement that differs is a finding, with the likely cause: the one change of
terms under which our figure would be the bank's. What follows a difference differs too,
so later statements say nothing new.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from arrears.casebook.types import AccountHistory, Cycle, MovementKind
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.reckoning import sentences as say
from arrears.reckoning.core import reckon
from arrears.reckoning.supplied import is_supplied
from arrears.reckoning.types import Disagreement, Owed
from arrears.rulebook.terms import CHOICES, CardTerms

BANKS_OWN = (MovementKind.INTEREST, MovementKind.LATE_FEE)
CAUSES = {
    "day_count": Words(zh="计息天数算法不同", en="the days are counted differently"),
    "tolerance": Words(zh="容时容差处理不同", en="the tolerance is applied differently"),
    "allocation": Words(zh="还款冲抵顺序不同", en="payments are allocated in another order"),
    "method": Words(zh="全额计息与未还部分计息不同", en="full amount against unpaid part"),
    "compounding": Words(zh="复利处理不同", en="billed interest bears interest for one only"),
    "accrual_start": Words(zh="起息日不同", en="interest starts on another day"),
    "unknown": Words(zh="原因不明", en="no single cause explains it"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure of the bank's, and how to find ours."""

    statement_date: date
    what: str
    theirs: int


def second_opinion(
    history: AccountHistory, terms: CardTerms, *, as_of: date, tolerance_cents: int = 1
) -> Disagreement | None:
    """The first disagreement beyond `tolerance_cents`; None where all agree or nothing compares."""
    if is_supplied(history):
        return None
    bare = replace(history, movements=tuple(m for m in history.movements if m.kind not in BANKS_OWN))
    for figure in _figures(history, as_of):
        ours = _ours(bare, terms, figure)
        if abs(ours - figure.theirs) > tolerance_cents:
            return _disagreement(bare, terms, figure, ours, tolerance_cents)
    return None


def sum_by_cause(disagreements: Iterable[Disagreement]) -> dict[str, tuple[int, int]]:
    """How many accounts and how many minor units (absolute) each cause explains."""
    count: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for one in disagreements:
        count[one.cause] += 1
        cents[one.cause] += abs(one.ours_cents - one.theirs_cents)
    return {cause: (count[cause], cents[cause]) for cause in sorted(count)}


def _figures(history: AccountHistory, as_of: date) -> Iterator[_Figure]:
    """The bank's figures in the order of the statements: interest, then balance."""
    before = date.min
    for cycle in history.cycles:
        if cycle.statement_date > as_of:
            return
        interest = _interest_of(history, cycle, before)
        if interest is not None:
            yield _Figure(cycle.statement_date, "interest", interest)
        if cycle.supplied_balance_cents is not None:
            yield _Figure(cycle.statement_date, "balance", cycle.supplied_balance_cents)
        before = cycle.statement_date


def _interest_of(history: AccountHistory, cycle: Cycle, before: date) -> int | None:
    if cycle.supplied_interest_cents is not None:
        return cycle.supplied_interest_cents
    if not any(m.kind == MovementKind.INTEREST for m in history.movements):
        return None
    return sum(
        m.cents
        for m in history.movements
        if m.kind == MovementKind.INTEREST and before < m.posted_date <= cycle.statement_date
    )


def _ours(bare: AccountHistory, terms: CardTerms, figure: _Figure) -> int:
    owed: Owed = reckon(bare, replace(terms, charges_by=1), as_of=figure.statement_date)
    return owed.interest_billed_cents if figure.what == "interest" else owed.statement_balance_cents


def _disagreement(
    bare: AccountHistory, terms: CardTerms, figure: _Figure, ours: int, tolerance_cents: int
) -> Disagreement:
    fits = (
        cause
        for cause, other in _other_terms(terms)
        if abs(_ours(bare, other, figure) - figure.theirs) <= tolerance_cents
    )
    cause = next(fits, "unknown")
    words = say.disagreement(
        figure.statement_date,
        figure.what,
        Money(ours, bare.currency),
        Money(figure.theirs, bare.currency),
        CAUSES[cause],
    )
    return Disagreement(bare.ref, figure.statement_date, figure.what, ours, figure.theirs, cause, words)


def _other_terms(terms: CardTerms) -> Iterator[tuple[str, CardTerms]]:
    """Terms with one thing changed, likeliest first."""
    for cause in ("day_count", "allocation", "method", "compounding", "accrual_start"):
        if cause == "allocation":
            for days, cents in ((0, 0), (3, 1000), (terms.tolerance_days, 0), (0, terms.tolerance_amount)):
                yield "tolerance", replace(terms, tolerance_days=days, tolerance_amount=cents)
        for choice in range(len(CHOICES[cause])):
            if choice != getattr(terms, cause):
                changed: dict[str, Any] = {cause: choice}
                yield cause, replace(terms, **changed)
