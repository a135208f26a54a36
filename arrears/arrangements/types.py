"""What arrangements hands out, and the errors its actions raise. Money is in cents (minor units)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.kernel.workdays import workday


class Kind(StrEnum):
    """What can be agreed. A promise to pay is lighter than all of them and has its own record."""

    EXTENSION = "extension"  # a due date moved
    INSTALMENT_BILL = "instalment_bill"  # the last bill in parts
    INSTALMENT_BALANCE = "instalment_balance"  # the whole balance in parts
    PERSONAL = "personal_instalments"  # article 70
    SETTLEMENT = "settlement"  # less than is owed, in one sum
    WAIVER = "waiver"  # of late fee or interest, refunded where it was paid


IN_PARTS = frozenset({Kind.INSTALMENT_BILL, Kind.INSTALMENT_BALANCE, Kind.PERSONAL})


class OfferState(StrEnum):
    """Where an offer stands."""

    WAITING = "waiting"  # for somebody's approval; not signed yet
    OPEN = "open"  # signed: whoever holds it may have it honoured until it ends
    DECLINED = "declined"
    SUPERSEDED = "superseded"  # a newer offer took its place
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"


class AgreementState(StrEnum):
    """Where an agreement stands; the names the casebook's facts carry."""

    PERFORMING = "performing"
    DONE = "done"
    BROKEN = "broken"
    CANCELLED = "cancelled"  # the customer asked for its end
    REPLACED = "replaced"  # by the one renegotiation


class PromiseState(StrEnum):
    """Where a promise to pay stands."""

    RUNNING = "running"
    KEPT = "kept"
    PART_KEPT = "part_kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class IsWorkday(Protocol):
    """Whether banks are open on a day."""

    def __call__(self, day: date, /) -> bool:
        """Whether `day` is a workday."""


def monday_to_friday(day: date, /) -> bool:
    """The plainest calendar, for trials."""
    return day.weekday() < 5


def bank_day(day: date, /) -> bool:
    """The calendar of the house: working days of China as the State Council named them, the
    Saturdays worked to make up for a holiday among them; for a year not named yet, the week alone."""
    return workday(day).works


@dataclass(frozen=True, slots=True)
class Monthly:
    """Paid on this day of every month; cut to the month's length."""

    day: int


@dataclass(frozen=True, slots=True)
class EveryTwoWeeks:
    """Paid every fourteen days, counted from `first` in both directions."""

    first: date


@dataclass(frozen=True, slots=True)
class OnDays:
    """Paid irregularly, on days the customer knows beforehand."""

    days: tuple[date, ...]


PayDays = Monthly | EveryTwoWeeks | OnDays


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment: what of the principal falls due on `day`, and its fee."""

    number: int
    day: date
    principal_cents: int
    fee_cents: int = 0

    @property
    def due_cents(self) -> int:
        """Principal and fee."""
        return self.principal_cents + self.fee_cents


@dataclass(frozen=True, slots=True)
class Schedule:
    """Instalments in day order, numbered from 1."""

    agreed_date: date
    parts: tuple[Part, ...]

    @property
    def principal_cents(self) -> int:
        """What is paid off."""
        return sum(part.principal_cents for part in self.parts)

    @property
    def fee_cents(self) -> int:
        """What paying in parts costs."""
        return sum(part.fee_cents for part in self.parts)

    @property
    def due_cents(self) -> int:
        """Everything the customer pays."""
        return self.principal_cents + self.fee_cents


@dataclass(frozen=True, slots=True)
class PartSeen:
    """An instalment and the money that came for it; `paid_date`: when it was covered for good;
    `lost_date`: when a payment that had covered it bounced.

    state: kept (in time), late (paid after its day), missed, part (missed, something paid), coming.
    """

    part: Part
    paid_cents: int
    paid_date: date | None
    state: str
    lost_date: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an agreement stands at the end of a day, and why.

    decided_date: the day its end came, where it ended. cure_until: the last day on which
    money still mends what was missed.
    """

    state: AgreementState
    parts: tuple[PartSeen, ...]
    why: Words
    decided_date: date | None = None
    cure_until: date | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who offers, approves or takes a promise. role: agent, team_leader, manager,
    or customer at the portal; name: unique, a user name or the customer's own number."""

    name: str
    role: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of an arrangement; what a kind does not need stays empty.

    months, pay_days: instalments. day: extension, settlement. cents: what is paid
    (settlement), put off (extension), given up (waiver) or paid in parts; None: the most
    that makes sense. of: late_fee or interest, for a waiver.
    """

    kind: Kind
    months: int | None = None
    pay_days: PayDays | None = None
    day: date | None = None
    cents: int | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Why, and what else is known; kept with the offer.

    willing: the customer said so. means: the income form's outcome as data, if one was
    taken; sustainable_cents a month. recording: where the recording of the talk is kept.
    """

    reasons: tuple[str, ...] = ()
    willing: bool = False
    ability_exceeded: bool | None = None
    sustainable_cents: int | None = None
    means: Mapping[str, Any] = field(default_factory=dict)
    recording: str = ""


