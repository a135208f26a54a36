"""China, rule by rule, at the edges a lawyer would try. Each answer names every rule that refused."""

from typing import Any

import pytest

from arrears.clearance.tests.court import calls, refusing

NIGHT = {"cn.cba2026.quiet_hours", "cn.gbt45251.quiet_hours"}
ATTEMPTS, CONVERSATIONS = "cn.cba2026.attempts_per_point", "cn.gbt45251.conversations"
WHO, PURPOSE, TOLD = (
    "cn.card2011.art68_who",
    "cn.cba2026.third_person_purpose",
    "cn.cba2026.third_person_told",
)
WHEN, NEXT_DAY = "cn.cba2026.third_person_when", "cn.cba2026.third_person_next_day"
REFUSED = {"cn.cba2026.third_person_refused", "cn.gbt45251.third_person_refused"}
ASKED = "cn.civil_code.asked_hours"
LOST = calls(1, day="2026-06-07") + calls(1, day="2026-06-08") + calls(1, day="2026-06-09")
PASS_ON = {"to": "third_person", "purpose": "ask_to_pass_on_message", "point": "colleague-1"}


def at(clock: str, **story: Any) -> set[str]:
    return refusing("cn", f"2026-06-10T{clock}", **story)


@pytest.mark.parametrize(
    "channel", ["call", "robot_call", "sms", "email", "wechat", "chat", "letter", "visit"]
)
def test_the_night_is_quiet_on_every_channel(channel: str):
    assert at("21:59:59", channel=channel) == set()
    assert at("22:00", channel=channel) == NIGHT
    assert at("07:59:59", channel=channel) == NIGHT
    assert at("08:00", channel=channel) == set()


@pytest.mark.parametrize(
    ("clock", "facts", "expected"),
    [
        ("22:30", {"agreed_hours": ["22:00-23:00"]}, set()),
        ("23:00", {"agreed_hours": ["22:00-23:00"]}, NIGHT),
        ("10:00", {"agreed_hours": ["22:00-23:00"]}, set()),
        ("00:30", {"agreed_hours": ["23:00-01:00"]}, set()),
        ("22:30", {"agreed_hours": "22:00-24:00", "agreed_hours_until": "2026-06-10"}, set()),
        ("22:30", {"agreed_hours": "22:00-24:00", "agreed_hours_until": "2026-06-09"}, NIGHT),
        ("22:30", {"agreed_hours": [{"hours": "22:00-24:00", "from": "2026-06-11"}]}, NIGHT),
        ("22:30", {"agreed_hours": [{"hours": "22:00-24:00", "days": ["wed"]}]}, set()),
        ("22:30", {"agreed_hours": [{"hours": "22:00-24:00", "days": ["Thursday"]}]}, NIGHT),
        ("22:30", {"agreed_hours": []}, NIGHT),
        ("13:59", {"asked_hours": ["14:00-20:00"]}, {ASKED}),
        ("14:00", {"asked_hours": ["14:00-20:00"]}, set()),
        ("20:00", {"asked_hours": ["14:00-20:00"]}, {ASKED}),
        ("22:30", {"asked_hours": ["22:00-24:00"]}, NIGHT),  # a wish narrows; only consent widens
        ("22:30", {"asked_hours": ["22:00-24:00"], "agreed_hours": ["22:00-24:00"]}, set()),
        ("10:00", {"zones": ["Asia/Shanghai", "America/New_York"]}, NIGHT),
        ("20:30", {"zones": ["Asia/Shanghai", "America/New_York"]}, set()),
    ],
)
def test_hours_agreed_asked_and_in_several_zones(clock: str, facts: dict[str, Any], expected: set[str]):
    assert at(clock, facts=facts) == expected


def test_the_debtors_consent_is_not_the_guarantors():
    assert at("22:30", to="guarantor", facts={"agreed_hours": ["22:00-24:00"]}) == NIGHT


def test_who_calls_us_at_night_may_be_spoken_to():
    assert at("23:30", direction="in") == set()


def test_what_the_customer_asked_for_may_come_at_night():
    assert at("22:30", purpose="callback") == set()
    assert at("22:30", purpose="answer_objection") == NIGHT


