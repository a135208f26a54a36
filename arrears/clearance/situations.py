"""Situations of clearance: a lawyer's example in YAML becomes a question and is checked.

`arrears situations` reads the files; an entry with `rulebook` is ours. Unknown keys and
unknown rule books are errors with the nearest right word; words that are on no list but
look like a slip of one that is (`no_anwser`) are errors too.
"""

import difflib
import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from arrears.clearance.core import clear
from arrears.clearance.core import vocabulary as words
from arrears.clearance.types import (
    CHANNELS,
    Consent,
    Hold,
    Known,
    PastContact,
    Proposal,
    Verdict,
    Wish,
)
from arrears.kernel.hours import Hours, NotHours
from arrears.rulebook.documents import Document
from arrears.rulebook.law import load_law, rules_in_force

SLIP = 0.82  # how alike two words are before one is taken for a slip of the other
OVER = frozenset(
    {"false", "no", "none", "closed", "resolved", "answered", "rejected", "withdrawn", "lifted", "over",
     "ended", "done", "broken", "cancelled", "completed", "settled", "verified", "dismissed", "paid"}
)  # fmt: skip
CHANNEL_WORDS = {
    "calls": "call", "phone": "call", "telephone": "call", "voice": "call", "text": "sms", "texts": "sms",
    "mail": "letter", "post": "letter", "e-mail": "email", "emails": "email", "robot": "robot_call",
    "ai_call": "robot_call", "ai_voice": "robot_call", "letters": "letter", "visits": "visit", "all": "*",
}  # fmt: skip
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Flag = bool | str | date | dict[str, Any] | None


class HoursEntry(Document):
    """Hours with limits: `{hours: 22:00-24:00, from: 2026-06-01, until: 2026-06-30}`."""

    hours: str | tuple[str, ...]
    from_: date | None = Field(default=None, alias="from")
    since: date | None = None
    until: date | None = None
    days: tuple[str, ...] | None = None


HoursWritten = str | HoursEntry | tuple[str | HoursEntry, ...]


class ConsentEntry(Document):
    """Consent to be called: the day it was received, to whom, and when it ends."""

    given: date | datetime
    until: date | None = None
    to: str | None = None


