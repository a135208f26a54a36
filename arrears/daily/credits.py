"""Money that is the customer's: paid back out of a credit, once, and never more than the credit."""

from datetime import date, datetime

from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import Movement, MovementKind
from arrears.daily import actions as daily
from arrears.kernel.money import decimal_text
from arrears.kernel.trouble import Trouble
from arrears.reckoning import queries as reckoning


class UnableToPayBack(Trouble):
    """Nothing is recorded; the message says why."""


def pay_back(*, account_ref: str, cents: int, reference: str, on: date, by: str, now: datetime) -> bool:
    """Record that so much of a credit was paid out on `on`, by the bank's reference; True the first time.

    The movement is a debit adjustment, which bears no interest; the bank's own line for it, when its
    book brings one, counts as the same. Raises UnableToPayBack.
    """
    ref = f"payback:{reference}"
    with transaction.atomic():
        casebook_actions.hold_till()  # two at once must not pay the same credit out twice
        history = next(iter(casebook.histories([account_ref])), None)
        if history is None or cents <= 0 or not reference:
            raise UnableToPayBack("name a known account, an amount and the bank's reference")
        before = next((one for one in history.movements if one.ref == ref), None)
        if before is not None:
            if before.cents != cents:
                said = decimal_text(before.cents, currency=history.currency)
                raise UnableToPayBack(f"{reference} was recorded with {said} {history.currency}")
            return False
        credit = max(0, -reckoning.amounts(history=history, as_of=on).payoff_cents)
        if cents > credit:
            said = decimal_text(credit, currency=history.currency)
            raise UnableToPayBack(f"the account's credit is {said} {history.currency}, not more")
        paid = Movement(ref, MovementKind.DEBIT_ADJUSTMENT, cents, on)
        casebook_actions.post(account_ref=account_ref, movements=[paid], origin=f"paid back, {by}", now=now)
        daily.settle(account_refs=[account_ref], now=now, because=daily.NEWS)
    return True
