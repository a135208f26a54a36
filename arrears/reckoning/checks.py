"""Refuse a history that cannot be right, naming account and posting, before any arithmetic."""

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.kernel.money import CURRENCIES, MOST_CENTS
from arrears.reckoning.types import UnableToReckon

# These may name a posting that is not in the history; all others that name one must find it.
_MAY_POINT_OUTSIDE = frozenset({MovementKind.WAIVER, MovementKind.CREDIT_ADJUSTMENT, MovementKind.REFUND})


def check(history: AccountHistory) -> None:
    """Raises UnableToReckon for the first thing that cannot be right."""
    if history.currency not in CURRENCIES:
        raise UnableToReckon(f"{history.currency!r} is no known currency", account_ref=history.ref)
    _check_cycles(history)
    _check_movements(history)


def _check_cycles(history: AccountHistory) -> None:
    before: Cycle | None = None
    for cycle in history.cycles:
        if cycle.due_date is None:
            raise UnableToReckon(f"statement {cycle.statement_date} has no due date", account_ref=history.ref)
        if cycle.due_date <= cycle.statement_date:
            raise UnableToReckon(
                f"statement {cycle.statement_date} is due on {cycle.due_date}, not after its own day",
                account_ref=history.ref,
            )
        if before and (cycle.statement_date <= before.statement_date or cycle.due_date < before.due_date):
            raise UnableToReckon(
                f"statement {cycle.statement_date} does not follow {before.statement_date}",
                account_ref=history.ref,
            )
        before = cycle


def _check_movements(history: AccountHistory) -> None:
    seen: set[str] = set()
    before: Movement | None = None
    for movement in history.movements:
        problem = _problem_of(movement, history, before, seen)
        if problem:
            raise UnableToReckon(problem, account_ref=history.ref, movement_ref=movement.ref)
        seen.add(movement.ref)
        before = movement
    for movement in history.movements:
        if movement.reverses and movement.reverses not in seen and movement.kind not in _MAY_POINT_OUTSIDE:
            raise UnableToReckon(
                f"it reverses {movement.reverses}, which is not there",
                account_ref=history.ref,
                movement_ref=movement.ref,
            )


def _problem_of(
    movement: Movement, history: AccountHistory, before: Movement | None, seen: set[str]
) -> str | None:
    cents = movement.cents
    if movement.ref in seen:
        return "there are two postings with this id"
    if type(cents) is not int:
        return f"{cents!r} is not a whole number of minor units"
    if not 0 < cents <= MOST_CENTS:
        return f"{cents} is not between 1 and 2^53 minor units"
    if before and movement.posted_date < before.posted_date:
        return f"it is out of order: {movement.posted_date} after {before.posted_date}"
    if movement.made_date and movement.made_date > movement.posted_date:
        return f"it was made on {movement.made_date}, after it was posted on {movement.posted_date}"
    if history.opened_date and movement.posted_date < history.opened_date:
        return f"it is before the account was opened on {history.opened_date}"
    return None
