"""What delinquency hands out."""

from dataclasses import dataclass
from datetime import date, datetime

from arrears.kernel.words import Words

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+")
BUCKET_DAYS = 30


def bucket_of(days_past_due: int) -> str:
    """The bucket of a number of days past due.

    >>> [bucket_of(days) for days in (0, 1, 30, 31, 180, 181)]
    ['M0', 'M1', 'M1', 'M2', 'M6', 'M7+']
    """
    return BUCKETS[min((days_past_due + BUCKET_DAYS - 1) // BUCKET_DAYS, len(BUCKETS) - 1)]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late an account is: the bucket of market practice and the classes of two laws."""

    days_past_due: int
    bucket: str
    class_2011: str | None  # code; None before the law was in force
    class_2023: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands on `as_of`. Amounts in cents of `currency`."""

    account_ref: str
    customer_ref: str
    customer_name: str
    currency: str
    as_of: date
    owed_cents: int
    statement_balance_cents: int
    minimum_due_cents: int
    overdue_cents: int | None
    late_since_date: date | None
    next_due_date: date | None
    months_late: int | None
    source: str
    lateness: Lateness


@dataclass(frozen=True, slots=True)
class FlipSeen:
    """A change of bucket or class, when it happened and what brought it about."""

    account_ref: str
    on_date: date
    before: Lateness | None
    after: Lateness
    because: str  # round | payment | fact
    recorded_at: datetime


CLASS_TITLES = {
    "normal": Words(zh="正常", en="Normal"),
    "special_mention": Words(zh="关注", en="Special mention"),
    "substandard": Words(zh="次级", en="Substandard"),
    "doubtful": Words(zh="可疑", en="Doubtful"),
    "loss": Words(zh="损失", en="Loss"),
}
