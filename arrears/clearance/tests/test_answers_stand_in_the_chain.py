"""Every answer is on file with all it rested on; the rows cannot change behind its back; and
asked again from the record alone, the gate answers the same."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction

from arrears.casebook import queries as casebook
from arrears.casebook.actions import enter
from arrears.casebook.types import BookRows, FactKind
from arrears.clearance import actions, queries, witness
from arrears.clearance.tests.town import BOOK, HOUR, NOON, ask, asking, happened, people
from arrears.clearance.types import Asking, Known, Override, Proposal
from arrears.evidence import actions as evidence
from arrears.evidence import queries as chain
from arrears.evidence.tests.town import unguarded
from arrears.evidence.types import canonical
from arrears.evidence.verifying import verify
from arrears.rulebook import law

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def town(db):
    people()


def records(kind: str = "") -> list:
    evidence.seal()
    return [r for r in chain.records(first=1, last=10**9) if not kind or r.kind == kind]


def bodies(kind: str) -> list[dict]:
    return [json.loads(record.body) for record in records(kind)]


def everything_that_happens() -> None:
    """A bit of all the gate can be asked and can know."""
    ask("p1")
    ask("p2", channel="call", valid_for=15 * MINUTE)
    ask("night", at=NOON + 11 * HOUR)
    happened(FactKind.OBJECTION, "C2", account="A2", until="2026-07-01")
    ask("objected", "C2")
    ask("other account", "C2", account_ref="B2")
    happened(FactKind.ASKED_HOURS, "C5", hours="14:00-20:00")
    happened(FactKind.CALL_CONSENT, "C5", to="issuer", until="2027-01-01")
    ask("nurse", "C5")
    happened(FactKind.MAY_BE_IN, "C6", zones=["America/New_York", "Asia/Shanghai"], state="NY")
    happened(FactKind.OPTED_OUT, "C6", channel=["sms", "email"])
    ask("abroad", "C6", at=NOON + 9 * HOUR, channel="call")
    ask("opted out", "C6", at=NOON + 9 * HOUR)
    happened(FactKind.COMPLAINT, "C3")
    ask("overridden", "C3", override=Override("zhang", "asked us to ring back"))
    happened(FactKind.CONTACT_MADE, "C3", channel="call", outcome="conversation", point="mobile-1")
    ask("third", "C3", to="colleague", point="work-7", discloses=("debt",))
    actions.ask_many(askings=[asking(f"many{n}") for n in range(6)], book=BOOK, now=NOON)


def live() -> tuple[queries.Live, casebook.Live]:
    return queries.Live(), casebook.Live()


def findings() -> list[str]:
    evidence.seal()
    return [f"{f.kind} {f.customer_ref} {f.words.en}" for f in verify(live=live()).findings]


def test_an_answer_is_on_file_with_what_it_rested_on():
    happened(FactKind.CONTACT_MADE, channel="call", outcome="no_answer", point="mobile-1")
    clearance = ask(channel="call")
    (said,) = bodies("answer")
    assert (said["about"], said["question"], said["answer"]) == (clearance.key, "p1", "cleared")
    assert said["proposal"]["channel"] == "call" and said["proposal"]["at"] == "2026-06-10T04:00:00Z"
    assert [past["outcome"] for past in said["history"]] == ["no_answer"]
    assert said["book"] == BOOK and said["rules_on"] == "2026-06-10" and len(said["rules_sha256"]) == 64


def test_a_refusal_is_on_file_with_rule_and_reference():
    ask(at=NOON + 11 * HOUR)
    (said,) = bodies("answer")
    assert said["answer"] == "deferred" and said["cured_at"] == "2026-06-11T00:00:00Z"
    assert {each["rule"] for each in said["refusals"]} >= {"cn.cba2026.quiet_hours"}
    assert all(each["reference"] for each in said["refusals"])


def test_an_override_is_on_file_with_who_and_why():
    happened(FactKind.COMPLAINT)
    ask(override=Override("zhang", "asked us to ring back"))
    (said,) = bodies("answer")
    assert said["override"] == {"by": "zhang", "reason": "asked us to ring back"}


def test_use_and_release_are_on_file():
    used, given_back, expired = (ask(f"p{n}", valid_for=MINUTE) for n in range(3))
    actions.use(clearance_key=used.key, outcome="delivered", at=NOON)
    actions.release(clearance_keys=[given_back.key, used.key], because="paid", now=NOON)
    actions.release_expired(now=NOON + 3 * HOUR)
    assert [(b["about"], b["outcome"]) for b in bodies("used")] == [(used.key, "delivered")]
    assert [(b["about"], b["because"]) for b in bodies("released")] == [
        (given_back.key, "paid"), (expired.key, "expired unused")
    ]  # fmt: skip


def test_a_place_is_given_back_before_somebody_else_may_have_it():
    expired = ask("p1", valid_for=MINUTE)
    following = ask("p2", at=NOON + 3 * HOUR, now=NOON + 3 * HOUR)
    assert [record.about for record in records()] == [expired.key, expired.key, following.key]
    assert [record.kind for record in records()] == ["answer", "released", "answer"]


def test_the_same_question_asked_again_is_no_second_record():
    ask("p1")
    ask("p1")
    happened(FactKind.OBJECTION)
    happened(FactKind.OBJECTION)
    assert len(records()) == 2


def test_a_use_that_was_refused_leaves_no_record():
    clearance = ask()
    with pytest.raises(actions.UnableToUseClearance):
        actions.use(clearance_key=clearance.key, outcome="delivered", at=NOON + 20 * HOUR)
    assert bodies("used") == []


def test_an_answer_that_is_rolled_back_leaves_no_record():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask()
        1 / 0  # noqa: B018
    assert records() == []


def test_records_are_canonical_although_they_are_written_from_pieces():
    everything_that_happens()
    for record in records("answer"):
        assert record.body == canonical(json.loads(record.body))


def test_what_is_written_is_read_back():
    everything_that_happens()
    for said in bodies("answer"):
        then = witness.recalled(said)
        assert canonical(witness.proposal_said(then.proposal)) == canonical(said["proposal"])
        assert canonical(witness.known_said(then.known)) == canonical(said["known"])
        assert len(then.history) == len(said["history"])


def test_what_goes_without_saying_stays_what_it_is():
    """Old records leave these out. Whoever changes a default changes what old records say: write
    the key always from then on, and read old ones by the default they were written under."""
    assert {name: usual for name, usual in zip(witness._PROPOSAL.names, witness._PROPOSAL.usual, strict=True)
            if name not in witness._ALWAYS} == {
        "authorisation": "as it should be", "autodialled": False, "collectors": None, "consent": False, "discloses": (),
        "entry_consent": False, "identified": True, "identifies_as": None, "identity_proved": True,
        "notice_given": True, "opt_out_notice": True, "place": None, "point_source": None, "posts_in_public": False,
        "private_device": False, "recorded": True,
    }  # fmt: skip
    assert Known() == Known(
        zones=("Asia/Shanghai",), agreed_hours=(), asked_hours=(), consents=(), holds={},
        opted_out=frozenset(), refused_points=frozenset(), mobile_invalid=False, assigned_to=None,
        told_of_assignment=None, agency_on_list=None, entry_consent=frozenset(), robot_consent=None,
        mobile_invalid_at=None, consent_ends={}, agreed_attempts=None, state=None, household_debt=False, debt_names={},
    )  # fmt: skip


def test_asked_again_the_gate_answers_the_same():
    everything_that_happens()
    again = list(queries.replay(records()))
    assert len(again) == len(records("answer")) > 15
    assert [each for each in again if each.differences or not each.same_rules] == []


def test_a_contact_about_another_debt_rests_on_the_hold_on_that_debt():
    happened(FactKind.OBJECTION, "C2", account="B2")
    clearance = ask("about both", "C2", debts=("A2", "B2"))
    assert not clearance.cleared
    (said,) = bodies("answer")
    assert list(said["known"]["holds"]) == ["objection"]
    assert [each.differences for each in queries.replay(records())] == [()]


def many_people() -> list[str]:
    """Enough for a round, most of whom nothing tells apart."""
    refs = [f"R{number}" for number in range(150)]
    customers = [(ref, "张三", None, "Asia/Shanghai") for ref in refs]
    accounts = [(f"A{ref[1:]}", ref, "cn.card", "CNY", None, None, None) for ref in refs]
    enter(rows=BookRows(customers=customers, accounts=accounts), now=NOON)
    for number, ref in enumerate(refs[:60]):
        account, at = f"A{ref[1:]}", NOON - number * MINUTE
        if number % 3 == 0:
            happened(FactKind.CONTACT_MADE, ref, at=at, channel="call", outcome="no_answer", point="mobile-1")
        elif number % 3 == 1:
            happened(FactKind.OBJECTION, ref, at=at, account=account)
        else:
            happened(FactKind.ASKED_HOURS, ref, at=at, hours="14:00-20:00")
    return refs


ODD = 'to say "A, (B)\\'  # a purpose rows, arrays and JSON must write with care


def test_a_round_leaves_rows_and_records_that_say_the_same_and_answer_the_same():
    refs = many_people()
    for turn, channel in enumerate(["sms", "call", "sms", "email"]):
        asked = [
            asking(
                f"{turn} \\ {ref}",
                ref,
                channel=channel,
                purpose=ODD,
                point=f'work\'s "{ref}"' if turn else "m1",
            )
            for ref in refs
        ]
        given = actions.ask_many(askings=asked, book=BOOK, now=NOON)
        assert [each.proposal_key for each in given] == [each.key for each in asked]
    assert findings() == []
    again = list(queries.replay(records()))
    assert len(again) == 4 * len(refs)
    assert [each for each in again if each.differences or not each.same_rules] == []
    assert {past["purpose"] for said in bodies("answer")[-1:] for past in said["history"]} == {ODD}


def test_under_another_days_rules_each_difference_names_its_rule():
    """Before 2026-01-30 nobody counted attempts per number."""
    for number in range(8):
        happened(FactKind.CONTACT_MADE, at=NOON - (number + 1) * MINUTE, channel="call", point="mobile-1")
    ask(channel="call")
    (again,) = queries.replay(records(), rules_on=date(2026, 1, 29))
    differences = {each.rule_id: (each.then, each.now) for each in again.differences}
    assert differences["cn.cba2026.attempts_per_point"][1] == "does not refuse"
    assert not again.same_rules and again.rules_on == date(2026, 1, 29)


def test_a_rule_changed_in_retrospect_shows_in_the_replay(home):
    ask()
    policy = home / "policy"
    policy.mkdir(parents=True)
    (policy / "stricter.yaml").write_text(STRICTER, "utf-8")
    try:
        (again,) = queries.replay(records())
    finally:
        law.load_policies.cache_clear()
    assert not again.same_rules
    assert [each.rule_id for each in again.differences] == ["cn.cba2026.quiet_hours", ""]


STRICTER = """
title: {zh: 更严, en: Stricter}
books: [cn.card_issuer]
tighten:
  - rule: cn.cba2026.quiet_hours
    from: 2026-01-30
    value: {hours: "14:00-18:00"}
    reason: {zh: 试, en: trial}
