"""Between rows and values: how a proposal, a refusal and a clearance are kept.

Inside the room only; doors are `types`, `queries` and `actions`.
"""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from arrears.clearance import models
from arrears.clearance.types import Answer, Clearance, PastContact, Proposal, Refusal
from arrears.kernel.words import Words

_COLUMNS = ("at", "channel", "direction", "to", "by", "purpose")
_PLAIN = {f.name: f.default for f in fields(Proposal)}


def proposal_of(row: models.Clearance) -> Proposal:
    """The proposal as it was put."""
    more: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.more.items()
    }
    more |= {name: getattr(row, name) for name in _COLUMNS}
    return Proposal(point=row.point or None, **more)


def columns_of(proposal: Proposal) -> dict[str, Any]:
    """The proposal as columns, and in `more` what it says beyond them."""
    said = asdict(proposal)
    columns = {name: said.pop(name) for name in _COLUMNS}
    columns["point"] = said.pop("point") or ""
    columns["more"] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in said.items()
        if value != _PLAIN[key]
    }
    return columns


def planned_contact(
    proposal: Proposal, *, at: datetime | None = None, outcome: str = "planned"
) -> PastContact:
    """A place taken, as the caps count it: what may still become of it counts as if it had."""
    return PastContact(
        at=at or proposal.at,
        channel=proposal.channel,
        direction=proposal.direction,
        to=proposal.to,
        point=proposal.point,
        by=proposal.by,
        debts=proposal.debts,
        outcome=outcome,
        purpose=proposal.purpose,
        consent=proposal.consent,
    )


def refusal_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "rule": refusal.rule_id,
        "title": refusal.title.as_json(),
        "reference": refusal.reference,
        "strength": refusal.strength,
        "cured_at": refusal.cured_at.isoformat() if refusal.cured_at else None,
        **refusal.words.as_json(),
    }


def _refusal(kept: dict[str, Any]) -> Refusal:
    return Refusal(
        rule_id=kept["rule"],
        title=Words(**kept["title"]),
        reference=kept["reference"],
        strength=kept["strength"],
        words=Words(zh=kept["zh"], en=kept["en"]),
        cured_at=datetime.fromisoformat(kept["cured_at"]) if kept["cured_at"] else None,
    )


def clearance_of(row: models.Clearance) -> Clearance:
    """The row as other rooms see it."""
    return Clearance(
        key=str(row.key),
        proposal_key=row.proposal_key,
        customer_ref=row.customer_id,
        account_ref=row.account_id,
        answer=Answer(row.verdict),
        refusals=tuple(_refusal(kept) for kept in row.refusals),
        not_before=row.not_before,
        until=row.until,
        cured_at=row.cured_at,
        book=row.book,
        rules_on=row.rules_on,
        overridden_by=row.overridden_by,
        used_at=row.used_at,
        outcome=row.outcome,
        released_at=row.released_at,
    )
