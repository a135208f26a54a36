"""Contacts that people made, and contacts customers made: kept as facts. The door is `actions`."""

from datetime import datetime
from typing import Any

from django.db import transaction

from arrears.casebook import actions as casebook
from arrears.casebook.types import FactKind
from arrears.clearance import actions as clearance
from arrears.clearance import queries as clearance_queries
from arrears.clearance.types import Clearance, Proposal
from arrears.kernel.words import Words


def report(
    *, clearance_key: str, outcome: str, at: datetime | None, by: str, now: datetime, text: str
) -> bool:
    """See actions.report_contact."""
    leave = clearance_queries.clearance(clearance_key)
    made = clearance_queries.proposal(clearance_key)
    if leave is None or made is None or leave.not_before is None or leave.until is None:
        raise clearance.UnableToUseClearance(
            Words(zh="这次联系没有获得放行", en="this contact was never cleared"),
            do=Words(zh="请重新申请。", en="Ask anew."),
        )
    moment = at or leave.not_before
    inside = leave.not_before <= moment <= leave.until
    with transaction.atomic():
        if inside and leave.used_at is None and leave.released_at is None:
            clearance.use(clearance_key=clearance_key, outcome=outcome, at=moment)
        return casebook.record_fact(
            key=f"call:{clearance_key}",
            kind=FactKind.CONTACT_MADE,
            customer_ref=leave.customer_ref,
            account_ref=leave.account_ref,
            happened_at=moment,
            now=now,
            by=by,
            payload=_told(made, leave, outcome=outcome, text=text, inside=inside),
        )


def _told(made: Proposal, leave: Clearance, *, outcome: str, text: str, inside: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "channel": made.channel,
        "direction": made.direction,
        "to": made.to,
        "by": made.by,
        "purpose": made.purpose,
        "point": made.point or "",
        "outcome": outcome,
        "clearance": leave.key,
    }
    if made.debts:
        told["debts"] = list(made.debts)
    if text:
        told["text"] = text
    return told if inside else {**told, "outside_leave": True}


def report_inbound(
    *,
    key: str,
    customer_ref: str,
    account_ref: str | None,
    channel: str,
    outcome: str,
    at: datetime,
    by: str,
    now: datetime,
    text: str,
) -> bool:
    """See actions.report_inbound."""
    told = {"channel": channel, "direction": "in", "to": "debtor", "by": "issuer", "purpose": "service"}
    return casebook.record_fact(
        key=f"inbound:{key}",
        kind=FactKind.CONTACT_MADE,
        customer_ref=customer_ref,
        account_ref=account_ref,
        happened_at=at,
        now=now,
        by=by,
        payload={**told, "outcome": outcome, **({"text": text} if text else {})},
    )
