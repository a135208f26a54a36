"""Reading at the gate: what is known of a person, what still stands, and the law of a day."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from arrears.casebook import queries as casebook
from arrears.casebook.types import HOLDS, FactKind
from arrears.clearance import models
from arrears.clearance.core import clear
from arrears.clearance.core.dossier import STANDING, Dossier, dossier_of, in_force, past_contact
from arrears.clearance.records import clearance_of, planned_contact, proposal_of
from arrears.clearance.types import Answer, Asking, Clearance, HoldSeen, Known, PastContact, Proposal, Verdict
from arrears.rulebook.law import Rule
from arrears.rulebook.law import rules_in_force as _rules_in_force

# Caps look back seven days at most; a debtor counts as lost by failures within a month.
LOOK_BACK = timedelta(days=35)
# A contact begun just before its clearance ended may be reported a little after.
GRACE = timedelta(hours=1)


def rules_in_force(book: str, on: date) -> tuple[Rule, ...]:
    """The rules that bind this book's callers on that day, house policy applied."""
    return _rules_in_force(book, on)


def dossiers(customer_refs: Collection[str], *, now: datetime) -> dict[str, Dossier]:
    """Everything the gate knows of these customers, in four queries however many they are.

    A place taken and not used by `now` is free again.
    """
    histories, _ = _histories(customer_refs, now=now)
    return _dossiers(customer_refs, {ref: [c for _, c in found] for ref, found in histories.items()})


def _dossiers(customer_refs: Collection[str], histories: dict[str, list[PastContact]]) -> dict[str, Dossier]:
    facts = casebook.facts_about(customer_refs, kinds=STANDING)
    return {
        ref: dossier_of(facts.get(ref, []), zone=zone, history=tuple(histories.get(ref, ())))
        for ref, zone in casebook.zones_of(customer_refs).items()
    }


def known_about(customer_refs: Collection[str]) -> dict[str, Known]:
    """What is known of these customers, with the holds on any of their accounts."""
    return {ref: dossier.known_for(None) for ref, dossier in _dossiers(customer_refs, {}).items()}


def history_of(customer_ref: str, *, now: datetime) -> tuple[PastContact, ...]:
    """The contacts that count at the gate: those made, and places taken for coming ones."""
    histories, _ = _histories([customer_ref], now=now)
    return tuple(contact for _, contact in histories.get(customer_ref, ()))


Found = dict[str, list[tuple[str, PastContact]]]


def _histories(customer_refs: Collection[str], *, now: datetime) -> tuple[Found, set[str]]:
    """By customer, contacts with the clearance each was made under (or ""); and all those keys.

    The casebook's word goes before our own: of a contact it knows, the row is not counted too.
    """
    found: Found = defaultdict(list)
    told: set[str] = set()
    for ref, facts in casebook.contacts_about(customer_refs, since=now - LOOK_BACK).items():
        for fact in facts:
            key = str(fact.payload.get("clearance") or "")
            told.add(key)
            if fact.kind is FactKind.CONTACT_MADE:
                contact = past_contact(
                    at=fact.happened_at, payload=fact.payload, account_ref=fact.account_ref
                )
                found[ref].append((key, contact))
    for row in _places(customer_refs, now=now):
        if str(row.key) not in told:
            contact = planned_contact(proposal_of(row), at=row.used_at, outcome=row.outcome or "planned")
            found[row.customer_id].append((str(row.key), contact))
    return found, told - {""}


def _places(customer_refs: Collection[str], *, now: datetime) -> QuerySet[models.Clearance]:
    """Clearances that were used, or still may be."""
    taken = Q(used_at__isnull=False) | Q(until__gte=now - GRACE)
    cleared = models.Clearance.objects.filter(verdict=Answer.CLEARED, released_at=None)
    return cleared.filter(taken, customer__ref__in=list(customer_refs), at__gte=now - LOOK_BACK).order_by(
        "pk"
    )


def verdict_on(asking: Asking, dossier: Dossier, *, book: str) -> Verdict:
    """The gate's answer, by the law of the day on which the contact would be made."""
    proposal, known = asking.proposal, dossier.known_for(asking.account_ref)
    return clear(proposal, known, dossier.history, book=book, on=_day_of(proposal, known))


def _day_of(proposal: Proposal, known: Known) -> date:
    return proposal.at.astimezone(ZoneInfo(known.zones[0])).date()


def would_clear(asking: Asking, *, book: str, now: datetime) -> Verdict:
    """The answer were it asked now, taking no place: for the page before any button."""
    dossier = dossiers([asking.customer_ref], now=now).get(asking.customer_ref, Dossier())
    return verdict_on(asking, dossier, book=book)


def still_clear(clearance_keys: Collection[str], *, at: datetime) -> set[str]:
    """Those of the keys that may still be used at that moment.

    Asked afresh, so a hold recorded since stops what was cleared before it.
    """
    keys = [key for key in clearance_keys if _is_uuid(key)]
    rows = list(
        models.Clearance.objects.filter(
            key__in=keys,
            verdict=Answer.CLEARED,
            used_at=None,
            released_at=None,
            not_before__lte=at,
            until__gte=at,
        )
    )
    customers = {row.customer_id for row in rows}
    histories, told = _histories(customers, now=at)
    known = _dossiers(customers, {})
    return {
        str(row.key)
        for row in rows
        if str(row.key) not in told and _clears_again(row, known[row.customer_id], histories, at)
    }


def _clears_again(row: models.Clearance, dossier: Dossier, histories: Found, at: datetime) -> bool:
    others = tuple(contact for key, contact in histories.get(row.customer_id, ()) if key != str(row.key))
    asking = Asking(
        row.proposal_key, row.customer_id, replace(proposal_of(row), at=at), row.account_id or None
    )
    verdict = verdict_on(asking, replace(dossier, history=others), book=row.book)
    return verdict.cleared or (bool(row.overridden_by) and verdict.overridable)


def _is_uuid(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def clearance(key: str) -> Clearance | None:
    """One clearance by the key a channel shows."""
    row = models.Clearance.objects.filter(key=key).first() if _is_uuid(key) else None
    return clearance_of(row) if row else None


def clearances_of(customer_ref: str) -> list[Clearance]:
    """Every question ever asked about one customer, newest first."""
    rows = models.Clearance.objects.filter(customer__ref=customer_ref).order_by("-at", "-pk")
    return [clearance_of(row) for row in rows]


def answers_on(day: date, *, zone: str) -> dict[Answer, int]:
    """How many proposals for that day were cleared, refused, deferred."""
    first, last = (
        datetime.combine(day + timedelta(days=n), datetime.min.time(), tzinfo=ZoneInfo(zone)) for n in (0, 1)
    )
    counted = dict.fromkeys(Answer, 0)
    rows = models.Clearance.objects.filter(at__gte=first, at__lt=last)
    for verdict in rows.values_list("verdict", flat=True):
        counted[Answer(verdict)] += 1
    return counted


def holds_in_force(customer_refs: Sequence[str], *, on: date) -> list[HoldSeen]:
    """The holds on these customers and their accounts that stand on that day."""
    zones = casebook.zones_of(customer_refs)
    kinds = [*HOLDS, FactKind.AGREEMENT, FactKind.HOLD_LIFTED]
    return [
        HoldSeen(ref, fact.account_ref, hold.kind, hold.since, hold.until, fact.key)
        for ref, facts in casebook.facts_about(customer_refs, kinds=kinds).items()
        for fact, hold in in_force(facts, zone=zones[ref])
        if hold.stands_on(on)
    ]