@pytest.mark.parametrize(
    ("history", "proposed", "expected"),
    [
        (calls(5), {}, set()),
        (calls(6), {}, {ATTEMPTS}),
        (calls(6), {"point": "mobile-2"}, set()),
        (calls(6), {"point": None}, {ATTEMPTS}),  # which number is not said: the stricter reading
        (calls(6), {"channel": "robot_call"}, {ATTEMPTS}),
        (calls(6), {"channel": "sms"}, set()),
        (calls(5) + calls(1, first=14, outcome="conversation"), {}, set()),
        (calls(5) + calls(1, first=14, outcome="busy"), {}, {ATTEMPTS}),
        (calls(3) + calls(3, first=13, by="agency:A"), {}, {ATTEMPTS}),
        (calls(6, direction="in"), {}, set()),
        (calls(6, day="2026-06-09"), {}, set()),
        (calls(6, purpose="callback"), {}, set()),
        (calls(2, outcome="conversation"), {}, set()),
        (calls(3, outcome="conversation"), {}, {CONVERSATIONS}),
        (calls(3, outcome="conversation"), {"point": "mobile-2"}, {CONVERSATIONS}),
        (calls(3, outcome="conversation"), {"channel": "sms"}, set()),
        (calls(3, outcome="conversation"), {"purpose": "callback"}, set()),
        (calls(3, outcome="conversation", direction="in"), {}, set()),
        (calls(3, outcome="conversation", to="guarantor"), {}, set()),
        (calls(3, outcome="conversation", channel="robot_call"), {}, {CONVERSATIONS}),
        (
            calls(2, outcome="conversation") + calls(1, outcome="promise_to_pay", first=13),
            {},
            {CONVERSATIONS},
        ),
        (calls(6) + calls(3, outcome="conversation"), {}, {ATTEMPTS, CONVERSATIONS}),
    ],
)
def test_attempts_on_a_number_and_conversations_with_a_person_are_counted_apart(
    history: list[Any], proposed: dict[str, Any], expected: set[str]
):
    assert at("17:00", history=history, **{"point": "mobile-1", **proposed}) == expected


def test_an_attempt_just_before_midnight_is_yesterdays():
    assert at("08:00", point="mobile-1", history=calls(6, day="2026-06-09", first=16)) == set()


def test_more_attempts_may_be_agreed_and_fewer():
    assert at("17:00", point="mobile-1", history=calls(6), facts={"agreed_attempts": 8}) == set()
    assert at("17:00", point="mobile-1", history=calls(2), facts={"agreed_attempts": 2}) == {ATTEMPTS}


@pytest.mark.parametrize(
    ("history", "proposed", "expected"),
    [
        (LOST, {}, set()),
        (LOST[:2], {}, {WHEN}),
        ([], {}, {WHEN}),
        (calls(3, first=7), {}, {NEXT_DAY}),
        (calls(3, day="2026-06-09"), {}, set()),
        (
            calls(3, day="2026-06-09") + calls(1, day="2026-06-09", first=15, outcome="conversation"),
            {},
            {WHEN},
        ),
        (calls(3, day="2026-06-09") + calls(1, outcome="conversation", direction="in"), {}, {WHEN}),
        (calls(1, outcome="not_in_service"), {}, set()),
        (calls(1, outcome="not_in_service") + calls(1, point="mobile-2"), {}, {WHEN}),
        (LOST, {"purpose": "locate"}, set()),
        (LOST, {"purpose": "collect"}, {WHO, PURPOSE}),
        (LOST, {"discloses": "amount"}, {TOLD}),
        (LOST, {"discloses": ["name", "callback_number"]}, set()),
        (LOST, {"discloses": True}, {TOLD}),
        (LOST, {"to": "referee"}, set()),
        (LOST, {"to": "colleague", "purpose": "collect"}, {WHO, PURPOSE}),
        (LOST, {"to": "spouse", "purpose": "collect"}, {WHO, PURPOSE}),
        (
            LOST
            + calls(1, day="2026-06-09", first=11, outcome="refused", to="third_person", point="colleague-1"),
            {},
            REFUSED,
        ),
        (
            LOST
            + calls(1, day="2026-06-09", first=11, outcome="refused", to="third_person", point="colleague-2"),
            {},
            set(),
        ),
        (
            LOST
            + calls(
                1, day="2026-06-09", outcome="refused", to="colleague", point="colleague-1", by="agency:A"
            ),
            {},
            REFUSED,
        ),
        (LOST, {"facts": {"third_person_refused": ["colleague-1"]}}, REFUSED),
        (LOST, {"facts": {"third_person_refused": ["colleague-9"]}}, set()),
        ([], {"facts": {"mobile_invalid": True}}, set()),
    ],
)
def test_third_persons(history: list[Any], proposed: dict[str, Any], expected: set[str]):
    assert at("10:00", history=history, **{**PASS_ON, **proposed}) == expected


