"""What a round does with a handful of cases: reckon, classify, decide, ask, plan.

Called by `round.py` inside one transaction a chunk. Everything written here carries a key
made of day, account and step, so that doing it again adds nothing.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction

from arrears.arrangements import queries as arrangements
from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, Fact, FactKind
from arrears.clearance import actions as clearance
from arrears.clearance.types import SENT_BY_MACHINE, Asking, Clearance, Proposal
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import MessageState, Planned, Purpose
from arrears.daily import snapshot
from arrears.daily.models import Finding, Round, Visit
from arrears.delinquency import actions as delinquency
from arrears.intake import queries as intake
from arrears.kernel import clock
from arrears.kernel.days import at_clock
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.portfolio import queries as portfolio
from arrears.reckoning import queries as reckoning
from arrears.reckoning.types import Disagreement, Owed, UnableToReckon
from arrears.strategy import actions as strategy
from arrears.strategy import queries as strategy_queries
from arrears.strategy.types import CaseSeen, Decision, ProposalMade, ProposalState, Reason

log = logging.getLogger(__name__)
KeepStanding = Callable[[Owed], None]
REASON_HOLDS_DAYS = 45  # what a customer said of their trouble guides the ladder so long
UNREACHABLE = Reason(
    rule="house.no_contact_point",
    words=Words(
        zh="没有可用的联系方式，请补充或由人工核实",
        en="no way to reach the customer is known; a person has to find one",
    ),
    reference="",
)


def look_through_book(
    on: date, known: Collection[str], picture: snapshot.Picture, *, compiled: bool
) -> Iterator[tuple[list[str], int]]:
    """Reckon the accounts outside the casebook (`known`): by batch, those that belong in it, and the batch's size.

    compiled: for large books; both ways say the same of every account (a test holds them together).
    """
    if compiled:
        for tables in portfolio.each_batch():
            owed = reckoning.amounts_of_many(tables, as_of=on)
            strangers = owed.filter(pa.array([ref not in known for ref in owed["account"].to_pylist()]))
            picture.keep_columns(strangers.filter(pc.is_valid(strangers["payoff_cents"])), on)
            yield strangers.filter(strangers["stands_out"])["account"].to_pylist(), owed.num_rows
        return
    for batch in portfolio.each_history():
        outside = [history for history in batch if history.ref not in known]
        yield late_among(outside, on=on, keep=picture.keep), len(batch)


def late_among(histories: Sequence[AccountHistory], *, on: date, keep: KeepStanding) -> list[str]:
    """Reckon accounts outside the casebook; the refs of those that belong in it.

    One that cannot be reckoned belongs in it too: its visit sets it aside with the reason.
    """
    late = []
    for history in histories:
        try:
            owed = reckoning.amounts(history=history, as_of=on)
        except Exception:  # noqa: BLE001 - whatever it is, its visit names it and sets it aside
            late.append(history.ref)
            continue
        keep(owed)
        if owed.days_past_due > 0 or owed.findings:
            late.append(history.ref)
    return late


def not_yet_visited(held: Round) -> list[str]:
    """Refs of the cases this round has still to visit, in a fixed order."""
    visited = set(Visit.objects.filter(round=held).values_list("account__ref", flat=True))
    return [ref for ref in casebook.account_refs() if ref not in visited]


def visit(held: Round, histories: Sequence[AccountHistory], *, now: datetime) -> None:
    """Everything a round does for these cases. Call it inside a transaction."""
    reckoned, aside = reckon(histories, on=held.on_date)
    delinquency.record(owed=[each.owed for each in reckoned], now=now, because="round")
    note_findings(reckoned, now=now)
    _decide_and_plan([each.owed for each in reckoned], held, now=now)
    keys = casebook.account_keys(history.ref for history in histories)
    Visit.objects.bulk_create(
        [Visit(round=held, account_id=key, set_aside=aside.get(ref, "")) for ref, key in keys.items()],
        ignore_conflicts=True,
    )


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What is owed by our arithmetic, and where the bank's own differs."""

    owed: Owed
    opinion: Disagreement | None
    customer_ref: str


def reckon(histories: Iterable[AccountHistory], *, on: date) -> tuple[list[Reckoned], dict[str, str]]:
    """What is owed on each account, and the reason for each that cannot be said."""
    histories = list(histories)
    reckoned, aside = [], intake.doubts_about(history.ref for history in histories)
    for history in histories:
        if history.ref in aside:
            continue
        try:
            owed = _checked(reckoning.owed(history=history, as_of=on))
            opinion = reckoning.second_opinion(history=history, as_of=on)
            reckoned.append(Reckoned(owed, opinion, history.customer_ref))
        except Trouble as trouble:
            aside[history.ref] = str(trouble)
        except Exception as unforeseen:
            log.exception("account %s could not be reckoned", history.ref)
            aside[history.ref] = f"unforeseen: {unforeseen!r}; please report this account"
    return reckoned, aside


def _checked(owed: Owed) -> Owed:
    total = sum(line.cents for line in owed.lines)
    if total != owed.payoff_cents:
        raise UnableToReckon(
            f"its lines sum to {total}, the total says {owed.payoff_cents}", account_ref=owed.account_ref
        )
    return owed


