"""What the gate is asked, what it needs to know, and what it answers.

All of it is frozen and free of Django: a `Proposal` to contact somebody, what is
`Known` of the person, the `PastContact`s, and the `Verdict`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from arrears.kernel.hours import Hours
from arrears.kernel.words import Words

CALLS = frozenset({"call", "robot_call"})
MESSAGES = frozenset({"sms", "email", "chat", "wechat"})
CHANNELS = CALLS | MESSAGES | {"letter", "visit"}
SENT_BY_MACHINE = frozenset({"robot_call", "sms"})  # over these the house's own rounds send by themselves


@dataclass(frozen=True, slots=True)
class Proposal:
    """A contact somebody would like to make. Anything not said is as it should be.

    at: aware, when it would be made (a message: sent). to: who would be reached (`debtor`,
    `guarantor`, `third_person` ...). point: which number or address. by: `issuer` or
    `agency:NAME` or any collector's name. debts: which debts it is about; empty means all.
    place: where a visit stands (`door`, `home`, `office`, `public`) or a number rings.
    discloses: what of the debt would be told. consent: the person agreed to this contact.
    autodialled: a machine dials or sends (a `robot_call` always is one). opt_out_notice: an
    electronic message says how to stop them.
    """

    at: datetime
    channel: str
    direction: str = "out"
    to: str = "debtor"
    point: str | None = None
    by: str = "issuer"
    debts: tuple[str, ...] = ()
    purpose: str = "collect"
    place: str | None = None
    collectors: int | None = None
    recorded: bool = True
    authorisation: str | None = "as it should be"
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


class PastContact(NamedTuple):  # a night reads many: a tuple is made five times as fast
    """A contact that was made, attempted or received."""

    at: datetime
    channel: str
    direction: str = "out"
    to: str = "debtor"
    point: str | None = None
    by: str = "issuer"
    debts: tuple[str, ...] = ()
    outcome: str = "no_answer"
    purpose: str = "collect"
    consent: bool = False  # the person had agreed to this very contact


@dataclass(frozen=True, slots=True)
class Hold:
    """A fact that stops contact while it lasts. Dates are local days, both included.

    beside: more facts of the kind, each with its own days. at: the moment it began, where known;
    the first day is then the one it was on the clock that is asked about.
    """

    kind: str
    since: date | None = None  # None: as long as anybody knows
    until: date | None = None
    detail: str | None = None
    beside: tuple["Hold", ...] = ()
    at: datetime | None = None

    def first_day(self, zone: str) -> date | None:
        """The day it began, on the clock of `zone`."""
        return self.at.astimezone(ZoneInfo(zone)).date() if self.at else self.since

    def stands_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Wish:
    """Hours a person agreed to or asked for, as long as the wish lasts (days included).

    only_on: `workdays` or `days_off` of the book's country, holidays and make-up days counted;
    empty: neither matters.
    """

    hours: Hours
    since: date | None = None
    until: date | None = None
    weekdays: frozenset[int] = frozenset(range(7))  # Monday is 0
    only_on: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """Agreement to be called, given to one collector (or to whoever asks: None).

    given_at: the moment, where it is known: a conversation after it ends the consent.
    """

    given_on: date
    until: date | None = None
    to: str | None = None
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person on the day of the question.

    zones: every time zone the person may be in; contact must be fine in all of them.
    holds: by kind (`objection`, `deceased`, `attorney` ...). opted_out: channels.
    assigned_to: the agency that has the case; told_of_assignment: None is "not known".
    """

    zones: tuple[str, ...] = ("Asia/Shanghai",)
    agreed_hours: tuple[Wish, ...] = ()
    asked_hours: tuple[Wish, ...] = ()
    consents: tuple[Consent, ...] = ()
    holds: Mapping[str, Hold] = field(default_factory=dict)
    opted_out: frozenset[str] = frozenset()
    refused_points: frozenset[str] = frozenset()  # third persons who want no call; "*": all of them
    mobile_invalid: bool = False
    mobile_invalid_at: datetime | None = None  # since when, where known: who was reached later is not lost
    assigned_to: str | None = None
    told_of_assignment: bool | None = None
    agency_on_list: bool | None = None
    agency_evaluated_on: date | None = None  # when last, where known
    entry_consent: frozenset[str] = frozenset()  # places the person lets visitors into
    robot_consent: bool | None = None  # to autodialled or recorded calls and texts
    consent_ends: Mapping[str, date] = field(default_factory=dict)  # last days: of `robot`, of a place
    agreed_attempts: int | None = None  # a day, agreed with the person
    state: str | None = None  # of the United States
    household_debt: bool = False  # it served the household: the spouse is no unrelated person
    debt_names: Mapping[str, str] = field(default_factory=dict)  # debts that count as one


