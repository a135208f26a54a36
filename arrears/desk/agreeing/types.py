"""What the pages about agreements show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from arrears.arrangements.queries import Afford, Proposed
from arrears.arrangements.types import (
    AgreementSeen,
    AgreementState,
    BudgetLeft,
    KeptRate,
    OfferSeen,
    PartSeen,
    PromiseSeen,
    Schedule,
    Verdict,
)
from arrears.casebook.types import Person
from arrears.daily.copies import Copy
from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Running:
    """An agreement and how it stands. upcoming: the next instalment not covered yet."""

    agreement: AgreementSeen
    title: Words
    verdict: Verdict
    upcoming: PartSeen | None
    left_cents: int

    @property
    def currency(self) -> str:
        """Of all its amounts."""
        return str(self.agreement.content["currency"])


@dataclass(frozen=True, slots=True)
class Ended:
    """Something agreed that is over, in a line."""

    title: Words
    state: str
    day: date | None
    key: str  # of the agreement; empty for a promise
    cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class AgreementCard:
    """What runs on an account, what lies on the table, what was; why nothing can be agreed now."""

    why_barred: Words | None
    promise: PromiseSeen | None
    running: Running | None
    offer: OfferSeen | None
    offer_title: Words | None
    ended: Sequence[Ended]


@dataclass(frozen=True, slots=True)
class Plan:
    """One proposed plan with what its kind is called and what taking it says."""

    title: Words
    take: str
    proposed: Proposed


@dataclass(frozen=True, slots=True)
class Compared:
    """What can be afforded, and up to three plans, the best for the customer first."""

    afford: Afford | None
    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Before anything is offered: who, what is owed, what stands in the way or runs already."""

    person: Person
    currency: str
    owed_cents: int | None
    overdue_cents: int | None
    why_barred: Words | None
    running: AgreementSeen | None
    running_title: Words | None


@dataclass(frozen=True, slots=True)
class QuotationPage:
    """One quotation: its text, its schedule, and what this reader may do with it."""

    offer: OfferSeen
    title: Words
    person: Person
    said: Mapping[str, Any]
    schedule: Schedule | None
    terms: Sequence[Words]
    read_back: str
    may_decide: bool
    is_own: bool
    needs_recording: bool
    agreement: AgreementSeen | None


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """One agreement with its instalments, for the screen and for paper."""

    running: Running
    person: Person
    terms: Sequence[Words]
    signature: str
    on: date
    copy: Copy | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An offer that waits for somebody's yes."""

    offer: OfferSeen
    title: Words
    name: str
    first_term: Words
    is_own: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose day comes. what: an instalment, a promise, a quotation, a cure or a matter."""

    day: date
    what: str
    title: Words | None
    name: str
    ref: str
    cents: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A promise or an agreement that was not kept."""

    day: date
    title: Words | None  # None: a promise
    state: str
    name: str
    account_ref: str
    who: str
    cents: int
    paid_cents: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Rates:
    """Kept of ended, by one measure: (name, or its words; rate)."""

    by: str
    rows: Sequence[tuple[str | Words, KeptRate]]


@dataclass(frozen=True, slots=True)
class AgreementsPage:
    """What a team leader looks at: what waits for a yes, what broke, what runs out, what is kept."""

    on: date
    waiting: Sequence[Waiting]
    budget: Sequence[BudgetLeft]
    broken: Sequence[BrokenRow]
    due: Sequence[Due]
    rates: Sequence[Rates]


OVER = frozenset(AgreementState) - {AgreementState.PERFORMING}
