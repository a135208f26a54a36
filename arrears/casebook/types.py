"""Every kind of thing that can happen to an account or a person, and its frozen shape.

Money movements have their own table (`Movement` here); everything else is a `FactKind`
with one validated payload. Two dates are always kept: when it happened, and when we
learned of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from arrears.kernel.words import Words


class MovementKind(StrEnum):
    """What a posting on a card account can be. Cents are positive; the kind has the sign."""

    PURCHASE = "purchase"
    CASH_ADVANCE = "cash_advance"
    INSTALMENT = "instalment"  # one instalment of a purchase or bill falling due
    FEE = "fee"  # annual, cash, foreign exchange ...: bears no interest
    INTEREST = "interest"  # billed by the bank itself
    LATE_FEE = "late_fee"  # charged by the bank itself
    DEBIT_ADJUSTMENT = "debit_adjustment"
    PAYMENT_REVERSAL = "payment_reversal"  # a payment that bounced or was booked in error
    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CREDIT_ADJUSTMENT = "credit_adjustment"
    WAIVER = "waiver"


CREDITS = frozenset(
    {
        MovementKind.PAYMENT,
        MovementKind.REFUND,
        MovementKind.CHARGEBACK,
        MovementKind.CREDIT_ADJUSTMENT,
        MovementKind.WAIVER,
    }
)
DEBITS = frozenset(MovementKind) - CREDITS


class FactKind(StrEnum):
    """What can happen to a person or an account besides money moving."""

    OBJECTION = "objection"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HARDSHIP = "hardship"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    LITIGATION = "litigation"
    BREATHING_SPACE = "breathing_space"
    CEASE_REQUEST = "cease_request"
    OPTED_OUT = "opted_out"  # payload: channel
    WRONG_AMOUNT_SUSPECTED = "wrong_amount_suspected"
    AGREEMENT = "agreement"  # payload: state = performing | broken | done | cancelled | replaced
    AGREEMENT_STEP = "agreement_step"  # payload: agreement, step = missed | cured | waived ...
    PROMISE = "promise"  # to pay; payload: state = running | kept | part_kept | broken ..., until
    FRAUD = "fraud"  # suspected fraud or identity theft
    INCAPACITY = "incapacity"
    MINOR = "minor"
    VULNERABLE = "vulnerable"
    ATTORNEY = "attorney"  # represents the customer; payload: state = unresponsive | consented
    DEBT_COUNSELLOR = "debt_counsellor"  # works on a plan with the customer
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    EMPLOYER_PROHIBITS = "employer_prohibits"  # contact at work
    INCONVENIENT_PLACE = "inconvenient_place"  # payload: place; contact there does not suit
    TIME_BARRED = "time_barred"  # no court would grant it any more
    AGREED_HOURS = "agreed_hours"  # payload: hours, days, until; the customer agreed to be reached then
    ASKED_HOURS = "asked_hours"  # payload: hours, days, until; ... asked to be reached only then
    CALL_CONSENT = "call_consent"  # payload: to, until; agreed to be called by one collector
    ROBOT_CONSENT = "robot_consent"  # payload: given = true | false, until; recorded calls and texts
    ENTRY_CONSENT = "entry_consent"  # payload: place, until; lets visitors in
    MAY_BE_IN = "may_be_in"  # payload: zones, state; every time zone the customer may be in
    NUMBER_INVALID = "number_invalid"  # payload: point; the reserved number is dead
    THIRD_PERSON_REFUSED = "third_person_refused"  # payload: point
    ASSIGNED = "assigned"  # payload: agency (null: recalled), on_list, evaluated_on
    TOLD_OF_ASSIGNMENT = "told_of_assignment"  # payload: agency
    HOLD_LIFTED = "hold_lifted"  # payload: fact (key of the hold), reason
    CONTACT_MADE = "contact_made"  # payload: channel, direction, to, point, by, outcome ...
    CONTACT_WITHDRAWN = "contact_withdrawn"
    LATENESS_REASON = "lateness_reason"  # payload: reason (a code of rulebook/reasons.yaml)
    SIGNED_IN = "signed_in"  # the customer, at the portal
    NOTE = "note"
    FINDING = "finding"  # two numbers that disagree; a person must look
    MANDATE = "mandate"  # leave to collect; payload: state = signed | revoked, mandate, account ...
    DIRECT_DEBIT = "direct_debit"  # payload: state = rejected | returned | released, end_to_end, code
    WORDS_QUESTIONED = "words_questioned"  # payload: said, sent, findings; words to look at again


# Facts that stop collection until lifted. What each stops, and why, is `clearance`'s to say.
HOLDS = frozenset(
    {
        FactKind.OBJECTION,
        FactKind.DISPUTE,
        FactKind.COMPLAINT,
        FactKind.HARDSHIP,
        FactKind.DECEASED,
        FactKind.BANKRUPT,
        FactKind.LITIGATION,
        FactKind.BREATHING_SPACE,
        FactKind.CEASE_REQUEST,
        FactKind.WRONG_AMOUNT_SUSPECTED,
        FactKind.FRAUD,
        FactKind.INCAPACITY,
        FactKind.MINOR,
        FactKind.VULNERABLE,
        FactKind.ATTORNEY,
        FactKind.DEBT_COUNSELLOR,
        FactKind.MENTAL_HEALTH_CRISIS,
        FactKind.EMPLOYER_PROHIBITS,
        FactKind.INCONVENIENT_PLACE,
        FactKind.TIME_BARRED,
    }
)


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting on an account. `cents` > 0; `ref` is unique within the account."""

    ref: str
    kind: MovementKind
    cents: int
    posted_date: date
    reverses: str | None = None  # the ref of the movement this one undoes
    source: str = "book"  # book | notice | desk
    recorded_at: datetime | None = None
    made_date: date | None = None  # the day of the purchase itself, where the bank tells it


