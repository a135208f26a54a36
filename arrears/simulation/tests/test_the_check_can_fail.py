"""The second opinion is worth something only if it can say no: each of its rules is broken once."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from arrears.simulation.check import HOLD_REFERENCES, RULES, WHILE, judge
from arrears.simulation.types import Contact, Event, Person

ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "uk": "Europe/London", "hk": "Asia/Hong_Kong"}
BOOKS = {"cn": "cn.card_issuer", "us": "us.third_party_collector", "uk": "uk.lender", "hk": "hk.bank"}
DAY = timedelta(days=1)
Log = list[Event | Contact]


def person(country: str, book: str = "") -> Person:
    book = book or BOOKS[country]
    return Person("P", book, ZONES[country], date(2026, 6, 1), ("A", "B"), ("mobile-1",), ("agency:A",))


def at(text: str, country: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-{text}").replace(tzinfo=ZoneInfo(ZONES[country]))


def contact(country: str, when: str = "10T12:00", channel: str = "call", **different: Any) -> Contact:
    by = {"us": "C1"}.get(country, "issuer")
    return Contact(
        at(when, country), channel, **{"by": by, "debts": ("A",), "point": "mobile-1", **different}
    )


def told(country: str, kind: str, when: str = "09T12:00", debt: str | None = None, **payload: Any) -> Event:
    return Event(at(when, country), kind, payload, debt, f"{kind}@{when}")


def every(
    country: str, count: int, when: str = "10T09:00", apart: timedelta = timedelta(minutes=20), **how: Any
) -> Log:
    first = contact(country, when, **how)
    return [replace(first, at=first.at + number * apart) for number in range(count)]


def everywhere(country: str) -> dict[str, Log]:
    """One wrongful log for each rule every country has."""
    late = "10T21:30" if country != "cn" else "10T22:00"
    logs: dict[str, Log] = {
        "hours": [contact(country, late)],
        "messages a day": every(country, 6, channel="sms"),
        "identity first": [contact(country, identity_proved=False, discloses=("amount",))],
        "deceased": [told(country, "deceased"), contact(country)],
        "cease request": [told(country, "cease_request"), contact(country, channel="letter")],
        "attorney": [told(country, "attorney"), contact(country)],
        "employer": [told(country, "employer_prohibits"), contact(country, point="office-1")],
        "place": [told(country, "inconvenient_place", place="work"), contact(country, point="work-1")],
        "opted out": [told(country, "opted_out", channel="call"), contact(country, channel="robot_call")],
        "asked hours": [told(country, "asked_hours", hours="14:00-20:00"), contact(country)],
        "agency without the case": [
            told(country, "told_of_assignment"), told(country, "assigned", agency="agency:B"),
            contact(country, by="agency:A"),
        ],
        "name": [contact(country, identifies_as="court")],
    }  # fmt: skip
    for kind in HOLD_REFERENCES:
        payload = {"state": WHILE[kind]} if kind in WHILE else {}
        logs[kind] = [told(country, kind, **payload), contact(country)]
    return logs


def own(country: str) -> dict[str, Log]:
    """One wrongful log for each rule of that country's own."""
    lost = [] if country != "cn" else every("cn", 3, "09T10:00")
    other = {"to": "relative", "point": "aunt", "purpose": "locate"}
    return {
        "unanswered attempts": every(country, 7),
        "conversations": every(country, 4, outcome="conversation"),
        "calls a day": every(country, 7, outcome="busy"),
        "seven in seven days": every(country, 8, "01T12:00", timedelta(hours=20)),
        "rest after a conversation": [
            contact(country, "04T12:00", outcome="conversation"), contact(country, "10T08:00"),
        ],
        "Massachusetts": [
            told(country, "may_be_in", zones=[ZONES[country]], state="MA"), *every(country, 3, channel="sms"),
        ],
        "machines": [told(country, "robot_consent", given=False), contact(country, channel="robot_call")],
        "who is asked": [*lost, contact(country, to="spouse", point="s")],
        "third person told": [*lost, contact(country, **{**other, "discloses": ("amount",)})],
        "debtor not lost": [*every(country, 2, "09T10:00"), contact(country, **other)],
        "third person refused": [
            *lost, contact(country, outcome="refused", **other), contact(country, "11T12:00", **other),
        ],
        "third parties": [contact(country, to="relative", point="aunt", purpose="ask_to_pass_on_message")],
        "third persons": [contact(country, **other)],
        "located once": [contact(country, outcome="left_message", **other), contact(country, "25T12:00", **other)],
        "work mailbox": [contact(country, channel="email", point="work-1")],
        "opt-out notice": [contact(country, channel="sms", opt_out_notice=False)],
        "recording": [contact(country, recorded=False)],
        "agency as the bank": [contact(country, by="agency:A", identifies_as="bank")],
        "private phone": [contact(country, private_device=True)],
        "source of the number": [contact(country, point_source="bought")],
        "told of assignment": [told(country, "assigned", agency="agency:A"), contact(country, by="agency:A")],
        "agency list": [
            told(country, "told_of_assignment"), told(country, "assigned", agency="agency:A", on_list=False),
            contact(country, by="agency:A"),
        ],
        "two collectors": [contact(country, channel="visit", collectors=1)],
        "entry": [contact(country, channel="visit", collectors=2, place="home")],
        "authority shown": [contact(country, channel="visit", collectors=2, authorisation=None)],
        "notice of a visit": [contact(country, channel="visit", notice_given=False)],
        "visit to the vulnerable": [told(country, "vulnerable"), contact(country, channel="visit")],
        "agency evaluated": [
            told(country, "told_of_assignment"),
            told(country, "assigned", agency="agency:A", evaluated_on="2025-06-09"), contact(country, by="agency:A"),
        ],
        "time-barred": [told(country, "time_barred"), contact(country, purpose="threaten_suit")],
        "posting": [contact(country, channel="letter", posts_in_public=True)],
    }  # fmt: skip


