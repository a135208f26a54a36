"""A question spelled otherwise is the same question; a slip is an error with the right word."""

from typing import Any

import pytest
from pydantic import ValidationError

from arrears.clearance.situations import read_entry
from arrears.clearance.tests.court import refusing

NOON = "2026-06-10T12:00"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"attorney_known": True}, {"us.regf.attorney"}),
        ({"attorney_known_since": "2026-06-01"}, {"us.regf.attorney"}),
        ({"dispute_received": "2026-06-11"}, set()),  # not yet
        ({"bankruptcy_filed": "2026-05-01"}, {"us.bankruptcy.stay"}),
        ({"cease_request_received_on": "2026-06-01"}, {"us.regf.cease"}),
        ({"zones": "America/Los_Angeles"}, set()),
    ],
)
def test_a_fact_may_carry_an_ending(facts: dict[str, Any], expected: set[str]):
    assert refusing("us", NOON, facts=facts) == expected


def test_an_ending_does_not_hide_a_key_that_is_written_too():
    with pytest.raises(ValidationError, match="attorney_known"):
        refusing("us", NOON, facts={"attorney": False, "attorney_known": True})


def test_collectors_may_be_named():
    assert refusing("cn", NOON, channel="visit", collectors=["Li", "Wang"]) == set()
    assert refusing("cn", NOON, channel="visit", collectors=["Li"]) == {"cn.cba2026.visit_two_collectors"}


@pytest.mark.parametrize("debts", [["A", "B"], {"A": "credit card"}, {"A": {"kind": "credit card"}}, None])
def test_debts_are_names_with_or_without_more(debts: object):
    entry = {
        "name": "story", "note": "by hand", "rulebook": "us.third_party_collector", "debts": debts,
        "proposed": {"at": NOON, "channel": "call", "debts": ["A"]}, "expect": {"verdict": "cleared"},
    }  # fmt: skip
    assert read_entry(entry).asked.proposal.debts == ("A",)


def test_days_that_are_none_are_an_error():
    with pytest.raises(ValidationError, match="names no days"):
        refusing("cn", NOON, facts={"asked_hours": [{"hours": "09:00-18:00", "days": "whenever"}]})


def test_a_misspelt_end_is_an_error_and_no_endless_consent():
    with pytest.raises(ValidationError, match="did you mean 'until'"):
        refusing("us", NOON, facts={"consent": {"given": "2026-06-05", "untill": "2026-06-07"}})


REST = {"us.regf.after_conversation"}


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        ({"given_at": "2026-06-08", "by": "debtor"}, set()),
        ({"given": "2026-06-08", "expires": "2026-06-09"}, REST),
        ({"given": "2026-06-08", "to": "C2"}, REST),
    ],
)
def test_consent_in_more_words(consent: dict[str, str], expected: set[str]):
    spoke = {"at": "2026-06-07T12:00", "channel": "call", "outcome": "conversation", "by": "C1"}
    assert refusing("us", NOON, facts={"consent": consent}, history=[spoke], by="C1") == expected


def test_consent_given_in_a_talk_is_of_its_moment_and_ends_with_the_next():
    agreed = {"at": "2026-06-08T12:00", "channel": "call", "outcome": "consented", "by": "C1"}
    again = {"at": "2026-06-09T12:00", "channel": "call", "outcome": "conversation", "by": "C1"}
    assert refusing("us", NOON, history=[agreed], by="C1") == set()
    assert refusing("us", NOON, history=[agreed, again], by="C1") == REST
    assert refusing("us", NOON, history=[agreed], by="C2") == set()  # it is C1's talk and C1's consent


TCPA, UNTOLD = {"us.tcpa.consent"}, {"cn.consumer2022.art41_told"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (True, set()), ("given", set()), ("2026-06-01", set()), ({"given": "2026-06-01"}, set()),
        ("unknown", TCPA), ("missing", TCPA), ("2026-06-11", TCPA), ({"state": "revoked"}, TCPA), (False, TCPA),
    ],
)  # fmt: skip
def test_a_machine_calls_where_consent_is_said_to_be_given(written: Any, expected: set[str]):
    assert refusing("us", NOON, channel="robot_call", facts={"robot_consent": written}) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [(True, set()), ("notified", set()), ("2026-06-01", set()), ("unknown", UNTOLD), ("2026-06-11", UNTOLD)],
)
def test_told_of_an_agency_is_said_in_words_that_are_known(written: Any, expected: set[str]):
    assert refusing("cn", NOON, by="agency:A", facts={"told_of_assignment": written}) == expected


def test_consent_told_with_its_time_is_spent_by_the_talk_after_it():
    spoke = {"at": "2026-06-08T12:00", "channel": "call", "outcome": "conversation", "by": "C1"}
    for at, expected in (("2026-06-08T11:00", REST), ("2026-06-08T13:00", set())):
        assert refusing("us", NOON, facts={"consent": at}, history=[spoke], by="C1") == expected


@pytest.mark.parametrize(
    ("country", "facts", "expected"),
    [
        ("uk", {"treatment_ended": "2026-05-11"}, {"uk.breathing_space.crisis"}),  # thirty days on
        ("uk", {"treatment_ended": "2026-05-10"}, set()),
        (
            "uk",
            {"mental_health_crisis": "over", "treatment_ended": "2026-05-11"},
            {"uk.breathing_space.crisis"},
        ),
        ("uk", {"mental_health_crisis": False, "treatment_ended": "2026-05-11"}, set()),
        ("uk", {"breathing_space_until": "2026-06-10"}, {"uk.breathing_space.moratorium"}),
        ("uk", {"breathing_space_until": "2026-06-09"}, set()),
        ("us", {"inconvenient_hours": "08:00-12:00"}, set()),
        ("us", {"inconvenient_hours": ["08:00-12:00", "12:00-13:00"]}, {"us.regf.asked_hours"}),
    ],
)
def test_an_end_told_alone_and_hours_that_do_not_suit(
    country: str, facts: dict[str, Any], expected: set[str]
):
    assert refusing(country, NOON, facts=facts) == expected


def test_hours_asked_for_and_hours_that_do_not_suit_are_one_wish():
    with pytest.raises(ValidationError, match="not both"):
        refusing("us", NOON, facts={"inconvenient_hours": "08:00-12:00", "asked_hours": "12:00-20:00"})


@pytest.mark.parametrize(
    ("channel", "opted_out", "expected"),
    [
        ("social_media", "chat", {"us.regf.medium"}),
        ("phone_call", "calls", {"us.regf.medium"}),
        ("wecom", "sms", set()),
    ],
)
def test_a_channel_has_many_names(channel: str, opted_out: str, expected: set[str]):
    assert refusing("us", NOON, channel=channel, facts={"opted_out": opted_out}) == expected


def test_nothing_is_posted_where_others_read_it():
    assert refusing("us", NOON, channel="social_media", visible_to_others=True) == {"us.regf.public"}
    assert refusing("uk", NOON, channel="letter", posts_in_public=True) == {"uk.conc.public"}
