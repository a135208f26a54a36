"""Deciding, and recording what was decided and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from arrears.casebook import queries as casebook
from arrears.strategy.core import decide
from arrears.strategy.ladder import load_ladder
from arrears.strategy.models import Case, Proposal
from arrears.strategy.types import CaseSeen, Decision, ProposalMade, ProposalState

_CASE_FIELDS = ["on_date", "step", "title", "why", "priority", "days_past_due", "again_on"]


def decide_cases(*, cases: Sequence[CaseSeen], on: date) -> list[Decision]:
    """Where each case stands on the ladder that day, in the order given; the work list follows."""
    ladder = load_ladder()
    decisions = [decide(case, ladder=ladder, on=on) for case in cases]
    keys = casebook.account_keys([case.owed.account_ref for case in cases])
    rows = [
        _case(keys[case.owed.account_ref], case, decision, on)
        for case, decision in zip(cases, decisions, strict=True)
    ]
    Case.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["account"], update_fields=_CASE_FIELDS
    )
    return decisions


def _case(account_id: int, case: CaseSeen, decision: Decision, on: date) -> Case:
    return Case(
        account_id=account_id,
        on_date=on,
        step=decision.step,
        title=decision.title.as_json(),
        why=decision.why.as_json(),
        priority=decision.priority,
        days_past_due=case.owed.days_past_due,
        again_on=decision.again_on,
    )


def record_proposals(*, proposals: Sequence[ProposalMade], now: datetime) -> None:
    """Keep proposals with their fate; one already recorded (same key) stays as it is."""
    accounts = casebook.account_keys([proposal.account_ref for proposal in proposals])
    customers = casebook.customer_keys([proposal.customer_ref for proposal in proposals])
    rows = [
        _proposal(made, accounts[made.account_ref], customers[made.customer_ref], now) for made in proposals
    ]
    Proposal.objects.bulk_create(rows, ignore_conflicts=True)


def _proposal(made: ProposalMade, account_id: int, customer_id: int, now: datetime) -> Proposal:
    wish = made.decision.wish
    return Proposal(
        key=made.key,
        account_id=account_id,
        customer_id=customer_id,
        on_date=made.on_date,
        step=made.decision.step,
        template=wish.template if wish else "",
        channel=wish.channel if wish else "",
        point=wish.point if wish else "",
        purpose=wish.purpose if wish else "",
        planned_at=made.planned_at,
        state=made.state,
        why=made.decision.why.as_json(),
        reasons=[
            {"rule": each.rule, "reference": each.reference, **each.words.as_json()} for each in made.reasons
        ],
        until_at=made.until_at,
        recorded_at=now,
    )


def note_outcomes(*, states: Mapping[str, ProposalState]) -> int:
    """What became of planned proposals, by key. Settled ones are left alone."""
    changed = 0
    for state in set(states.values()):
        keys = [key for key, became in states.items() if became == state]
        open_still = Proposal.objects.filter(state=ProposalState.PLANNED, key__in=keys)
        changed += open_still.update(state=state)
    return changed
