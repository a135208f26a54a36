"""Regulation F and its neighbours, at the edges the commentary names."""

from typing import Any

import pytest

from arrears.clearance.tests.court import calls, daily, refusing

SEVEN, REST = "us.regf.calls_in_seven_days", "us.regf.after_conversation"
THIRD, ONCE, CONTENT = "us.regf.third_parties", "us.regf.location_once", "us.regf.location_content"
C1: dict[str, Any] = {"by": "C1", "debts": ["A"]}


def on(day: str, history: list[Any] | None = None, **story: Any) -> set[str]:
    return refusing("us", f"2026-04-{day}T18:00", history=history, **{**C1, **story})


@pytest.mark.parametrize(
    ("day", "history", "expected"),
    [
        ("07", daily(6, **C1), set()),
        ("07", daily(7, **C1), {SEVEN}),
        ("08", daily(7, **C1), set()),  # the first of them is eight days back
        ("08", daily(8, **C1), {SEVEN}),
        ("07", daily(6, **C1) + daily(1, first="2026-04-06", outcome="busy", **C1), set()),
        ("07", daily(6, **C1) + daily(1, first="2026-04-06", outcome="not_in_service", **C1), set()),
        (
            "07",
            daily(6, **C1) + daily(1, first="2026-04-06", outcome="voicemail_full_no_message", **C1),
            {SEVEN},
        ),
        (
            "07",
            daily(6, **C1) + daily(1, first="2026-04-06", outcome="limited_content_message", **C1),
            {SEVEN},
        ),
        ("07", daily(6, **C1) + daily(1, first="2026-04-06", outcome="answered_dropped", **C1), {SEVEN}),
        ("07", daily(6, **C1) + daily(1, first="2026-04-06", channel="robot_call", **C1), {SEVEN}),
        ("07", daily(9, direction="in", outcome="voicemail", **C1), set()),
        ("07", daily(6, **C1) + daily(5, channel="sms", outcome="delivered", **C1), set()),
        ("07", daily(7, by="C2", debts=["A"]), set()),
        ("07", daily(7, by="C1", debts=["B"]), set()),
        ("07", daily(7, by="C1", debts=["A", "B"]), {SEVEN}),
        ("07", daily(7, by="C1"), {SEVEN}),  # which debt is not said: it may be this one
        ("07", daily(7, to="attorney", **C1), set()),
        ("07", daily(7, to="third_party_location", point="aunt", **C1), set()),
        ("07", daily(7, to="spouse", **C1), set()),
        ("07", daily(6, **C1) + daily(3, consent=True, **C1), set()),
    ],
)
def test_seven_calls_in_seven_days(day: str, history: list[Any], expected: set[str]):
    assert on(day, history) == expected


def test_three_debts_make_twenty_one_calls():
    history = [call for debt in "ABC" for call in daily(6, by="C1", debts=[debt])]
    assert on("07", history, debts=["A", "B", "C"]) == set()
    assert on("07", history + daily(1, **C1), debts=["A", "B", "C"]) == {SEVEN}
    assert on("07", history + daily(1, **C1), debts=["B"]) == set()


def test_student_loans_under_two_numbers_are_two_debts():
    history = daily(4, **C1) + daily(3, by="C1", debts=["B"])
    assert on("07", history, facts={"particular_debt_map": {"A": "SL", "B": "SL"}}) == {SEVEN}
    assert on("07", history, facts={"particular_debt_map": {"A": "SL1", "B": "SL2"}}) == set()


@pytest.mark.parametrize(
    ("day", "history", "expected"),
    [
        ("01", daily(1, outcome="conversation", **C1), {REST}),
        ("07", daily(1, outcome="conversation", **C1), {REST}),
        ("08", daily(1, outcome="conversation", **C1), set()),
        ("07", daily(1, outcome="conversation", direction="in", **C1), {REST}),
        ("08", daily(1, outcome="conversation", direction="in", **C1), set()),
        ("03", daily(1, outcome="conversation", by="C2", debts=["A"]), set()),
        ("03", daily(1, outcome="conversation", by="C1", debts=["B"]), set()),
        ("03", daily(1, outcome="conversation", by="C1", debts=["A", "B"]), {REST}),
        ("03", daily(1, outcome="voicemail", **C1), set()),
        ("03", daily(1, outcome="conversation", channel="chat", **C1), set()),
        ("03", daily(1, outcome="conversation", channel="robot_call", **C1), {REST}),
    ],
)
def test_rest_after_a_conversation(day: str, history: list[Any], expected: set[str]):
    assert on(day, history) == expected


def test_neither_cap_stops_a_text():
    history = daily(7, **C1) + daily(1, outcome="conversation", **C1)
    assert on("07", history, channel="sms") == set()


TALKED = daily(1, first="2026-04-03", outcome="conversation", **C1)


