"""What strategy hands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from arrears.casebook.types import Person
from arrears.kernel.words import Words
from arrears.reckoning.types import Owed


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """Everything the ladder looks at. `last_made`: when each step last made contact."""

    owed: Owed
    person: Person
    last_made: Mapping[str, date]


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
    reasons: tuple[Words, ...]
