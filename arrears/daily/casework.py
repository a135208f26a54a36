"""What a round does with a handful of cases: reckon, classify, decide, ask, plan.

Called by `round.py` inside one transaction a chunk. Everything written here carries a key
made of day, account and step, so that doing it again adds nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.models import Account
from arrears.casebook.types import AccountHistory, FactKind
from arrears.clearance import actions as clearance
from arrears.clearance.types import Asking, Clearance, Proposal
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import Message, MessageState, Planned, Purpose
from arrears.daily.models import Finding, Round, Visit
from arrears.delinquency import actions as delinquency
from arrears.kernel import clock
from arrears.kernel.days import at_clock
from arrears.kernel.trouble import Trouble
from arrears.reckoning import queries as reckoning
from arrears.reckoning.second_opinion import Disagreement
from arrears.reckoning.types import Owed, UnableToReckon
from arrears.strategy import actions as strategy
from arrears.strategy import models as strategy_models
from arrears.strategy import queries as strategy_queries
from arrears.strategy.core import decide
from arrears.strategy.ladder import load_ladder
from arrears.strategy.models import ProposalState
from arrears.strategy.types import CaseSeen, Decision

KeepStanding = Callable[[Owed], None]
UNREACHABLE = {
    "rule": "house.no_contact_point",
    "zh": "没有可用的联系方式，请补充或由人工核实",
    "en": "no way to reach the customer is known; a person has to find one",
    "reference": "",
}


def late_among(histories: Sequence[AccountHistory], *, on: date, keep: KeepStanding) -> list[str]:
    """Reckon accounts outside the casebook; the refs of those that belong in it.

    One that cannot be reckoned belongs in it too: its visit sets it aside with the reason.
    """
    late = []
    for history in histories:
        try:
            owed = reckoning.owed(history=history, as_of=on)
        except UnableToReckon:
            late.append(history.ref)
            continue
        keep(owed)
        if owed.days_past_due > 0 or owed.findings:
            late.append(history.ref)
    return late


def not_yet_visited(held: Round) -> list[str]:
    """Refs of the cases this round has still to visit, in a fixed order."""
    waiting = Account.objects.exclude(visits__round=held).order_by("ref")
    return list(waiting.values_list("ref", flat=True))


def visit(held: Round, histories: Sequence[AccountHistory], *, now: datetime) -> None:
    """Everything a round does for these cases. Call it inside a transaction."""
    reckoned, aside = reckon(histories, on=held.on_date)
    delinquency.record(owed=reckoned, now=now, because="round")
    note_findings(reckoned, histories, now=now)
    _decide_and_plan(reckoned, held, now=now)
    ids = dict(Account.objects.filter(ref__in=[each.ref for each in histories]).values_list("ref", "pk"))
    Visit.objects.bulk_create(
        [Visit(round=held, account_id=pk, set_aside=aside.get(ref, "")) for ref, pk in ids.items()],
        ignore_conflicts=True,
    )


def reckon(histories: Iterable[AccountHistory], *, on: date) -> tuple[list[Owed], dict[str, str]]:
    """What is owed on each account, and the reason for each that cannot be said."""
    reckoned, aside = [], {}
    for history in histories:
        try:
            reckoned.append(_checked(reckoning.owed(history=history, as_of=on)))
        except Trouble as trouble:
            aside[history.ref] = str(trouble)
    return reckoned, aside


def _checked(owed: Owed) -> Owed:
    total = sum(line.cents for line in owed.lines)
    if total != owed.payoff_cents:
        raise UnableToReckon(
            f"its lines sum to {total}, the total says {owed.payoff_cents}", account_ref=owed.account_ref
        )
    return owed


def note_findings(reckoned: Sequence[Owed], histories: Iterable[AccountHistory], *, now: datetime) -> None:
    """Keep disagreeing numbers before a person's eyes until they agree again; and hold every
    contact about an account whose bank reckons differently, before anybody is pressed for it.
    """
    ids = {ref: pk for ref, (pk, _) in _ids(reckoned).items()}
    opinions = {each.account_ref: each for each in _second_opinions(histories, reckoned)}
    rows = [row for owed in reckoned for row in _findings(owed, opinions.get(owed.account_ref), ids)]
    _hold_wrong_amounts(opinions.values(), histories, now=now)
    seen = {(row.account_id, row.en) for row in rows}
    for old in Finding.objects.filter(account__in=ids.values()):
        if (old.account_id, old.en) not in seen:
            old.delete()
    Finding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account", "en"],
        update_fields=["last_seen_date"],
    )


def _second_opinions(histories: Iterable[AccountHistory], reckoned: Sequence[Owed]) -> Iterator[Disagreement]:
    days = {owed.account_ref: owed.as_of for owed in reckoned}
    for history in histories:
        if history.ref in days:
            opinion = reckoning.second_opinion(history=history, as_of=days[history.ref])
            if opinion:
                yield opinion


def _findings(owed: Owed, opinion: Disagreement | None, ids: Mapping[str, int]) -> Iterator[Finding]:
    seen = {"first_seen_date": owed.as_of, "last_seen_date": owed.as_of, "account_id": ids[owed.account_ref]}
    for words in owed.findings:
        yield Finding(cause="supplied", zh=words.zh, en=words.en, **seen)
    if opinion:
        difference = opinion.theirs_cents - opinion.ours_cents
        zh, en = opinion.words.zh, opinion.words.en
        yield Finding(cause=opinion.cause, difference_cents=difference, zh=zh, en=en, **seen)


def _hold_wrong_amounts(
    opinions: Iterable[Disagreement], histories: Iterable[AccountHistory], *, now: datetime
) -> None:
    owners = {history.ref: history.customer_ref for history in histories}
    for opinion in opinions:
        casebook_actions.record_fact(
            key=f"second-opinion:{opinion.account_ref}:{opinion.statement_date}:{opinion.what}",
            kind=FactKind.WRONG_AMOUNT_SUSPECTED,
            customer_ref=owners[opinion.account_ref],
            account_ref=opinion.account_ref,
            happened_at=now,
            now=now,
            by="second opinion",
            payload={**opinion.words.as_json(), "cause": opinion.cause},
        )


def _decide_and_plan(reckoned: Sequence[Owed], held: Round, *, now: datetime) -> None:
    ladder, ids = load_ladder(), _ids(reckoned)
    decided = [(case, decide(case, ladder=ladder, on=held.on_date)) for case in _cases(reckoned)]
    strategy.record_cases(cases=[_case_row(case, decision, held, ids) for case, decision in decided])
    if not held.makes_contact:
        return
    wanted = [(case, decision) for case, decision in decided if decision.wish or decision.unreachable]
    answers = _may_we([pair for pair in wanted if pair[1].wish], held, now=now)
    fates = [_fate(case, decision, held, answers) for case, decision in wanted]
    strategy.record_proposals(proposals=[_proposal_row(fate, held, ids, now) for fate in fates])
    contact.plan(messages=[_message(fate, held) for fate in fates if fate.cleared], now=now)


def _ids(reckoned: Sequence[Owed]) -> dict[str, tuple[int, int]]:
    rows = Account.objects.filter(ref__in=[owed.account_ref for owed in reckoned])
    return {ref: (pk, customer) for ref, pk, customer in rows.values_list("ref", "pk", "customer_id")}


def _cases(reckoned: Sequence[Owed]) -> list[CaseSeen]:
    refs = [owed.account_ref for owed in reckoned]
    owners = dict(Account.objects.filter(ref__in=refs).values_list("ref", "customer__ref"))
    persons = casebook.persons(owners.values())
    made = strategy_queries.last_made(refs)
    return [
        CaseSeen(owed, persons[owners[owed.account_ref]], made.get(owed.account_ref, {})) for owed in reckoned
    ]


def _case_row(
    case: CaseSeen, decision: Decision, held: Round, ids: Mapping[str, tuple[int, int]]
) -> strategy_models.Case:
    return strategy_models.Case(
        account_id=ids[case.owed.account_ref][0],
        on_date=held.on_date,
        step=decision.step,
        title=decision.title.as_json(),
        why=decision.why.as_json(),
        priority=decision.priority,
        again_on=decision.again_on,
    )


@dataclass(frozen=True, slots=True)
class Fate:
    """A wish and what the gate said to it. `answer` is None where nobody can be reached."""

    case: CaseSeen
    decision: Decision
    key: str
    answer: Clearance | None

    @property
    def cleared(self) -> bool:
        """Whether the contact may be made."""
        return self.answer is not None and self.answer.cleared


def _key(case: CaseSeen, decision: Decision, held: Round) -> str:
    return f"{held.on_date}:{case.owed.account_ref}:{decision.step}"


def _may_we(
    wanted: Sequence[tuple[CaseSeen, Decision]], held: Round, *, now: datetime
) -> dict[str, Clearance]:
    """The gate's answer to each wish, by key.

    A wish refused for its hour alone is asked again for the hour that cures it, if that
    is still today: the night nurse hears from us in the afternoon she asked for.
    """
    asked = {_key(case, decision, held): _asking(case, decision, held, now=now) for case, decision in wanted}
    answers = _answers(asked, now=now)
    later = {
        key: replace(
            asked[key], key=f"{key}:later", proposal=replace(asked[key].proposal, at=answer.cured_at)
        )
        for key, answer in answers.items()
        if answer.cured_at and _still_today(answer.cured_at, asked[key], held)
    }
    return answers | _answers(later, now=now)


def _answers(asked: Mapping[str, Asking], *, now: datetime) -> dict[str, Clearance]:
    given = clearance.ask_many(askings=list(asked.values()), book=settings.RULE_BOOK, now=now)
    return dict(zip(asked, given, strict=True))


def _asking(case: CaseSeen, decision: Decision, held: Round, *, now: datetime) -> Asking:
    wish = decision.wish
    assert wish is not None  # only wishes are asked
    # The hour the ladder wishes for on the customer's clock, or now where that has passed.
    at = max(now, at_clock(held.on_date, wish.at, zone=case.person.zone))
    return Asking(
        key=_key(case, decision, held),
        customer_ref=case.person.ref,
        account_ref=case.owed.account_ref,
        proposal=Proposal(
            at=at,
            channel=wish.channel,
            point=wish.point,
            purpose=wish.purpose,
            debts=(case.owed.account_ref,),
        ),
    )


def _still_today(moment: datetime, asking: Asking, held: Round) -> bool:
    return moment.astimezone(asking.proposal.at.tzinfo).date() == held.on_date


def _fate(case: CaseSeen, decision: Decision, held: Round, answers: Mapping[str, Clearance]) -> Fate:
    key = _key(case, decision, held)
    return Fate(case, decision, key, answers.get(key))


def _proposal_row(
    fate: Fate, held: Round, ids: Mapping[str, tuple[int, int]], now: datetime
) -> strategy_models.Proposal:
    account, customer = ids[fate.case.owed.account_ref]
    wish = fate.decision.wish
    return strategy_models.Proposal(
        key=fate.key,
        account_id=account,
        customer_id=customer,
        on_date=held.on_date,
        step=fate.decision.step,
        template=wish.template if wish else "",
        channel=wish.channel if wish else "",
        point=wish.point if wish else "",
        purpose=wish.purpose if wish else "",
        planned_at=fate.answer.not_before if fate.answer else None,
        state=_state(fate),
        why=fate.decision.why.as_json(),
        reasons=_reasons(fate),
        until_at=(fate.answer.cured_at or fate.answer.until) if fate.answer else None,
        recorded_at=now,
    )


def _message(fate: Fate, held: Round) -> Planned:
    """A cleared wish as a message of the outbox; its window is the clearance's."""
    wish, answer = fate.decision.wish, fate.answer
    assert wish and answer and answer.not_before and answer.until  # it is cleared
    return Planned(
        key=fate.key,
        clearance_key=answer.key,
        customer_ref=fate.case.person.ref,
        account_ref=fate.case.owed.account_ref,
        channel=wish.channel,
        point=wish.point,
        template=wish.template,
        language=fate.case.person.language,
        wording=contact_queries.reminder(
            template=wish.template, channel=wish.channel, person=fate.case.person, owed=fate.case.owed
        ),
        not_before=answer.not_before,
        not_after=answer.until,
        planned_on=held.on_date,
        purpose=Purpose.COLLECT if wish.purpose == "collect" else Purpose.REMIND,
    )


