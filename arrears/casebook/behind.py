"""Whether the facts of the casebook are still those the chain of evidence was told of.

Inside the room only. Facts are never changed by the house; this finds who did it behind its back.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from arrears.evidence.types import Finding, Record, Told, canonical, differs, gone, told, untold

FACT = "fact"
_ROWS = """
select f.key, f.kind, c.ref, a.ref, f.happened_at, f.recorded_at, f.recorded_by, f.payload::text
from casebook_fact f join casebook_customer c on c.id = f.customer_id
left join casebook_account a on a.id = f.account_id where f.key = any(%s)
"""
_UNTOLD = """
select f.key, c.ref from casebook_fact f join casebook_customer c on c.id = f.customer_id
where not exists (select 1 from evidence_told t where t.kind = 'fact' and t.about = f.key) order by f.id
"""


def fact_told(
    *,
    key: str,
    kind: str,
    customer_ref: str,
    account_ref: str | None,
    happened_at: datetime,
    now: datetime,
    by: str,
    payload: Mapping[str, Any],
) -> Told:
    """A fact as the chain is told of it."""
    return told(
        FACT,
        customer_ref=customer_ref,
        about=key,
        recorded_at=now,
        account=account_ref,
        by=by,
        fact=kind,
        happened_at=happened_at,
        payload=payload,
    )


def unlike(records: Sequence[Record]) -> Iterable[Finding]:
    """Facts that differ from what these records tell of them, or are gone."""
    facts = {record.about: record for record in records if record.kind == FACT}
    there = set()
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(facts)])
        for key, *row in cursor.fetchall():
            there.add(key)
            yield from _differences(facts[key], key, *row)
    yield from (gone(record) for key, record in facts.items() if key not in there)


def never_told() -> Iterable[Finding]:
    """Facts nobody told the chain of."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD)
        for key, customer_ref in cursor.fetchall():
            yield untold(FACT, customer_ref=customer_ref, about=key)


def _differences(
    record: Record,
    key: str,
    kind: str,
    customer: str,
    account: str | None,
    happened_at: datetime,
    recorded_at: datetime,
    by: str,
    payload: str,
) -> Iterable[Finding]:
    again = fact_told(
        key=key,
        kind=kind,
        customer_ref=customer,
        account_ref=account,
        happened_at=happened_at,
        now=recorded_at,
        by=by,
        payload=json.loads(payload),
    )
    if again.body != record.body:
        should = _read(record.body)
        row = json.loads(again.body)
        for name in should.keys() & row.keys():
            if row[name] != should[name]:
                yield differs(record, name, canonical(row[name]), canonical(should[name]))


def _read(body: str) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}  # the chain itself names it
    return said if isinstance(said, dict) else {}