@dataclass(frozen=True, slots=True)
class OfferSeen:
    """An offer as others see it. quotation: canonical JSON text; signature: base64, empty
    while it waits for approval. approvers: the roles that may let it pass."""

    key: str
    account_ref: str
    customer_ref: str
    kind: Kind
    state: OfferState
    quotation: str
    signature: str
    content: Mapping[str, Any]
    ends_at: datetime
    made_by: str
    made_at: datetime
    approvers: tuple[str, ...] = ()
    decided_by: str = ""
    decided_because: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgreementSeen:
    """An agreement as others see it."""

    key: str
    offer_key: str
    account_ref: str
    customer_ref: str
    kind: Kind
    state: AgreementState
    schedule: Schedule
    content: Mapping[str, Any]
    agreed_at: datetime
    channel: str
    accepted_by: str
    recording: str
    ended_date: date | None
    ended_because: Words | None


@dataclass(frozen=True, slots=True)
class PromiseSeen:
    """A promise to pay as others see it."""

    key: str
    account_ref: str
    customer_ref: str
    cents: int
    day: date
    channel: str
    taken_by: str
    taken_at: datetime
    state: PromiseState
    paid_cents: int
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class KeptRate:
    """How many of those that ended were kept; `share_millionths` is None where none ended."""

    kept: int
    ended: int

    @property
    def share_millionths(self) -> int | None:
        """Kept of ended."""
        return self.kept * 1_000_000 // self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class FollowReport:
    """What `follow` did in one day."""

    promises: Mapping[str, int]
    agreements: Mapping[str, int]
    missed: int
    cured: int
    corrected: int
    proposed: int
    expired: int
    set_aside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """What may still be given up in a month in one currency, by one person or by their team."""

    is_teams: bool
    currency: str
    left_cents: int
    limit_cents: int


class UnableToArrange(Trouble):
    """An arrangement that cannot be made; the message says why and what is possible."""


class UnableToOffer(UnableToArrange):
    """Outside what may be offered. `nearest`: the nearest that may be, where there is one."""

    def __init__(self, what: str | Words, *, do: str | Words = "", nearest: Asked | None = None) -> None:
        super().__init__(what, do=do)
        self.nearest = nearest


class UnableToApprove(UnableToArrange):
    """This person may not decide about this offer, or it is decided."""


class UnableToAccept(UnableToArrange):
    """The quotation cannot be honoured; `because` is one word of `REFUSED_BECAUSE`.

    new_offer: the key of a fresh quotation on the same terms, where one could be made.
    """

    def __init__(
        self, what: str | Words, *, because: str, do: str | Words = "", new_offer: str | None = None
    ) -> None:
        super().__init__(what, do=do)
        self.because, self.new_offer = because, new_offer


REFUSED_BECAUSE = (
    "changed",
    "unknown",
    "expired",
    "superseded",
    "accepted",
    "not_open",
    "moved",
    "conflict",
    "held",
)


class UnableToPromise(UnableToArrange):
    """This promise is outside what may be taken."""


class UnableToCancel(UnableToArrange):
    """Nothing here to cancel."""