"""


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("verdict = 'cleared', not_before = at, until = at, cured_at = null", "answer"),
        ("at = at + interval '1 hour'", "proposal"),
        ("more = '{\"recorded\": false}'", "proposal"),
        ("refusals = '[]'", "refusals"),
        ("rules_on = '2025-01-01'", "rules_on"),
        ("customer_ref = 'C2'", "customer"),
        ("recorded_at = recorded_at - interval '1 day'", "recorded_at"),
        ("override_reason = 'later', overridden_by = 'li'", "override"),
    ],
)
def test_a_row_changed_behind_the_chains_back_is_named(change, column):
    ask(at=NOON + 11 * HOUR)
    assert findings() == []
    with unguarded() as cursor:
        cursor.execute(f"update clearance_clearance set {change}")
    assert any(said.startswith(f"answer C1 the row's {column} says") for said in findings())


def test_a_use_nobody_told_the_chain_of_is_named():
    ask()
    with unguarded() as cursor:
        cursor.execute("update clearance_clearance set used_at = at, outcome = 'delivered'")
    assert {said.split(" says")[0] for said in findings()} == {
        "answer C1 the row's used_at", "answer C1 the row's outcome"
    }  # fmt: skip


def test_a_row_taken_out_and_a_row_put_in_are_named():
    ask()
    evidence.seal()
    with unguarded() as cursor:
        cursor.execute("update clearance_clearance set key = gen_random_uuid()")
    assert findings() == [
        "answer C1 the row it speaks of is gone",
        "answer C1 a row nobody told the chain of",
    ]


def test_a_fact_changed_behind_the_chains_back_is_named():
    happened(FactKind.OBJECTION, hours="x", rate=0.5)
    assert findings() == []
    with unguarded() as cursor:
        cursor.execute("update casebook_fact set happened_at = happened_at + interval '1 day'")
    (said,) = findings()
    assert said.startswith("fact C1 the row's happened_at says")


def test_all_that_happens_agrees_with_its_rows():
    everything_that_happens()
    used = ask("to use", "C2", account_ref="B2", channel="email")
    actions.use(clearance_key=used.key, outcome="delivered", at=NOON)
    actions.release_expired(now=NOON + 30 * HOUR)
    assert findings() == []


def test_a_proposal_about_no_debt_in_particular_agrees_with_its_row():
    question = Asking("p1", "C1", Proposal(at=NOON, channel="sms"), "A1")
    actions.ask(asking=question, book=BOOK, now=NOON)
    actions.ask(asking=replace(question, key="p2", account_ref=None), book=BOOK, now=NOON)
    assert findings() == []
