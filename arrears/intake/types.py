"""What intake hands out."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from arrears.intake.debits.types import AnswerTaken as AnswerTaken
from arrears.intake.debits.types import CollectionSeen as CollectionSeen
from arrears.intake.debits.types import Due as Due
from arrears.intake.debits.types import FileMade as FileMade
from arrears.intake.debits.types import NotCollected as NotCollected
from arrears.intake.debits.types import Version as Version
from arrears.kernel.words import Words


class Tell(Protocol):
    """Whoever watches a long file: the command line's progress bar, or nobody."""

    def begin(self, what: Words, total: int | None) -> None:
        """A part begins; `total` is how much there is to do, if known."""

    def advance(self, done: int) -> None:
        """So much more is done."""


class Silent:
    """Nobody watches."""

    def begin(self, what: Words, total: int | None) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Counts:
    """One table's rows: read = taken + set_aside, always; taken = new + changed + unchanged."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: int = 0

    @property
    def taken(self) -> int:
        """What is in the book now because of these files, or was before."""
        return self.new + self.changed + self.unchanged

    @property
    def reconciles(self) -> bool:
        """Whether nothing was lost on the way."""
        return self.read == self.taken + self.set_aside


@dataclass(slots=True)
class FileRead:
    """One file's records: read = taken + set_aside + passed_over (no row of any table, as its mapping says)."""

    name: str
    encoding: str
    read: int = 0
    set_aside: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """One record set aside, and why. line: physical, from 1; in Parquet the row.

    record: what names it, as `622500001 P7` (account and posting), as far as it could be read.
    account: of a known account whose figures lack this row now; "" otherwise.
    """

    file: str
    line: int
    table: str
    column: str | None
    value: str | None
    code: str
    words: Words
    record: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class BookTaken:
    """What became of a delivery of the card book."""

    number: int
    source: str
    mapping: str
    counts: dict[str, Counts] = field(default_factory=dict)
    files: tuple[FileRead, ...] = ()
    rejects_file: Path | None = None
    seen_before: bool = False  # the very same input was taken in already
    portfolio_number: int | None = None
    touched: tuple[str, ...] = ()  # accounts of the casebook it brought something for: reckon them at once

    @property
    def set_aside(self) -> int:
        """Records set aside, in all files."""
        return sum(file.set_aside for file in self.files)

    @property
    def changes_nothing(self) -> bool:
        """Whether the book is as it was."""
        return self.portfolio_number is None

    @property
    def reconciles(self) -> bool:
        """Whether every count adds up."""
        return all(count.reconciles for count in self.counts.values())


@dataclass(frozen=True, slots=True)
class PaymentsTaken:
    """What became of payments. matched: applied to an account now; unchanged: known before."""

    number: int
    source: str
    mapping: str
    read: int = 0
    matched: int = 0
    unmatched: int = 0
    unchanged: int = 0
    set_aside: int = 0
    files: tuple[FileRead, ...] = ()
    rejects_file: Path | None = None
    seen_before: bool = False
    touched: tuple[str, ...] = ()  # accounts that received money now: reckon them at once
    unmatched_refs: tuple[str, ...] = ()

    @property
    def reconciles(self) -> bool:
        """Whether every count adds up."""
        return self.read == self.matched + self.unmatched + self.unchanged + self.set_aside


@dataclass(frozen=True, slots=True)
class NoticeTaken:
    """What became of one payment notice. account_ref: None while nobody's account is found, `words` say why."""

    money_ref: str
    account_ref: str | None
    words: Words
    first: bool  # False: it was known already
    applied_now: bool  # True: this call put it on the account


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class InboxTaken:
    """What became of the inbox. accounts: of the casebook's, those the files changed: reckon them at once."""

    taken: tuple[BookTaken | PaymentsTaken, ...]
    refused: tuple[Refused, ...]
    accounts: tuple[str, ...]
    from_bank: tuple[str, ...] = ()  # statements and status reports: the name, and what a person should see

    @property
    def files(self) -> tuple[str, ...]:
        """Their names; with the reason where one was refused."""
        refused = (f"{one.name}: {one.reason}" for one in self.refused)
        return (*(Path(one.source).name for one in self.taken), *self.from_bank, *refused)


@dataclass(frozen=True, slots=True)
class StatementTaken:
    """One bank statement: booked as a whole, or flagged with `reasons` and nothing of it booked.

    opening, credits, debits, closing, off: as text in the currency's main unit, empty where not told;
    off is closing less what opening and entries come to.
    counts: entries by what became of them: matched, unmatched, known_before, went_back, not_ours.
    """

    key: int
    file: str
    line: int
    format: str
    account: str
    number: str
    currency: str
    from_date: date | None
    to_date: date | None
    opening: str
    credits: str
    debits: str
    closing: str
    off: str
    booked: bool
    reasons: tuple[Words, ...]
    notes: tuple[Words, ...]
    counts: dict[str, int]
    taken_at: datetime
    seen_before: bool = False
    touched: tuple[str, ...] = ()  # accounts that changed now: reckon them at once


@dataclass(frozen=True, slots=True)
class StatementsTaken:
    """What became of a file or folder of bank statements; `refused`: files that hold none."""

    statements: tuple[StatementTaken, ...]
    refused: tuple[Refused, ...]

    @property
    def touched(self) -> tuple[str, ...]:
        """Accounts that changed: reckon them at once."""
        return tuple(dict.fromkeys(ref for one in self.statements for ref in one.touched))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that comes near, and the signs that brought it here.

    named: its own number stands in the notice; customer_named: its customer's; paid_before: by how many
    accounts the payer's account or name paid before; same_name: how many accounts have owners called so;
    holder_named: the same, where the payer's words name the owner. order: the number of a payment we asked
    for, of another amount, that is named. only_instalment: the amount is an instalment of this account's
    agreement alone, whatever else is known.
    """

    account: str
    customer: str
    name: str
    currency: str
    named: bool = False
    customer_named: bool = False
    paid_before_by_account: int = 0
    paid_before_by_name: int = 0
    same_name: int = 0
    holder_named: int = 0
    order: str = ""
    only_instalment: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One proposal: `confidence` in percent and in words, with its reasons."""

    account: str
    customer_name: str
    confidence: int
    words: Words
    reasons: tuple[Words, ...]

    @property
    def because(self) -> Words:
        """The reasons in one sentence."""
        return Words(zh="；".join(w.zh for w in self.reasons), en="; ".join(w.en for w in self.reasons))


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """One entry of a bank statement, as a person reads it. money_ref: the money it became."""

    line: int
    amount: str
    booked_date: date
    booked: bool
    payer_name: str
    text: str
    money_ref: str


@dataclass(frozen=True, slots=True)
class RowInDoubt:
    """A row that was set aside, so that its account's figures may be wrong. origin: file and line."""

    table: str
    record: str
    words: Words
    origin: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AccountInDoubt:
    """An account that stands aside for such rows."""

    account_ref: str
    rows: tuple[RowInDoubt, ...]


@dataclass(frozen=True, slots=True)
class NoticeRefused:
    """A wallet's notice that was not believed, and why."""

    provider: str
    transaction: str
    words: Words
    received_at: datetime
    key: int = 0


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """A payment we asked for under one number: cents of `currency` to an account."""

    number: str
    account_ref: str
    cents: int
    currency: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedInFull:
    """A refused notice as it came: headers and body as text, signs that are none shown by their numbers."""

    seen: NoticeRefused
    code: str
    scheme: str
    headers: tuple[tuple[str, str], ...]
    body: str
