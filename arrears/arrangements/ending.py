"""How an agreement ends: the fact at the source, what is left on the ledger, what is given up."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from arrears.arrangements import ground, models
from arrears.arrangements.core.drafting import debt_of
from arrears.arrangements.core.posting import plan_postings, rest_to_post, waiver
from arrears.arrangements.core.quoting import schedule_from
from arrears.arrangements.seeing import content
from arrears.arrangements.types import IN_PARTS, AgreementState, Kind
from arrears.casebook import actions as casebook_actions
from arrears.casebook.types import FactKind, Movement, MovementKind
from arrears.kernel.words import Words

NEW_DEBT = frozenset(
    {MovementKind.PURCHASE, MovementKind.CASH_ADVANCE, MovementKind.FEE, MovementKind.INSTALMENT}
)


def end(
    agreement: models.Agreement,
    state: AgreementState,
    *,
    on: date,
    because: Words,
    now: datetime,
    by: str = "round",
    at: datetime | None = None,
) -> None:
    """End it on a day. at: the moment it counts from, the end of that day where not given.

    A plan that ends before its last instalment leaves what is left of its principal due at
    once: the debt by the terms agreed, nothing added for the past. A settlement that was
    kept gives up the rest.
    """
    moment = at or min(ground.day_end(on), now)
    agreement.state, agreement.ended_date, agreement.ended_because = state, on, because.as_json()
    agreement.save()
    ground.tell(
        FactKind.AGREEMENT,
        f"agreement:{agreement.key}:{state}:{on}",
        account_ref=agreement.account.ref,
        customer_ref=agreement.offer.customer.ref,
        at=moment,
        now=now,
        by=by,
        state=str(state),
        agreement=agreement.key,
        kind=agreement.kind,
        because=because.as_json(),
    )
    _on_the_ledger(agreement, state, on, now)


def _on_the_ledger(agreement: models.Agreement, state: AgreementState, on: date, now: datetime) -> None:
    if Kind(agreement.kind) in IN_PARTS:
        _post_rest(agreement, on, early=state is AgreementState.DONE, now=now)
    elif agreement.kind == Kind.SETTLEMENT and state is AgreementState.DONE:
        _give_up_the_rest(agreement, on, now)


def _post_rest(agreement: models.Agreement, on: date, *, early: bool, now: datetime) -> None:
    said = content(agreement.offer)
    schedule = schedule_from(said)
    # Broken or replaced, only what is left of the principal: no fee for months that never come.
    rest = rest_to_post(schedule, ended=on, early_fee=said["early_fee_millionths"])
    left = rest if early else (rest[0], 0)
    key = said["key"]
    post(agreement, plan_postings(key, schedule, until=on, ended=on, left=left), now=now)


def _give_up_the_rest(agreement: models.Agreement, on: date, now: datetime) -> None:
    """What was owed when it was agreed and is still: what was bought since is not given up."""
    history = ground.history_of(agreement.account.ref)
    since = ground.house_day(agreement.agreed_at)
    new = sum(one.cents for one in history.movements if one.kind in NEW_DEBT and one.posted_date > since)
    left = debt_of(history, on=ground.house_day(now)).owed.payoff_cents - new
    if left > 0:
        key = content(agreement.offer)["key"]
        post(agreement, [waiver(key, left, ground.house_day(now))], now=now)
        tell_step(agreement, "rest_given_up", f"{on}", by="round", now=now, cents=left)


def undo_end(agreement: models.Agreement, *, now: datetime) -> None:
    """Take a break back: money of an earlier day was posted late. The ledger's rest is undone."""
    history, said = ground.history_of(agreement.account.ref), content(agreement.offer)
    posted = {one.ref: one for one in history.movements}
    rest = [
        one
        for ref, one in posted.items()
        if ref.startswith(f"{said['key']}:rest:") and one.kind is not MovementKind.CREDIT_ADJUSTMENT
    ]
    undone = [
        Movement(f"{one.ref}:undone", MovementKind.CREDIT_ADJUSTMENT, one.cents, one.posted_date, one.ref)
        for one in rest
    ]
    post(agreement, undone, now=now)


def post(agreement: models.Agreement, movements: Sequence[Movement], *, now: datetime) -> int:
    """Its postings, where the account is reckoned from postings; safe to do twice."""
    return casebook_actions.post(
        account_ref=agreement.account.ref, movements=movements, origin=f"agreement {agreement.key}", now=now
    )


def tell_step(
    agreement: models.Agreement, step: str, which: str, *, by: str, now: datetime, **more: Any
) -> bool:
    """A step in the agreement's life, for the case's timeline."""
    return ground.tell(
        FactKind.AGREEMENT_STEP,
        f"agreement:{agreement.key}:{step}:{which}",
        account_ref=agreement.account.ref,
        customer_ref=agreement.offer.customer.ref,
        at=now,
        now=now,
        by=by,
        step=step,
        agreement=agreement.key,
        kind=agreement.kind,
        **more,
    )
