"""How a situation of clearance is written: its keys, and the words it may use.

Unknown keys and unknown rule books are errors with the nearest right word. Some lists are
open (who is contacted, why, with what outcome): a word that is on none of them is read in
the way that refuses more, but one that looks like a slip of a known word is an error.
"""

import difflib
import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AliasChoices, Field, field_validator, model_validator

from arrears.clearance.core import vocabulary as words
from arrears.clearance.types import CHANNELS
from arrears.kernel.hours import Hours
from arrears.kernel.workdays import days_named
from arrears.rulebook.documents import Document
from arrears.rulebook.law import load_law

FIRST_YEAR, LAST_YEAR = 1900, 2200  # no law here is older, and nobody plans so far ahead
SLIP = 0.87  # how alike two words are before one is taken for a slip of the other
# `true`, a day, a state (`open`, `closed`), or `{since: ..., until: ..., state: ...}`.
Flag = bool | str | date | dict[str, Any] | None
Listed = bool | str | tuple[str, ...] | None


def also(*names: str, default: Any = None) -> Any:
    """A key with other names people give it; the first is the one the documentation shows."""
    return Field(default=default, validation_alias=AliasChoices(*names))


class HoursEntry(Document):
    """Hours with limits: `{hours: 22:00-24:00, from: 2026-06-01, until: 2026-06-30}`."""

    hours: str | tuple[str, ...]
    since: date | None = also("since", "from")
    until: date | None = None
    days: str | tuple[str, ...] | None = None  # mon, tue ...; workdays, days_off

    @field_validator("hours")
    @classmethod
    def _hours(cls, hours: Any) -> Any:
        return _readable_hours(hours)

    @field_validator("days")
    @classmethod
    def _days(cls, days: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        days_named(days)
        return days


HoursWritten = str | HoursEntry | tuple[str | HoursEntry, ...] | None


SINCE = ("since", "from", "on", "at", "date", "given", "given_at", "given_on", "received", "registered")
UNTIL = ("until", "end", "ends", "ends_on", "expires", "expires_on", "valid_until", "through")
ABOUT = ("state", "status", "by", "to", "detail", "reason", "note", "written", "channel", "debts", "source")


def _keys_are_known(flag: Any) -> Any:
    """Of a fact told in more words; an end that is misspelt, or no day, would be no end."""
    for key, value in flag.items() if isinstance(flag, dict) else ():
        one_of(str(key), {*SINCE, *UNTIL, *ABOUT}, "key")
        if key in SINCE and value is not None:
            _near_day(_day_of(value))
        if key in UNTIL and value is not None:
            _day_of(value)
    if isinstance(flag, date) or (isinstance(flag, str) and re.match(r"\d{4}-\d", flag)):
        _near_day(_day_of(flag))
    return flag


def _day_of(written: Any) -> date:
    """What is written as a day, or as a moment; a ValueError for what is neither."""
    text = str(written)
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as problem:
        raise ValueError(f"{text!r} is not a day; write 2026-06-10") from problem
    if len(text) > len("2026-06-10"):
        moment_of(text, "UTC")
    return day


def _near_day(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} is too far away; years run from {FIRST_YEAR} to {LAST_YEAR}")
    return day


NearDay = Annotated[date, AfterValidator(_near_day)]


# Not told as a flag is: no `since` and `until` of their own.
TOLD_OTHERWISE = {
    "agreed_hours", "asked_hours", "inconvenient_hours", "inconvenient_places", "opted_out", "particular_debt_map",
}  # fmt: skip


class Facts(Document):
    """What is known of the person. Every key may be left out."""

    zones: tuple[str, ...] | None = None
    agreed_hours: HoursWritten = None
    agreed_hours_until: date | None = also(
        "agreed_hours_until",
        "agreed_until",
        "agreed_hours_end",
        "consent_until",
        "consent_end",
        "consent_ends",
    )
    asked_hours: HoursWritten = None
    asked_hours_until: date | None = also("asked_hours_until", "asked_until")
    inconvenient_hours: str | tuple[str, ...] | None = also("inconvenient_hours", "inconvenient_times")
    inconvenient_places: Listed = also(
        "inconvenient_places", "inconvenient_place", "refused_places", "not_at_places"
    )
    agreed_attempts: int | None = Field(default=None, ge=0)
    consent: Flag | tuple[Flag, ...] = also(
        "consent", "call_consent", "prior_consent", "direct_consent", "consent_since", "consent_given",
        "consent_on", "consent_at", "consented", "consented_on", "consents",
    )  # fmt: skip
    agreement: Flag = None
    promise: Flag = None
    objection: Flag = None
    dispute: Flag = None
    complaint: Flag = None
    hardship: Flag = None
    fraud: Flag = also("fraud", "identity_theft", "fraud_suspected")
    wrong_amount_suspected: Flag = None
    time_barred: Flag = also("time_barred", "statute_barred", "time_barred_debt")
    litigation: Flag = also("litigation", "in_litigation", "lawsuit", "in_suit")
    incapacity: Flag = also(
        "incapacity", "mental_capacity", "lacks_capacity", "lacks_mental_capacity", "mental_incapacity"
    )
    minor: Flag = None
    vulnerable: Flag = also("vulnerable", "vulnerability")
    deceased: Flag = also("deceased", "died_on")
    bankrupt: Flag = also("bankrupt", "bankruptcy")
    cease_request: Flag = also(
        "cease_request", "cease_requested_on", "cease_requested", "cease", "cease_and_desist"
    )
    attorney: Flag = also("attorney", "attorney_since", "represented_by_attorney", "represented", "lawyer")
    debt_counsellor: Flag = also(
        "debt_counsellor",
        "debt_counsellor_since",
        "debt_counselor",
        "debt_counselor_since",
        "debt_adviser_since",
        "debt_adviser",
        "debt_advisor",
    )
    breathing_space: Flag = also("breathing_space", "breathing_space_since")
    breathing_space_until: date | None = also("breathing_space_until", "breathing_space_ends")
    mental_health_crisis: Flag = also("mental_health_crisis", "mental_health_crisis_since")
    treatment_ended: NearDay | None = also(
        "treatment_ended",
        "treatment_ends",
        "crisis_treatment_ended",
        "mental_health_treatment_ended",
        "mental_health_crisis_ended",
        "mental_health_crisis_until",
    )
    employer_prohibits: Flag = also(
        "employer_prohibits", "employer_forbids", "employer_prohibits_calls", "employer_prohibits_contact"
    )
    household_debt: bool = also(
        "household_debt", "debt_of_household", "debt_served_household", "family_debt", default=False
    )
    opted_out: Listed | dict[str, Flag] = also("opted_out", "opt_out")
    third_person_refused: Listed = also(
        "third_person_refused", "third_persons_refused", "third_party_refused"
    )
    mobile_invalid: Flag = also(
        "mobile_invalid", "number_invalid", "reserved_number_invalid", "reserved_mobile_invalid", "phone_invalid",
        "reserved_phone_invalid", "debtor_mobile_invalid", "debtor_number_invalid", "own_number_invalid",
    )  # fmt: skip
    assigned_to: str | None = also("assigned_to", "assigned_agency")
    told_of_assignment: Flag = also(
        "told_of_assignment", "told_of_agency", "notified_of_assignment", "informed_of_assignment"
    )
    agency_on_list: bool | None = also("agency_on_list", "agency_listed", "agency_on_published_list")
    agency_evaluated_on: NearDay | None = also("agency_evaluated_on", "agency_evaluation")
    entry_consent: Listed = also("entry_consent", "consent_to_enter", "visit_consent")
    robot_consent: Flag = also("robot_consent", "tcpa_consent")
    state: str | None = None
    particular_debt_map: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _also_with_an_ending(cls, written: Any) -> Any:
        """`objection_open`, `attorney_known_since`: the fact itself, where no such key is known."""
        if not isinstance(written, dict):
            return written
        known = _keys_of(cls)
        plain = {key: _without_ending(str(key), known) for key in written}
        return {key if plain[key] in written else plain[key]: value for key, value in written.items()}

    @field_validator("*", mode="before")
    @classmethod
    def _known_words(cls, written: Any, info: Any) -> Any:
        if info.field_name in TOLD_OTHERWISE:
            return written
        for flag in written if isinstance(written, list | tuple) else (written,):
            _keys_are_known(flag)
        return written

    @field_validator("zones", mode="before")
    @classmethod
    def _one_zone(cls, zones: Any) -> Any:
        return (zones,) if isinstance(zones, str) else zones

    @model_validator(mode="after")
    def _one_wish(self) -> "Facts":
        if self.asked_hours and self.inconvenient_hours:
            raise ValueError("write asked_hours or inconvenient_hours, not both")
        return self

    @field_validator("agreed_hours", "asked_hours", "inconvenient_hours")
    @classmethod
    def _hours(cls, hours: Any) -> Any:
        return _readable_hours(hours)

    @field_validator("opted_out")
    @classmethod
    def _channels(cls, out: Any) -> Any:
        for channel in [out] if isinstance(out, str) else [] if isinstance(out, bool) else out or []:
            channel_named(channel)
        return out

    @field_validator("zones")
    @classmethod
    def _zones(cls, zones: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return zones if zones is None else tuple(zone_named(zone) for zone in zones)


class Contact(Document):
    """What a contact of the past and a proposed one have in common."""

    at: str
    channel: str
    direction: Literal["out", "in"] = "out"
    to: str = "debtor"
    point: str | None = None
    by: str = "issuer"
    debts: str | tuple[str, ...] = ()
    purpose: str = "collect"
    place: str | None = None
    collectors: int | None = Field(default=None, ge=0)
    recorded: bool = True
    discloses: Listed = None
    point_source: str | None = None
    consent: bool = also("consent", "with_consent", "prior_consent", default=False)

    @field_validator("collectors", mode="before")
    @classmethod
    def _collectors(cls, written: Any) -> Any:
        """How many come, or their names."""
        return len(written) if isinstance(written, list | tuple) else written

    @field_validator("at")
    @classmethod
    def _at(cls, text: str) -> str:
        moment_of(text, "UTC")
        return text

    @field_validator("channel")
    @classmethod
    def _channel(cls, channel: str) -> str:
        return channel_named(channel)

    @field_validator("to")
    @classmethod
    def _to(cls, to: str) -> str:
        return no_slip(to, words.PERSONS)

    @field_validator("purpose")
    @classmethod
    def _purpose(cls, purpose: str) -> str:
        return no_slip(purpose, words.PURPOSES)

    @field_validator("place")
    @classmethod
    def _place(cls, place: str | None) -> str | None:
        return place and no_slip(place, words.PLACES)

    @field_validator("point_source")
    @classmethod
    def _source(cls, source: str | None) -> str | None:
        return source and no_slip(source, words.LAWFUL_SOURCES | words.UNLAWFUL_SOURCES)


class Earlier(Contact):
    """A contact of the past."""

    outcome: str = "no_answer"

    @field_validator("outcome")
    @classmethod
    def _outcome(cls, outcome: str) -> str:
        return no_slip(outcome, words.OUTCOMES)


class Proposed(Contact):
    """The contact in question. Anything not said is as it should be."""

    authorisation: bool | str | None = also("authorisation", "authorization", default="as it should be")
    entry_consent: bool = also("entry_consent", "consent_to_enter", default=False)
    identity_proved: bool = True
    identified: bool = also("identified", "states_identity", default=True)
    anonymous: bool = False
    identifies_as: str | None = None
    posts_in_public: bool = also(
        "posts_in_public", "posts_notice", "posting", "public_post", "visible_to_others", default=False
    )
    private_device: bool = also(
        "private_device",
        "private_phone",
        "private_account",
        "personal_phone",
        "personal_account",
        default=False,
    )
    notice_given: bool = also("notice_given", "announced", default=True)
    autodialled: bool = also("autodialled", "autodialed", "prerecorded", "automated", default=False)
    opt_out_notice: bool = also("opt_out_notice", "opt_out", "opt_out_offered", default=True)


class Expected(Document):
    """What must follow."""

    verdict: Literal["cleared", "refused"]
    cites: str | None = None
    cured_at: str | None = None

    @field_validator("cured_at")
    @classmethod
    def _at(cls, text: str | None) -> str | None:
        if text is not None:
            moment_of(text, "UTC")
        return text


class ClearanceQuestion(Document):
    """A question to the gate, written down."""

    name: str = "question"
    source: str | None = None
    note: str | None = None
    rulebook: str
    zone: str = "Asia/Shanghai"
    on: date | None = None  # whose day's law; the day of the contact where nothing is said
    facts: Facts = Field(default_factory=Facts)
    debts: dict[str, str] = Field(default_factory=dict)
    history: tuple[Earlier, ...] = ()
    proposed: Proposed

    @field_validator("rulebook")
    @classmethod
    def _book(cls, name: str) -> str:
        return one_of(name, load_law().books, "rule book")

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        return zone_named(zone)

    @field_validator("debts", mode="before")
    @classmethod
    def _debts_by_name(cls, debts: Any) -> Any:
        """Names alone will do, and a debt may be told of in more words than its kind."""
        if isinstance(debts, list | tuple):
            return {str(name): "" for name in debts}
        return {name: str(told) for name, told in debts.items()} if isinstance(debts, dict) else debts

    @field_validator("facts", "history", "debts", mode="before")
    @classmethod
    def _nothing_said(cls, value: Any, info: Any) -> Any:
        return ([] if info.field_name == "history" else {}) if value is None else value


class ClearanceEntry(ClearanceQuestion):
    """One situation of clearance: the question, and what must follow."""

    name: str
    expect: Expected


ENDINGS = ("_open", "_known", "_since", "_at", "_on", "_from", "_date", "_given", "_received", "_filed")


def _without_ending(key: str, known: frozenset[str]) -> str:
    """The known key that `key` is with an ending more or less; itself where there is none."""
    plain = key
    while plain not in known:
        ending = next((ending for ending in ENDINGS if plain.endswith(ending)), None)
        if ending is None:
            return next((f"{key}{more}" for more in ENDINGS if f"{key}{more}" in known), key)
        plain = plain.removesuffix(ending)
    return plain


@lru_cache(maxsize=4)
def _keys_of(model: type[Document]) -> frozenset[str]:
    """Every key the model reads, under every name."""
    found = set(model.model_fields)
    for field in model.model_fields.values():
        alias = field.validation_alias
        found.update(str(name) for name in alias.choices) if isinstance(alias, AliasChoices) else None
    return frozenset(found)


def moment_of(text: str, zone: str) -> datetime:
    """A time as situations write it; local to `zone` unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ValueError(f"{text!r} is not a time; write 2026-06-10T17:00") from problem
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"{text!r} is too far away; years run from {FIRST_YEAR} to {LAST_YEAR}")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _readable_hours(hours: Any) -> Any:
    for piece in [hours] if isinstance(hours, str) else hours or ():
        if isinstance(piece, str):
            Hours.read(piece)  # NotHours is a ValueError: the reader of the file words it
    return hours


def zone_named(name: str) -> str:
    """A time zone of the world; a ValueError names the nearest."""
    return one_of(name, _zones(), "time zone")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def channel_named(channel: str) -> str:
    """A channel by any of its names; `*` is all of them."""
    return one_of(words.CHANNEL_WORDS.get(channel, channel), CHANNELS | {"*"}, "channel")


def one_of(name: str, known: Iterable[str], what: str) -> str:
    """`name` if it is known; else a ValueError with the nearest that is."""
    names = sorted(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    raise ValueError(f"there is no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def no_slip(word: str, known: frozenset[str]) -> str:
    """A word of an open list: any is allowed, a slip of a known one is not."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=SLIP)
    if near and near[0] != word:
        raise ValueError(f"{word!r} is not known; did you mean {near[0]!r}?")
    return word
