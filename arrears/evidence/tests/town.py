"""Records about nothing in particular, and ways to spoil them as only a superuser can."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from arrears.evidence import actions
from arrears.evidence.types import told

DAY = date(2026, 6, 10)
NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)  # 12:00 in Shanghai
A_DAY = timedelta(days=1)


def tell(*abouts: str, customer: str = "C1", at: datetime = NOON, kind: str = "note", **what: Any) -> None:
    """Append one record each."""
    with transaction.atomic():
        actions.append(
            [told(kind, customer_ref=customer, about=about, recorded_at=at, **what) for about in abouts]
        )


@contextmanager
def unguarded() -> Iterator[Any]:
    """A superuser's cursor, the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("set session_replication_role = origin")


def spoil(record: int, **columns: Any) -> None:
    """Change columns of one record as only a superuser can."""
    with unguarded() as cursor:
        for name, value in columns.items():
            cursor.execute(f"update evidence_record set {name} = %s where position = %s", [value, record])
