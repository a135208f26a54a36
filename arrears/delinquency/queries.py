"""Reading standings and flips."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, QuerySet, Sum

from arrears.delinquency import models
from arrears.delinquency.types import BUCKETS, FlipSeen, Lateness, Standing


def standing_of(account_ref: str) -> Standing | None:
    """Where one account stands; None before its first reckoning."""
    row = _rows().filter(account__ref=account_ref).first()
    return _standing(row) if row else None


def standings(account_refs: Iterable[str] | None = None) -> list[Standing]:
    """Where these accounts (or all in the casebook) stand."""
    rows = _rows() if account_refs is None else _rows().filter(account__ref__in=list(account_refs))
    return [_standing(row) for row in rows.order_by("account__ref")]


def in_credit(limit: int = 200) -> list[Standing]:
    """Accounts on which more was paid than is owed, the most first: it is the customer's, and offered back."""
    return [_standing(row) for row in _rows().filter(owed_cents__lt=0).order_by("owed_cents")[:limit]]


def _rows() -> QuerySet[models.Standing]:
    return models.Standing.objects.select_related("account__customer")


def _standing(row: models.Standing) -> Standing:
    account = row.account
    return Standing(
        account_ref=account.ref,
        customer_ref=account.customer.ref,
        customer_name=account.customer.name,
        currency=account.currency,
        as_of=row.as_of,
        owed_cents=row.owed_cents,
        statement_balance_cents=row.statement_balance_cents,
        minimum_due_cents=row.minimum_due_cents,
        overdue_cents=row.overdue_cents,
        late_since_date=row.late_since_date,
        next_due_date=row.next_due_date,
        months_late=row.months_late,
        source=row.source,
        lateness=Lateness(row.days_past_due, row.bucket, row.class_2011, row.class_2023),
    )


def flips_of(account_ref: str) -> list[FlipSeen]:
    """Every change of one account, oldest first."""
    rows = models.Flip.objects.filter(account__ref=account_ref).order_by("recorded_at", "pk")
    return [_flip(row, account_ref) for row in rows]


def _flip(row: models.Flip, account_ref: str) -> FlipSeen:
    before = None
    if row.bucket_before is not None and row.days_before is not None:
        before = Lateness(row.days_before, row.bucket_before, row.class_2011_before, row.class_2023_before)
    after = Lateness(row.days_after, row.bucket_after, row.class_2011_after, row.class_2023_after)
    return FlipSeen(account_ref, row.on_date, before, after, row.because, row.recorded_at)


def flips_on(day: date) -> list[tuple[str | None, str, int]]:
    """(from bucket, to bucket, how many) on a day, in bucket order."""
    rows = (
        models.Flip.objects.filter(on_date=day)
        .values_list("bucket_before", "bucket_after")
        .annotate(Count("pk"))
        .order_by("bucket_before", "bucket_after")
    )
    return [(before, after, count) for before, after, count in rows]


def by_bucket() -> list[tuple[str, str, int, int]]:
    """(bucket, currency, accounts, owed_cents) over the casebook, in bucket order."""
    rows = models.Standing.objects.values_list("bucket", "account__currency").annotate(
        Count("pk"), Sum("owed_cents")
    )
    return sorted(
        ((bucket, currency, count, int(owed)) for bucket, currency, count, owed in rows),
        key=lambda row: (BUCKETS.index(row[0]), row[1]),
    )
