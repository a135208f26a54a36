"""Between rows and values: how a proposal, an answer and a refusal are kept.

Inside the room only; doors are `types`, `queries` and `actions`. Rows are written and
read as plain tuples: a night's round keeps tens of thousands of answers.
"""

import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import connection

from arrears.clearance import models
from arrears.clearance.dossiers import GRACE, Gathered, gathering
from arrears.clearance.types import Answer, Asking, Clearance, Override, PastContact, Proposal, Refusal, Said
from arrears.kernel.straight import Table, as_copied, question, text_array, together
from arrears.kernel.words import Words

_COLUMNS = ("at", "channel", "direction", "to", "by", "purpose")
_PLAIN = {f.name: f.default for f in fields(Proposal) if f.name not in {*_COLUMNS, "point", "debts"}}
_PLAIN_VALUES = tuple(_PLAIN.values())
_columns, _beyond = attrgetter(*_COLUMNS), attrgetter(*_PLAIN)

_TABLE = Table(
    "clearance_clearance",
    (
        "key proposal_key customer_ref account_ref point more at channel direction to by purpose verdict refusals"
        " book rules_on not_before until cured_at overridden_by override_reason recorded_at outcome"
        " released_because"
    ).split(),
)


_numbers = itertools.count(int.from_bytes(os.urandom(2)))


def new_keys(many: int, now: datetime) -> list[str]:
    """Keys nobody can guess that sort by time (UUID version 7): their index then grows at one end.

    Within a millisecond a running number of 18 bits keeps the order; 56 bits are random.
    """
    time, tails = f"{int(now.timestamp() * 1000):012x}", os.urandom(7 * many).hex()
    head = f"{time[:8]}-{time[8:]}-7"
    numbers = [next(_numbers) & 0x3FFFF for _ in range(many)]
    return [
        f"{head}{number >> 6:03x}-{0x80 | number & 63:02x}{tails[at : at + 2]}-{tails[at + 2 : at + 14]}"
        for at, number in zip(range(0, 14 * many, 14), numbers, strict=True)
    ]


def keep(rows: Sequence[str]) -> None:
    """Write these rows, each a question with its answer."""
    _TABLE.put(connection, rows)


def open_budgets(customer_refs: list[str]) -> None:
    """A lock for each of these people who has none; in one order, whoever else does the same."""
    insert = "insert into clearance_budget (customer_ref) select unnest(%s::text[]) on conflict do nothing"
    with connection.cursor() as cursor:
        cursor.execute(insert, [text_array(sorted(customer_refs))])


