"""Closing a round: count what was done, check the promises, keep both."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow.compute as pc
from django.db.models import Count, Sum
from django.db.models.functions import Abs, Coalesce

from arrears.daily import promises, snapshot
from arrears.daily.models import Finding, Round, Visit
from arrears.daily.types import Promise, RoundReport
from arrears.delinquency import queries as delinquency
from arrears.delinquency.types import BUCKETS
from arrears.kernel.words import Words
from arrears.strategy import queries as strategy


def close(held: Round, *, files: Sequence[str], entered: int, now: datetime) -> RoundReport:
    """Close the round and keep its report. A round run again keeps what both runs took in."""
    before = held.summary
    held.summary = {
        "files": [*before.get("files", []), *files],
        "entered": before.get("entered", 0) + entered,
        "findings": _findings(),
        **_book(held.on_date),
    }
    checked = promises.check(day=held.on_date, opened=held.opened_at, now=now)
    held.broken = [
        {"id": promise.id, **promise.words.as_json(), "broken": list(promise.broken)} for promise in checked
    ]
    held.closed_at = now
    held.save()
    return read(held)


def _book(day: date) -> dict[str, Any]:
    """The whole book by bucket, and by the bank's own months late, from the night's picture."""
    picture = snapshot.read(day)
    if picture is None:
        return {"accounts": 0, "late": 0, "buckets": [], "months_late": []}
    grouped = picture.group_by(["bucket", "currency"]).aggregate(
        [("account", "count"), ("owed_cents", "sum")]
    )
    rows = zip(*(grouped.column(name).to_pylist() for name in grouped.column_names), strict=True)
    by_name = [dict(zip(grouped.column_names, row, strict=True)) for row in rows]
    buckets = sorted(
        ([row["bucket"], row["currency"], row["account_count"], row["owed_cents_sum"]] for row in by_name),
        key=lambda row: (BUCKETS.index(row[0]), row[1]),
    )
    months = Counter(value for value in picture.column("months_late").to_pylist() if value and value > 0)
    return {
        "accounts": picture.num_rows,
        "late": pc.sum(pc.greater(picture.column("days_past_due"), 0)).as_py() or 0,
        "buckets": buckets,
        "months_late": sorted(months.items()),
    }


def read(held: Round) -> RoundReport:
    """The report of a round as it stands now."""
    kept = held.summary
    return RoundReport(
        on_date=held.on_date,
        opened_at=held.opened_at,
        closed_at=held.closed_at,
        makes_contact=held.makes_contact,
        accounts=kept.get("accounts", 0),
        late=kept.get("late", 0),
        visited=held.visits.filter(set_aside="").count(),
        set_aside=_set_aside(held),
        entered=kept.get("entered", 0),
        files_taken=tuple(kept.get("files", [])),
        buckets=tuple((b, c, count, owed) for b, c, count, owed in kept.get("buckets", [])),
        months_late=tuple((months, count) for months, count in kept.get("months_late", [])),
        flips=tuple(delinquency.flips_on(held.on_date)),
        proposals=strategy.counts_on(held.on_date),
        refusals=tuple(strategy.refusals_on(held.on_date)),
        findings=tuple(
            (cause, count, cents, currency[0] if currency else "")  # early rounds kept no currency
            for cause, count, cents, *currency in kept.get("findings", [])
        ),
        promises=tuple(
            Promise(each["id"], Words(zh=each["zh"], en=each["en"]), tuple(each["broken"]))
            for each in held.broken
        ),
    )


def _findings() -> list[tuple[str, int, int, str]]:
    """Numbers that disagree, by likely cause and currency: how many accounts, and by how much in all."""
    rows = Finding.objects.values_list("cause", "account__currency").annotate(
        accounts=Count("account", distinct=True), cents=Coalesce(Sum(Abs("difference_cents")), 0)
    )
    return sorted((cause, accounts, int(cents), currency) for cause, currency, accounts, cents in rows)


def _set_aside(held: Round) -> tuple[tuple[str, str], ...]:
    rows = Visit.objects.filter(round=held).exclude(set_aside="").order_by("account__ref")
    return tuple(rows.values_list("account__ref", "set_aside"))
