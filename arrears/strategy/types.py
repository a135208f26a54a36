"""What strategy hands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from arrears.casebook.types import Person
from arrears.kernel.words import Words
from arrears.reckoning.types import Owed


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """Everything the ladder looks at. `last_made`: when each step last made contact.

    reason: why the customer said to pay late, lately (a code of rulebook/reasons.yaml).
    """

    owed: Owed
    person: Person
    last_made: Mapping[str, date]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """The contact we would like to make: not yet allowed, not yet made."""

    template: str
    channel: str
    point: str
    purpose: str
    at: time  # on the customer's clock


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a case stands on the ladder today, and why."""

    step: str
    title: Words
    why: Words
    priority: int
    wish: Wish | None
    unreachable: bool = False  # contact wanted, but no way to reach the customer is known
    again_on: date | None = None  # contact was made recently; not again before this day


class ProposalState(StrEnum):
    """What became of a proposal. Only `planned` is still open."""

    PLANNED = "planned"  # cleared, in the outbox, its hour not yet come
    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"  # time cures the refusal; a later round decides afresh
    WITHDRAWN = "withdrawn"
    FAILED = "failed"  # the provider would not take it


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """A proposal with the gate's answer, to be kept. wish is None where nobody can be reached."""

    key: str
    account_ref: str
    customer_ref: str
    on_date: date
    decision: Decision
    state: ProposalState
    reasons: tuple["Reason", ...]
    planned_at: datetime | None
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposalSeen:
    """A proposal as it was made and what became of it."""

    key: str
    account_ref: str
    on_date: date
    step: str
    channel: str
    state: str
    why: Words
    reasons: tuple["Reason", ...]
    template: str = ""
    point: str = ""
    planned_at: datetime | None = None
    until_at: datetime | None = None  # deferred until; or cleared until


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a proposal was not made: the rule, what it says here, where it is written."""

    rule: str
    words: Words
    reference: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases the work list shows. A search looks at every account in the casebook;
    without one, cases that need nothing are left out."""

    search: str = ""
    bucket: str = ""
    step: str = ""
    held: bool | None = None  # True: only customers with a hold; False: only those without


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the work list. Amounts in cents of `currency`; what no round has said
    yet is None."""

    account_ref: str
    customer_ref: str
    customer_name: str
    currency: str
    zone: str
    step: str
    title: Words | None
    why: Words | None
    priority: int
    again_on: date | None
    as_of: date | None
    bucket: str
    days_past_due: int | None
    owed_cents: int | None
    overdue_cents: int | None
