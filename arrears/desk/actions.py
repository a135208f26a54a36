"""What the desk does: keeps what was told, lifts a hold. Each calls the rooms in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.types import FactKind
from arrears.daily import actions as daily
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.staff.models import Member, Role

MAY_LIFT = {Role.TEAM_LEADER, Role.COMPLIANCE, Role.MANAGER}
TOLD = Words(zh="客户情况有变，原定联系撤回", en="what the customer told us withdraws the planned contact")


class UnableToLift(Trouble):
    """The hold stays; the message says why."""


def tell(
    *,
    key: str,
    kind: FactKind,
    account_ref: str,
    payload: Mapping[str, Any],
    by: Member,
    now: datetime,
) -> bool:
    """Keep a fact told at the desk; True the first time `key` is kept.

    What is planned is withdrawn at once where the fact stops contact or changes how it may
    be made; the next round decides afresh.
    """
    customer_ref = casebook_queries.owner_of(account_ref)
    with transaction.atomic():
        first = casebook.record_fact(
            key=f"desk:{key}",
            kind=kind,
            customer_ref=customer_ref,
            account_ref=account_ref,
            happened_at=now,
            now=now,
            by=by.username,
            payload=payload,
        )
        if first and kind is not FactKind.NOTE:
            daily.settle(account_refs=casebook_queries.accounts_of(customer_ref), now=now, because=TOLD)
    return first


def may_lift(member: Member) -> bool:
    """Whether this member may lift a hold."""
    return Role(member.role) in MAY_LIFT


def lift(*, hold_key: str, account_ref: str, reason: str, by: Member, now: datetime) -> bool:
    """Lift a hold, with a reason on record. Raises UnableToLift."""
    if not may_lift(by):
        raise UnableToLift("an agent does not lift holds", do="Ask a team leader or a compliance officer.")
    customer_ref = casebook_queries.owner_of(account_ref)
    holds = {fact.key: fact for fact in casebook_queries.holds_on([customer_ref]).get(customer_ref, [])}
    if hold_key not in holds:
        raise UnableToLift("this hold no longer stands")
    return casebook.record_fact(
        key=f"lift:{hold_key}"[:160],
        kind=FactKind.HOLD_LIFTED,
        customer_ref=customer_ref,
        account_ref=holds[hold_key].account_ref,
        happened_at=now,
        now=now,
        by=by.username,
        payload={"fact": hold_key, "reason": reason, "kind": str(holds[hold_key].kind)},
    )


def match(*, money_ref: str, account: str, reason: str, by: Member, now: datetime) -> None:
    """Apply stray money to an account and reckon it again at once."""
    said = Words(zh=reason, en=reason)
    with transaction.atomic():
        casebook.match_money(money_ref=money_ref, account_ref=account, by=by.username, reason=said, now=now)
        daily.settle(account_refs=[account], now=now)
