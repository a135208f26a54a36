"""Reminders before an instalment or a promised day, and the question after one was missed.

Each is a proposal first, like every contact: the gate clears or refuses it, the proposal is
kept with its fate, and what is cleared waits in the outbox for its hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from arrears.arrangements import ground, models
from arrears.arrangements.core.following import judge
from arrears.arrangements.core.quoting import schedule_from
from arrears.arrangements.money import money_of
from arrears.arrangements.seeing import content
from arrears.arrangements.types import AgreementState, Kind, PromiseState
from arrears.casebook import queries as casebook
from arrears.casebook.types import Person
from arrears.clearance import actions as clearance
from arrears.clearance.types import SENT_BY_MACHINE, Asking, Clearance, Proposal
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import Planned, Purpose
from arrears.kernel.days import at_clock
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import policy_of, promise_policy
from arrears.strategy import actions as strategy
from arrears.strategy.types import Decision, ProposalMade, ProposalState, Reason, Wish

POINTS = {"sms": "mobile", "email": "email"}
USUAL = ("sms", "email")
HOUR = time(10)  # on the customer's clock


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A contact we would like to make about something agreed. `step` with day and account is its key."""

    account_ref: str
    customer_ref: str
    currency: str
    step: str
    template: str
    purpose: str
    title: Words
    why: Words
    preferred: str
    cents: int
    day: date
    until: date | None = None
    paid_cents: int = 0


REMIND = Words(zh="约定日前提醒", en="Reminder before the day agreed")
REMIND_WHY = Words(
    zh="约定的日子快到了，提前告知金额与日期。", en="The day agreed is near: say amount and day in time."
)
ASK = Words(zh="询问情况是否有变", en="Ask what changed")
ASK_WHY = Words(
    zh="约定的一期没有收到，先问原因，可重新商量一次。",
    en="An instalment was missed: ask what changed; it may be negotiated anew once.",
)
OUTCOME = Words(zh="承诺日之后", en="After the promised day")


STEPS = ("promise_reminder", "promise_broken", "promise_part_kept", "agreement_reminder", "agreement_missed")


def key_of(account_ref: str, step: str, on: date) -> str:
    """The key of the proposal and of its message: one a day, account and step."""
    return f"{on}:{account_ref}:{step}"


def follow_ups(on: date) -> list[FollowUp]:
    """Everything the day would like to say about promises and agreements."""
    return [*_promise_reminders(on), *_promise_outcomes(on), *_of_agreements(on)]


def _promise_reminders(on: date) -> Iterator[FollowUp]:
    day = on + timedelta(days=promise_policy().remind_days)
    for row in _promise_rows().filter(state=PromiseState.RUNNING, day=day, taken_date__lt=on):
        yield _of_promise(
            row, "promise_reminder", "agreement_reminder", "agreement_reminder", REMIND, REMIND_WHY
        )


def _promise_outcomes(on: date) -> Iterator[FollowUp]:
    outcomes = promise_policy().outcomes
    for row in _promise_rows().filter(day=on - timedelta(days=1), state__in=list(outcomes)):
        outcome = outcomes[row.state]  # type: ignore[index]
        if outcome.message:
            yield _of_promise(row, outcome.message, outcome.message, "collect", OUTCOME, outcome.says.words())


def _promise_rows() -> QuerySet[models.Promise]:
    return models.Promise.objects.select_related("account", "customer").order_by("account__ref")


def _of_promise(
    row: models.Promise, step: str, template: str, purpose: str, title: Words, why: Words
) -> FollowUp:
    return FollowUp(
        account_ref=row.account.ref,
        customer_ref=row.customer.ref,
        currency=row.account.currency,
        step=step,
        template=template,
        purpose=purpose,
        title=title,
        why=why,
        preferred=row.remind_by or row.channel,
        cents=row.cents,
        day=row.day,
        paid_cents=row.paid_cents,
    )


def _of_agreements(on: date) -> Iterator[FollowUp]:
    rows = models.Agreement.objects.filter(state=AgreementState.PERFORMING).exclude(kind=Kind.WAIVER)
    for row in rows.select_related("account", "offer__customer").order_by("account__ref"):
        yield from _of_agreement(row, on)


def _of_agreement(row: models.Agreement, on: date) -> Iterator[FollowUp]:
    version = policy_of(row.kind, on=ground.house_day(row.offer.made_at))
    money = money_of(ground.history_of(row.account.ref), since=row.agreed_at)
    verdict = judge(
        schedule_from(content(row.offer)),
        money,
        on=on - timedelta(days=1),
        cure_days=version.cure_days,
        tolerance_cents=version.tolerance_cents,
    )
    for seen in verdict.parts:
        left = seen.part.due_cents - seen.paid_cents
        if seen.part.day == on + timedelta(days=version.remind_days) and seen.paid_date is None and left > 0:
            yield _of_part(row, "agreement_reminder", REMIND, REMIND_WHY, left, seen.part.day)
    missed = next((seen for seen in verdict.parts if seen.state in {"missed", "part"}), None)
    if missed and verdict.cure_until and row.asked_what_changed_date in {None, on}:
        left = missed.part.due_cents - missed.paid_cents
        yield _of_part(row, "agreement_missed", ASK, ASK_WHY, left, missed.part.day, verdict.cure_until)


