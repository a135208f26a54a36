"""What daily hands out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from arrears.kernel.words import Words


class Tell(Protocol):
    """Whoever watches a round: the command line's progress bar, or nobody."""

    def begin(self, what: Words, total: int | None) -> None:
        """A part of the round begins; `total` is how much there is to do, if known."""

    def advance(self, done: int) -> None:
        """So much more is done."""


class Silent:
    """Nobody watches."""

    def begin(self, what: Words, total: int | None) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One invariant, and how it stood: `broken` holds up to a few examples."""

    id: str
    words: Words
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundReport:
    """One round, as the manager reads it."""

    on_date: date
    opened_at: datetime
    closed_at: datetime | None
    makes_contact: bool
    accounts: int  # in the whole book
    late: int
    visited: int
    set_aside: tuple[tuple[str, str], ...]  # (account, why)
    entered: int
    files_taken: tuple[str, ...]
    buckets: tuple[tuple[str, str, int, int], ...]  # bucket, currency, accounts, owed_cents
    months_late: tuple[tuple[int, int], ...]  # as the bank itself says: months, accounts
    flips: tuple[tuple[str | None, str, int], ...]
    proposals: dict[str, int]  # by fate
    refusals: tuple[tuple[str, Words, int], ...]
    findings: tuple[tuple[str, int, int, str], ...]  # cause, accounts, sum of differences in cents, currency
    promises: tuple[Promise, ...]

    @property
    def whole(self) -> bool:
        """Whether every invariant held."""
        return not any(promise.broken for promise in self.promises)
