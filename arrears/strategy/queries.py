"""Reading decisions: the work list, proposals, and when contact was last made."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from arrears.casebook import queries as casebook
from arrears.kernel.words import Words
from arrears.strategy.models import Proposal
from arrears.strategy.types import CaseRow, ProposalSeen, ProposalState, Reason, Wanted

EVERYTHING = Wanted()
_MADE = [ProposalState.PLANNED, ProposalState.SENT]


def last_made(account_refs: Iterable[str]) -> Mapping[str, dict[str, date]]:
    """By account: the day each step last made (or planned) contact."""
    rows = (
        Proposal.objects.filter(account__ref__in=list(account_refs), state__in=_MADE)
        .values_list("account__ref", "step")
        .annotate(Max("on_date"))
    )
    found: dict[str, dict[str, date]] = defaultdict(dict)
    for account, step, day in rows:
        found[account][step] = day
    return found


def counts_on(day: date) -> dict[str, int]:
    """How many proposals of a day stand in each state."""
    rows = Proposal.objects.filter(on_date=day).values_list("state").annotate(Count("pk"))
    return dict(rows)


def refusals_on(day: date) -> list[tuple[str, Words, int]]:
    """(rule, its words, how often) over the refused and deferred proposals of a day, most first."""
    counts: dict[str, int] = defaultdict(int)
    words: dict[str, Words] = {}
    not_made = Proposal.objects.filter(on_date=day, state__in=["refused", "deferred"])
    for reasons in not_made.values_list("reasons", flat=True).iterator():
        for reason in reasons:
            counts[reason["rule"]] += 1
            words.setdefault(reason["rule"], Words(zh=reason["zh"], en=reason["en"]))
    return sorted(
        ((rule, words[rule], count) for rule, count in counts.items()), key=lambda row: (-row[2], row[0])
    )


def open_keys() -> list[str]:
    """Keys of proposals that are cleared and still wait for their hour."""
    return list(Proposal.objects.filter(state=ProposalState.PLANNED).values_list("key", flat=True))


def proposals_of(account_ref: str) -> list[ProposalSeen]:
    """Everything proposed for an account, oldest first."""
    rows = Proposal.objects.filter(account__ref=account_ref).select_related("account").order_by("pk")
    return [_seen(row) for row in rows]


def _seen(row: Proposal) -> ProposalSeen:
    return ProposalSeen(
        row.key,
        row.account.ref,
        row.on_date,
        row.step,
        row.channel,
        row.state,
        Words(**row.why),
        tuple(_reason(reason) for reason in row.reasons),
        row.template,
        row.point,
        row.planned_at,
        row.until_at,
    )


def _reason(kept: Mapping[str, str]) -> Reason:
    return Reason(kept["rule"], Words(zh=kept["zh"], en=kept["en"]), kept.get("reference", ""))


def planned_contacts(account_refs: Iterable[str]) -> dict[str, tuple[str, datetime | None]]:
    """By account: channel and hour of the next contact that is cleared and waits to be made."""
    rows = Proposal.objects.filter(account__ref__in=list(account_refs), state=ProposalState.PLANNED)
    found = rows.order_by("-planned_at", "-pk").values_list("account__ref", "channel", "planned_at")
    return {account: (channel, at) for account, channel, at in found}


def work_list(*, limit: int, after: str = "", wanted: Wanted = EVERYTHING) -> list[CaseRow]:
    """Cases by priority and days past due, the most urgent first; `after` that account.

    The order is an index's own, so a long list costs no more than its first page.
    """
    rows = _wanted(wanted)
    place = casebook.accounts().filter(ref=after, case__isnull=False).values_list(*_RANK).first()
    if place:
        rows = rows.filter(_behind(*place))
    ranked = (F(_RANK[0]).desc(nulls_last=True), F(_RANK[1]).desc(nulls_last=True), "pk")
    order = ranked if wanted.search else (f"-{_RANK[0]}", f"-{_RANK[1]}", "pk")
    return [_case_row(row) for row in rows.order_by(*order).values(*_ROW)[:limit]]


def work_count(wanted: Wanted = EVERYTHING, *, most: int | None = None) -> int:
    """How many cases that is; counted no further than `most`, where given."""
    return int(_wanted(wanted)[:most].count())


def case_of(account_ref: str) -> CaseRow | None:
    """The line of one account; None where the casebook does not know it."""
    row = casebook.accounts().filter(ref=account_ref).values(*_ROW).first()
    return _case_row(row) if row else None


def cases_of(customer_ref: str) -> list[CaseRow]:
    """The lines of all accounts of one customer."""
    return [
        _case_row(row)
        for row in casebook.accounts().filter(customer__ref=customer_ref).order_by("ref").values(*_ROW)
    ]


_RANK = ("case__priority", "case__days_past_due", "pk")


def _behind(priority: int, days: int, pk: int) -> Q:
    same = Q(case__priority=priority, case__days_past_due=days, pk__gt=pk)
    later = Q(case__priority=priority, case__days_past_due__lt=days)
    return Q(case__priority__lt=priority) | later | same


def _wanted(wanted: Wanted) -> QuerySet[Any]:
    rows = casebook.accounts()
    if wanted.search:
        named = Q(customer__name__icontains=wanted.search) | Q(customer__ref__istartswith=wanted.search)
        rows = rows.filter(named | Q(ref__istartswith=wanted.search))
    else:
        rows = rows.filter(case__priority__gt=0)
    if wanted.bucket:
        rows = rows.filter(standing__bucket=wanted.bucket)
    if wanted.step:
        rows = rows.filter(case__step=wanted.step)
    if wanted.held is not None:
        held = Q(customer__in=casebook.customers_on_hold())
        rows = rows.filter(held if wanted.held else ~held)
    return rows


_ROW = (
    "ref",
    "currency",
    "customer__ref",
    "customer__name",
    "customer__zone",
    "case__step",
    "case__title",
    "case__why",
    "case__priority",
    "case__again_on",
    "standing__as_of",
    "standing__bucket",
    "standing__days_past_due",
    "standing__owed_cents",
    "standing__overdue_cents",
)


def _case_row(row: Mapping[str, Any]) -> CaseRow:
    return CaseRow(
        account_ref=row["ref"],
        customer_ref=row["customer__ref"],
        customer_name=row["customer__name"],
        currency=row["currency"],
        zone=row["customer__zone"],
        step=row["case__step"] or "",
        title=Words(**row["case__title"]) if row["case__title"] else None,
        why=Words(**row["case__why"]) if row["case__why"] else None,
        priority=row["case__priority"] or 0,
        again_on=row["case__again_on"],
        as_of=row["standing__as_of"],
        bucket=row["standing__bucket"] or "",
        days_past_due=row["standing__days_past_due"],
        owed_cents=row["standing__owed_cents"],
        overdue_cents=row["standing__overdue_cents"],
    )
