"""CONC and breathing space; the Hong Kong Code of Banking Practice."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from arrears.clearance.core import clear
from arrears.clearance.tests.court import calls, refusing
from arrears.clearance.types import Known, Proposal, Wish
from arrears.kernel.hours import Hours

SPACE, COUNSELLOR = "uk.breathing_space.moratorium", "uk.conc.debt_counsellor"
OUTSIDER = {"hk.cobp.whereabouts", "hk.cobp.third_party_recovery"}


@pytest.mark.parametrize(
    ("moment", "facts", "proposed", "expected"),
    [
        ("2026-06-10T23:00", {}, {}, {"uk.conc.hours"}),
        ("2026-06-10T06:00", {}, {"channel": "sms"}, {"uk.conc.hours"}),
        ("2026-06-10T13:59", {"asked_hours": ["14:00-20:00"]}, {}, {"uk.conc.asked_hours"}),
        ("2026-06-10T14:00", {"asked_hours": ["14:00-20:00"]}, {}, set()),
        ("2026-06-10T10:00", {"asked_hours": ["14:00-20:00"], "asked_hours_until": "2026-06-09"}, {}, set()),
        ("2026-06-10T10:00", {"asked_hours": ["14:00-20:00"]}, {"channel": "letter"}, set()),
        ("2026-05-31T10:00", {"breathing_space_since": "2026-06-01"}, {}, set()),
        ("2026-06-01T10:00", {"breathing_space_since": "2026-06-01"}, {}, {SPACE}),
        ("2026-07-31T10:00", {"breathing_space_since": "2026-06-01"}, {"channel": "sms"}, {SPACE}),
        ("2026-08-01T10:00", {"breathing_space_since": "2026-06-01"}, {"channel": "sms"}, set()),
        ("2026-07-01T10:00", {"breathing_space_since": "2026-06-01"}, {"channel": "letter"}, {SPACE}),
        ("2026-07-01T10:00", {"breathing_space_since": "2026-06-01"}, {"purpose": "service"}, set()),
        ("2026-07-01T10:00", {"breathing_space_since": "2026-06-01"}, {"to": "debt_adviser"}, set()),
        (
            "2026-07-01T10:00",
            {"breathing_space_since": "2026-06-01", "breathing_space_until": "2026-06-20"},
            {},
            set(),
        ),
        ("2026-10-01T10:00", {"mental_health_crisis_since": "2026-06-01"}, {}, {"uk.breathing_space.crisis"}),
        (
            "2026-10-01T10:00",
            {"mental_health_crisis_since": "2026-06-01", "treatment_ended": "2026-09-01"},
            {},
            {"uk.breathing_space.crisis"},
        ),
        (
            "2026-10-02T10:00",
            {"mental_health_crisis_since": "2026-06-01", "treatment_ended": "2026-09-01"},
            {},
            set(),
        ),
        ("2026-07-01T10:00", {"debt_counsellor_since": "2026-06-01"}, {}, {COUNSELLOR}),
        ("2026-07-02T10:00", {"debt_counsellor_since": "2026-06-01"}, {}, set()),
        (
            "2026-07-10T10:00",
            {"debt_counsellor": {"since": "2026-06-01", "until": "2026-07-15"}},
            {},
            {COUNSELLOR},
        ),
        ("2026-06-10T10:00", {"opted_out": ["call"]}, {}, {"uk.conc.how"}),
        ("2026-06-10T10:00", {"objection": "open"}, {}, {"uk.conc.dispute"}),
        ("2026-06-10T10:00", {"dispute": "open"}, {}, {"uk.conc.disputed_debt"}),
        ("2026-06-10T10:00", {"hardship": True}, {}, {"uk.conc.forbearance"}),
        ("2026-06-10T10:00", {"mental_capacity": "limited"}, {}, {"uk.conc.mental_capacity"}),
        ("2026-06-10T10:00", {"bankrupt": True}, {}, {"uk.insolvency.bankrupt"}),
        ("2026-06-10T10:00", {"agreement": "performing"}, {}, {"house.agreement"}),
        ("2026-06-10T10:00", {}, {"to": "third_person"}, {"uk.conc.third_party"}),
        ("2026-06-10T10:00", {}, {"to": "third_person", "purpose": "ask_to_pass_on_message"}, set()),
        (
            "2026-06-10T10:00",
            {},
            {"to": "spouse", "purpose": "ask_to_pass_on_message", "discloses": "debt"},
            {"uk.conc.disclosure"},
        ),
        ("2026-06-10T10:00", {}, {"identifies_as": "court"}, {"uk.conc.identify"}),
        ("2026-06-10T10:00", {}, {"channel": "visit"}, set()),
        ("2026-06-10T10:00", {}, {"channel": "visit", "notice_given": False}, {"uk.conc.visit_notice"}),
        ("2026-06-10T10:00", {}, {"channel": "visit", "place": "home"}, {"uk.conc.visit_entry"}),
        ("2026-06-10T10:00", {"vulnerable": True}, {"channel": "visit"}, {"uk.conc.visit_vulnerable"}),
        ("2026-06-10T10:00", {"vulnerable": True}, {}, set()),
    ],
)
def test_britain(moment: str, facts: dict[str, Any], proposed: dict[str, Any], expected: set[str]):
    assert refusing("uk", moment, facts=facts, **proposed) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-29T07:00:00+00:00", set()),  # summer time began that night: eight o'clock
        ("2026-03-29T06:59:59+00:00", {"uk.conc.hours"}),
        ("2026-10-25T07:59:59+00:00", {"uk.conc.hours"}),  # and ended that night
        ("2026-10-25T08:00:00+00:00", set()),
    ],
)
def test_the_clocks_change_in_london(moment: str, expected: set[str]):
    assert refusing("uk", moment) == expected


@pytest.mark.parametrize(
    ("clock", "facts", "proposed", "expected"),
    [
        ("23:00", {}, {}, {"hk.cobp.hours"}),
        ("10:00", {"bankrupt": True}, {}, {"hk.cobp.bankrupt"}),
        ("10:00", {"bankrupt": True}, {"to": "trustee"}, set()),
        ("10:00", {}, {"to": "guarantor"}, set()),
        ("10:00", {}, {"to": "referee"}, OUTSIDER),
        ("10:00", {}, {"to": "referee", "purpose": "locate"}, {"hk.cobp.whereabouts"}),
        ("10:00", {}, {"to": "family", "purpose": "ask_to_pass_on_message"}, {"hk.cobp.whereabouts"}),
        ("10:00", {}, {"to": "friend", "discloses": "debt"}, OUTSIDER | {"hk.cobp.disclosure"}),
        ("10:00", {}, {"to": "spouse"}, OUTSIDER),
        ("10:00", {}, {"anonymous": True}, {"hk.cobp.identify"}),
        ("10:00", {}, {"posts_in_public": True, "channel": "letter"}, {"hk.cobp.posters"}),
        ("10:00", {}, {"recorded": False}, {"hk.cobp.recording"}),
        ("10:00", {}, {"by": "agency:A"}, {"hk.cobp.told_of_assignment"}),
        ("10:00", {"told_of_assignment": True}, {"by": "agency:A"}, set()),
        ("10:00", {"opted_out": ["call"]}, {}, {"house.opted_out"}),
        ("10:00", {"objection": True}, {}, {"house.objection"}),
    ],
)
def test_hong_kong(clock: str, facts: dict[str, Any], proposed: dict[str, Any], expected: set[str]):
    assert refusing("hk", f"2026-06-10T{clock}", facts=facts, **proposed) == expected


def test_persistent_calls_in_hong_kong():
    assert refusing("hk", "2026-06-10T17:00", history=calls(5)) == set()
    assert refusing("hk", "2026-06-10T17:00", history=calls(6)) == {"hk.cobp.persistent_calls"}


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("collect", {SPACE}), ("remind_before_due", {SPACE}), ("agreement_reminder", {SPACE}),
        ("answer_complaint", set()), ("statement", set()), ("service", set()),
    ],
)  # fmt: skip
def test_a_moratorium_stops_reminders_and_leaves_answers_and_statements(purpose: str, expected: set[str]):
    facts = {"breathing_space_since": "2026-06-01"}
    assert refusing("uk", "2026-06-10T10:00", facts=facts, purpose=purpose) == expected


WORKDAYS = {"asked_hours": [{"hours": "09:00-18:00", "days": "workdays"}]}


@pytest.mark.parametrize(
    ("country", "when", "open_then"),
    [
        ("uk", "2026-05-01T10:00", True),
        ("uk", "2026-05-04T10:00", False),  # early May bank holiday
        ("us", "2026-07-02T10:00", True),
        ("us", "2026-07-03T10:00", False),  # Independence Day, kept on the Friday
        ("hk", "2026-07-01T10:00", False),
        ("cn", "2026-02-28T10:00", True),  # a Saturday that makes up for the Spring Festival
        ("cn", "2026-10-01T10:00", False),
        ("cn", "2031-06-11T10:00", False),  # nobody has named that year's holidays
    ],
)
def test_who_asks_for_workdays_means_those_of_the_country(country: str, when: str, open_then: bool):
    assert (refusing(country, when, facts=WORKDAYS) == set()) is open_then


def test_a_refusal_on_a_holiday_says_when_work_begins_again():
    wish = Wish(Hours.read("09:00-18:00"), only_on="workdays")
    verdict = clear(
        Proposal(datetime(2026, 10, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai")), "call"),
        Known(asked_hours=(wish,)), (), book="cn.card_issuer", on=date(2026, 10, 1),
    )  # fmt: skip
    assert verdict.cured_at == datetime(2026, 10, 8, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
