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
