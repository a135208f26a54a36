"""Reading decisions: the work list, proposals, and when contact was last made."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Count, Max

from arrears.kernel.words import Words
from arrears.strategy.models import Case, Proposal, ProposalState
from arrears.strategy.types import ProposalSeen

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
    reasons = tuple(Words(zh=reason["zh"], en=reason["en"]) for reason in row.reasons)
    return ProposalSeen(
        row.key, row.account.ref, row.on_date, row.step, row.channel, row.state, Words(**row.why), reasons
    )


def work_list(*, limit: int, offset: int = 0) -> list[Case]:
    """Cases by priority, the most urgent first; those that need nothing are left out."""
    rows = Case.objects.filter(priority__gt=0).select_related("account__customer", "account__standing")
    return list(
        rows.order_by("-priority", "-account__standing__days_past_due", "account_id")[offset : offset + limit]
    )
