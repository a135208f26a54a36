"""Properties of the gate, tried on generated people, histories and proposals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.clearance.core import clear
from arrears.clearance.core import gate as gate_module
from arrears.clearance.core.dossier import Dossier
from arrears.clearance.core.verdicts import verdict_on
from arrears.clearance.types import CHANNELS, Asking, Consent, Hold, Known, PastContact, Proposal, Wish
from arrears.kernel.hours import Hours
from arrears.rulebook.law import NO_POLICY, load_law

BOOKS = sorted(load_law().books)
ZONES = ["Asia/Shanghai", "America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Kolkata"]
# Around both changes of the clocks in New York and London, and an ordinary week.
WEEKS = [
    datetime(2026, 3, 6, tzinfo=UTC),
    datetime(2026, 10, 23, tzinfo=UTC),
    datetime(2026, 6, 8, tzinfo=UTC),
]
HOLDS = [
    "objection", "dispute", "complaint", "hardship", "wrong_amount_suspected", "agreement_performing",
    "fraud", "incapacity", "minor", "litigation", "bankrupt", "breathing_space", "mental_health_crisis",
    "debt_counsellor", "deceased", "attorney", "cease_request", "employer_prohibits", "vulnerable",
]  # fmt: skip
SECOND = timedelta(seconds=1)

people = st.sampled_from(["debtor", "guarantor", "spouse", "third_person", "referee", "executor", "attorney"])
points = st.sampled_from([None, "mobile-1", "mobile-2", "work-1"])
callers = st.sampled_from(["issuer", "agency:A", "C1"])
channels = st.sampled_from(sorted(CHANNELS))
debts = st.sampled_from([(), ("A",), ("A", "B")])
moments = st.builds(
    lambda week, seconds: week + timedelta(seconds=seconds),
    st.sampled_from(WEEKS),
    st.integers(0, 9 * 24 * 3600),
)
days = st.dates(date(2026, 3, 1), date(2026, 3, 20)) | st.dates(date(2026, 6, 1), date(2026, 6, 20))
hours = st.sampled_from(["22:00-24:00", "14:00-20:00", "02:15-02:45", "01:00-02:30", "23:00-07:00"]).map(
    Hours.read
)
wishes = st.lists(
    st.builds(Wish, hours, st.none() | days, st.none() | days, st.just(frozenset(range(7)))), max_size=2
).map(tuple)
holds = st.builds(Hold, st.sampled_from(HOLDS), st.none() | days, st.none())
proposals = st.builds(
    Proposal,
    at=moments,
    channel=channels,
    direction=st.sampled_from(["out", "out", "out", "in"]),
    to=people,
    point=points,
    by=callers,
    debts=debts,
    purpose=st.sampled_from(
        ["collect", "collect", "ask_to_pass_on_message", "locate", "service", "answer_objection"]
    ),
    place=st.sampled_from([None, "door", "office"]),
    recorded=st.sampled_from([True, True, False]),
    discloses=st.sampled_from([(), (), ("amount",)]),
)
past = st.builds(
    PastContact,
    at=moments,
    channel=channels,
    direction=st.sampled_from(["out", "out", "in"]),
    to=people,
    point=points,
    by=callers,
    debts=debts,
    outcome=st.sampled_from(["no_answer", "conversation", "busy", "not_in_service", "voicemail", "refused"]),
)
histories = st.lists(past, max_size=12)
knowns = st.builds(
    Known,
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True).map(tuple),
    agreed_hours=wishes,
    asked_hours=wishes,
    consents=st.lists(st.builds(Consent, days), max_size=1).map(tuple),
    holds=st.lists(holds, max_size=2).map(lambda found: {hold.kind: hold for hold in found}),
    opted_out=st.frozensets(channels, max_size=2),
    assigned_to=st.sampled_from([None, "agency:A"]),
    told_of_assignment=st.sampled_from([None, True, True, False]),
    agency_on_list=st.sampled_from([None, True, False]),
    state=st.sampled_from([None, "MA"]),
)
books = st.sampled_from(BOOKS)
few = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ask(proposal: Proposal, known: Known, history: list[PastContact], book: str, **more: Any) -> Any:
    return clear(proposal, known, history, book=book, on=date(2026, 6, 10), **more)


@few
@given(proposals, knowns, histories, books, holds)
def test_another_hold_never_clears_what_was_refused(
    proposal: Proposal, known: Known, history: list[PastContact], book: str, hold: Hold
) -> None:
    more = replace(known, holds={**known.holds, hold.kind: replace(hold, since=None)})
    if not ask(proposal, known, history, book).cleared:
        assert not ask(proposal, more, history, book).cleared


@few
@given(proposals, knowns, histories, books)
def test_house_policy_never_clears_more_than_the_law(
    proposal: Proposal, known: Known, history: list[PastContact], book: str
) -> None:
    if ask(proposal, known, history, book).cleared:
        assert ask(proposal, known, history, book, policy=NO_POLICY).cleared


TIGHTENED = """title: {{zh: 从严, en: stricter}}
books: {books}
tighten:
- {{rule: cn.cba2026.attempts_per_point, from: 2026-01-01, value: {{most: {most}}}, reason: {{zh: 严, en: strict}}}}
- {{rule: us.regf.calls_in_seven_days, from: 2026-01-01, value: {{most: {most}, days: 7}}, reason: {{zh: 严, en: own}}}}
- {{rule: cn.cba2026.quiet_hours, from: 2026-01-01, value: {{hours: "{hours}"}}, reason: {{zh: 严, en: strict}}}}
"""


@pytest.fixture(scope="session")
def tightened(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Policies, each tighter than the one before."""
    folders = []
    for most, hours in ((5, "08:30-21:00"), (3, "09:00-20:00"), (0, "10:00-12:00")):
        folders.append(tmp_path_factory.mktemp("policy"))
        text = TIGHTENED.format(books=BOOKS, most=most, hours=hours)
        (folders[-1] / "own.yaml").write_text(text, "utf-8")
    return folders