def _of_part(
    row: models.Agreement,
    template: str,
    title: Words,
    why: Words,
    cents: int,
    day: date,
    until: date | None = None,
) -> FollowUp:
    return FollowUp(
        account_ref=row.account.ref,
        customer_ref=row.offer.customer.ref,
        currency=row.account.currency,
        step=template,
        template=template,
        purpose="agreement_reminder",
        title=title,
        why=why,
        preferred=row.channel,
        cents=cents,
        day=day,
        until=until,
    )


@transaction.atomic
def propose(wanted: Sequence[FollowUp], *, on: date, now: datetime) -> int:
    """Put them to the gate, keep each proposal with its fate, plan what is cleared; how many cleared."""
    persons = casebook.persons({each.customer_ref for each in wanted})
    pairs = [(each, _wish(each, persons[each.customer_ref])) for each in wanted]
    askings = [_asking(each, wish, persons, on, now) for each, wish in pairs if wish]
    given = clearance.ask_many(askings=askings, book=settings.RULE_BOOK, now=now)
    answers = {asking.key: answer for asking, answer in zip(askings, given, strict=True)}
    made = [_proposal(each, wish, answers.get(_key(each, on)), on) for each, wish in pairs]
    strategy.record_proposals(proposals=made, now=now)
    messages = [
        _message(each, wish, answers[_key(each, on)], persons[each.customer_ref], on)
        for each, wish in pairs
        if wish and answers[_key(each, on)].cleared
    ]
    contact.plan(messages=messages, now=now)
    _note_asked(wanted, on)
    return len(messages)


def _note_asked(wanted: Sequence[FollowUp], on: date) -> None:
    """The question what changed is asked once in an agreement's life."""
    asked = [each.account_ref for each in wanted if each.step == "agreement_missed"]
    rows = models.Agreement.objects.filter(account__ref__in=asked, state=AgreementState.PERFORMING)
    rows.filter(asked_what_changed_date=None).update(asked_what_changed_date=on)


def _key(each: FollowUp, on: date) -> str:
    return key_of(each.account_ref, each.step, on)


def _wish(each: FollowUp, person: Person) -> Wish | None:
    """By the channel the customer prefers, where we know a point for it; else the usual ones."""
    for channel in dict.fromkeys([each.preferred, *USUAL]):
        for point in person.points:
            if point.kind == POINTS.get(channel):
                return Wish(each.template, channel, point.value, each.purpose, HOUR)
    return None


def _asking(each: FollowUp, wish: Wish, persons: Mapping[str, Person], on: date, now: datetime) -> Asking:
    at = max(now, at_clock(on, wish.at, zone=persons[each.customer_ref].zone))
    proposal = Proposal(
        at=at, channel=wish.channel, point=wish.point, purpose=wish.purpose, debts=(each.account_ref,),
        autodialled=wish.channel in SENT_BY_MACHINE,
    )  # fmt: skip
    return Asking(_key(each, on), each.customer_ref, proposal, each.account_ref)


UNREACHABLE = Reason(
    rule="house.no_contact_point",
    words=Words(
        zh="没有可用的联系方式，请补充或由人工核实",
        en="no way to reach the customer is known; a person has to find one",
    ),
    reference="",
)


def _proposal(each: FollowUp, wish: Wish | None, answer: Clearance | None, on: date) -> ProposalMade:
    refusals = answer.refusals if answer else ()
    reasons = tuple(Reason(one.rule_id, one.words, one.reference) for one in refusals)
    return ProposalMade(
        key=_key(each, on),
        account_ref=each.account_ref,
        customer_ref=each.customer_ref,
        on_date=on,
        decision=Decision(each.step, each.title, each.why, 50, wish, unreachable=wish is None),
        state=_state(answer),
        reasons=reasons if wish else (UNREACHABLE,),
        planned_at=answer.not_before if answer else None,
        until_at=(answer.cured_at or answer.until) if answer else None,
    )


def _state(answer: Clearance | None) -> ProposalState:
    if answer and answer.cleared:
        return ProposalState.PLANNED
    return ProposalState.DEFERRED if answer and answer.cured_at else ProposalState.REFUSED


def _message(each: FollowUp, wish: Wish, answer: Clearance, person: Person, on: date) -> Planned:
    assert answer.not_before and answer.until  # it is cleared
    language = person.language

    def money(cents: int) -> str:
        return Money(cents, each.currency).with_symbol()

    return Planned(
        key=_key(each, on),
        clearance_key=answer.key,
        customer_ref=each.customer_ref,
        account_ref=each.account_ref,
        channel=wish.channel,
        point=wish.point,
        template=each.template,
        language=language,
        wording=contact_queries.worded(
            template=each.template,
            channel=wish.channel,
            person=person,
            values={
                "account": each.account_ref[-4:],
                "amount": money(each.cents),
                "paid": money(each.paid_cents),
                "day": contact_queries.day_text(each.day, language=language),
                "until": contact_queries.day_text(each.until, language=language) if each.until else None,
            },
        ),
        not_before=answer.not_before,
        not_after=answer.until,
        planned_on=on,
        purpose=Purpose.COLLECT if each.purpose == "collect" else Purpose.REMIND,
    )
