"""What a customer agrees to here, at any hour: a promise, a quotation asked for, a quotation accepted.

Everything is arrangements' own action with the customer as the one who acts; what they may
without anybody stands in the policy. A written copy follows each: the customer asked for it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from arrears.arrangements import actions as arrangements
from arrears.arrangements.types import AgreementSeen, Asked, PromiseSeen, Surroundings
from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.types import FactKind
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import Planned, Purpose
from arrears.daily import actions as daily
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.money import Money
from arrears.look.say import local_day
from arrears.portal import agreements

CHANNEL_OF = {"mobile": "sms", "email": "email"}
COPY_STANDS = timedelta(days=2)  # a copy that could not leave by then is read here instead


class Hindered(Exception):
    """Something stands in the way of agreeing here; `why` as `agreements.hindrance` says it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def promise(customer_ref: str, told: Mapping[str, Any], *, now: datetime) -> PromiseSeen:
    """Promise an amount on a day. Raises UnableToPromise outside the policy, Hindered, NotYours."""
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
    _send_copies("promise_made", customer_ref, ref, f"promise:{told['key']}", made.cents, made.day, now=now)
    return made


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


def agree(customer_ref: str, offer_key: str, *, now: datetime) -> AgreementSeen:
    """Agree to a quotation of one's own, word for word. Raises UnableToAccept, naming a new
    quotation where the amounts moved, Hindered, NotYours."""
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
    first = made.schedule.parts[0]
    _send_copies(
        "agreement_made", customer_ref, made.account_ref, made.key, first.due_cents, first.day, now=now,
        number=str(len(made.schedule.parts)), total=made.schedule.due_cents,
    )  # fmt: skip
    return made


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


def _send_copies(
    template: str,
    customer_ref: str,
    account_ref: str,
    key: str,
    cents: int,
    day: date,
    *,
    now: datetime,
    total: int = 0,
    **more: str,
) -> None:
    """The copy the customer asked for by agreeing, by every channel they did not switch off."""
    person = casebook_queries.persons([customer_ref])[customer_ref]
    facts = casebook_queries.facts_about([customer_ref], kinds=[FactKind.OPTED_OUT]).get(customer_ref, [])
    off = {fact.payload.get("channel") for fact in facts}
    currency = casebook_queries.histories([account_ref])[0].currency
    values = {
        "account": account_ref[-4:],
        "amount": Money(cents, currency).with_symbol(),
        "total": Money(total, currency).with_symbol() if total else None,
        "day": contact_queries.day_text(day, language=person.language),
        **more,
    }
    points = {CHANNEL_OF[point.kind]: point.value for point in person.points if point.kind in CHANNEL_OF}
    copies = [
        Planned(
            key=f"copy:{channel}:{key}",
            clearance_key="",
            customer_ref=customer_ref,
            account_ref=account_ref,
            channel=channel,
            point=point,
            template=template,
            language=person.language,
            wording=contact_queries.worded(template=template, channel=channel, person=person, values=values),
            not_before=now,
            not_after=now + COPY_STANDS,
            planned_on=local_day(now, HOUSE_ZONE),
            purpose=Purpose.SERVICE,
        )
        for channel, point in points.items()
        if channel not in off
    ]
    contact.plan(messages=copies, now=now)
