"""The written copy of what was agreed: one letter, by the first way the gate leaves open.

The customer asked for it by agreeing, and so it is proposed (`service_requested`): neither
hours nor caps stop it. What stops everything, a channel they closed or a death, stops it too.
Then nothing is sent, the face says why, and the copy stays readable at the desk and the portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from arrears.arrangements import queries as arrangements
from arrears.arrangements.types import AgreementSeen, PromiseSeen
from arrears.casebook import queries as casebook
from arrears.casebook.types import Person
from arrears.clearance import actions as clearance
from arrears.clearance import queries as clearance_queries
from arrears.clearance.types import Asking, Clearance, Proposal, Refusal
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import MessageState, Planned, Purpose
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import at_clock
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import title_of

WAYS = {"email": "email", "sms": "mobile"}  # a copy is long: a letter first, a text else
# It leaves by day where the customer is: who agrees at night has it in the morning, and nobody is woken.
MORNING, LAST_START, EVENING = time(8), time(20), time(21)
A_DAY = timedelta(days=1)
GOES = {MessageState.WAITING, MessageState.SENDING, MessageState.SENT}

CHANNELS = {"email": Words(zh="电子邮件", en="e-mail"), "sms": Words(zh="短信", en="SMS")}
SENT = Words(zh="副本已通过{channel}发出。", en="The copy was sent by {channel}.")
WAITS = Words(zh="副本会通过{channel}发出。", en="The copy goes out by {channel}.")
NOT_SENT = Words(
    zh="没有另外发送副本（{why}），随时可以在这里查看。",
    en="No copy was sent ({why}). It can be read here at any time.",
)
NO_WAY = Words(zh="没有可用的邮箱或手机号码", en="no e-mail address or mobile number is known")
NOT_LEFT = Words(
    zh="时段已过、发送失败，或发送前复核未通过", en="its hours passed, it failed, or it was no longer cleared"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of a copy.

    channel, state: of its message; empty and None where none was written. refusals: what the
    gate said to each way tried; none where no way to write is known.
    """

    channel: str = ""
    state: MessageState | None = None
    refusals: tuple[Refusal, ...] = ()

    @property
    def goes(self) -> bool:
        """Whether it was sent or still may be."""
        return self.state in GOES

    @property
    def fate(self) -> Words:
        """What became of it, in a sentence for either face; where it does not go, why."""
        if self.state is not None and self.goes:
            words = SENT if self.state is MessageState.SENT else WAITS
            return words.filled(channel=CHANNELS[self.channel])
        why = {refusal.title: None for refusal in self.refusals} or {NO_WAY: None}
        return NOT_SENT.filled(why=NOT_LEFT if self.state else _listed(tuple(why)))


def _listed(reasons: tuple[Words, ...]) -> Words:
    return Words(zh="；".join(one.zh for one in reasons), en="; ".join(one.en for one in reasons))


@dataclass(frozen=True, slots=True)
class _Letter:
    """What a copy says, and about what."""

    key: str
    template: str
    account_ref: str
    person: Person
    values: Mapping[str, str | None]


def of(key: str) -> Copy | None:
    """What became of the copy of an agreement, by its key; None where none was ever asked for."""
    message = contact_queries.message(f"copy:{key}")
    if message:
        return Copy(message.channel, message.state)
    answers = clearance_queries.answers_to([_question(key, channel) for channel in WAYS])
    refusals = tuple(refusal for answer in answers.values() for refusal in answer.refusals)
    return Copy(refusals=refusals) if answers else None


def of_agreement(agreement: AgreementSeen, *, now: datetime) -> Copy:
    """Write the customer their copy of an agreement; what became of it. Safe to do twice."""
    person = casebook.persons([agreement.customer_ref])[agreement.customer_ref]
    said, language = agreement.content, person.language
    offer = arrangements.offer(agreement.offer_key)
    values = {
        "account": agreement.account_ref[-4:],
        "title": title_of(agreement.kind.value).words().said_in(language),
        "day": contact_queries.day_text(_house_day(agreement.agreed_at), language=language),
        "terms": "\n".join(Words(zh=zh, en=en).said_in(language) for zh, en in said["terms"]),
        "schedule": _schedule(agreement, language),
        "number": agreement.key,
        "signature": offer.signature if offer else None,
    }
    return _write(_Letter(agreement.key, "agreement_copy", agreement.account_ref, person, values), now)


