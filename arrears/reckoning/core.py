"""One account on one day: `reckon` checks the history, folds it with a trace, and explains.

`fold.py` does the arithmetic, `tree.py` turns its trace into lines a person reads,
`supplied.py` answers where the bank gave balances instead of postings. Pure: no clock,
no I/O. docs/reckoning.md is the same in words, with a worked table.
"""

from collections.abc import Sequence
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


def reckon(history: AccountHistory, terms: CardTerms, *, as_of: date) -> Owed:
    """What `history` owes at the end of `as_of` by `terms`, line by line.

    Raises UnableToReckon, naming account and posting, where the history cannot be right.
    """
    check(history)
    if is_supplied(history):
        return owed_as_supplied(history, terms, as_of=as_of)
    return owed_as_reckoned(run_fold(history, terms, as_of=as_of))


def run_fold(history: AccountHistory, terms: CardTerms, *, as_of: date) -> Reckoned:
    """The fold over one history, interpreted, with its trace."""
    postings = _postings(history)
    cycles = f.Cycles(
        [day_number(cycle.statement_date) for cycle in history.cycles],
        [day_number(cycle.due_date) for cycle in history.cycles],
    )
    lots = f.Lots(*_rows(len(f.Lots._fields), len(history.movements) + 2 * len(history.cycles)))
    statements = f.Statements(*_rows(len(f.Statements._fields), len(history.cycles)))
    tally, trace = [0] * f.TALLIES, Trace()
    limit = MOST_CENTS if history.limit_cents is None else history.limit_cents
    f.fold(
        postings, cycles, fold_terms(terms), day_number(as_of), limit, lots, statements, tally, trace
    )
    return Reckoned(history, terms, as_of, lots, statements, tally, trace)


@lru_cache(maxsize=4096)
def fold_terms(terms: CardTerms) -> f.Terms:
    """The integers the fold wants, its rates as three lists."""
    numbers = {name: getattr(terms, name) for name in f.Terms._fields[:-3]}
    return f.Terms(
        **numbers,
        rate_days=[step.day for step in terms.rates],
        purchase_rates=[step.purchases for step in terms.rates],
        cash_rates=[step.cash for step in terms.rates],
    )


def _postings(history: AccountHistory) -> f.Postings:
    place = {movement.ref: i for i, movement in enumerate(history.movements)}
    return f.Postings(
        [day_number(movement.posted_date) for movement in history.movements],
        [day_number(movement.made_date or movement.posted_date) for movement in history.movements],
        [CODES[movement.kind] for movement in history.movements],
        [movement.cents for movement in history.movements],
        [place.get(movement.reverses or "", f.NOWHERE) for movement in history.movements],
    )


def _rows(number: int, length: int) -> Sequence[list[int]]:
    return [[0] * length for _ in range(number)]
