"""What the portal's pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from arrears.arrangements.types import IN_PARTS, OfferSeen, OfferState
from arrears.casebook.types import Movement, Person
from arrears.kernel.money import decimal_text
from arrears.kernel.words import Words
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

    @property
    def due_cents(self) -> int:
        """What is due now: what is late, else the minimum, else all that is owed; 0 where nothing is."""
        owed = self.owed
        return max(0, owed.overdue_cents or owed.minimum_due_cents or owed.payoff_cents) if owed else 0


@dataclass(frozen=True, slots=True)
class Home:
    """What I owe and until when. `holds`: kinds of facts for which we leave the customer in
    peace. `last_payment`: card number, day, cents, currency. `agreed`: promises and agreements
    that run, the one to be paid next first; `answered`: quotations a colleague said yes or no to."""

    person: Person
    cards: Sequence[Card]
    holds: frozenset[str]
    last_payment: tuple[int, date, int, str] | None
    agreed: Sequence["Agreed"] = ()
    answered: Sequence["Agreed"] = ()


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


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a schedule as it stands. state: kept, late, missed, part, coming; empty in
    a quotation nobody agreed to yet."""

    number: int
    on_date: date
    cents: int
    paid_cents: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer says, laid out for reading. The amounts are the signed text's own.

    yearly: `12.34%`, or empty where `why_none` says why there is no such rate. stands_until:
    the last day on which it can be agreed to, and by which a colleague decides where one has to.
    """

    offer: OfferSeen
    number: int
    tail: str
    schedule: Sequence[Instalment]
    yearly: str
    why_none: Words | None
    stands_until: date

    @property
    def said(self) -> Mapping[str, Any]:
        """The quotation's own content."""
        return self.offer.content

    @property
    def needs_approval(self) -> bool:
        """Whether a colleague has to let it pass first."""
        return self.offer.state is OfferState.WAITING

    @property
    def first(self) -> Instalment:
        """The first payment."""
        return self.schedule[0]

    @property
    def last(self) -> Instalment:
        """The last payment; its day ends the agreement."""
        return self.schedule[-1]


@dataclass(frozen=True, slots=True)
class Delay:
    """What waiting until a day means: `costs_cents` of interest and fees that arise meanwhile."""

    number: int
    tail: str
    currency: str
    cents: int
    on_date: date
    costs_cents: int
    terms: Terms | None = None  # of the extension, where one is wanted

    @property
    def plain(self) -> str:
        """The amount as a form takes it."""
        return decimal_text(self.cents, currency=self.currency)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A promise, an agreement or a quotation of the customer. what: promise, agreement, offer; key
    opens its page (empty for a promise, which has none); next: what is to be paid next.

    answer: what a colleague said to a quotation that had to wait, `yes` or `no`; reason: in whose words.
    """

    what: str
    key: str
    kind: str
    state: str
    number: int
    tail: str
    currency: str
    cents: int
    made_at: datetime
    schedule: Sequence[Instalment]
    because: Words | None = None
    cure_until: date | None = None
    stands_until: date | None = None
    answer: str = ""
    reason: str = ""

    @property
    def is_in_parts(self) -> bool:
        """Whether what is still to come stands beside the card's balance, not in it."""
        return self.kind in IN_PARTS

    @property
    def next(self) -> Instalment | None:
        """The first payment not made yet, while it runs."""
        if self.state not in {"running", "performing"}:
            return None
        return next((one for one in self.schedule if one.state not in {"kept", "late"}), None)

    @property
    def next_cents(self) -> int:
        """What of it is still to be paid."""
        return self.next.cents - self.next.paid_cents if self.next else 0

    @property
    def next_plain(self) -> str:
        """The same, as a form takes it."""
        return decimal_text(self.next_cents, currency=self.currency)
