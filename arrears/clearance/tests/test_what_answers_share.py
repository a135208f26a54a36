"""What many answers have in common is worked out once; each row and record says what it alone would."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.casebook.types import Fact, FactKind
from arrears.clearance import witness
from arrears.clearance.alike import Bulk
from arrears.clearance.casting import Decided, answers_sheet, decide, written
from arrears.clearance.dossiers import Person
from arrears.clearance.types import Asking, Known, Override, PastContact, Proposal
from arrears.evidence.types import canonical, written_out
from arrears.kernel.straight import text_array
from arrears.rulebook.law import NO_POLICY

NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = {"book": "cn.card_issuer", "policy": NO_POLICY}
BOOKS = ["cn.card_issuer", "us.third_party_collector", "uk.lender", "hk.bank"]

names = st.sampled_from(["A1", "A2", "客户", 'a "b"', "back\\slash", "tab\there", "line\nend", "\x1f", "\\N"])
few = st.sampled_from(["A1", "A2", "A3"])
moments = st.sampled_from([NOON - 3 * HOUR, NOON - 2 * HOUR, NOON - 30 * HOUR, NOON + 20 * HOUR])
debts = st.lists(few, max_size=2).map(tuple)


def contacts(name):
    return st.builds(
        PastContact,
        at=moments,
        channel=st.sampled_from(["call", "sms"]),
        direction=st.sampled_from(["out", "out", "in"]),
        to=st.sampled_from(["debtor", "debtor", "spouse"]),
        point=st.none() | name,
        debts=st.lists(name, max_size=2).map(tuple),
        outcome=st.sampled_from(["no_answer", "conversation", "planned"]),
        consent=st.booleans(),
    )


def places(name):
    words = st.builds(
        "({},out,debtor,issuer,collect,{},{})".format,
        st.sampled_from(["sms", "call"]),
        st.sampled_from(['""', "no_answer", "conversation"]),
        st.sampled_from(["{}", "{}", '"{""debts"": [""A1"", ""A2""]}"', '"{""consent"": true}"']),
    )
    return st.tuples(st.just("C1"), st.just("key"), st.none() | name, st.just("") | name, moments, words)


facts = st.builds(
    lambda kind, account, at, payload: Fact(
        f"{kind}{at}{account}", kind, at, at, "C1", account, payload, "test"
    ),
    st.sampled_from(
        [
            FactKind.ASKED_HOURS,
            FactKind.OPTED_OUT,
            FactKind.OBJECTION,
            FactKind.COMPLAINT,
            FactKind.INCONVENIENT_PLACE,
            FactKind.MAY_BE_IN,
        ]
    ),
    st.none() | few,
    st.sampled_from([NOON - 3 * HOUR, NOON - 5 * HOUR, NOON - 30 * HOUR]),
    st.sampled_from(
        [{}, {"hours": "14:00-20:00"}, {"channel": "sms"}, {"place": "A1"}, {"zones": ["Asia/Urumqi"]}]
    ),
)


def persons(name):
    return st.builds(
        Person,
        st.sampled_from(["Asia/Shanghai", "Asia/Shanghai", "America/New_York"]),
        st.lists(facts, max_size=2) | st.just([]),
        st.lists(st.tuples(st.just(""), contacts(name)), max_size=3) | st.just([]),
        st.lists(places(name), max_size=4),
    )


askings = st.builds(
    Asking,
    key=names,
    customer_ref=names,
    proposal=st.builds(
        Proposal,
        at=st.sampled_from([NOON, NOON + 11 * HOUR]),
        channel=st.sampled_from(["call", "sms"]),
        point=st.none() | names,
        debts=st.lists(names, max_size=2).map(tuple),
        discloses=st.sampled_from([(), ("debt",)]),
    ),
    account_ref=st.none() | names,
    valid_for=st.sampled_from([None, timedelta(minutes=15)]),
    override=st.sampled_from([None, Override('li "x"', "asked\tus")]),
)


def record_alone(each: Decided, person: Person) -> str:
    """The record in one piece, from the question and its answer alone."""
    asking, answer, _ = each
    override = asking.override if answer.overridden_by else None
    dossier = person.dossier()
    known = dossier.known_for(asking.account_ref, asking.proposal.debts)
    return canonical(
        {
            "about": answer.key,
            "account": asking.account_ref,
            "answer": answer.answer.value,
            "book": answer.book,
            "cured_at": answer.cured_at,
            "customer": asking.customer_ref,
            "history": [witness._PAST.plain(past) for past in dossier.history],
            "kind": "answer",
            "known": witness.known_said(Known(zones=known.zones) if dossier.no_facts else known),
            "not_before": answer.not_before,
            "override": {"by": override.by, "reason": override.reason} if override else None,
            "proposal": witness.proposal_said(asking.proposal),
            "question": asking.key,
            "recorded_at": NOON,
            "refusals": [witness.refusal_said(each) for each in answer.refusals],
            "rules_on": answer.rules_on,
            "rules_sha256": witness.rules_digest(answer.book, answer.rules_on, NO_POLICY),
            "until": answer.until,
            "valid_seconds": int(asking.valid_for.total_seconds()) if asking.valid_for else None,
        }
    )


def bodies(decided: list[Decided]) -> list[str]:
    sheet = answers_sheet(now=NOON)
    written(decided, sheet, now=NOON)
    return [written_out(sheet.moulds(), line)[1] for line in sheet.lines]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(askings, persons(names)), min_size=1, max_size=5), st.booleans())
def test_each_record_says_what_it_would_say_alone(asked, in_bulk):
    answer = Bulk(**RULES).decide if in_bulk else lambda *question: decide(*question, **RULES)
    decided = [answer(asking, person, f"key{number}") for number, (asking, person) in enumerate(asked)]
    assert bodies(decided) == [
        record_alone(each, person) for each, (_, person) in zip(decided, asked, strict=True)
    ]
    rows = written(decided, answers_sheet(now=NOON), now=NOON)
    assert rows["keys"] == text_array([each.answer.key for each in decided])
    assert rows["questions"] == text_array([asking.key for asking, _ in asked])
    assert rows["customers"] == text_array([asking.customer_ref for asking, _ in asked])
    assert rows["accounts"] == text_array([asking.account_ref or "" for asking, _ in asked])
    assert rows["points"] == text_array([asking.proposal.point or "" for asking, _ in asked])
    words = json.loads(rows["words"])
    numbers = map(int, rows["numbers"].strip("{}").split(","))
    assert [words[number - 1] for number in numbers] == [json.loads(each.cast.row) for each in decided]


def test_the_hour_that_comes_twice_is_two_hours():
    """1:30 in New York on the night the clocks go back: Python says the two are equal."""
    place = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 1, 30, tzinfo=place)
    again = first.replace(fold=1)
    assert first == again and again.astimezone(UTC) - first.astimezone(UTC) == HOUR
    home, rules = Person("America/New_York"), {"book": "us.creditor", "policy": NO_POLICY}
    letter = Asking("p1", "C1", Proposal(at=first, channel="letter"), valid_for=timedelta(minutes=10))
    answers = [
        decide(replace(letter, proposal=replace(letter.proposal, at=at)), home, "k", **rules).answer
        for at in (first, again)
    ]
    assert [answer.cleared for answer in answers] == [True, True]
    assert answers[1].not_before - answers[0].not_before == HOUR
    assert answers[1].until - answers[0].until == HOUR
