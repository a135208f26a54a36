"""Recording where accounts stand. A flip is recorded exactly when the standing changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from arrears.casebook import queries as casebook
from arrears.delinquency.core import lateness_of
from arrears.delinquency.models import Flip, Standing
from arrears.delinquency.types import Lateness
from arrears.reckoning.types import Owed

_UPDATED = [
    field.name for field in Standing._meta.fields if not field.primary_key and field.name != "account"
]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many accounts stand recorded, and how many flips that made."""

    accounts: int
    flips: int


def record(*, owed: Sequence[Owed], now: datetime, because: str) -> Recorded:
    """Record the standing of these accounts and every flip, in one transaction.

    Doing it twice with the same `owed` makes no second flip: the first changed the standing.
    """
    with transaction.atomic():
        accounts = casebook.account_keys([each.account_ref for each in owed])
        before = {
            row.account_id: row
            for row in Standing.objects.select_for_update().filter(account__in=accounts.values())
        }
        rows = [_standing(each, accounts[each.account_ref], now) for each in owed]
        flips = [_flip(row, before.get(row.account_id), because, now) for row in rows]
        changed = [flip for flip in flips if flip]
        Standing.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["account"], update_fields=_UPDATED
        )
        Flip.objects.bulk_create(changed)
    return Recorded(len(rows), len(changed))


def _standing(owed: Owed, account_id: int, now: datetime) -> Standing:
    late = lateness_of(owed.days_past_due, on=owed.as_of)
    return Standing(
        account_id=account_id,
        as_of=owed.as_of,
        owed_cents=owed.payoff_cents,
        statement_balance_cents=owed.statement_balance_cents,
        minimum_due_cents=owed.minimum_due_cents,
        overdue_cents=owed.overdue_cents,
        days_past_due=late.days_past_due,
        bucket=late.bucket,
        class_2011=late.class_2011,
        class_2023=late.class_2023,
        late_since_date=owed.oldest_due_date,
        next_due_date=owed.next_due_date,
        months_late=owed.months_late,
        source=owed.source,
        recorded_at=now,
    )


def _flip(after: Standing, before: Standing | None, because: str, now: datetime) -> Flip | None:
    if _state(before) == _state(after) or (before is None and after.bucket == "M0"):
        return None
    return Flip(
        account_id=after.account_id,
        on_date=after.as_of,
        days_before=before.days_past_due if before else None,
        days_after=after.days_past_due,
        bucket_before=before.bucket if before else None,
        bucket_after=after.bucket,
        class_2011_before=before.class_2011 if before else None,
        class_2011_after=after.class_2011,
        class_2023_before=before.class_2023 if before else None,
        class_2023_after=after.class_2023,
        because=because,
        recorded_at=now,
    )


def _state(row: Standing | None) -> tuple[str | None, ...]:
    return (row.bucket, row.class_2011, row.class_2023) if row else (None, None, None)


def lateness(row: Standing) -> Lateness:
    """The row's lateness as the frozen value other rooms use."""
    return Lateness(row.days_past_due, row.bucket, row.class_2011, row.class_2023)
