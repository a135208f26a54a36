"""Reading at the gate: what is known of a person, what still stands, and the law of a day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.db.models import Count

from arrears.casebook import queries as casebook
from arrears.casebook.types import HOLDS, FactKind
from arrears.clearance import behind, measures, models
from arrears.clearance import records as kept
from arrears.clearance.behind import is_uuid
from arrears.clearance.core import rules_carried_out
from arrears.clearance.core.dossier import Dossier, in_force
from arrears.clearance.core.verdicts import verdict_on
from arrears.clearance.dossiers import LOST_LOOK_BACK, Gathered, gather, house_policy
from arrears.clearance.records import clearance_of, proposal_of
from arrears.clearance.replaying import replayed
from arrears.clearance.types import (
    Answer,
    Asking,
    Clearance,
    HoldSeen,
    HourCount,
    Known,
    Leave,
    NearMiss,
    OverrideSeen,
    PastContact,
    Proposal,
    Replayed,
    RuleCount,
    Verdict,
)
from arrears.evidence.types import Finding, Record
from arrears.kernel.days import at_clock
from arrears.rulebook.law import Rule, load_law, load_policies
from arrears.rulebook.law import rules_in_force as _rules_in_force


def check_law() -> None:
    """Raises WrongConfiguration, naming file and line, unless law, policy and code agree."""
    rules_carried_out()
    policy = house_policy()
    policies = [file for folder in policy for file in load_policies(folder).files]
    for day in {tightening.from_ for file in policies for tightening in file.tighten}:
        for book in load_law().books:  # several policies together may leave nothing open
            _rules_in_force(book, day, policy=policy)


def rules_in_force(book: str, on: date) -> tuple[Rule, ...]:
    """The rules that bind this book's callers on that day, house policy applied."""
    return _rules_in_force(book, on, policy=house_policy())


def dossiers(customer_refs: Collection[str], *, now: datetime) -> dict[str, Dossier]:
    """Everything the gate knows of these customers, in a few queries however many they are.

    A place taken and not used by `now` is free again.
    """
    gathered = gather(customer_refs, now=now, look_back=LOST_LOOK_BACK)
    return {
        ref: gathered.person(ref, zone).dossier() for ref, zone in casebook.zones_of(customer_refs).items()
    }


def known_about(customer_refs: Collection[str], *, now: datetime) -> dict[str, Known]:
    """What is known of these customers, with the holds on any of their accounts."""
    return {ref: dossier.known_for(None) for ref, dossier in dossiers(customer_refs, now=now).items()}


def history_of(customer_ref: str, *, now: datetime) -> tuple[PastContact, ...]:
    """The contacts that count at the gate: those made, and places taken for coming ones."""
    found = dossiers([customer_ref], now=now).get(customer_ref)
    return found.history if found else ()


def would_clear(asking: Asking, *, book: str, now: datetime) -> Verdict:
    """The answer were it asked now, taking no place: for the page before any button."""
    return would_clear_each([asking], book=book, now=now)[0]


def would_clear_each(askings: Sequence[Asking], *, book: str, now: datetime) -> list[Verdict]:
    """The same for several at once, in the order asked: every channel of a case, for instance."""
    known = dossiers({asking.customer_ref for asking in askings}, now=now)
    policy = house_policy()
    return [
        verdict_on(asking, known.get(asking.customer_ref, Dossier()), book=book, policy=policy)
        for asking in askings
    ]


def still_clear(clearance_keys: Collection[str], *, at: datetime) -> set[str]:
    """Those of the keys that may still be used at that moment.

    Asked afresh, so a hold recorded since stops what was cleared before it.
    """
    rows = list(
        models.Clearance.objects.filter(
            key__in=[key for key in clearance_keys if is_uuid(key)],
            verdict=Answer.CLEARED,
            used_at=None,
            released_at=None,
            not_before__lte=at,
            until__gte=at,
        )
    )
    customers = {row.customer_id for row in rows}
    gathered, zones = gather(customers, now=at, look_back=LOST_LOOK_BACK), casebook.zones_of(customers)
    return {
        str(row.key)
        for row in rows
        if str(row.key) not in gathered.made_under
        and _clears_again(row, gathered, zones[row.customer_id], at)
    }


def _clears_again(row: models.Clearance, gathered: Gathered, zone: str, at: datetime) -> bool:
    """Whether the gate would say yes at that moment, everybody else's contacts counted."""
    proposal = replace(proposal_of(row), at=at)
    asking = Asking(row.proposal_key, row.customer_id, proposal, row.account_id)
    dossier = gathered.person(row.customer_id, zone).dossier(but=str(row.key))
    verdict = verdict_on(asking, dossier, book=row.book, policy=house_policy())
    return verdict.cleared or (bool(row.overridden_by) and verdict.overridable)


