"""What the desk's pages show, one value a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from arrears.care.types import BureauNotice, Matter, Outcome
from arrears.casebook.types import (
    AccountHistory,
    Fact,
    FactKind,
    MoneyBack,
    Movement,
    PerhapsTwice,
    Person,
    UnmatchedMoney,
)
from arrears.clearance.types import Answer, NearMiss, OverrideSeen, RuleCount
from arrears.clearance.words import Said
from arrears.daily.types import RoundReport
from arrears.delinquency.types import Standing
from arrears.desk.agreeing.types import AgreementCard
from arrears.evidence.types import State
from arrears.insights.types import ContactCount, RollRates
from arrears.intake.types import AccountInDoubt, EntrySeen, NoticeRefused, StatementTaken, Suggestion
from arrears.kernel.words import Words
from arrears.reckoning.types import Owed
from arrears.rulebook.clocks import Clock, Extension
from arrears.strategy.types import CaseRow, Reason, Wanted


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One line of the work list: the case, what stops contact, what is planned next."""

    case: CaseRow
    holds: Sequence[Fact]
    next_channel: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkList:
    """A page of the work list."""

    rows: Sequence[WorkRow]
    count: int  # at most one more than `most_counted`
    most_counted: int
    wanted: Wanted
    steps: Sequence[tuple[str, Words]]
    next_after: str  # the account the next page begins behind; empty on the last one


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, on the timeline. `timed`: the hour is known, not only the day."""

    at: datetime
    timed: bool
    group: str  # money | lateness | contact | word
    icon: str
    tone: str
    title: str
    account_ref: str = ""
    cents: int | None = None
    state: str = ""
    said: Sequence[str] = ()
    reasons: Sequence[Reason] = ()
    letter: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach the customer and what the gate would say of it now."""

    channel: str
    point: str
    cleared: bool
    said: Said
    overridable: bool  # only rules that say `should` stand in the way
    turns_at: datetime | None  # when the answer changes by itself


@dataclass(frozen=True, slots=True)
class WordsFound:
    """One phrase that wants a second look, by which rule, and what to say instead."""

    phrase: str
    title: Words
    better: Words
    reference: str
    stops: bool


@dataclass(frozen=True, slots=True)
class WordsSeen:
    """What the guard found in one text. `sent`: said or sent; else it was stopped."""

    fact: Fact
    sent: bool
    found: Sequence[WordsFound]


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything about one account and the person behind it."""

    account: AccountHistory
    person: Person
    now: datetime
    as_of: date
    case: CaseRow
    standing: Standing | None
    owed: Owed | None
    not_reckoned_because: str
    reach: Sequence[Reach]
    holds: Sequence[tuple[Fact, Sequence[str]]]  # each with what it says
    findings: Sequence[tuple[date, Words]]
    words: Sequence[WordsSeen]  # the latest few
    agreements: AgreementCard
    other_accounts: Sequence[CaseRow]
    movements: Mapping[str, Movement]
    timeline: Sequence[Entry]
    shown: str  # the group the timeline is narrowed to
    more: int  # entries older than those shown


@dataclass(frozen=True, slots=True)
class Twins:
    """Two postings presumed one payment, though no reference says so: only one is counted."""

    account_ref: str
    customer_name: str
    currency: str
    cents: int
    notice_ref: str
    notice_date: date
    book_ref: str
    book_date: date


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Money that wants a person: whose it is, whether two payments are one, and what to give back.

    strays: each with its likeliest proposal; credits: accounts on which more was paid than owed.
    """

    strays: Sequence[tuple[UnmatchedMoney, Suggestion | None]]
    twins: Sequence[Twins]
    perhaps_twice: Sequence[PerhapsTwice]
    back_waiting: Sequence[MoneyBack]
    credits: Sequence[Standing]
    refused: Sequence[NoticeRefused]
    flagged_statements: int
    accounts_in_doubt: int


@dataclass(frozen=True, slots=True)
class InDoubt:
    """What stands in doubt: statements that do not add up, and accounts some of whose rows were set aside.

    accounts: each with its customer's name, empty where the casebook does not know it.
    """

    statements: Sequence[StatementTaken]
    accounts: Sequence[tuple[AccountInDoubt, str]]
    accounts_in_all: int


@dataclass(frozen=True, slots=True)
class StatementPage:
    """One bank statement, and its entries."""

    statement: StatementTaken
    entries: Sequence[EntrySeen]


@dataclass(frozen=True, slots=True)
class MatchPage:
    """One stray sum, the accounts that fit the search, and the one chosen."""

    money: UnmatchedMoney
    search: str
    found: Sequence[CaseRow]
    chosen: CaseRow | None
    proposals: Sequence[Suggestion] = ()


@dataclass(frozen=True, slots=True)
class FlipTable:
    """How many accounts went from which bucket (rows) to which (columns) in a round."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]


@dataclass(frozen=True, slots=True)
class RoundPage:
    """One round's report, the days of the others, and files that had rows set aside:
    (number, where from, when, how many)."""

    report: RoundReport | None
    days: Sequence[date]
    flips: FlipTable
    with_rejects: Sequence[tuple[int, str, datetime, int]]


@dataclass(frozen=True, slots=True)
class Overview:
    """The book at a glance."""

    report: RoundReport | None
    waiting: int  # cases in the work list
    on_hold: int
    stray: int  # sums of unmatched money
    to_check: int  # payments presumed the same money
    rolls: RollRates | None
    contacts: Sequence[ContactCount]  # of the last seven days


@dataclass(frozen=True, slots=True)
class MapHour:
    """One hour of the day on the customers' clocks: made and stopped, Monday to Sunday."""

    hour: int
    quiet: bool
    cells: Sequence[tuple[int, int, int]]  # made, stopped, how dark (0 to 4)
    made: int
    stopped: int


@dataclass(frozen=True, slots=True)
class CompliancePage:
    """How contact was kept within the law over some days, the last of them included."""

    since: date
    until: date
    days: int
    answers: Mapping[Answer, int]
    rules: Sequence[RuleCount]
    hours: Sequence[MapHour]
    made_in_quiet: int
    near_count: int
    near: Sequence[NearMiss]
    outside: Sequence[Fact]  # contacts told of that were made outside their leave
    overrides: Sequence[OverrideSeen]
    holds: Sequence[tuple[FactKind, int, datetime]]
    evidence: State

    @property
    def day_unsigned(self) -> bool:
        """Whether a day that is over lacks its signature."""
        signed = self.evidence.last_signed_day
        return bool(self.evidence.unsigned) and (signed is None or signed < self.until - timedelta(days=1))

    @property
    def asked(self) -> int:
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True)
class MattersPage:
    """Matters that wait for an answer; (open, late); what the bureau must be told."""

    on: date
    matters: Sequence[Matter]
    counts: tuple[int, int]
    bureau: Sequence[BureauNotice]


@dataclass(frozen=True, slots=True)
class MatterPage:
    """One matter, its clock, and the further time it may still be given."""

    on: date
    matter: Matter
    person: Person
    currency: str
    clock: Clock
    more_time: Sequence[Extension]
    ends: Sequence[Outcome]