class Facts(Document):
    """What is known of the person. Every key may be left out."""

    agreed_hours: HoursWritten | None = None
    agreed_hours_until: date | None = None
    agreed_until: date | None = None
    consent_until: date | None = None
    asked_hours: HoursWritten | None = None
    asked_hours_until: date | None = None
    agreed_attempts: int | None = None
    consent: Flag | ConsentEntry = None
    consent_given: Flag = None
    consent_on: Flag = None
    prior_consent: Flag = None
    call_consent: Flag = None
    agreement: Flag = None
    objection: Flag = None
    dispute: Flag = None
    complaint: Flag = None
    hardship: Flag = None
    fraud: Flag = None
    identity_theft: Flag = None
    wrong_amount_suspected: Flag = None
    litigation: Flag = None
    incapacity: Flag = None
    minor: Flag = None
    vulnerable: Flag = None
    deceased: Flag = None
    bankrupt: Flag = None
    bankruptcy: Flag = None
    cease_request: Flag = None
    attorney: Flag = None
    debt_counsellor: Flag = None
    debt_counsellor_since: Flag = None
    breathing_space: Flag = None
    breathing_space_since: Flag = None
    breathing_space_until: date | None = None
    mental_health_crisis: Flag = None
    mental_health_crisis_since: Flag = None
    treatment_ended: date | None = None
    employer_prohibits: Flag = None
    opted_out: bool | str | tuple[str, ...] | dict[str, Flag] | None = None
    third_person_refused: bool | str | tuple[str, ...] | None = None
    mobile_invalid: Flag = None
    number_invalid: Flag = None
    assigned_to: str | None = None
    told_of_assignment: Flag = None
    agency_on_list: bool | None = None
    entry_consent: bool | str | tuple[str, ...] | None = None
    robot_consent: Flag = None
    tcpa_consent: Flag = None
    state: str | None = None
    zones: tuple[str, ...] | None = None
    particular_debt_map: dict[str, str] = Field(default_factory=dict)

    @field_validator("zones")
    @classmethod
    def _zones(cls, zones: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return zones if zones is None else tuple(_zone(zone) for zone in zones)


class Contact(Document):
    """What a contact of the past and a proposed one have in common."""

    at: str
    channel: str
    direction: Literal["out", "in"] = "out"
    to: str = "debtor"
    point: str | None = None
    by: str = "issuer"
    debts: str | tuple[str, ...] = ()
    place: str | None = None
    consent: bool = False

    @field_validator("channel")
    @classmethod
    def _channel(cls, channel: str) -> str:
        return _channel_named(channel)

    @field_validator("to")
    @classmethod
    def _to(cls, to: str) -> str:
        return _no_slip(to, words.PERSONS)

    @field_validator("place")
    @classmethod
    def _place(cls, place: str | None) -> str | None:
        return place and _no_slip(place, words.PLACES)


class Earlier(Contact):
    """A contact of the past."""

    outcome: str = "no_answer"
    purpose: str = "collect"
    recorded: bool | None = None
    place: str | None = None

    @field_validator("outcome")
    @classmethod
    def _outcome(cls, outcome: str) -> str:
        return _no_slip(outcome, words.OUTCOMES)


class Proposed(Contact):
    """The contact in question. Anything not said is as it should be."""

    purpose: str = "collect"
    collectors: int | None = None
    recorded: bool = True
    authorisation: bool | str | None = "as it should be"
    discloses: bool | str | tuple[str, ...] | None = None
    point_source: str | None = None
    entry_consent: bool = False
    identity_proved: bool = True
    identified: bool = True
    identifies_as: str | None = None
    posts_in_public: bool = False
    private_device: bool = False
    notice_given: bool = True

    @field_validator("purpose")
    @classmethod
    def _purpose(cls, purpose: str) -> str:
        return _no_slip(purpose, words.PURPOSES)

    @field_validator("point_source")
    @classmethod
    def _source(cls, source: str | None) -> str | None:
        return source and _no_slip(source, words.LAWFUL_SOURCES | words.UNLAWFUL_SOURCES)


class Expected(Document):
    """What must follow."""

    verdict: Literal["cleared", "refused"]
    cites: str | None = None
    cured_at: str | None = None


class ClearanceEntry(Document):
    """One situation of clearance."""

    name: str
    source: str | None = None
    rulebook: str
    zone: str = "Asia/Shanghai"
    on: date | None = None
    facts: Facts = Field(default_factory=Facts)
    debts: dict[str, str] = Field(default_factory=dict)
    history: tuple[Earlier, ...] = ()
    proposed: Proposed
    expect: Expected

    @field_validator("rulebook")
    @classmethod
    def _book(cls, name: str) -> str:
        return _one_of(name, load_law().books, "rule book")

    @field_validator("zone")
    @classmethod
    def _local(cls, zone: str) -> str:
        return _zone(zone)

    @field_validator("facts", mode="before")
    @classmethod
    def _no_facts(cls, facts: Any) -> Any:
        return {} if facts is None else facts


@dataclass(frozen=True, slots=True)
class Case:
    """A situation ready to be asked."""

    name: str
    book: str
    on: date
    proposal: Proposal
    known: Known
    history: tuple[PastContact, ...]
    expect: Expected
    zone: str


def read_entry(entry: dict[str, Any]) -> Case:
    """The entry as a question. Raises pydantic's ValidationError, which the reader of the file words."""
    return case_of(ClearanceEntry.model_validate(entry))


def case_of(entry: ClearanceEntry) -> Case:
    """A checked entry as a question."""
    proposed = entry.proposed
    at = _moment(proposed.at, entry.zone)
    return Case(
        name=entry.name,
        book=entry.rulebook,
        on=entry.on or at.astimezone(ZoneInfo(entry.zone)).date(),
        proposal=Proposal(
            at=at,
            debts=_texts(proposed.debts),
            authorisation=_authorised(proposed.authorisation),
            discloses=_disclosed(proposed.discloses),
            consent=proposed.consent or _consents_at_once(entry),
            **_same(proposed, Proposal, but={"at", "debts", "authorisation", "discloses", "consent"}),
        ),
        known=_known(entry),
        history=tuple(
            PastContact(
                at=_moment(past.at, entry.zone),
                debts=_texts(past.debts),
                **_same(past, PastContact, but={"at", "debts"}),
            )
            for past in entry.history
        ),
        expect=entry.expect,
        zone=entry.zone,
    )


def run_entry(case: Case) -> tuple[bool, str]:
    """Whether the verdict is the one expected, and if not, what differed."""
    verdict = clear(case.proposal, case.known, case.history, book=case.book, on=case.on)
    said = "cleared" if verdict.cleared else "refused"
    if said != case.expect.verdict:
        return False, f"expected {case.expect.verdict}, got {said}{_why(verdict)}"
    cites = case.expect.cites
    if cites and not any(cites in reference for reference in _references(case, verdict)):
        return False, f"{said}, but no reference holds {cites!r}{_why(verdict)}"
    if case.expect.cured_at and verdict.cured_at != _moment(case.expect.cured_at, case.zone):
        return False, f"expected from {case.expect.cured_at}, got {verdict.cured_at}{_why(verdict)}"
    return True, ""


def _references(case: Case, verdict: Verdict) -> list[str]:
    """Of the rules that refused; for a clearance, of every rule that was weighed."""
    if not verdict.cleared:
        return [refusal.reference for refusal in verdict.refusals]
    return [rule.reference for rule in rules_in_force(case.book, case.on)]


def _why(verdict: Verdict) -> str:
    lines = [f"\n  {r.rule_id}: {r.words.en} [{r.reference}]" for r in verdict.refusals]
    return "".join(lines) + (f"\n  from {verdict.cured_at.isoformat()}" if verdict.cured_at else "")


def _known(entry: ClearanceEntry) -> Known:
    facts = entry.facts
    return Known(
        zones=facts.zones or (entry.zone,),
        agreed_hours=_wishes(
            facts.agreed_hours, facts.agreed_hours_until or facts.agreed_until or facts.consent_until
        ),
        asked_hours=_wishes(facts.asked_hours, facts.asked_hours_until),
        consents=_consents(facts),
        holds=_holds(facts),
        opted_out=frozenset(_opted_out(facts.opted_out)),
        refused_points=frozenset(_listed(facts.third_person_refused)),
        mobile_invalid=_true(facts.mobile_invalid) or _true(facts.number_invalid),
        assigned_to=facts.assigned_to,
        told_of_assignment=_told(facts, entry),
        agency_on_list=facts.agency_on_list,
        entry_consent=frozenset(_listed(facts.entry_consent)),
        robot_consent=_robot_consent(facts),
        agreed_attempts=facts.agreed_attempts,
        state=facts.state,
        debt_names=facts.particular_debt_map,
    )


def _told(facts: Facts, entry: ClearanceEntry) -> bool | None:
    """Told on a day after the contact is not told yet."""
    hold = _hold("told", facts.told_of_assignment)
    if facts.told_of_assignment is None:
        return None
    day = _moment(entry.proposed.at, entry.zone).astimezone(ZoneInfo(entry.zone)).date()
    return hold is not None and (hold.since is None or hold.since <= day)


def _holds(facts: Facts) -> dict[str, Hold]:
    written: dict[str, Any] = {
        kind: getattr(facts, kind)
        for kind in (
            "objection", "dispute", "complaint", "hardship", "fraud", "wrong_amount_suspected", "litigation",
            "incapacity", "minor", "vulnerable", "deceased", "cease_request", "attorney",
            "employer_prohibits",
        )
    }  # fmt: skip
    written["agreement_performing"] = facts.agreement
    written["bankrupt"] = _first(facts.bankrupt, facts.bankruptcy)
    written["debt_counsellor"] = _first(facts.debt_counsellor_since, facts.debt_counsellor)
    written["breathing_space"] = _first(facts.breathing_space_since, facts.breathing_space)
    written["mental_health_crisis"] = _first(facts.mental_health_crisis_since, facts.mental_health_crisis)
    if facts.identity_theft is not None:
        written["fraud"] = facts.identity_theft
    holds = {kind: hold for kind, value in written.items() if (hold := _hold(kind, value))}
    return _with_ends(holds, facts)


def _with_ends(holds: dict[str, Hold], facts: Facts) -> dict[str, Hold]:
    """A crisis moratorium ends thirty days after treatment; a breathing space may end early."""
    crisis, space = holds.get("mental_health_crisis"), holds.get("breathing_space")
    if crisis and facts.treatment_ended:
        last = date.fromordinal(facts.treatment_ended.toordinal() + 30)
        holds["mental_health_crisis"] = Hold(crisis.kind, crisis.since, last)
    if space and facts.breathing_space_until:
        holds["breathing_space"] = Hold(space.kind, space.since, facts.breathing_space_until)
    return holds


def _hold(kind: str, value: Any) -> Hold | None:
    """`true`, a day, `open`, `closed`, or `{since:, until:, state:}`."""
    if value is None or value is False:
        return None
    if value is True:
        return Hold(kind)
    if isinstance(value, dict):
        state = str(value.get("state") or value.get("status") or "open")
        if _is_over(state):
            return None
        since = next((value[k] for k in ("since", "from", "on", "at", "date") if k in value), None)
        return Hold(kind, _day(since), _day(value.get("until") or value.get("to")), state.lower())
    day = _day(value)
    if day:
        return Hold(kind, day)
    return None if _is_over(str(value)) else Hold(kind, detail=str(value).lower())


def _is_over(state: str) -> bool:
    return state.strip().lower() in OVER


def _true(value: Flag) -> bool:
    return _hold("", value) is not None


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _consents(facts: Facts) -> tuple[Consent, ...]:
    written = _first(
        facts.consent, facts.consent_given, facts.consent_on, facts.prior_consent, facts.call_consent
    )
    if isinstance(written, ConsentEntry):
        given = _day(written.given)
        return (Consent(given, written.until, written.to),) if given else ()
    hold = _hold("consent", written)
    if hold is None or hold.since is None:
        return ()
    return (Consent(hold.since, hold.until or facts.consent_until),)


def _consents_at_once(entry: ClearanceEntry) -> bool:
    """`consent: true` without a day: the debtor agreed to this very contact."""
    facts = entry.facts
    written = _first(
        facts.consent, facts.consent_given, facts.consent_on, facts.prior_consent, facts.call_consent
    )
    return written is True and entry.proposed.to in words.DEBTORS


def _robot_consent(facts: Facts) -> bool | None:
    written = _first(facts.robot_consent, facts.tcpa_consent)
    if written is None or isinstance(written, bool):
        return written
    return str(written).lower() not in {"revoked", "withdrawn", "none", "no", "false", "missing"}


def _wishes(written: HoursWritten | None, until: date | None) -> tuple[Wish, ...]:
    if written is None:
        return ()
    pieces = written if isinstance(written, tuple) else (written,)
    return tuple(_wish(piece, until) for piece in pieces)


def _wish(piece: str | HoursEntry, until: date | None) -> Wish:
    if isinstance(piece, str):
        return Wish(_hours(piece), None, until)
    text = piece.hours if isinstance(piece.hours, str) else ",".join(piece.hours)
    days = frozenset(_weekday(day) for day in piece.days) if piece.days else frozenset(range(7))
    return Wish(_hours(text), piece.from_ or piece.since, piece.until or until, days)


def _hours(text: str) -> Hours:
    try:
        return Hours.read(text)
    except NotHours as problem:
        raise ValueError(str(problem)) from problem


def _weekday(day: str) -> int:
    return WEEKDAYS.index(_one_of(day.lower()[:3], WEEKDAYS, "weekday"))


def _opted_out(written: bool | str | tuple[str, ...] | dict[str, Flag] | None) -> list[str]:
    if isinstance(written, dict):
        return [_channel_named(channel) for channel, since in written.items() if _true(since)]
    return [_channel_named(channel) if channel != "*" else "*" for channel in _listed(written)]


def _listed(written: bool | str | tuple[str, ...] | None) -> tuple[str, ...]:
    if written is None or written is False:
        return ()
    if written is True:
        return ("*",)
    return (written,) if isinstance(written, str) else written


def _texts(written: str | tuple[str, ...]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written


def _authorised(written: bool | str | None) -> str | None:
    if isinstance(written, str):
        return None if written.strip().lower() in {"", "none", "no", "missing", "false"} else written
    return "shown" if written else None


def _disclosed(written: bool | str | tuple[str, ...] | None) -> tuple[str, ...]:
    if isinstance(written, bool):
        return ("debt",) if written else ()
    return _texts(written or ())


def _same(entry: Contact, shape: type, *, but: set[str]) -> dict[str, Any]:
    names = {f.name for f in fields(shape)} - but
    return {name: getattr(entry, name) for name in names if hasattr(entry, name)}


def _moment(text: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ValueError(f"{text!r} is not a time; write 2026-06-10T17:00") from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        return date.fromisoformat(value[:10])
    return None


def _zone(name: str) -> str:
    return _one_of(name, available_timezones(), "time zone")


def _channel_named(channel: str) -> str:
    return (
        channel
        if channel in CHANNELS
        else _one_of(CHANNEL_WORDS.get(channel, channel), CHANNELS | {"*"}, "channel")
    )


def _one_of(name: str, known: Any, what: str) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    raise ValueError(f"there is no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def _no_slip(word: str, known: frozenset[str]) -> str:
    """A word of an open list: any is allowed, a slip of a known one is not."""
    if word in known:
        return word
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=SLIP)
    if near:
        raise ValueError(f"{word!r} is not known; did you mean {near[0]!r}?")
    return word


__all__ = ["Case", "ClearanceEntry", "case_of", "read_entry", "run_entry"]
