"""An agreement as postings on the card, so that the ledger honours what was quoted.

A plan in parts takes its principal off the card on the day agreed and gives it back,
instalment by instalment, each with its fee: the reckoner's own way (`reckoning/instalments.py`),
on the days agreed. Ended, what is left falls due at once. The refs make writing twice the
same as writing once, and let the bank's own lines for the same be recognised.
"""

from collections.abc import Iterator
from datetime import date

from arrears.arrangements.types import Part, Schedule
from arrears.casebook.types import Movement, MovementKind


def plan_postings(
    key: str, schedule: Schedule, *, until: date, ended: date | None = None, left: tuple[int, int] = (0, 0)
) -> tuple[Movement, ...]:
    """What is posted by the end of `until`. ended: the day the plan ended early, when `left`
    (principal and fees not posted before) falls due."""
    kept = [part for part in schedule.parts if part.day <= min(until, ended or until)]
    posted = [
        _movement(
            f"{key}:agreed", MovementKind.CREDIT_ADJUSTMENT, schedule.principal_cents, schedule.agreed_date
        ),
        *(posting for part in kept for posting in _part(key, part)),
    ]
    if ended:
        posted += _rest(key, ended, left)
    return tuple(posting for posting in posted if posting.cents)


def _part(key: str, part: Part) -> Iterator[Movement]:
    yield _movement(f"{key}:{part.number}", MovementKind.INSTALMENT, part.principal_cents, part.day)
    yield _movement(f"{key}:{part.number}:fee", MovementKind.FEE, part.fee_cents, part.day)


def _rest(key: str, day: date, left: tuple[int, int]) -> Iterator[Movement]:
    yield _movement(f"{key}:rest:{day}", MovementKind.INSTALMENT, left[0], day)
    yield _movement(f"{key}:rest:{day}:fee", MovementKind.FEE, left[1], day)


def rest_to_post(schedule: Schedule, *, ended: date, early_fee: int = 0) -> tuple[int, int]:
    """(principal, fee) that falls due when the plan ends early: the running month's fee, no later one."""
    ahead = [part for part in schedule.parts if part.day > ended]
    principal = sum(part.principal_cents for part in ahead)
    fee = ahead[0].fee_cents if ahead else 0
    return principal, fee + (2 * principal * early_fee + 1_000_000) // 2_000_000


def waiver(key: str, cents: int, day: date) -> Movement:
    """What is given up."""
    return _movement(f"{key}:waiver", MovementKind.WAIVER, cents, day)


def _movement(ref: str, kind: MovementKind, cents: int, day: date) -> Movement:
    return Movement(ref, kind, cents, day, source="desk")