EVERY_RULE = [(country, name) for country, rules in RULES.items() for name, _, _ in rules]


@pytest.mark.parametrize(("country", "name"), EVERY_RULE)
def test_a_log_with_one_wrongful_contact_is_named_by_its_rule(country: str, name: str) -> None:
    log = {**everywhere(country), **own(country)}[name]
    book = "us.creditor" if (country, name) == ("us", "calls a day") else ""
    found = judge(person(country, book), log)
    assert name in {rule.rule for _, rules in found for rule in rules}
    assert found[-1][0] is log[-1]


def wrongful(country: str, log: Log) -> list[str]:
    return sorted({rule.rule for _, rules in judge(person(country), log) for rule in rules})


@pytest.mark.parametrize(
    ("country", "log"),
    [
        ("cn", [contact("cn", "10T08:00:00"), contact("cn", "10T21:59:59")]),
        ("cn", every("cn", 6)),
        ("cn", every("cn", 3, outcome="conversation")),
        ("cn", [told("cn", "agreed_hours", hours="22:00-24:00"), contact("cn", "10T23:30")]),
        ("cn", [*every("cn", 3, "09T10:00"), contact("cn", to="aunt", point="aunt", purpose="locate")]),
        ("us", [contact("us", "10T08:00"), contact("us", "10T21:00:00", debts=("B",))]),
        ("us", every("us", 7, "01T12:00", timedelta(hours=24))),
        ("us", every("us", 9, "01T12:00", timedelta(hours=24))),  # never more than seven in any seven
        ("us", [contact("us", "03T12:00", outcome="conversation"), contact("us", "10T08:00")]),
        ("us", [contact("us", "09T12:00", outcome="conversation", debts=("A",)), contact("us", debts=("B",))]),
        ("uk", [told("uk", "breathing_space", "09T12:00"), replace(contact("uk"), at=at("09T12:00", "uk") + 61 * DAY)]),
        ("uk", [told("uk", "debt_counsellor", "09T12:00"), replace(contact("uk"), at=at("09T12:00", "uk") + 31 * DAY)]),
        ("hk", every("hk", 6, outcome="busy")),
        ("hk", every("hk", 5, channel="sms")),
    ],
)  # fmt: skip
def test_what_lies_just_inside_is_lawful(country: str, log: Log) -> None:
    assert wrongful(country, log) == []


@pytest.mark.parametrize(
    ("country", "moment"), [("cn", "10T07:59:59"), ("us", "10T21:00:01"), ("uk", "10T21:00:00")]
)
def test_a_second_outside_the_hours_is_wrongful(country: str, moment: str) -> None:
    assert wrongful(country, [contact(country, moment)]) == ["hours"]


def test_every_zone_the_person_may_be_in_counts() -> None:
    places = told("us", "may_be_in", zones=["America/New_York", "America/Los_Angeles"])
    assert wrongful("us", [places, contact("us", "10T10:59:59")]) == ["hours"]
    assert wrongful("us", [places, contact("us", "10T11:00:00")]) == []


def test_machines_in_america_call_once_consent_was_given() -> None:
    robot, dialled = contact("us", channel="robot_call"), contact("us", autodialled=True)
    given = told("us", "robot_consent", given=True)
    assert wrongful("us", [robot]) == wrongful("us", [dialled]) == ["machines"]
    assert wrongful("us", [given, robot]) == wrongful("us", [contact("us", channel="sms")]) == []


def test_a_consent_ends_with_the_next_conversation() -> None:
    spoke, again = contact("us", "09T10:00", outcome="conversation"), contact("us", "10T12:00")
    consent = told("us", "call_consent", "09T10:02", to="C1")
    between = contact("us", "09T15:00", outcome="conversation")
    assert wrongful("us", [spoke, consent, again]) == []
    assert wrongful("us", [spoke, consent, between, again]) == ["rest after a conversation"]


def test_a_hold_begins_the_moment_it_is_told_and_ends_when_it_is_lifted() -> None:
    held = told("cn", "complaint", "10T12:00")
    lifted = told("cn", "hold_lifted", "10T13:00", fact=held.key)
    log = [
        contact("cn", "10T11:59:59"),
        held,
        contact("cn", "10T12:00:01"),
        lifted,
        contact("cn", "10T13:00:01"),
    ]
    assert [entry.at for entry, _ in judge(person("cn"), log)] == [at("10T12:00:01", "cn")]
