"""What the desk does about agreements. Each calls the rooms, then settles the account at once, so
that what was planned and is withdrawn shows its fate."""

from datetime import date, datetime

from django.db import transaction

from arrears.arrangements import actions as arrangements
from arrears.arrangements import queries as arrangements_queries
from arrears.arrangements.types import (
    AgreementSeen,
    Asked,
    OfferSeen,
    PromiseSeen,
    Surroundings,
    Who,
)
from arrears.contact import actions as contact
from arrears.daily import actions as daily
from arrears.daily import copies
from arrears.daily.copies import Copy
from arrears.kernel.words import Words
from arrears.staff.models import Member


def who_of(member: Member) -> Who:
    """A member of staff, as arrangements knows people."""
    return Who(member.username, member.role, member.team)


def promise(
    *,
    key: str,
    account_ref: str,
    cents: int,
    day: date,
    channel: str,
    remind_by: str,
    by: Member,
    now: datetime,
) -> PromiseSeen:
    """Take a promise to pay. Raises arrangements' UnableToPromise."""
    with transaction.atomic():
        taken = arrangements.record_promise(
            key=f"desk:{key}",
            account_ref=account_ref,
            cents=cents,
            day=day,
            channel=channel,
            remind_by=remind_by,
            who=who_of(by),
            now=now,
        )
        daily.settle(account_refs=[account_ref], now=now, because=daily.TOLD)
    return taken


def take_back_promise(*, promise_key: str, because: str, by: Member, now: datetime) -> PromiseSeen:
    """A promise was recorded wrongly: it runs no longer. Raises arrangements' UnableToCancel."""
    with transaction.atomic():
        taken = arrangements.cancel_promise(promise_key=promise_key, who=who_of(by), because=because, now=now)
        daily.settle(account_refs=[taken.account_ref], now=now, because=daily.TOLD)
    return taken


def offer(
    *,
    key: str,
    account_ref: str,
    asked: Asked,
    surroundings: Surroundings,
    by: Member,
    now: datetime,
) -> OfferSeen:
    """A quotation. Raises arrangements' UnableToOffer, naming the nearest that is allowed."""
    return arrangements.offer(
        key=f"desk:{key}"[:120],
        account_ref=account_ref,
        asked=asked,
        who=who_of(by),
        now=now,
        surroundings=surroundings,
    )


def decide(*, offer_key: str, passes: bool, because: str, by: Member, now: datetime) -> OfferSeen:
    """Let an offer pass, or not; the customer reads the reason.

    Raises arrangements' UnableToApprove and UnableToOffer, and contact's UnableToSay for a reason
    in words nobody may say to a customer.
    """
    _read_reason(offer_key, because, by=by, now=now)
    decision = arrangements.approve if passes else arrangements.decline
    return decision(offer_key=offer_key, who=who_of(by), because=because, now=now)


def _read_reason(offer_key: str, because: str, *, by: Member, now: datetime) -> None:
    offer = arrangements_queries.offer(offer_key)
    if offer:
        contact.read_before_saying(
            text=because,
            named=Words(zh="给客户的理由", en="the reason the customer reads"),
            key=f"reason:{offer_key}",
            customer_ref=offer.customer_ref,
            account_ref=offer.account_ref,
            by=by.username,
            now=now,
        )


def take_back(*, offer_key: str, by: Member, now: datetime) -> OfferSeen:
    """The customer does not want it. Raises arrangements' UnableToCancel."""
    return arrangements.cancel_offer(offer_key=offer_key, who=who_of(by), because="", now=now)


def accept(
    *, offer_key: str, channel: str, recording: str, by: Member, now: datetime
) -> tuple[AgreementSeen, Copy]:
    """The customer agreed: keep it, settle the account, ask to send the signed copy; what became of that.

    Safe to do twice. Raises arrangements' UnableToAccept, naming a new quotation where one
    was made; that is kept, so this is not one transaction but three.
    """
    agreement = arrangements.accept(
        key=offer_key, offer_key=offer_key, who=who_of(by), channel=channel, now=now, recording=recording
    )
    daily.settle(account_refs=[agreement.account_ref], now=now, because=daily.TOLD)
    return agreement, copies.of_agreement(agreement, now=now)


def end_agreement(*, agreement_key: str, by: Member, now: datetime) -> AgreementSeen:
    """End an agreement because the customer asks for it. Raises arrangements' UnableToCancel."""
    with transaction.atomic():
        ended = arrangements.cancel_agreement(
            agreement_key=agreement_key, who=who_of(by), because=ASKED_TO_END, now=now
        )
        daily.settle(account_refs=[ended.account_ref], now=now, because=daily.TOLD)
    return ended


ASKED_TO_END = Words(zh="客户要求终止", en="the customer asked for its end")
