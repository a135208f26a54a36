"""Several facts of one kind, and facts that end others: each stands for its own days.

What an adversary with a long memory found: see `arrears simulate contacts`.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from arrears.casebook.types import Fact, FactKind
from arrears.clearance.core.gate import clear
from arrears.clearance.rehearsal import Rehearsal
from arrears.clearance.types import Asking, Hold, Known, PastContact, Proposal

DAY = timedelta(days=1)


def day(number: int, hour: int = 10) -> datetime:
    """A day of June in London, by the person's own clock."""
    return datetime(2026, 6, 1, hour - 1, tzinfo=UTC) + (number - 1) * DAY


def fact(kind: str, when: datetime, account: str | None = None, **payload: Any) -> Fact:
    return Fact(f"{kind}{when}{account}", FactKind(kind), when, when, "C1", account, payload, "test")


def refusing(
    facts: list[Fact],
    when: datetime,
    history: list[PastContact] = [],  # noqa: B006 - only read
    *,
    book: str = "uk.lender",
    account: str | None = "A1",
    **proposed: Any,
) -> set[str]:
    zone = "Europe/London"
    person = Rehearsal(book, zone, facts=facts, history=history)
    proposal = Proposal(when, **{"channel": "call", "debts": ("A1",), **proposed})
    [(verdict, _)] = person.asked([Asking("p", "C1", proposal, account)])
    return {refusal.rule_id for refusal in verdict.refusals}


DISPUTE = {"uk.conc.disputed_debt"}


def test_an_objection_told_without_its_account_does_not_hide_the_accounts_own() -> None:
    facts = [fact("dispute", day(1), "A1"), fact("dispute", day(2), until="2026-06-03")]
    assert refusing(facts, day(3)) == refusing(facts, day(9)) == DISPUTE


def test_of_two_accounts_the_one_whose_dispute_is_over_does_not_hide_the_others() -> None:
    facts = [fact("dispute", day(1), "A1"), fact("dispute", day(2), "B1", until="2026-06-03")]
    assert refusing(facts, day(9), account=None, debts=()) == DISPUTE
    assert refusing(facts, day(9), account="B1", debts=("B1",)) == set()


def test_a_call_in_the_case_of_one_account_that_speaks_of_another_meets_the_others_dispute() -> None:
    facts = [fact("dispute", day(1), "B1")]
    assert refusing(facts, day(2), account="A1") == set()
    assert refusing(facts, day(2), account="A1", debts=("A1", "B1")) == DISPUTE


def test_a_breathing_space_with_a_long_end_outlasts_a_later_one_without() -> None:
    facts = [fact("breathing_space", day(1), until="2026-09-30"), fact("breathing_space", day(2))]
    assert refusing(facts, day(100)) == {"uk.breathing_space.moratorium"}
    assert refusing(facts, day(123)) == set()


def test_of_three_facts_of_a_kind_the_first_is_not_forgotten() -> None:
    ended = [fact("dispute", day(n), account, until="2026-06-03") for n, account in ((2, "A1"), (3, None))]
    assert refusing([fact("dispute", day(1), "A1"), *ended], day(9)) == DISPUTE
    assert refusing([fact("dispute", day(1)), *ended], day(9)) == DISPUTE


def test_hours_asked_for_some_days_give_way_to_the_standing_wish_again() -> None:
    facts = [
        fact("asked_hours", day(1), hours="14:00-20:00"),
        fact("asked_hours", day(4), hours="10:00-12:00", until="2026-06-05"),
    ]
    ten = [refusing(facts, day(number)) for number in (5, 6)]
    three = [refusing(facts, day(number, 15)) for number in (5, 6)]
    assert ten == [set(), {"uk.conc.asked_hours"}] and three == [{"uk.conc.asked_hours"}, set()]


def test_a_wish_that_begins_later_leaves_the_earlier_one_till_then() -> None:
    facts = [
        fact("asked_hours", day(1), hours="14:00-20:00"),
        fact("asked_hours", day(2), **{"hours": "09:00-12:00", "from": "2026-06-10"}),
    ]
    assert [refusing(facts, day(number)) for number in (9, 10)] == [{"uk.conc.asked_hours"}, set()]