def test_who_called_us_after_the_number_died_is_not_lost():
    dead = {"at": "2026-06-05T10:00", "channel": "call", "point": "mobile-1", "outcome": "not_in_service"}
    wrote = {"at": "2026-06-08T10:00", "channel": "chat", "direction": "in", "outcome": "conversation"}
    assert at("10:00", history=[dead], **PASS_ON) == set()
    assert at("10:00", history=[dead, wrote], **PASS_ON) == {WHEN}
    assert at("10:00", history=[{**wrote, "at": "2026-06-04T10:00"}, dead], **PASS_ON) == set()


def test_a_spouse_whose_household_the_debt_served_is_no_unrelated_person():
    story = {"history": LOST, "to": "spouse", "purpose": "ask_to_pass_on_message", "discloses": "amount"}
    assert at("10:00", **story) == {TOLD}
    assert at("10:00", facts={"household_debt": True}, **story) == set()
    assert at("10:00", facts={"household_debt": True}, **{**story, "purpose": "collect"}) == {WHO}


def test_a_guarantor_is_asked_like_the_debtor():
    assert at("10:00", to="guarantor", discloses="amount") == set()


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        ({"collectors": 2, "place": "door"}, set()),
        ({"collectors": 3}, set()),
        ({"collectors": 1}, {"cn.cba2026.visit_two_collectors"}),
        ({"recorded": False}, {"cn.card2011.art68_recording"}),
        ({"authorisation": False}, {"cn.cba2026.visit_evidence"}),
        ({"authorisation": "none"}, {"cn.cba2026.visit_evidence"}),
        ({"place": "home"}, {"cn.cba2026.visit_entry"}),
        ({"place": "home", "entry_consent": True}, set()),
        ({"place": "home", "facts": {"entry_consent": ["home"]}}, set()),
        ({"place": "office"}, {"cn.cba2026.visit_entry"}),
        ({"place": "kindergarten"}, {"cn.cba2026.visit_entry"}),  # no place anybody may stand unasked
        ({"place": "gate"}, set()),
        ({"place": "office", "facts": {"entry_consent": ["home"]}}, {"cn.cba2026.visit_entry"}),
        ({"place": "door", "posts_in_public": True}, {"cn.cba2026.no_public_posting"}),
        ({"place": "door", "purpose": "post_notice"}, {"cn.cba2026.no_public_posting"}),
        (
            {"collectors": 1, "recorded": False},
            {"cn.cba2026.visit_two_collectors", "cn.card2011.art68_recording"},
        ),
    ],
)
def test_visits(proposed: dict[str, Any], expected: set[str]):
    assert at("10:00", channel="visit", **proposed) == expected


@pytest.mark.parametrize(
    ("facts", "purpose", "expected"),
    [
        ({"objection": "open"}, "collect", {"cn.card2011.art69_objection"}),
        ({"objection": "2026-06-01"}, "collect", {"cn.card2011.art69_objection"}),
        ({"objection": "2026-06-11"}, "collect", set()),
        ({"objection": "resolved"}, "collect", set()),
        ({"objection": {"since": "2026-06-01", "until": "2026-06-09"}}, "collect", set()),
        ({"objection": "open"}, "answer_objection", set()),
        ({"objection": "open"}, "service", set()),
        ({"agreement": "performing"}, "collect", {"cn.card2011.art70_agreement"}),
        ({"agreement": "performing"}, "agreement_reminder", set()),
        ({"agreement": "broken"}, "collect", set()),
        ({"agreement": "done"}, "collect", set()),
        ({"dispute": True}, "collect", {"house.dispute"}),
        ({"complaint": "open"}, "collect", {"house.complaint"}),
        ({"complaint": "open"}, "answer_complaint", set()),
        ({"hardship": True}, "collect", {"house.hardship"}),
        ({"fraud": True}, "collect", {"house.fraud"}),
        ({"wrong_amount_suspected": True}, "collect", {"house.wrong_amount"}),
        ({"litigation": True}, "collect", {"house.litigation"}),
        ({"incapacity": True}, "collect", {"house.incapacity"}),
        ({"minor": True}, "collect", {"house.minor"}),
        ({"bankrupt": True}, "collect", {"house.bankrupt"}),
        ({"cease_request": True}, "collect", {"house.cease_request"}),
        ({"attorney": True}, "collect", {"house.attorney"}),
        ({"deceased": True}, "collect", {"cn.civil_code.deceased"}),
        ({"deceased": True}, "service", {"cn.civil_code.deceased"}),
        ({"opted_out": ["sms"]}, "collect", set()),
        ({"opted_out": ["call"]}, "collect", {"cn.civil_code.opted_out"}),
        ({"opted_out": ["robot_call"]}, "collect", set()),
        ({"opted_out": True}, "collect", {"cn.civil_code.opted_out"}),
    ],
)
def test_holds(facts: dict[str, Any], purpose: str, expected: set[str]):
    assert at("10:00", facts=facts, purpose=purpose) == expected


