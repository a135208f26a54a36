"""What the trial is about: people, what was told of them, contacts. Free of the gate's own shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who owes: whose caller's book binds, where they live, which debts, which numbers."""

    ref: str
    book: str
    zone: str
    first_day: date
    debts: tuple[str, ...]
    points: tuple[str, ...]
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A fact told at that moment; `debt` where it is about one debt alone."""

    at: datetime
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    debt: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact proposed, made or received; the words are those of the API's proposals.

    outcome: what comes of it when it is made; the gate is not told. edge: what it tries.
    """

    at: datetime
    channel: str = "call"
    direction: str = "out"
    to: str = "debtor"
    point: str | None = None
    by: str = "issuer"
    debts: tuple[str, ...] = ()
    purpose: str = "collect"
    place: str | None = None
    collectors: int | None = None
    recorded: bool = True
    authorisation: str | None = "shown"
    discloses: tuple[str, ...] = ()
    point_source: str | None = None
    consent: bool = False
    entry_consent: bool = False
    identity_proved: bool = True
    identified: bool = True
    identifies_as: str | None = None
    posts_in_public: bool = False
    private_device: bool = False
    notice_given: bool = True
    autodialled: bool = False
    opt_out_notice: bool = True
    outcome: str = "no_answer"
    edge: str = "ordinary"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said: until when a yes lasts, from when a no would be one, which rules refused."""

    cleared: bool
    until: datetime | None = None
    cured_at: datetime | None = None
    rules: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule a contact breaks, by the plain reading, and where it is written."""

    rule: str
    reference: str
