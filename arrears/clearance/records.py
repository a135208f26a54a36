"""Between rows and values: how a proposal, an answer and a refusal are kept.

Inside the room only; doors are `types`, `queries` and `actions`. Rows are written and
read as plain tuples: a night's round keeps tens of thousands of answers.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db import connection

from arrears.clearance import models
from arrears.clearance.types import Answer, Asking, Clearance, PastContact, Proposal, Refusal
from arrears.kernel.words import Words

_COLUMNS = ("at", "channel", "direction", "to", "by", "purpose")
_PLAIN = {f.name: f.default for f in fields(Proposal) if f.name not in {*_COLUMNS, "point", "debts"}}

KEPT = (
    "key", "proposal_key", "customer_ref", "account_ref", *_COLUMNS, "point", "more", "verdict", "refusals",
    "book", "rules_on", "not_before", "until", "cured_at", "outcome", "released_because", "overridden_by",
    "override_reason", "recorded_at",
)  # fmt: skip
_NAMES = ", ".join(f'"{name}"' for name in KEPT)
_COPY = f"copy clearance_clearance ({_NAMES}) from stdin"


def keep(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write answers (tuples in the order of KEPT)."""
    if rows:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)


def open_budgets(customer_refs: list[str]) -> None:
    """A lock for each of these people who has none; in one order, whoever else does the same."""
    insert = "insert into clearance_budget (customer_ref) select unnest(%s::text[]) on conflict do nothing"
    with connection.cursor() as cursor:
        cursor.execute(insert, [sorted(customer_refs)])


def lock_budgets(customer_refs: list[str]) -> int:
    """Hold the locks of these people until the transaction ends; how many have one."""
    lock = "select 1 from clearance_budget where customer_ref = any(%s) order by customer_ref for update"
    with connection.cursor() as cursor:
        cursor.execute(lock, [customer_refs])
        return len(cursor.fetchall())


def answers_to(proposal_keys: list[str]) -> dict[str, Clearance]:
    """The answers already given to these questions."""
    with connection.cursor() as cursor:
        cursor.execute("select id from clearance_clearance where proposal_key = any(%s)", [proposal_keys])
        ids = [row[0] for row in cursor.fetchall()]
    rows = models.Clearance.objects.filter(pk__in=ids) if ids else []
    return {row.proposal_key: clearance_of(row) for row in rows}


def row_of(asking: Asking, given: Clearance, *, now: datetime) -> tuple[Any, ...]:
    """The answer as it is written, in the order of KEPT."""
    proposal, overridden = asking.proposal, bool(given.overridden_by)
    return (
        given.key,
        asking.key,
        asking.customer_ref,
        asking.account_ref,
        proposal.at,
        proposal.channel,
        proposal.direction,
        proposal.to,
        proposal.by,
        proposal.purpose,
        proposal.point or "",
        _more(proposal, asking.account_ref),
        given.answer.value,
        json.dumps([_refusal_json(r) for r in given.refusals], ensure_ascii=False)
        if given.refusals
        else "[]",
        given.book,
        given.rules_on,
        given.not_before,
        given.until,
        given.cured_at,
        "",
        "",
        given.overridden_by,
        asking.override.reason if asking.override and overridden else "",
        now,
    )


def _more(proposal: Proposal, account_ref: str | None) -> str:
    """What the proposal says beyond the columns; what goes without saying is left out."""
    said = {name: value for name, plain in _PLAIN.items() if (value := getattr(proposal, name)) != plain}
    if proposal.debts and proposal.debts != (account_ref,):
        said["debts"] = proposal.debts
    return json.dumps(said, ensure_ascii=False) if said else "{}"


def proposal_of(row: models.Clearance) -> Proposal:
    """The proposal as it was put."""
    more: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.more.items()
    }
    more |= {name: getattr(row, name) for name in _COLUMNS}
    more.setdefault("debts", (row.account_id,) if row.account_id else ())
    return Proposal(point=row.point or None, **more)


def planned_contact(proposal: Proposal) -> PastContact:
    """A place taken, as the caps count it: what may still become of it counts as if it had."""
    return PastContact(
        at=proposal.at,
        channel=proposal.channel,
        direction=proposal.direction,
        to=proposal.to,
        point=proposal.point,
        by=proposal.by,
        debts=proposal.debts,
        outcome="planned",
        purpose=proposal.purpose,
        consent=proposal.consent,
    )


def _refusal_json(refusal: Refusal) -> dict[str, Any]:
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
