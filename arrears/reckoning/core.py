"""One account on one day: `reckon` checks the history, folds it with a trace, and explains.

`fold.py` does the arithmetic, `tree.py` turns its trace into lines a person reads,
`supplied.py` answers where the bank gave balances instead of postings. Pure: no clock,
no I/O. docs/reckoning.md is the same in words, with a worked table.
"""

from dataclasses import fields
from datetime import date
from functools import lru_cache

from arrears.casebook.types import AccountHistory, MovementKind
from arrears.kernel.money import MOST_CENTS
from arrears.reckoning import fold as f
from arrears.reckoning.checks import check
from arrears.reckoning.supplied import is_supplied, owed_as_supplied
from arrears.reckoning.trace import Reckoned, Trace, day_number
from arrears.reckoning.tree import owed_as_reckoned
from arrears.reckoning.types import Owed
from arrears.rulebook.terms import CardTerms

CODES = {
    MovementKind.PURCHASE: f.PURCHASE,
    MovementKind.CASH_ADVANCE: f.CASH,
    MovementKind.INSTALMENT: f.INSTALMENT,
    MovementKind.FEE: f.FEE,
    MovementKind.INTEREST: f.INTEREST,
    MovementKind.LATE_FEE: f.LATE_FEE,
    # A correction in the bank's favour bears no interest unless a rule says so.
    MovementKind.DEBIT_ADJUSTMENT: f.FEE,
    MovementKind.PAYMENT: f.PAYMENT,
    MovementKind.REFUND: f.REFUND,
    MovementKind.CHARGEBACK: f.CHARGEBACK,
    MovementKind.CREDIT_ADJUSTMENT: f.CREDIT_ADJUSTMENT,
    MovementKind.WAIVER: f.WAIVER,
    MovementKind.PAYMENT_REVERSAL: f.PAYMENT_REVERSAL,
}
# The fields of CardTerms that stand in the sheet's head: all its integers, in order.
TERM_NAMES = tuple(field.name for field in fields(CardTerms) if field.type in (int, "int"))


def reckon(history: AccountHistory, terms: CardTerms, *, as_of: date, explained: bool = True) -> Owed:
    """What `history` owes at the end of `as_of` by `terms`, line by line.

    explained: False leaves the lines out, for those who only want the amounts of many.

    Raises UnableToReckon, naming account and posting, where the history cannot be right.
    """
    check(history)
    if is_supplied(history):
        return owed_as_supplied(history, terms, as_of=as_of)
    return owed_as_reckoned(run_fold(history, terms, as_of=as_of), explained=explained)


def run_fold(history: AccountHistory, terms: CardTerms, *, as_of: date) -> Reckoned:
    """The fold over one history, interpreted, with its trace."""
    sheet, trace = sheet_of(history, terms, as_of=as_of), Trace()
    f.fold(sheet, trace)
    return Reckoned(history, terms, as_of, sheet, trace)


def sheet_of(history: AccountHistory, terms: CardTerms, *, as_of: date) -> list[int]:
    """The sheet the fold works on: head, rates, statements, postings, room for charges."""
    rates = rate_rows(terms)
    statements_at = f.HEAD + len(rates)
    lots_at = statements_at + len(history.cycles) * f.STATEMENT_ROW
    postings = _posting_rows(history, terms, lots_at)
    head = [*head_terms(terms), *([0] * (f.HEAD - f.TERMS))]
    head[f.AS_OF] = day_number(as_of)
    head[f.LIMIT] = MOST_CENTS if history.limit_cents is None else history.limit_cents
    head[f.RATES_AT], head[f.RATES_END] = f.HEAD, statements_at
    head[f.STATEMENTS_AT], head[f.STATEMENTS_END] = statements_at, lots_at
    head[f.LOTS_AT], head[f.POSTINGS_END] = lots_at, lots_at + len(postings)
    head[f.KINDS] = f.TELLING
    # Two charges a statement: its interest and its late fee.
    room = [0] * (2 * len(history.cycles) * f.LOT_ROW)
    return [*head, *rates, *_statement_rows(history), *postings, *room]


@lru_cache(maxsize=4096)
def head_terms(terms: CardTerms) -> tuple[int, ...]:
    """The terms in the order of the sheet's head."""
    return tuple(getattr(terms, name) for name in TERM_NAMES)


@lru_cache(maxsize=4096)
def rate_rows(terms: CardTerms) -> tuple[int, ...]:
    """The dated rates as rows of the sheet."""
    return tuple(number for step in terms.rates for number in (step.day, step.purchases, step.cash))


def _statement_rows(history: AccountHistory) -> list[int]:
    rows: list[int] = []
    for cycle in history.cycles:
        rows += (day_number(cycle.statement_date), day_number(cycle.due_date), 0, 0, 0, 0, 0, 0, 0)
    return rows


def _posting_rows(history: AccountHistory, terms: CardTerms, lots_at: int) -> list[int]:
    place = {movement.ref: lots_at + i * f.LOT_ROW for i, movement in enumerate(history.movements)}
    rows: list[int] = []
    for movement in history.movements:
        posted = start = day_number(movement.posted_date)
        if terms.accrual_start and movement.made_date:
            start = day_number(movement.made_date)
        target = place.get(movement.reverses, f.NOWHERE) if movement.reverses else f.NOWHERE
        rows += (CODES[movement.kind], movement.cents, movement.cents, posted, start, target, 0, 0, 0, 0, 0)
    return rows