def hours_of_the_day(day: date, *, now: datetime) -> Iterator[datetime]:
    """The moments at which messages may leave during this call: now; and, where the day is
    a rehearsal, every later hour of it for which one waits."""
    yield now
    if clock.is_rehearsal():
        for moment in contact_queries.hours_waiting(planned_on=day):
            if moment > now:
                yield moment


BECAME = {
    MessageState.SENT: ProposalState.SENT,
    MessageState.FAILED: ProposalState.FAILED,
    MessageState.WITHDRAWN: ProposalState.WITHDRAWN,
    MessageState.EXPIRED: ProposalState.DEFERRED,  # its hours passed; the next round decides afresh
}


def settle_proposals() -> int:
    """Note on every open proposal what became of its message, and on its clearance that it
    served or is no longer wanted; how many were settled."""
    with transaction.atomic():
        messages = contact_queries.messages(strategy_queries.open_keys())
        ended = [message for message in messages if message.state in BECAME]
        for message in ended:
            _settle_clearance(message)
        return strategy.note_outcomes(states={message.key: BECAME[message.state] for message in ended})


def _settle_clearance(message: Message) -> None:
    if message.state is MessageState.SENT and message.sent_at:
        clearance.use(clearance_key=message.clearance_key, outcome="delivered", at=message.sent_at)
    else:
        clearance.release(
            clearance_keys=[message.clearance_key], because=str(message.state), now=message.not_before
        )


def _state(fate: Fate) -> ProposalState:
    if fate.cleared:
        return ProposalState.PLANNED
    cured = fate.answer and fate.answer.cured_at
    return ProposalState.DEFERRED if cured else ProposalState.REFUSED


def _reasons(fate: Fate) -> list[dict[str, str]]:
    if fate.answer is None:
        return [UNREACHABLE]
    return [
        {"rule": each.rule_id, "reference": each.reference, **each.words.as_json()}
        for each in fate.answer.refusals
    ]
