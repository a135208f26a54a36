"""What the outbox takes in and hands out."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands. Only `waiting` and `sending` are not the end of it."""

    WAITING = "waiting"
    SENDING = "sending"  # leased by a sender; falls back to another when the sender dies
    SENT = "sent"
    FAILED = "failed"  # for good: the reason is in `last_error`
    WITHDRAWN = "withdrawn"  # no longer wanted, or no longer cleared
    EXPIRED = "expired"  # its window passed before it could leave


class Purpose(StrEnum):
    """Why we write. Every purpose needs a clearance; a login code alone goes without one."""

    COLLECT = "collect"
    REMIND = "remind"  # before anything is late
    STATEMENT = "statement"  # what is theirs to know, without a demand: money they may have back
    SERVICE = "service"  # they asked for it just now: their copy of an agreement, a login code


LOGIN_CODE = "one_time_code"  # the template of the only message nobody clears


@dataclass(frozen=True, slots=True)
class Wording:
    """A finished text; SMS have no subject."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be put in the outbox.

    key: one message for ever, however often it is planned; derive it from the clearance.
    not_before, not_after: the clearance's window (aware); outside it nothing leaves.
    secret: the body is erased from the outbox once the message has left or never will.
    written_by: who wrote the text freely; empty for a text of our templates. What a person
    writes is read by the language guard before it is planned.
    """

    key: str
    clearance_key: str
    customer_ref: str
    account_ref: str | None
    channel: str  # email | sms
    point: str  # the address or number itself
    template: str
    language: str
    wording: Wording
    not_before: datetime
    not_after: datetime
    planned_on: date
    purpose: str = Purpose.COLLECT  # one of Purpose, or a name of the ladder's own
    secret: bool = False
    written_by: str = ""

    @property
    def is_login_code(self) -> bool:
        """Whether it is the secret code somebody signs in with: about no account, and erased once it left."""
        return self.template == LOGIN_CODE and self.secret and self.account_ref is None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the outbox as other rooms see it."""

    key: str
    clearance_key: str
    customer_ref: str
    account_ref: str | None
    channel: str
    point: str
    purpose: str
    template: str
    language: str
    subject: str
    body: str
    state: MessageState
    planned_on: date
    not_before: datetime
    not_after: datetime
    attempts: int
    last_error: str
    sent_at: datetime | None
    provider: str
    provider_ref: str


@dataclass(frozen=True, slots=True)
class SendReport:
    """What one call of `send_waiting` did, in messages.

    to_retry: the provider said "later"; held: due by the day rehearsed, but the wall clock
    forbids it; in_hand: another living sender has them. down: channels that did not answer
    at all, with the reason; their messages wait unharmed.
    """

    sent: int = 0
    failed: int = 0
    to_retry: int = 0
    withdrawn: int = 0
    expired: int = 0
    held: int = 0
    in_hand: int = 0
    down: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CodeSent:
    """What the face keeps until the customer types the code. It says nothing about whom we know."""

    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """Who signed in, or None; and how many tries are left for this ticket."""

    customer_ref: str | None
    tries_left: int