@pytest.mark.parametrize("hold", ["objection", "dispute", "complaint", "deceased", "litigation"])
@pytest.mark.parametrize("channel", ["call", "robot_call", "sms", "email", "wechat", "letter", "visit"])
@pytest.mark.parametrize("by", ["issuer", "agency:A"])
def test_a_hold_stops_every_channel_for_everybody(hold: str, channel: str, by: str):
    assignment = {"assigned_to": "agency:A", "told_of_assignment": True}
    assert len(at("10:00", channel=channel, by=by, facts={hold: True, **assignment})) == 1


def test_robots_stay_away_from_whom_they_bother():
    assert at("10:00", channel="robot_call", facts={"opted_out": ["call"]}) == {"cn.civil_code.opted_out"}
    assert at("10:00", channel="robot_call", facts={"robot_consent": False}) == {"cn.pipl.automated_voice"}


def test_an_executor_answers_for_the_estate():
    assert at("10:00", to="executor", facts={"deceased": True}, discloses="amount") == set()


def test_an_attorney_may_be_written_to():
    assert at("10:00", to="attorney", facts={"attorney": True}, channel="letter") == set()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"assigned_to": "agency:B", "told_of_assignment": True, "agency_on_list": True}, set()),
        ({"assigned_to": "agency:B", "told_of_assignment": "2026-06-01"}, set()),
        ({"assigned_to": "agency:B", "told_of_assignment": "2026-06-11"}, {"cn.consumer2022.art41_told"}),
        ({"assigned_to": "agency:B", "told_of_assignment": False}, {"cn.consumer2022.art41_told"}),
        ({"assigned_to": "agency:B"}, {"cn.consumer2022.art41_told"}),
        (
            {"assigned_to": "agency:B", "told_of_assignment": True, "agency_on_list": False},
            {"cn.cba2026.agency_list"},
        ),
        ({"assigned_to": "agency:A", "told_of_assignment": True}, {"cn.pipl.entrusted"}),
        ({"assigned_to": "issuer", "told_of_assignment": True}, {"cn.pipl.entrusted"}),
    ],
)
def test_agencies(facts: dict[str, Any], expected: set[str]):
    assert at("10:00", by="agency:B", facts=facts) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("issuer", set()),
        ("issuer:desk-7", set()),
        ("robot:voice-1", set()),
        ("law_firm:Long & Co", {"cn.consumer2022.art41_told"}),
        ("C1", {"cn.consumer2022.art41_told"}),
    ],
)
def test_whoever_is_not_the_bank_is_an_outside_party(by: str, expected: set[str]):
    assert at("10:00", by=by) == expected


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        ({"recorded": False}, {"cn.card2011.art68_recording"}),
        ({"identified": False}, {"cn.cba2026.identify"}),
        ({"identifies_as": "court"}, {"cn.cba2026.identify"}),
        ({"private_device": True}, {"cn.cba2026.private_devices"}),
        ({"point_source": "reserved"}, set()),
        ({"point_source": "bought"}, {"cn.pipl.source_of_data", "cn.cba2026.lawful_data"}),
        ({"point_source": "address_book"}, {"cn.pipl.source_of_data", "cn.cba2026.lawful_data"}),
        ({"identity_proved": False}, set()),
        ({"identity_proved": False, "discloses": "amount"}, {"house.identity_first"}),
    ],
)
def test_the_manner_of_a_call(proposed: dict[str, Any], expected: set[str]):
    assert at("10:00", **proposed) == expected


def test_every_rule_that_refused_is_named():
    refused = at("22:30", history=calls(6), point="mobile-1", recorded=False, facts={"objection": "open"})
    assert refused == NIGHT | {ATTEMPTS, "cn.card2011.art68_recording", "cn.card2011.art69_objection"}


def test_before_the_guide_of_2026_the_standard_of_2025_kept_the_night():
    assert refusing("cn", "2026-01-20T22:30") == {"cn.gbt45251.quiet_hours"}
    assert refusing("cn", "2026-01-30T22:30") == NIGHT
