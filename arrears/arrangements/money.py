"""The money that counts for an agreement or a promise: payments since, less what bounced."""

from datetime import date, datetime

from arrears.arrangements.ground import house_day
from arrears.casebook.types import AccountHistory, Movement, MovementKind


def money_of(history: AccountHistory, *, since: datetime) -> list[tuple[date, int]]:
    """(day, cents) of payments from the day of `since` on; a bounced one counts on the day it bounced.

    On that day itself only what we learned of afterwards: the rest was there already when
    the word was given. Days are those the money was posted on, whenever we learned of it.
    """
    first = house_day(since)
    counted = {one.ref: one for one in history.movements if _counts(one, since, first)}
    bounced = [
        one
        for one in history.movements
        if one.kind is MovementKind.PAYMENT_REVERSAL and _bounced(one, counted, history)
    ]
    return [(one.posted_date, one.cents) for one in counted.values()] + [
        (one.posted_date, -one.cents) for one in bounced
    ]


def _counts(one: Movement, since: datetime, first: date) -> bool:
    if one.kind is not MovementKind.PAYMENT or one.posted_date < first:
        return False
    return one.posted_date > first or one.recorded_at is None or one.recorded_at > since


def _bounced(one: Movement, counted: dict[str, Movement], history: AccountHistory) -> bool:
    """A reversal that names no payment counts where it is later than the first counted one."""
    if one.reverses:
        return one.reverses in counted
    return any(payment.posted_date <= one.posted_date for payment in counted.values())