def clearance(key: str) -> Clearance | None:
    """One clearance by the key a channel shows."""
    row = models.Clearance.objects.filter(key=key).first() if is_uuid(key) else None
    return clearance_of(row) if row else None


def leaves(keys: Collection[str]) -> dict[str, Leave]:
    """What contacts were cleared under these keys, by key; keys of no cleared contact are left out."""
    cleared = models.Clearance.objects.filter(
        key__in=[key for key in keys if is_uuid(key)], verdict=Answer.CLEARED
    )
    return {
        str(row.key): Leave(row.customer_id, row.channel, row.point, row.not_before, row.until)
        for row in cleared.only("key", "customer_id", "channel", "point", "not_before", "until")
        if row.not_before and row.until
    }


def proposal(key: str) -> Proposal | None:
    """What was asked for, by the key of its answer."""
    row = models.Clearance.objects.filter(key=key).first() if is_uuid(key) else None
    return proposal_of(row) if row else None


def answers_to(proposal_keys: Sequence[str]) -> dict[str, Clearance]:
    """The answers already given to these questions, by the question's own key."""
    return kept.answers_to(list(proposal_keys))


def clearances_of(customer_ref: str) -> list[Clearance]:
    """Every question ever asked about one customer, newest first."""
    rows = models.Clearance.objects.filter(customer__ref=customer_ref).order_by("-at", "-pk")
    return [clearance_of(row) for row in rows]


def answers_on(day: date, *, zone: str) -> dict[Answer, int]:
    """How many proposals for that day were cleared, refused, deferred."""
    first, last = (at_clock(day + timedelta(days=n), time(0), zone=zone) for n in (0, 1))
    return answers_between(since=first, before=last)


def answers_between(*, since: datetime, before: datetime) -> dict[Answer, int]:
    """How many proposals for that time were cleared, refused, deferred."""
    rows = models.Clearance.objects.filter(at__gte=since, at__lt=before)
    counted = dict(rows.order_by().values_list("verdict").annotate(Count("pk")))
    return {answer: counted.get(answer.value, 0) for answer in Answer}


def refusals_by_rule(*, since: datetime, before: datetime) -> list[RuleCount]:
    """The rules that said no to contacts proposed for that time, most often first."""
    return measures.by_rule(since, before)


def contacts_by_hour(*, since: datetime, before: datetime) -> list[HourCount]:
    """Outgoing contacts made and stopped by weekday and hour, on the clocks of those concerned."""
    return measures.by_hour(since, before)


def overrides(*, since: datetime, before: datetime) -> list[OverrideSeen]:
    """Rules a supervisor set aside, with the reason; newest first."""
    return measures.overridden(since, before)


def near_misses(*, since: datetime, before: datetime, most: int) -> tuple[int, list[NearMiss]]:
    """How many contacts came close to a limit, and the newest of them."""
    return measures.near_misses(since, before, most=most)


def quiet_hours(book: str, on: date) -> frozenset[int]:
    """Hours of the day, on the customer's clock, in which the law of that day keeps everybody quiet."""
    all_hours = [rule.hours for rule in rules_in_force(book, on)]
    return frozenset(
        hour
        for hour in range(24)
        if any(not any(hours.open_at(time(hour, minute)) for minute in range(60)) for hours in all_hours)
    )


def holds_in_force(customer_refs: Sequence[str], *, on: date) -> list[HoldSeen]:
    """The holds on these customers and their accounts that stand on that day."""
    zones = casebook.zones_of(customer_refs)
    kinds = [*HOLDS, FactKind.AGREEMENT, FactKind.PROMISE, FactKind.HOLD_LIFTED]
    return [
        HoldSeen(ref, fact.account_ref, hold.kind, hold.since, hold.until, fact.key)
        for ref, facts in casebook.facts_about(customer_refs, kinds=kinds).items()
        for fact, hold in in_force(facts, zone=zones[ref])
        if hold.stands_on(on)
    ]


class Live:
    """The gate's rows held against the chain of evidence (an `evidence.types.Live`)."""

    def unlike(self, records: Sequence[Record], /) -> Iterable[Finding]:
        """Clearances that differ from what the chain was told of them, or are gone."""
        return behind.unlike(records)

    def untold(self) -> Iterable[Finding]:
        """Clearances the chain was never told of."""
        return behind.never_told()


def replay(records: Iterable[Record], *, rules_on: date | None = None) -> Iterable[Replayed]:
    """Ask the gate every recorded question again, from what was known then: each answer.

    By the law of the day that decided, or of `rules_on`, and the house's policy as it is now.
    Records of other kinds are passed over.
    """
    return replayed(records, rules_on=rules_on, policy=house_policy())