def of_promise(promise: PromiseSeen, *, now: datetime) -> Copy:
    """Write the customer what they promised; what became of it. Safe to do twice."""
    person = casebook.persons([promise.customer_ref])[promise.customer_ref]
    values = {
        "account": promise.account_ref[-4:],
        "amount": Money(promise.cents, promise.currency).with_symbol(),
        "day": contact_queries.day_text(promise.day, language=person.language),
    }
    key = f"promise:{promise.key}"
    return _write(_Letter(key, "promise_made", promise.account_ref, person, values), now)


def _write(letter: _Letter, now: datetime) -> Copy:
    """One way after the other until the gate says yes; leave and message stand or fall together."""
    with transaction.atomic():
        if not contact_queries.message(f"copy:{letter.key}"):
            for wish in _wishes(letter, now):
                asking = _asking(letter, wish)
                leave = clearance.ask(asking=asking, book=settings.RULE_BOOK, now=now)
                if leave.cleared:
                    contact.plan(messages=[_message(letter, wish, leave, now)], now=now)
                    break
        return of(letter.key) or Copy()


def _wishes(letter: _Letter, now: datetime) -> list[Proposal]:
    at = _by_day(now, letter.person.zone)
    points = {point.kind: point.value for point in reversed(letter.person.points)}
    return [
        Proposal(
            at=at,
            channel=channel,
            point=points[kind],
            purpose="service_requested",
            debts=(letter.account_ref,),
        )
        for channel, kind in WAYS.items()
        if kind in points
    ]


def _by_day(now: datetime, zone: str) -> datetime:
    """Now, or the next morning where the customer is."""
    local = now.astimezone(ZoneInfo(zone))
    if MORNING <= local.time() <= LAST_START:
        return now
    day = local.date() if local.time() < MORNING else local.date() + A_DAY
    return at_clock(day, MORNING, zone=zone)


def _asking(letter: _Letter, wish: Proposal) -> Asking:
    zone = letter.person.zone
    evening = at_clock(wish.at.astimezone(ZoneInfo(zone)).date(), EVENING, zone=zone)
    key = _question(letter.key, wish.channel)
    return Asking(key, letter.person.ref, wish, letter.account_ref, valid_for=evening - wish.at)


def _question(key: str, channel: str) -> str:
    return f"copy:{key}:{channel}"


def _message(letter: _Letter, wish: Proposal, leave: Clearance, now: datetime) -> Planned:
    assert leave.not_before and leave.until and wish.point  # it is cleared
    return Planned(
        key=f"copy:{letter.key}",
        clearance_key=leave.key,
        customer_ref=letter.person.ref,
        account_ref=letter.account_ref,
        channel=wish.channel,
        point=wish.point,
        template=letter.template,
        language=letter.person.language,
        wording=contact_queries.worded(
            template=letter.template, channel=wish.channel, person=letter.person, values=letter.values
        ),
        not_before=leave.not_before,
        not_after=leave.until,
        planned_on=_house_day(now),
        purpose=Purpose.SERVICE,
    )


def _house_day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(HOUSE_ZONE)).date()


def _schedule(agreement: AgreementSeen, language: str) -> str | None:
    """One line an instalment; nothing where nothing is paid."""
    currency = str(agreement.content["currency"])
    lines = [
        f"    {part.number:>2}  {contact_queries.day_text(part.day, language=language)}  "
        f"{Money(part.due_cents, currency).with_symbol()}"
        for part in agreement.schedule.parts
    ]
    return "\n".join(lines) or None
