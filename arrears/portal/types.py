"""What the portal's pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from arrears.casebook.types import Movement, Person
from arrears.reckoning.types import Owed


@dataclass(frozen=True, slots=True)
class Card:
    """One account of the customer. `number` counts the customer's own cards from 1; `owed`
    is None where it could not be reckoned."""

    number: int
    ref: str
    currency: str
    owed: Owed | None
    movements: Mapping[str, Movement]

    @property
    def tail(self) -> str:
        """The last four characters of the account, as on letters."""
        return self.ref[-4:]


@dataclass(frozen=True, slots=True)
class Home:
    """What I owe and until when. `holds`: kinds of facts for which we leave the customer in
    peace. `last_payment`: card number, day, cents, currency."""

    person: Person
    cards: Sequence[Card]
    holds: frozenset[str]
    last_payment: tuple[int, date, int, str] | None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that has happened, in the customer's words."""

    at: datetime
    timed: bool
    icon: str
    title: str
    said: Sequence[str] = ()
    cents: int | None = None
    currency: str = ""
    letter: str = ""
    tail: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the customer wants to be reached, as last said."""

    person: Person
    hours: str
    opted_out: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a payment on a day would change. Cents of `currency`; `later` is some weeks on,
    `saved_cents` the interest and fees that then need not be paid."""

    number: int
    currency: str
    cents: int
    on_date: date
    left_cents: int
    overdue_cents: int | None
    later_date: date
    later_without_cents: int
    later_with_cents: int

    @property
    def saved_cents(self) -> int:
        """Interest and fees that do not arise because of the payment."""
        return self.later_without_cents - self.later_with_cents - self.cents
