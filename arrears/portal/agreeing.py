"""What a customer agrees to here, at any hour: a promise, a quotation asked for, a quotation accepted.

Everything is arrangements' own action with the customer as the one who acts; what they may
without anybody stands in the policy. A written copy follows each where the gate lets it go.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from arrears.arrangements import actions as arrangements
from arrears.arrangements.types import AgreementSeen, Asked, PromiseSeen, Surroundings
from arrears.casebook import actions as casebook
from arrears.casebook.types import FactKind
from arrears.daily import actions as daily
from arrears.daily import copies
from arrears.daily.copies import Copy
from arrears.portal import agreements


class Hindered(Exception):
    """Something stands in the way of agreeing here; `why` as `agreements.hindrance` says it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def promise(customer_ref: str, told: Mapping[str, Any], *, now: datetime) -> tuple[PromiseSeen, Copy]:
    """Promise an amount on a day; and what became of the copy.

    Raises UnableToPromise outside the policy, Hindered, NotYours.
    """
    _refuse_hindered(customer_ref)
    ref = agreements.account(customer_ref, told["card"])
    made = arrangements.record_promise(
        key=f"portal:{told['key']}",
        account_ref=ref,
        cents=told["amount"],
        day=told["day"],
        channel="portal",
        who=agreements.who_is(customer_ref),
        now=now,
    )
    daily.settle(account_refs=[ref], now=now, because=daily.TOLD)
    return made, copies.of_promise(made, now=now)


def quote(
    customer_ref: str,
    number: int,
    asked: Asked,
    *,
    key: str,
    now: datetime,
    told: Surroundings | None = None,
) -> str:
    """Ask for a quotation; its key. Raises UnableToOffer with the nearest, Hindered, NotYours."""
    _refuse_hindered(customer_ref)
    ref = agreements.account(customer_ref, number)
    made = arrangements.offer(
        key=f"portal:{key}",
        account_ref=ref,
        asked=asked,
        who=agreements.who_is(customer_ref),
        now=now,
        surroundings=told,
    )
    if told and told.reasons != ("other",):
        _tell_reason(customer_ref, ref, told.reasons[0], key=key, now=now)
    return made.key


def agree(customer_ref: str, offer_key: str, *, now: datetime) -> tuple[AgreementSeen, Copy]:
    """Agree to a quotation of one's own, word for word; and what became of the copy.

    Raises UnableToAccept, naming a new quotation where the amounts moved, Hindered, NotYours.
    """
    _refuse_hindered(customer_ref)
    offer = agreements.quotation(customer_ref, offer_key).offer
    made = arrangements.accept(
        key=f"portal-{offer_key}",
        offer_key=offer_key,
        who=agreements.who_is(customer_ref),
        channel="portal",
        now=now,
        document=(dict(offer.content), offer.signature),
    )
    daily.settle(account_refs=[made.account_ref], now=now, because=daily.TOLD)
    return made, copies.of_agreement(made, now=now)


def _refuse_hindered(customer_ref: str) -> None:
    why = agreements.hindrance(customer_ref)
    if why:
        raise Hindered(why)


def _tell_reason(customer_ref: str, ref: str, reason: str, *, key: str, now: datetime) -> None:
    casebook.record_fact(
        key=f"reason:portal:{key}",
        kind=FactKind.LATENESS_REASON,
        customer_ref=customer_ref,
        account_ref=ref,
        happened_at=now,
        now=now,
        by="customer",
        payload={"reason": reason},
    )