@dataclass(frozen=True, slots=True)
class Cycle:
    """One statement: its day, its due date, and what the bank printed on it, if told."""

    statement_date: date
    due_date: date
    supplied_balance_cents: int | None = None
    supplied_minimum_cents: int | None = None
    supplied_interest_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Supplied:
    """How late and how much, as the bank itself says on `as_of`."""

    as_of: date
    balance_cents: int | None = None
    months_late: int | None = None
    days_past_due: int | None = None


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """All one needs to reckon one account: terms by name, cycles and movements in day order."""

    ref: str
    customer_ref: str
    product: str
    currency: str
    cycles: tuple[Cycle, ...] = ()
    movements: tuple[Movement, ...] = ()
    supplied: tuple[Supplied, ...] = ()
    opened_date: date | None = None
    limit_cents: int | None = None
    terms: Mapping[str, str] = field(default_factory=dict)  # overrides of single terms


class Fact(NamedTuple):  # a round reads many: a tuple is made five times as fast
    """One thing that happened, when, and when we learned of it."""

    key: str
    kind: FactKind
    happened_at: datetime
    recorded_at: datetime
    customer_ref: str
    account_ref: str | None
    payload: Mapping[str, Any]
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Point:
    """A way to reach a customer: kind is mobile, email, address or wechat."""

    key: str
    kind: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the rooms downstream see them."""

    ref: str
    name: str
    language: str
    zone: str
    points: tuple[Point, ...] = ()


Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class BookRows:
    """Rows of some accounts as they come from the card book, columns in the book's order
    (`portfolio.types`): what `casebook.actions.enter` takes."""

    customers: Sequence[Row] = ()
    contact_points: Sequence[Row] = ()
    accounts: Sequence[Row] = ()
    postings: Sequence[Row] = ()
    statements: Sequence[Row] = ()
    supplied: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class MoneyNotice:
    """Money that reached us, as notified. `ref` makes taking it twice the same as once."""

    ref: str
    received_date: date
    cents: int
    currency: str
    account_given: str = ""
    reference_given: str = ""
    payer_name: str = ""
    origin: str = ""
    source: str = "notice"  # who tells: notice | statement | advice | alipay | wechat | cash | agency | debit
    names: tuple[str, ...] = ()  # references others may know it by too: a transaction's id, an end-to-end id
    payer_account: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling of money, and whose it is as far as that is certain. `by` names the rule or the
    person, `words` the reason, or why no account was found."""

    notice: MoneyNotice
    account_ref: str | None
    by: str
    words: Words


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """Money that went back to the payer, in whole or in part. `of` is any name of the money it undoes;
    told before the money itself, it waits for it."""

    ref: str
    of: str
    cents: int
    currency: str
    returned_date: date
    reason: str = ""
    origin: str = ""
    source: str = "notice"


@dataclass(frozen=True, slots=True)
class MoneyTaken:
    """What became of one telling. money_ref: under which name the money is kept (another telling's, where
    they are one); account_ref: whose it is now; contradicts: what was told before under this name."""

    ref: str
    money_ref: str
    account_ref: str | None
    first: bool  # this name was not known before
    applied_now: bool  # this telling moved something on the account
    contradicts: str | None = None
    same_as: str | None = None  # this telling is one money with the one kept under this name


@dataclass(frozen=True, slots=True)
class MoneyTotals:
    """Where all money of one currency is, in cents: came_in - went_back = booked + unmatched - back_waiting.

    back_waiting: went back, but of money we were never told of; `told_again` counts tellings, not money.
    """

    currency: str
    came_in_cents: int
    went_back_cents: int
    booked_cents: int
    unmatched_cents: int
    back_waiting_cents: int
    told_again: int

    @property
    def adds_up(self) -> bool:
        """Whether every cent is somewhere, once."""
        somewhere = self.booked_cents + self.unmatched_cents - self.back_waiting_cents
        return self.came_in_cents - self.went_back_cents == somewhere


@dataclass(frozen=True, slots=True)
class PerhapsTwice:
    """Two sums on one account, told by different sources within days of each other without a common
    name: both count, and a person looks."""

    account_ref: str
    customer_name: str
    currency: str
    cents: int
    first_ref: str
    first_date: date
    first_source: str
    second_ref: str
    second_date: date
    second_source: str


@dataclass(frozen=True, slots=True)
class UnmatchedMoney:
    """Money that came in and whose account is not known yet; `unmatched_because` has zh and en.

    returned_cents: what of it went back meanwhile.
    """

    ref: str
    received_date: date
    cents: int
    currency: str
    account_given: str
    reference_given: str
    payer_name: str
    origin: str
    unmatched_because: Mapping[str, str] | None
    source: str = "notice"
    payer_account: str = ""
    returned_cents: int = 0
