"""What many answers have in common is worked out once; each row and record says what it alone would."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.clearance import records, witness
from arrears.clearance.casting import Decided, decide, written
from arrears.clearance.core.dossier import Dossier
from arrears.clearance.dossiers import nothing_known
from arrears.clearance.types import Asking, Hold, Known, Override, PastContact, Proposal
from arrears.evidence.types import canonical, written_out
from arrears.rulebook.law import NO_POLICY

NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = {"book": "cn.card_issuer", "policy": NO_POLICY}

names = st.sampled_from(["A1", "A2", "客户", 'a "b"', "back\\slash", "tab\there", "line\nend", "\x1f", "\\N"])
pasts = st.builds(
    PastContact,
    at=st.sampled_from([NOON - 3 * HOUR, NOON - 30 * HOUR]),
    channel=st.sampled_from(["call", "sms"]),
    point=st.none() | names,
    debts=st.lists(names, max_size=2).map(tuple),
    outcome=st.sampled_from(["no_answer", "conversation", "planned"]),
    consent=st.booleans(),
)
dossiers = st.builds(
    lambda holds, history, no_facts: (
        Dossier(nothing_known("Asia/Shanghai").known, {}, tuple(history), no_facts=True)
        if no_facts
        else Dossier(Known(holds={kind: Hold(kind) for kind in holds}), {}, tuple(history))
    ),
    st.lists(st.sampled_from(["complaint", "objection"]), max_size=1),
    st.lists(pasts, max_size=3),
    st.booleans(),
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


def record_alone(each: Decided) -> str:
    """The record in one piece, from the question and its answer alone."""
    asking, dossier, answer, _ = each
    override = asking.override if answer.overridden_by else None
    known = Known(zones=dossier.known.zones) if dossier.no_facts else dossier.known_for(asking.account_ref)
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
            "known": witness.known_said(known),
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


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(askings, dossiers), min_size=1, max_size=5), st.booleans())
def test_each_record_says_what_it_would_say_alone(asked, one_of_many):
    decided = [
        decide(asking, dossier, f"key{number}", **RULES, one_of_many=one_of_many)
        for number, (asking, dossier) in enumerate(asked)
    ]
    rows, sheet = written(decided, now=NOON)
    bodies = [written_out(sheet.moulds(), line)[1] for line in sheet.lines]
    assert bodies == [record_alone(each) for each in decided]
    words = [each.cast.row for each in decided]
    told = zip(decided, words, strict=True)
    assert rows == [records.row(d.answer.key, d.asking, row, NOON.isoformat()) for d, row in told]


def test_the_hour_that_comes_twice_is_two_hours():
    """1:30 in New York on the night the clocks go back: Python says the two are equal."""
    place = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 1, 30, tzinfo=place)
    again = first.replace(fold=1)
    assert first == again and again.astimezone(UTC) - first.astimezone(UTC) == HOUR
    home, rules = nothing_known("America/New_York"), {"book": "us.creditor", "policy": NO_POLICY}
    letter = Asking("p1", "C1", Proposal(at=first, channel="letter"), valid_for=timedelta(minutes=10))
    answers = [
        decide(replace(letter, proposal=replace(letter.proposal, at=at)), home, "k", **rules).answer
        for at in (first, again)
    ]
    assert [answer.cleared for answer in answers] == [True, True]
    assert answers[1].not_before - answers[0].not_before == HOUR
    assert answers[1].until - answers[0].until == HOUR
