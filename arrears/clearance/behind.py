"""Whether the rows of the gate still say what the chain of evidence was told of them.

Inside the room only. What a row should say is worked out as it was when the record was
written; whatever differs is named, column by column.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from arrears.clearance import models, witness
from arrears.clearance.records import clearance_of, proposal_of
from arrears.evidence.types import Finding, Record, differs, gone, in_order, untold

# One statement sees rows and records at one moment, whatever goes on meanwhile.
_ROWS = """
select c.*, used.body as used_body, released.body as released_body
from clearance_clearance c
left join evidence_told used on used.kind = 'used' and used.about = c.key::text
left join evidence_told released on released.kind = 'released' and released.about = c.key::text
where c.key = any(%s::uuid[])
"""
_OF_THE_ANSWER = (
    "account", "answer", "book", "cured_at", "customer", "not_before", "override", "question",
    "recorded_at", "refusals", "rules_on", "until",
)  # fmt: skip
_UNTOLD = """
select c.key::text, c.customer_ref from clearance_clearance c where not exists (
  select 1 from evidence_told t where t.kind = 'answer' and t.about = c.key::text) order by c.recorded_at, c.key
"""


def unlike(records: Sequence[Record]) -> Iterable[Finding]:
    """Rows that differ from the answers among these records, or are gone."""
    answers = [record for record in records if record.kind == witness.ANSWER]
    rows = {str(row.key): row for row in _rows([record.about for record in answers])}
    for record in answers:
        row = rows.get(record.about)
        if row is None:
            yield gone(record)
        else:
            yield from _differences(record, row)


def never_told() -> Iterable[Finding]:
    """Rows nobody told the chain of."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD)
        for key, customer_ref in cursor.fetchall():
            yield untold(witness.ANSWER, customer_ref=customer_ref, about=key)


def _rows(keys: list[str]) -> Iterable[Any]:
    return models.Clearance.objects.raw(_ROWS, [[key for key in keys if is_uuid(key)]]) if keys else ()


def is_uuid(key: str) -> bool:
    """Whether this could be the key of a clearance at all."""
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def _differences(record: Record, row: Any) -> Iterable[Finding]:
    said = _read(record.body)
    if said is None:
        return  # the chain itself names it
    row_says = json.loads(in_order(_as_told(row)))
    chain_says = _said(said, _read(row.used_body) or {}, _read(row.released_body) or {})
    if row_says != chain_says:
        for column, own in row_says.items():
            if own != chain_says[column]:
                yield differs(record, column, own, chain_says[column])


def _as_told(row: models.Clearance) -> dict[str, Any]:
    """The row as the records about it would say it."""
    answer = clearance_of(row)
    return {
        "account": row.account_id,
        "answer": row.verdict,
        "book": row.book,
        "cured_at": row.cured_at,
        "customer": row.customer_id,
        "not_before": row.not_before,
        "override": {"by": row.overridden_by, "reason": row.override_reason} if row.overridden_by else None,
        "proposal": witness.proposal_said(proposal_of(row)),
        "question": row.proposal_key,
        "recorded_at": row.recorded_at,
        "refusals": [witness.refusal_said(each) for each in answer.refusals],
        "rules_on": row.rules_on,
        "until": row.until,
        "used_at": row.used_at,
        "outcome": row.outcome or None,
        "released_at": row.released_at,
        "released_because": row.released_because or None,
    }


def _said(said: dict[str, Any], used: dict[str, Any], released: dict[str, Any]) -> dict[str, Any]:
    """The records themselves, in the same words."""
    proposal = said["proposal"]
    if said["account"] and not proposal["debts"]:  # a row tells not "all debts" from "this account's"
        proposal = {**proposal, "debts": [said["account"]]}
    return {
        **{column: said[column] for column in _OF_THE_ANSWER},
        "proposal": proposal,
        "used_at": used.get("used_at"),
        "outcome": used.get("outcome") or None,
        "released_at": released.get("recorded_at"),
        "released_because": released.get("because") or None,
    }


def _read(body: str | None) -> dict[str, Any] | None:
    try:
        said = json.loads(body or "null")
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