def test_an_agency_whose_case_was_called_back_is_refused() -> None:
    facts = [fact("assigned", day(1), agency="agency:A"), fact("assigned", day(3), agency=None)]
    assert refusing(facts[:1], day(4), by="agency:A") == set()
    assert refusing(facts, day(4), by="agency:A") == {"house.assigned_agency"}
    assert refusing(facts, day(4)) == set()


def test_a_conversation_after_a_letter_of_consent_ends_it_that_very_day() -> None:
    consent = fact("call_consent", day(5, 9), to="C1")
    before, after = (
        PastContact(day(5, h), "call", by="C1", debts=("A1",), outcome="conversation") for h in (8, 12)
    )
    us: dict[str, Any] = {"book": "us.third_party_collector", "by": "C1"}
    assert refusing([consent], day(5, 16), [before], **us) == set()
    assert refusing([consent], day(5, 16), [before, after], **us) == {"us.regf.after_conversation"}


LOST = [PastContact(day(n), "call", point="mobile-1", outcome="no_answer") for n in (1, 2, 3)]
AUNT: dict[str, Any] = {"book": "cn.card_issuer", "to": "relative", "point": "aunt", "purpose": "locate"}


def test_a_debtor_who_wrote_to_us_is_not_lost() -> None:
    wrote = PastContact(day(4), "chat", direction="in", outcome="delivered")
    replied = PastContact(day(4), "sms", outcome="replied")
    assert refusing([], day(5), LOST, **AUNT) == set()
    assert refusing([], day(5), [*LOST, wrote], **AUNT) == {"cn.cba2026.third_person_when"}
    assert refusing([], day(5), [*LOST, replied], **AUNT) == {"cn.cba2026.third_person_when"}


def test_failures_of_long_ago_make_nobody_lost() -> None:
    assert refusing([], day(35), LOST, **AUNT) == set()
    assert refusing([], day(50), LOST, **AUNT) == {"cn.cba2026.third_person_when"}


def test_a_third_person_who_refused_long_ago_is_still_left_alone_under_any_name() -> None:
    said_no = PastContact(day(4) - 200 * DAY, "call", to="spouse", point="aunt", outcome="refused")
    refused = {"cn.cba2026.third_person_refused", "cn.gbt45251.third_person_refused"}
    assert refusing([], day(5), [said_no, *LOST], **AUNT) == refused


def test_whoever_was_asked_for_whereabouts_last_season_is_not_asked_again() -> None:
    asked = PastContact(
        day(1) - 60 * DAY, "call", to="relative", point="aunt", by="C1", outcome="left_message"
    )
    locate = {**AUNT, "book": "us.third_party_collector", "by": "C1"}
    assert refusing([], day(1, 15), [asked], **locate) == {"us.regf.location_once"}


def test_a_location_call_that_asks_for_payment_is_none() -> None:
    us: dict[str, Any] = {"book": "us.third_party_collector", "by": "C1", "to": "third_party_location"}
    assert refusing([], day(1, 15), **us) == refusing([], day(1, 15), purpose="locate", **us) == set()
    for purpose in ("demand", "negotiate", "ask_to_pass_on_message"):
        assert refusing([], day(1, 15), purpose=purpose, **us) == {"us.regf.third_parties"}


def test_the_days_of_a_hold_begin_on_each_clock_the_person_may_live_by():
    told = datetime(2026, 9, 23, 22, 54, tzinfo=UTC)  # the 23rd in Honolulu, the 24th in Kathmandu
    hold = Hold("debt_counsellor", date(2026, 9, 23), at=told)
    known = Known(zones=("Asia/Kathmandu",), holds={"debt_counsellor": hold})
    for day, cleared in ((24, False), (25, True)):
        wish = Proposal(datetime(2026, 10, day, 10, 30, tzinfo=UTC), "call", by="C1")
        verdict = clear(wish, known, (), book="us.third_party_collector", on=date(2026, 10, day))
        assert verdict.cleared is cleared


def test_a_channel_refused_under_any_of_its_names_is_refused() -> None:
    assert refusing([fact("opted_out", day(1), channel="Texts")], day(2), channel="sms") == {"uk.conc.how"}
    assert refusing([fact("opted_out", day(1), channel="Texts")], day(2), channel="email") == set()
    unheard_of = [fact("opted_out", day(1), channel="carrier pigeon")]
    assert refusing(unheard_of, day(2), channel="email") == {"uk.conc.how"}