class Counter(NamedTuple):
    """How much of a cap is used: `3 of 6 today on this number`."""

    rule_id: str
    used: int
    most: int
    words: Words


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that said no, where it is written, and from when it would say yes."""

    rule_id: str
    title: Words
    reference: str
    strength: str  # must | should: a supervisor may override a should, with a reason on record
    words: Words
    cured_at: datetime | None = None  # None: time alone does not cure it


@dataclass(frozen=True, slots=True)
class Verdict:
    """May we? `until` is when a yes ends of itself, `cured_at` when a no does.

    book, rules_on: whose rules, as they stood on which day.
    """

    cleared: bool
    book: str
    rules_on: date
    until: datetime | None = None
    cured_at: datetime | None = None
    refusals: tuple[Refusal, ...] = ()
    counters: tuple[Counter, ...] = ()

    @property
    def overridable(self) -> bool:
        """Whether every rule that refused is a `should`."""
        return bool(self.refusals) and all(refusal.strength == "should" for refusal in self.refusals)


class Answer(StrEnum):
    """What became of a proposal at the gate."""

    CLEARED = "cleared"
    REFUSED = "refused"
    DEFERRED = "deferred"  # refused now; time alone will clear it


@dataclass(frozen=True, slots=True)
class Override:
    """A supervisor's word against a rule that only says `should`; kept with the answer."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A proposal put to the gate: once for its `key`, in whose case, about which account.

    valid_for: how long a yes keeps its place at most; a live call needs minutes only.
    """

    key: str
    customer_ref: str
    proposal: Proposal
    account_ref: str | None = None
    valid_for: timedelta | None = None
    override: Override | None = None


class Leave(NamedTuple):
    """Whom a cleared contact is with, by what channel and address, and when it may be made."""

    customer_ref: str
    channel: str
    point: str
    not_before: datetime
    until: datetime


class Said(NamedTuple):
    """What the gate said, whomever it was about: part of a `Clearance`."""

    answer: Answer
    refusals: tuple[Refusal, ...]
    not_before: datetime | None
    until: datetime | None
    cured_at: datetime | None
    book: str
    rules_on: date
    overridden_by: str


class Clearance(NamedTuple):  # a round makes one a proposal, and a tuple is made eight times as fast
    """What the gate said, as it is kept. A cleared one is a place taken in the person's budget.

    key: shown to the channel. not_before, until: the moments between which it may be used,
    both included. cured_at: from when a deferred contact would be cleared.
    """

    key: str
    proposal_key: str
    customer_ref: str
    account_ref: str | None
    answer: Answer
    refusals: tuple[Refusal, ...]
    not_before: datetime | None
    until: datetime | None
    cured_at: datetime | None
    book: str
    rules_on: date
    overridden_by: str = ""
    used_at: datetime | None = None
    outcome: str = ""
    released_at: datetime | None = None

    @property
    def cleared(self) -> bool:
        return self.answer is Answer.CLEARED


NOT_USED_YET = (None, "", None)  # the end of a new `Clearance`


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """A hold in force, for the compliance page and the case."""

    customer_ref: str
    account_ref: str | None
    kind: str
    since: date | None
    until: date | None
    fact_key: str


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often one rule said no, and to how many customers."""

    rule_id: str
    title: Words
    reference: str
    strength: str
    refusals: int
    customers: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """Proposals for one hour of one weekday, on the clocks of those they were meant for.

    weekday: Monday is 0. made: cleared and used. stopped: refused or deferred.
    """

    weekday: int
    hour: int
    made: int
    stopped: int


@dataclass(frozen=True, slots=True)
class OverrideSeen:
    """A rule that only says `should`, set aside by a supervisor."""

    at: datetime
    customer_ref: str
    account_ref: str | None
    channel: str
    by: str
    reason: str
    rules: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A contact that came close to a limit.

    kind: `taken_back` (cleared, then stopped before it left) or `last_minutes` (made within
    minutes of the end of its leave). moment: when it would be, or was, made.
    """

    kind: str
    moment: datetime
    zone: str
    customer_ref: str
    account_ref: str | None
    channel: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """What a rule said then and says now; rule_id is empty where it is about the answer as a whole."""

    rule_id: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded question asked again. same_rules: whether the rules are those that decided."""

    position: int
    customer_ref: str
    clearance_key: str
    at: datetime
    book: str
    rules_on: date
    same_rules: bool
    differences: tuple[Difference, ...]
