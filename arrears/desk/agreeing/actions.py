"""What the desk does about agreements. Each calls the rooms, then settles the account at once, so
that what was planned and is withdrawn shows its fate."""

from datetime import date, datetime, time, timedelta

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
from arrears.casebook import queries as casebook
from arrears.casebook.types import Person
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import Planned, Purpose, Wording
from arrears.daily import actions as daily
from arrears.kernel.days import at_clock
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.look.say import local_day
from arrears.rulebook.arrangements import title_of
from arrears.staff.models import Member

COPY_BY = (("email", "email"), ("mobile", "sms"))  # a copy is long: a letter first, a text else
EVENING = time(21)
LEAST_WINDOW = timedelta(minutes=30)


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
    """Let an offer pass, or not. Raises arrangements' UnableToApprove and UnableToOffer."""
    decision = arrangements.approve if passes else arrangements.decline
    return decision(offer_key=offer_key, who=who_of(by), because=because, now=now)


def take_back(*, offer_key: str, by: Member, now: datetime) -> OfferSeen:
    """The customer does not want it. Raises arrangements' UnableToCancel."""
    because = "the customer does not want it"
    return arrangements.cancel_offer(offer_key=offer_key, who=who_of(by), because=because, now=now)


def accept(
    *, offer_key: str, channel: str, recording: str, by: Member, now: datetime
) -> tuple[AgreementSeen, bool]:
    """The customer agreed: keep it, settle the account, send the signed copy; whether one could be sent.

    Safe to do twice. Raises arrangements' UnableToAccept, naming a new quotation where one
    was made; that is kept, so this is not one transaction but two.
    """
    agreement = arrangements.accept(
        key=offer_key, offer_key=offer_key, who=who_of(by), channel=channel, now=now, recording=recording
    )
    with transaction.atomic():
        daily.settle(account_refs=[agreement.account_ref], now=now, because=daily.TOLD)
        copied = send_copy(agreement, now=now)
    return agreement, copied


def end_agreement(*, agreement_key: str, by: Member, now: datetime) -> AgreementSeen:
    """End an agreement because the customer asks for it. Raises arrangements' UnableToCancel."""
    with transaction.atomic():
        ended = arrangements.cancel_agreement(
            agreement_key=agreement_key, who=who_of(by), because=ASKED_TO_END, now=now
        )
        daily.settle(account_refs=[ended.account_ref], now=now, because=daily.TOLD)
    return ended


ASKED_TO_END = Words(zh="客户要求终止", en="the customer asked for its end")


def send_copy(agreement: AgreementSeen, *, now: datetime) -> bool:
    """Send the customer their copy, as they just asked; False where no way to write is known.

    It leaves until the evening where the customer is: a copy that could not be handed over
    by then is printed, and nobody is woken for it.
    """
    person = casebook.persons([agreement.customer_ref])[agreement.customer_ref]
    way = next(
        (
            (channel, point.value)
            for kind, channel in COPY_BY
            for point in person.points
            if point.kind == kind
        ),
        None,
    )
    if way is None:
        return False
    evening = at_clock(local_day(now, person.zone), EVENING, zone=person.zone)
    message = Planned(
        key=f"copy:{agreement.key}",
        clearance_key="",
        customer_ref=agreement.customer_ref,
        account_ref=agreement.account_ref,
        channel=way[0],
        point=way[1],
        template="agreement_copy",
        language=person.language,
        wording=_copy(agreement, person, way[0]),
        not_before=now,
        not_after=max(evening, now + LEAST_WINDOW),
        planned_on=local_day(now),
        purpose=Purpose.SERVICE,
    )
    contact.plan(messages=[message], now=now)
    return True


def _copy(agreement: AgreementSeen, person: Person, channel: str) -> Wording:
    said, language = agreement.content, person.language
    terms = "\n".join(Words(zh=zh, en=en).said_in(language) for zh, en in said["terms"])
    offer = arrangements_queries.offer(agreement.offer_key)
    return contact_queries.worded(
        template="agreement_copy",
        channel=channel,
        person=person,
        values={
            "account": agreement.account_ref[-4:],
            "title": title_of(agreement.kind.value).words().said_in(language),
            "day": contact_queries.day_text(local_day(agreement.agreed_at), language=language),
            "terms": terms,
            "schedule": _schedule(agreement, language),
            "number": agreement.key,
            "signature": offer.signature if offer else None,
        },
    )


def _schedule(agreement: AgreementSeen, language: str) -> str | None:
    """One line an instalment; nothing where nothing is paid."""
    currency = str(agreement.content["currency"])
    lines = [
        f"    {part.number:>2}  {contact_queries.day_text(part.day, language=language)}  "
        f"{Money(part.due_cents, currency).with_symbol()}"
        for part in agreement.schedule.parts
    ]
    return "\n".join(lines) or None
