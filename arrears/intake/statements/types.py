"""A bank statement as read: what the bank says, before anybody judges it. Amounts in minor units, credits > 0."""

from dataclasses import dataclass, field
from datetime import date

from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance with its sign: what the bank owes us is positive."""

    cents: int
    currency: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement, or one transaction of a batch booked together. line: where it begins in the file.

    names: references by which others may know the same money; bank_ref: the bank's own, unique to it.
    undoes: it takes back an earlier movement; return_reason: why, as the bank codes or says it.
    """

    line: int
    cents: int
    currency: str
    booked_date: date
    value_date: date | None = None
    booked: bool = True  # False: pending or for information; it counts in no sum
    undoes: bool = False
    bank_ref: str = ""
    names: tuple[str, ...] = ()
    payer_name: str = ""
    payer_account: str = ""
    text: str = ""
    return_reason: str = ""


@dataclass(slots=True)
class Statement:
    """One statement of one account. kind: statement | advice (camt.054: no balances) | interim (not final).

    pages: opening, sum of entries and closing of each part, where a message holds several.
    told_credits/debits_cents: the bank's own sums, where it gives them.
    """

    format: str
    line: int
    kind: str = "statement"
    ident: str = ""
    account: str = ""
    number: str = ""
    page: int = 0
    currency: str = ""
    from_date: date | None = None
    to_date: date | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    entries: list[Entry] = field(default_factory=list)
    told_credits_cents: int | None = None
    told_debits_cents: int | None = None
    problems: list[Words] = field(default_factory=list)  # why nothing of it may be booked
    notes: list[Words] = field(default_factory=list)  # what a reader should know; no obstacle

    def cannot(self, zh: str, en: str) -> None:
        """Note why nothing of it may be booked."""
        self.problems.append(Words(zh=zh, en=en))

    @property
    def counted(self) -> list[Entry]:
        """The entries that are booked at the bank."""
        return [entry for entry in self.entries if entry.booked]

    @property
    def credits_cents(self) -> int:
        """Sum of what came in."""
        return sum(entry.cents for entry in self.counted if entry.cents > 0)

    @property
    def debits_cents(self) -> int:
        """Sum of what went out, as a positive number."""
        return -sum(entry.cents for entry in self.counted if entry.cents < 0)