def note_findings(reckoned: Sequence[Reckoned], *, now: datetime) -> None:
    """Keep disagreeing numbers before a person's eyes until they agree again; and hold every
    contact about an account whose bank reckons differently, before anybody is pressed for it.
    """
    keys = casebook.account_keys(each.owed.account_ref for each in reckoned)
    rows = [row for each in reckoned for row in _findings(each, keys[each.owed.account_ref])]
    _hold_wrong_amounts(reckoned, now=now)
    seen = {(row.account_id, row.en) for row in rows}
    for old in Finding.objects.filter(account__in=keys.values()):
        if (old.account_id, old.en) not in seen:
            old.delete()
    Finding.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["account", "en"], update_fields=["last_seen_date"]
    )


def _findings(each: Reckoned, account_id: int) -> Iterator[Finding]:
    day, opinion = each.owed.as_of, each.opinion
    for words in each.owed.findings:
        yield Finding(
            account_id=account_id,
            first_seen_date=day,
            last_seen_date=day,
            cause="supplied",
            **words.as_json(),
        )
    if opinion:
        yield Finding(
            account_id=account_id,
            first_seen_date=day,
            last_seen_date=day,
            cause=opinion.cause,
            difference_cents=opinion.theirs_cents - opinion.ours_cents,
            **opinion.words.as_json(),
        )


def _hold_wrong_amounts(reckoned: Iterable[Reckoned], *, now: datetime) -> None:
    for each in reckoned:
        if each.opinion:
            opinion = each.opinion
            casebook_actions.record_fact(
                key=f"second-opinion:{opinion.account_ref}:{opinion.statement_date}:{opinion.what}",
                kind=FactKind.WRONG_AMOUNT_SUSPECTED,
                customer_ref=each.customer_ref,
                account_ref=opinion.account_ref,
                happened_at=now,
                now=now,
                by="second opinion",
                payload={**opinion.words.as_json(), "cause": opinion.cause},
            )


def _decide_and_plan(reckoned: Sequence[Owed], held: Round, *, now: datetime) -> None:
    cases = _cases(reckoned)
    decided = list(zip(cases, strategy.decide_cases(cases=cases, on=held.on_date), strict=True))
    if not held.makes_contact:
        return
    spoken_to = arrangements.spoken_to((owed.account_ref for owed in reckoned), on=held.on_date)
    wanted = [
        (case, decision)
        for case, decision in decided
        if (decision.wish or decision.unreachable) and case.owed.account_ref not in spoken_to
    ]
    answers = _may_we([pair for pair in wanted if pair[1].wish], held, now=now)
    fates = [_fate(case, decision, held, answers) for case, decision in wanted]
    strategy.record_proposals(proposals=[_proposal(fate, held) for fate in fates], now=now)
    contact.plan(messages=[_message(fate, held) for fate in fates if fate.cleared], now=now)


def _cases(reckoned: Sequence[Owed]) -> list[CaseSeen]:
    owners = casebook.owners_of(owed.account_ref for owed in reckoned)
    persons, made = casebook.persons(owners.values()), strategy_queries.last_made(owners)
    told = casebook.facts_about(owners.values(), kinds=[FactKind.LATENESS_REASON])
    return [
        CaseSeen(
            owed,
            persons[owners[owed.account_ref]],
            made.get(owed.account_ref, {}),
            reason=_reason_told(told.get(owners[owed.account_ref], []), owed.as_of),
        )
        for owed in reckoned
    ]


def _reason_told(facts: Sequence[Fact], on: date) -> str:
    """Why the customer pays late, as last said; what was said long ago may no longer be so."""
    fresh = [fact for fact in facts if (on - fact.happened_at.date()).days <= REASON_HOLDS_DAYS]
    return str(fresh[-1].payload.get("reason", "")) if fresh else ""


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
            autodialled=wish.channel in SENT_BY_MACHINE,
        ),
    )


def _still_today(moment: datetime, asking: Asking, held: Round) -> bool:
    return moment.astimezone(asking.proposal.at.tzinfo).date() == held.on_date


def _fate(case: CaseSeen, decision: Decision, held: Round, answers: Mapping[str, Clearance]) -> Fate:
    key = _key(case, decision, held)
    return Fate(case, decision, key, answers.get(key))


def _proposal(fate: Fate, held: Round) -> ProposalMade:
    answer = fate.answer
    return ProposalMade(
        key=fate.key,
        account_ref=fate.case.owed.account_ref,
        customer_ref=fate.case.person.ref,
        on_date=held.on_date,
        decision=fate.decision,
        state=_state(fate),
        reasons=_reasons(fate),
        planned_at=answer.not_before if answer else None,
        until_at=(answer.cured_at or answer.until) if answer else None,
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
    """Note on every open proposal what became of its message; how many were settled.

    Its clearance was settled where the message ended, in the outbox.
    """
    with transaction.atomic():
        messages = contact_queries.messages(strategy_queries.open_keys())
        ended = [message for message in messages if message.state in BECAME]
        return strategy.note_outcomes(states={message.key: BECAME[message.state] for message in ended})


def _state(fate: Fate) -> ProposalState:
    if fate.cleared:
        return ProposalState.PLANNED
    cured = fate.answer and fate.answer.cured_at
    return ProposalState.DEFERRED if cured else ProposalState.REFUSED


def _reasons(fate: Fate) -> tuple[Reason, ...]:
    if fate.answer is None:
        return (UNREACHABLE,)
    return tuple(Reason(each.rule_id, each.words, each.reference) for each in fate.answer.refusals)
