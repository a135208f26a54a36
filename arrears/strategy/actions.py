"""Recording what was decided and what became of it."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from arrears.strategy.models import Case, Proposal, ProposalState

_CASE_FIELDS = ["on_date", "step", "title", "why", "priority", "again_on"]


def record_cases(*, cases: Sequence[Case]) -> None:
    """Put each account where it stands on the ladder today."""
    Case.objects.bulk_create(
        cases, update_conflicts=True, unique_fields=["account"], update_fields=_CASE_FIELDS
    )


def record_proposals(*, proposals: Sequence[Proposal]) -> None:
    """Keep proposals with their fate; one already recorded (same key) stays as it is."""
    Proposal.objects.bulk_create(proposals, ignore_conflicts=True)


def note_outcomes(*, states: Mapping[str, ProposalState]) -> int:
    """What became of planned proposals, by key. Settled ones are left alone."""
    changed = 0
    for state in set(states.values()):
        keys = [key for key, became in states.items() if became == state]
        changed += _open().filter(key__in=keys).update(state=state)
    return changed


def _open() -> QuerySet[Proposal]:
    return Proposal.objects.filter(state=ProposalState.PLANNED)