EXPIRED = "expired unused"
_LOCK = """
select count(*) from (
  select 1 from clearance_budget where customer_ref = any(%(refs)s::text[]) order by customer_ref for update) held
"""
# Few words for many people: who lives in which zone, an account nobody knows, questions asked before.
_THERE = """
select
  (select json_object_agg(zone, refs) from (
    select zone, json_agg(ref) as refs from casebook_customer where ref = any(%(refs)s::text[]) group by zone) z),
  (select min(asked) from unnest(%(accounts)s::text[]) asked
    where not exists (select 1 from casebook_account a where a.ref = asked)),
  (select array_agg(id) from clearance_clearance where proposal_key = any(%(keys)s::text[]))
"""
# Given back on record before others may have the place, so that a late report cannot use it after all.
# One that is being used or given back this moment is passed over, and counts.
_GIVE_BACK = """
update clearance_clearance set released_at = %(now)s, released_because = %(because)s
where id in (
  select id from clearance_clearance where customer_ref = any(%(refs)s::text[]) and until < %(open)s
    and verdict = 'cleared' and used_at is null and released_at is null
  for update skip locked)
returning key::text, customer_ref
"""
_GIVEN = "select id from clearance_clearance where proposal_key = any(%(keys)s::text[])"


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of people whose budgets are locked, and of questions asked before.

    no_such_account: the first of the accounts asked about that the casebook does not know.
    """

    zones: dict[str, str]
    no_such_account: str | None
    given: dict[str, Clearance]
    gathered: Gathered
    given_back: list[tuple[str, str]]  # places that had expired: clearance key, customer


def known_under_lock(askings: Sequence[Asking], *, now: datetime, look_back: timedelta) -> Known | None:
    """Lock the budgets of these people until the transaction ends, and read all the gate looks at.

    One round trip; each answer is of after the lock. None where somebody has no budget yet.
    """
    people = {asking.customer_ref for asking in askings}
    accounts = {asking.account_ref for asking in askings if asking.account_ref is not None}
    refs = {"refs": text_array(people)}
    asked = {"accounts": text_array(accounts), "keys": text_array([asking.key for asking in askings])}
    with together(connection):
        locked = question(connection, _LOCK, refs)
        there = question(connection, _THERE, refs | asked)
        expired = {**refs, "now": now, "open": now - GRACE, "because": EXPIRED}
        given_back = question(connection, _GIVE_BACK, expired)
        gathered = gathering(people, now=now, look_back=look_back, even_expired=True)
    if locked.fetchall()[0][0] < len(people):
        return None
    living, no_such_account, given = there.fetchall()[0]
    return _known(living, no_such_account, given, gathered(), given_back.fetchall())


def _known(
    living: dict[str, list[str]] | None,
    no_such_account: str | None,
    given: list[int] | None,
    gathered: Gathered,
    given_back: list[tuple[str, str]],
) -> Known:
    zones = {ref: zone for zone, refs in (living or {}).items() for ref in refs}
    return Known(zones, no_such_account, _answers(given or []), gathered, given_back)


def answers_to(proposal_keys: Sequence[str]) -> dict[str, Clearance]:
    """The answers already given to these questions."""
    with together(connection):
        found = question(connection, _GIVEN, {"keys": text_array(proposal_keys)})
    return _answers([row[0] for row in found.fetchall()])


def _answers(ids: Sequence[int]) -> dict[str, Clearance]:
    rows = models.Clearance.objects.filter(pk__in=ids) if ids else []
    return {row.proposal_key: clearance_of(row) for row in rows}


def row(key: str, asking: Asking, words: str, recorded: str) -> str:
    """One line of COPY, in the order of _TABLE, from the words it shares with others."""
    names = (key, asking.key, asking.customer_ref, asking.account_ref, asking.proposal.point or "")
    return "\t".join([*map(as_copied, names), words, recorded, "", ""])


def row_words(proposal: Proposal, said: Said, override: Override | None) -> str:
    """What rows of one kind share, from `more` to the reason of an override."""
    overriding = (override.by, override.reason) if override else ("", "")
    parts = [_more(proposal, None), *_columns(proposal)[1:]]
    more, *columns = map(as_copied, parts)
    refusals = json.dumps([_refusal_json(refusal) for refusal in said.refusals], ensure_ascii=False)
    moments = map(_moment, (said.not_before, said.until, said.cured_at))
    verdict = (said.answer.value, as_copied(refusals), as_copied(said.book), said.rules_on.isoformat())
    return "\t".join([more, _moment(proposal.at), *columns, *verdict, *moments, *map(as_copied, overriding)])


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "\\N"


def _more(proposal: Proposal, account_ref: str | None) -> str:
    """What the proposal says beyond the columns; what goes without saying is left out."""
    values = _beyond(proposal)
    plain_debts = not proposal.debts or proposal.debts == (account_ref,)
    if values == _PLAIN_VALUES and plain_debts:
        return "{}"
    said = {
        name: value
        for name, value, plain in zip(_PLAIN, values, _PLAIN_VALUES, strict=True)
        if value != plain
    }
    if not plain_debts:
        said["debts"] = proposal.debts
    return json.dumps(said, ensure_ascii=False)


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