@pytest.mark.parametrize(
    ("day", "consent", "history", "expected"),
    [
        ("04", None, TALKED, {REST}),
        ("04", "2026-04-03", TALKED, set()),  # "call me tomorrow": said in that conversation
        ("09", "2026-04-03", TALKED, set()),
        ("05", "2026-04-03", TALKED + daily(1, first="2026-04-04", outcome="conversation", **C1), {REST}),
        ("07", None, daily(7, **C1), {SEVEN}),
        ("07", "2026-04-07", daily(7, **C1), set()),
        ("10", None, daily(7, first="2026-04-04", **C1), {SEVEN}),
        ("10", "2026-04-03", daily(7, first="2026-04-04", **C1), set()),  # those with consent do not count
    ],
)
def test_consent_lasts_seven_days_and_ends_with_the_next_conversation(
    day: str, consent: str | None, history: list[Any], expected: set[str]
):
    assert on(day, history, facts={"consent": consent}) == expected


def test_consent_given_to_one_collector_is_no_consent_to_another():
    history = daily(1, first="2026-04-03", outcome="conversation", **C1)
    assert on("04", history, facts={"consent": {"given": "2026-04-03", "by": "C2"}}) == {REST}


@pytest.mark.parametrize("channel", ["call", "robot_call", "sms", "email", "chat", "visit"])
def test_hours_hold_for_every_medium_by_the_time_of_sending(channel: str):
    facts = {"robot_consent": True}
    for clock, expected in (("07:59:59", {"us.regf.hours"}), ("08:00", set()), ("21:00", set())):
        assert refusing("us", f"2026-06-10T{clock}", channel=channel, facts=facts) == expected
    assert refusing("us", "2026-06-10T21:00:01", channel=channel, facts=facts) == {"us.regf.hours"}


def test_post_arrives_when_the_postman_comes():
    assert refusing("us", "2026-06-10T23:00", channel="letter") == set()


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("10:59", {"us.regf.hours"}), ("11:00", set()), ("21:00", set()), ("21:01", {"us.regf.hours"})],
)
def test_an_eastern_number_and_a_pacific_address_leave_eleven_to_nine(clock: str, expected: set[str]):
    zones = ["America/New_York", "America/Los_Angeles"]
    assert refusing("us", f"2026-06-10T{clock}", facts={"zones": zones}) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-08T11:59:59+00:00", {"us.regf.hours"}),  # the clocks went forward that night
        ("2026-03-08T12:00:00+00:00", set()),
        ("2026-03-07T12:59:59+00:00", {"us.regf.hours"}),
        ("2026-11-01T12:59:59+00:00", {"us.regf.hours"}),  # and back that night
        ("2026-11-01T13:00:00+00:00", set()),
        ("2026-11-02T02:00:00+00:00", set()),
        ("2026-11-02T02:00:01+00:00", {"us.regf.hours"}),
    ],
)
def test_daylight_saving_moves_eight_and_nine(moment: str, expected: set[str]):
    assert refusing("us", moment) == expected