def test_hours_asked_for_on_workdays_are_closed_at_the_weekend() -> None:
    wish = [fact("asked_hours", day(1), hours="09:00-18:00", days="workdays")]
    assert refusing(wish, day(5)) == set()
    assert refusing(wish, day(6)) == {"uk.conc.asked_hours"}
    unreadable = [fact("asked_hours", day(1), hours="09:00-18:00", days="whenever")]
    assert refusing(unreadable, day(5)) == {"uk.conc.asked_hours"}


def test_a_debtor_heard_from_after_the_number_died_is_not_lost() -> None:
    dead, relay = [fact("number_invalid", day(1))], {"to": "friend", "purpose": "ask_to_pass_on_message"}
    called_us = [PastContact(day(3), "call", "in", outcome="conversation")]
    earlier = [PastContact(day(1, 9), "call", "in", outcome="conversation")]
    assert refusing(dead, day(5), earlier, book="cn.card_issuer", **relay) == set()
    assert refusing(dead, day(5), called_us, book="cn.card_issuer", **relay) == {
        "cn.cba2026.third_person_when"
    }


def test_consent_to_machines_ends_with_its_last_day() -> None:
    given = [fact("robot_consent", day(1), given=True, until="2026-06-05")]
    story = {"book": "us.creditor", "channel": "robot_call"}
    assert refusing(given, day(5), **story) == set()
    assert refusing(given, day(6), **story) == {"us.tcpa.consent"}
    again = [*given, fact("robot_consent", day(6, 9), given=True)]
    assert refusing(again, day(6), **story) == set()


def test_who_lets_visitors_in_until_a_day_does_so_no_longer() -> None:
    open_door = [fact("entry_consent", day(1), place="home", until="2026-06-05")]
    story = {"book": "cn.card_issuer", "channel": "visit", "collectors": 2, "place": "home"}
    assert refusing(open_door, day(5), **story) == set()
    assert refusing(open_door, day(6), **story) == {"cn.cba2026.visit_entry"}


def test_a_fact_that_ends_on_the_last_day_of_the_calendar_has_no_end() -> None:
    for_ever = "9999-12-31"
    objected = [fact("objection", day(1), "A1", until=for_ever)]
    assert refusing(objected, day(9)) == {"uk.conc.dispute"}
    wishes = [
        fact("asked_hours", day(number), hours="14:00-20:00", until=for_ever, **{"from": "0001-01-01"})
        for number in (1, 2)
    ]
    assert refusing(wishes, day(9)) == {"uk.conc.asked_hours"}
    assert refusing(wishes, day(9, 15)) == set()
    agency = fact("assigned", day(1), agency="A", evaluated_on=for_ever)
    assert refusing([agency], day(9), by="agency:A") == set()


def test_every_place_told_of_as_inconvenient_is_kept_from_till_the_fact_is_lifted() -> None:
    told = fact("inconvenient_place", day(1), place=["work", "hospital"])
    for place, expected in (("office", {"uk.conc.where"}), ("hospital", {"uk.conc.where"}), ("home", set())):
        assert refusing([told], day(2), place=place) == expected
    assert refusing([told], day(2), place="office", purpose="callback") == set()  # asked for by the person
    lifted = fact("hold_lifted", day(3), fact=told.key)
    assert refusing([told, lifted], day(4), place="office") == set()


def test_the_account_that_is_time_barred_is_not_sued_for_and_the_other_is() -> None:
    barred, suit = [fact("time_barred", day(1), "A1")], {"purpose": "threaten_suit"}
    book = "us.third_party_collector"
    assert refusing(barred, day(2, 15), book=book, **suit) == {"us.regf.time_barred"}
    assert refusing(barred, day(2, 15), book=book, account="B1", debts=("B1",), **suit) == set()
    assert refusing(barred, day(2, 15), book=book) == set()


def test_an_agency_is_evaluated_once_a_year_and_the_day_is_kept_with_the_assignment() -> None:
    told = fact("told_of_assignment", day(1))
    for evaluated, expected in (("2025-06-09", set()), ("2025-06-08", {"cn.gbt45251.agency_evaluation"})):
        facts = [told, fact("assigned", day(1), agency="A", evaluated_on=evaluated)]
        assert refusing(facts, day(9), book="cn.agency", by="agency:A") == expected
