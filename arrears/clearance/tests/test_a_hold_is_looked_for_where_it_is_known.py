"""A rule about a hold is asked only where that hold is known: so it must say nothing where it is not."""

from datetime import UTC, date, datetime

import pytest

from arrears.casebook.types import HOLDS
from arrears.clearance.core import rules_carried_out
from arrears.clearance.core.dossier import WHILE
from arrears.clearance.core.question import Question, carried_out
from arrears.clearance.types import CHANNELS, Hold, Known, Proposal
from arrears.rulebook.law import NO_POLICY, Rule, load_law, rules_in_force

NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)
rules_carried_out()
KINDS = {str(kind) for kind in HOLDS} | {hold for _, hold in WHILE.values()}
ABOUT_HOLDS = {
    rule.id: rule
    for book in load_law().books
    for rule in rules_in_force(book, date(2026, 6, 10), policy=NO_POLICY)
    if rule.id in carried_out and carried_out[rule.id].hold
}
PROPOSALS = [
    Proposal(at=NOON, channel=channel, to=to, purpose=purpose, point=point, place=place)
    for channel in sorted(CHANNELS)
    for to in ("debtor", "guarantor", "third_person")
    for purpose in ("collect", "sue", "threaten_suit", "callback")
    for point in (None, "work-1")
    for place in (None, "office")
]


def says(rule: Rule, proposal: Proposal, kinds: set[str]) -> object:
    holds = {kind: Hold(kind, detail="*" if kind == "inconvenient_place" else None) for kind in kinds}
    return carried_out[rule.id].function(Question(proposal, Known(holds=holds), ()), rule)


@pytest.mark.parametrize("rule", ABOUT_HOLDS.values(), ids=ABOUT_HOLDS)
def test_a_rule_about_a_hold_says_nothing_of_any_other(rule):
    others = KINDS - {carried_out[rule.id].hold}
    assert [proposal for proposal in PROPOSALS if says(rule, proposal, others) is not None] == []


@pytest.mark.parametrize("rule", ABOUT_HOLDS.values(), ids=ABOUT_HOLDS)
def test_a_rule_about_a_hold_refuses_something_where_it_is_known(rule):
    hold = carried_out[rule.id].hold
    assert hold in KINDS  # a name no fact gives would never be asked about
    assert any(says(rule, proposal, {hold}) is not None for proposal in PROPOSALS)
