"""What insights hands out: counts and money by bucket, rolls, cures, contacts by outcome."""

from dataclasses import dataclass
from datetime import date

from arrears.delinquency.types import BUCKETS


@dataclass(frozen=True, slots=True)
class BucketCount:
    """How many accounts stand in one bucket."""

    bucket: str
    accounts: int


@dataclass(frozen=True, slots=True)
class BucketMoney:
    """What the accounts of one bucket owe, in cents of one currency.

    overdue_cents is None where the bank supplied lateness without amounts for all of them.
    """

    bucket: str
    currency: str
    owed_cents: int
    overdue_cents: int | None


@dataclass(frozen=True, slots=True)
class BookByBucket:
    """The whole book on a day. `counts` has every bucket, M0 to M7+, in order."""

    as_of: date
    counts: tuple[BucketCount, ...]

    @property
    def accounts(self) -> int:
        """All accounts of the book."""
        return sum(row.accounts for row in self.counts)

    @property
    def late(self) -> int:
        """Accounts in M1 or worse."""
        return self.accounts - self.counts[0].accounts


@dataclass(frozen=True, slots=True)
class RollRates:
    """Month over month, how many accounts went from one bucket to another.

    moves[i][j]: account-months that began in BUCKETS[i] and stood in BUCKETS[j] a month
    later. `since` and `until`: first and last day compared. source: `supplied` by the
    bank, or `rounds`, from our own nights.
    """

    moves: tuple[tuple[int, ...], ...]
    since: date
    until: date
    months: int
    source: str

    def began(self, bucket: str) -> int:
        """Account-months that began in `bucket`."""
        return sum(self.moves[BUCKETS.index(bucket)])

    def share(self, from_bucket: str, to_bucket: str) -> float | None:
        """Between 0 and 1; None where nobody began in `from_bucket`."""
        began = self.began(from_bucket)
        return self.moves[BUCKETS.index(from_bucket)][BUCKETS.index(to_bucket)] / began if began else None


@dataclass(frozen=True, slots=True)
class Cured:
    """Of the accounts `late` on `since`, how many were not late any more on `until`."""

    since: date
    until: date
    late: int
    cured: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None where nobody was late."""
        return self.cured / self.late if self.late else None


@dataclass(frozen=True, slots=True)
class ContactCount:
    """Contacts made over one channel that ended in one way."""

    channel: str
    outcome: str
    contacts: int