@few
@given(proposals, knowns, histories, books)
def test_a_tighter_house_policy_never_clears_more(
    tightened: list[Path], proposal: Proposal, known: Known, history: list[PastContact], book: str
) -> None:
    cleared = [ask(proposal, known, history, book, policy=(folder,)).cleared for folder in tightened]
    cleared.insert(0, ask(proposal, known, history, book, policy=NO_POLICY).cleared)
    assert cleared == sorted(cleared, reverse=True)


@few
@given(proposals, knowns, st.lists(past, max_size=8), books, st.randoms(), moments)
def test_the_order_in_which_facts_are_read_does_not_matter(
    proposal: Proposal, known: Known, history: list[PastContact], book: str, random: Any, moment: datetime
) -> None:
    together = [
        contact._replace(at=moment) if number % 2 else contact for number, contact in enumerate(history)
    ]
    mixed = random.sample(together, len(together))
    assert ask(proposal, known, together, book) == ask(proposal, known, mixed, book)


@few
@given(proposals, knowns, histories, books, st.booleans())
def test_alone_or_one_of_many_the_answer_is_that_of_every_rule_asked(
    proposal: Proposal, known: Known, history: list[PastContact], book: str, no_facts: bool
) -> None:
    known = Known(zones=known.zones[:1]) if no_facts else known
    dossier = Dossier(known, {}, tuple(history), no_facts=no_facts)
    asking, on = Asking("p1", "C1", proposal), proposal.at.astimezone(ZoneInfo(known.zones[0])).date()
    each_rule = clear(proposal, known, history, book=book, on=on, policy=NO_POLICY)
    for many in (False, True):
        assert verdict_on(asking, dossier, book=book, policy=NO_POLICY, one_of_many=many) == each_rule


@few
@given(proposals, knowns, histories, books)
def test_a_refusal_says_truly_from_when(
    proposal: Proposal, known: Known, history: list[PastContact], book: str
) -> None:
    verdict = ask(proposal, known, history, book)
    if verdict.cured_at is not None:
        assert ask(replace(proposal, at=verdict.cured_at), known, history, book).cleared
        assert not ask(replace(proposal, at=verdict.cured_at - SECOND), known, history, book).cleared


@few
@given(proposals, knowns, histories, books)
def test_every_rule_says_truly_when_it_alone_would_pass(
    proposal: Proposal, known: Known, history: list[PastContact], book: str
) -> None:
    for refusal in ask(proposal, known, history, book).refusals:
        if refusal.cured_at is not None:
            then = ask(replace(proposal, at=refusal.cured_at), known, history, book)
            before = ask(replace(proposal, at=refusal.cured_at - SECOND), known, history, book)
            assert refusal.rule_id not in {later.rule_id for later in then.refusals}
            assert refusal.rule_id in {earlier.rule_id for earlier in before.refusals}


@few
@given(proposals, knowns, books)
def test_a_clearance_holds_until_it_says(proposal: Proposal, known: Known, book: str) -> None:
    known = replace(known, holds={})
    verdict = ask(proposal, known, [], book)
    if verdict.cleared and verdict.until is not None:
        assert verdict.until >= proposal.at
        last = max(proposal.at, verdict.until - SECOND)
        assert ask(replace(proposal, at=last), known, [], book).cleared
        assert not ask(replace(proposal, at=verdict.until + SECOND), known, [], book).cleared


@few
@given(proposals, knowns, histories, books, past)
def test_another_attempt_never_clears_a_call_to_the_debtor(
    proposal: Proposal, known: Known, history: list[PastContact], book: str, contact: PastContact
) -> None:
    known = replace(known, consents=())
    proposal = replace(proposal, to="debtor")
    if not ask(proposal, known, history, book).cleared:
        assert not ask(proposal, known, [*history, contact], book).cleared


def test_every_rule_file_is_carried_out_and_every_function_has_its_file() -> None:
    of_contacts = {rule_id for rule_id, file in load_law().rules.items() if file.stops != "words"}
    assert gate_module.rules_carried_out() == of_contacts