@pytest.mark.parametrize(
    ("facts", "proposed", "expected"),
    [
        ({"attorney": True}, {}, {"us.regf.attorney"}),
        ({"attorney": True}, {"to": "attorney"}, set()),
        ({"attorney": "unresponsive"}, {}, set()),
        ({"attorney": True}, {"channel": "letter"}, {"us.regf.attorney"}),
        ({"employer_prohibits": True}, {}, set()),
        ({"employer_prohibits": True}, {"place": "work"}, {"us.regf.employer"}),
        ({"employer_prohibits": True}, {"point": "work-phone"}, {"us.regf.employer"}),
        ({}, {"point": "work-phone"}, set()),
        ({}, {"channel": "email", "point": "work-mailbox"}, {"us.regf.work_email"}),
        ({"cease_request": "2026-06-01"}, {}, {"us.regf.cease"}),
        ({"cease_request": "2026-06-01"}, {"channel": "letter"}, {"us.regf.cease"}),
        ({"cease_request": "2026-06-11"}, {}, set()),
        ({"cease_request": "2026-06-01"}, {"channel": "letter", "purpose": "notify_remedy"}, set()),
        ({"cease_request": "2026-06-01"}, {"channel": "letter", "purpose": "end_efforts"}, set()),
        ({"cease_request": "2026-06-01"}, {"purpose": "service"}, set()),
        ({"opted_out": ["sms"]}, {"channel": "sms"}, {"us.regf.medium"}),
        ({"opted_out": ["texts"]}, {"channel": "sms"}, {"us.regf.medium"}),
        ({"opted_out": ["email"]}, {"channel": "sms"}, set()),
        ({"opted_out": ["call"], "robot_consent": True}, {"channel": "robot_call"}, {"us.regf.medium"}),
        ({"bankrupt": True}, {}, {"us.bankruptcy.stay"}),
        ({"bankrupt": "discharged"}, {}, {"us.bankruptcy.stay"}),
        ({"bankrupt": "dismissed"}, {}, set()),
        ({"objection": "open"}, {}, {"us.regf.dispute"}),
        ({"dispute": "verified"}, {}, set()),
        ({"identity_theft": True}, {}, {"us.regf.identity_theft"}),
        ({"robot_consent": False}, {"channel": "robot_call"}, {"us.tcpa.consent"}),
        ({"robot_consent": True}, {"channel": "robot_call"}, set()),
        ({}, {"channel": "robot_call"}, {"us.tcpa.consent"}),
        ({}, {"channel": "robot_call", "consent": True}, set()),
        ({"robot_consent": True}, {"channel": "robot_call", "to": "guarantor"}, {"us.tcpa.consent"}),
        ({}, {"channel": "call", "autodialled": True}, {"us.tcpa.consent"}),
        ({}, {"channel": "sms", "autodialled": True}, {"us.tcpa.consent"}),
        ({}, {"channel": "sms"}, set()),
        ({}, {"channel": "email", "autodialled": True}, set()),
        ({}, {"channel": "email", "opt_out_notice": False}, {"us.regf.opt_out_notice"}),
        ({}, {"channel": "sms", "opt_out_notice": False}, {"us.regf.opt_out_notice"}),
        ({}, {"identifies_as": "law_firm"}, {"us.regf.identify"}),
        ({"tcpa_consent": "revoked"}, {"channel": "sms"}, {"us.tcpa.consent"}),
        ({"tcpa_consent": "revoked"}, {}, set()),
        ({"asked_hours": ["18:00-20:00"]}, {}, {"us.regf.asked_hours"}),
        ({"deceased": True}, {"to": "executor"}, set()),
        ({"deceased": True}, {}, {"house.deceased"}),
        ({}, {"identified": False}, {"us.regf.identify"}),
        ({}, {"to": "spouse"}, set()),
        ({}, {"to": "third_person"}, {THIRD}),
        ({}, {"to": "third_person", "discloses": "debt"}, {THIRD, CONTENT}),
        ({}, {"to": "third_party_location", "purpose": "locate"}, set()),
        ({}, {"to": "third_party_location", "purpose": "locate", "discloses": "debt"}, {CONTENT}),
        ({}, {"to": "third_person", "purpose": "ask_to_pass_on_message"}, {THIRD}),
        ({}, {"to": "credit_bureau"}, set()),
    ],
)
def test_people_and_holds(facts: dict[str, Any], proposed: dict[str, Any], expected: set[str]):
    assert refusing("us", "2026-06-10T12:00", facts=facts, **proposed) == expected


@pytest.mark.parametrize(
    ("outcome", "point", "expected"),
    [
        ("conversation", "aunt", {ONCE}),
        ("left_message", "aunt", {ONCE}),
        ("no_answer", "aunt", set()),
        ("limited_content_message", "aunt", set()),
        ("conversation", "uncle", set()),
    ],
)
def test_each_third_party_is_asked_once_where_the_consumer_is(outcome: str, point: str, expected: set[str]):
    asked = calls(1, day="2026-06-01", outcome=outcome, to="third_party_location", point=point, by="C1")
    story = {"to": "third_party_location", "purpose": "locate", "point": "aunt", "by": "C1", "history": asked}
    assert refusing("us", "2026-06-10T12:00", **story) == expected
    assert refusing("us", "2026-06-10T12:00", consent=True, **story) == set()


def test_massachusetts_counts_two_for_creditors_too():
    history = daily(2, by="issuer", debts=["A"])
    story = {"book": "us.creditor", "by": "issuer", "facts": {"state": "MA"}}
    assert on("03", history, **story) == {"us.ma.two_in_seven_days"}
    assert on("08", history, **story) == set()
    assert on("03", history, **{**story, "facts": {"state": "NH"}}) == set()


def test_regulation_f_does_not_bind_the_creditor_itself():
    assert on("07", daily(7, by="issuer", debts=["A"]), book="us.creditor", by="issuer") == set()
    assert refusing("us", "2026-06-10T22:00", book="us.creditor") == {"us.house.hours"}


def test_a_creditor_needs_consent_for_machines_too():
    assert refusing("us", "2026-06-10T12:00", book="us.creditor", channel="robot_call") == {"us.tcpa.consent"}


def test_an_eighth_call_is_one_too_many_whatever_we_owe_the_consumer_to_say():
    story = {"history": daily(7, **C1), **C1}
    assert refusing("us", "2026-04-07T18:00", **story, purpose="answer_complaint") == {SEVEN}
    assert refusing("us", "2026-04-07T18:00", **story, purpose="callback") == set()


def test_an_outcome_nobody_knows_the_word_of_may_have_been_a_conversation():
    strange = daily(1, first="2026-04-03", outcome="talk_of_the_town", **C1)
    assert refusing("us", "2026-04-04T18:00", history=strange, **C1) == {REST}
