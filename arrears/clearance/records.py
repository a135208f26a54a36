"""Between rows and values: how a proposal, an answer and a refusal are kept.

Inside the room only; doors are `types`, `queries` and `actions`. Rows are written and
read as plain tuples: a night's round keeps tens of thousands of answers.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection

from arrears.clearance import models
from arrears.clearance.dossiers import Gathered, Person, gathering
from arrears.clearance.types import Answer, Asking, Clearance, Override, PastContact, Proposal, Refusal, Said
from arrears.evidence.types import in_order
from arrears.kernel.straight import answer_now, question, rows_of, text_array, together
from arrears.kernel.words import Words

_COLUMNS = ("at", "channel", "direction", "to", "by", "purpose")
_PLAIN = {f.name: f.default for f in fields(Proposal) if f.name not in {*_COLUMNS, "point", "debts"}}
_columns, _beyond = attrgetter(*_COLUMNS), attrgetter(*_PLAIN)

# A row's own names come as columns; what it shares with others (these) is told once, as JSON.
_SHARED = {
    "more": "jsonb", "at": "timestamptz", "channel": "text", "direction": "text", "to": "text", "by": "text",
    "purpose": "text", "verdict": "text", "refusals": "jsonb", "book": "text", "rules_on": "date",
    "not_before": "timestamptz", "until": "timestamptz", "cured_at": "timestamptz", "overridden_by": "text",
    "override_reason": "text",
}  # fmt: skip
_NAMES = ", ".join(f'"{name}"' for name in _SHARED)
_TYPED = ", ".join(f'"{name}" {kind}' for name, kind in _SHARED.items())
_KEEP = f"""
insert into clearance_clearance (key, proposal_key, customer_ref, account_ref, point, recorded_at, outcome,
  released_because, {_NAMES})
select key, question, customer, nullif(account, ''), point, %(recorded_at)s::timestamptz, '', '', {_NAMES}
from unnest(%(keys)s::uuid[], %(questions)s::text[], %(customers)s::text[], %(accounts)s::text[],
  %(points)s::text[], %(numbers)s::int[]) own(key, question, customer, account, point, number)
join rows from (json_to_recordset(%(words)s::json) as ({_TYPED})) with ordinality as words({_NAMES}, number)
  using (number)
"""


_numbers = itertools.count(int.from_bytes(os.urandom(2)))
_UPPER, _LOWER = [f"{bits:03x}" for bits in range(4096)], [f"{0x80 | bits:02x}" for bits in range(64)]


def new_keys(many: int, now: datetime) -> list[str]:
    """Keys nobody can guess that sort by time (UUID version 7): their index then grows at one end.

    Within a millisecond a running number of 18 bits keeps the order; 56 bits are random.
    """
    time, tails = f"{int(now.timestamp() * 1000):012x}", os.urandom(7 * many).hex()
    head = f"{time[:8]}-{time[8:]}-7"
    numbers = itertools.islice(_numbers, many)
    return [
        f"{head}{_UPPER[number >> 6 & 4095]}-{_LOWER[number & 63]}{tails[at : at + 2]}-{tails[at + 2 : at + 14]}"
        for at, number in zip(range(0, 14 * many, 14), numbers, strict=True)
    ]


# Of rows, column by column: keys, questions, customers, accounts (or ""), numbers or addresses (or "").
Names = tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str], Sequence[str]]
_OF_NAMES = ("keys", "questions", "customers", "accounts", "points")


def told(names: Names, words: Sequence[str], *, now: datetime) -> dict[str, Any]:
    """Rows, each a question with its answer, as `keep` takes them. words: of each, as `row_words` gives them."""
    columns = zip(_OF_NAMES, map(text_array, names), strict=True)
    numbers = {text: str(number) for number, text in enumerate(dict.fromkeys(words), 1)}
    shared = {
        "numbers": f"{{{','.join(map(numbers.__getitem__, words))}}}",
        "words": f"[{','.join(numbers)}]",
    }
    return dict(columns) | shared | {"recorded_at": now}


def keep(rows: dict[str, Any]) -> None:
    """Write these rows."""
    if rows:
        question(connection, _KEEP, rows)


EXPIRED = "expired unused"
# A lock for each of these people who has none; whom the casebook does not know gets none. Who makes locks waits
# for others who make the same, in one order, and holds no lock yet that those might be waiting for.
_OPEN = """
insert into clearance_budget (customer_ref)
select ref from casebook_customer where ref = any(%(refs)s::text[]) order by ref on conflict do nothing
"""
_OPEN_SOME = """
insert into clearance_budget (customer_ref)
select ref from casebook_customer where not exists (
  select 1 from clearance_budget where customer_ref = casebook_customer.ref)
order by ref limit %s on conflict do nothing
"""
OPENED_AT_ONCE = 20_000
# In the order in which Python sorts, whatever the database's: locks are taken piece by piece.
_LOCK = """
select count(*) from (
  select 1 from clearance_budget where customer_ref = any(%(refs)s::text[])
  order by customer_ref collate "C" for update) held
"""
# Few words for many people: who lives in which zone, how many accounts are known, questions asked before.
_THERE = """
select
  (select json_object_agg(zone, refs) from (
    select zone, json_agg(ref) as refs from casebook_customer where ref = any(%(refs)s::text[]) group by zone) z),
  (select count(*) from casebook_account where ref = any(%(accounts)s::text[])),
  (select array_agg(key) from clearance_clearance where proposal_key = any(%(keys)s::text[]))
"""
_STRANGE = """
select min(asked) from unnest(%(accounts)s::text[]) asked
where not exists (select 1 from casebook_account a where a.ref = asked)
"""
# Given back on record before others may have the place, so that a late report cannot use it after all.
# One that is being used or given back this moment is passed over, and counts.
_GIVE_BACK = """
update clearance_clearance set released_at = %(now)s, released_because = %(because)s
where key = any(array(
  select key from clearance_clearance where key = any(%(keys)s::uuid[]) and used_at is null and released_at is null
  for update skip locked))
returning key::text, customer_ref
"""
_GIVEN = "select key from clearance_clearance where proposal_key = any(%(keys)s::text[])"


def open_budgets() -> None:
    """A lock for everybody in the casebook who has none."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_SOME, [OPENED_AT_ONCE])
        while cursor.rowcount:
            cursor.execute(_OPEN_SOME, [OPENED_AT_ONCE])


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of people whose budgets are locked, and of questions asked before.

    unknown: one of the customers or accounts asked about that the casebook does not know.
    """

    people: dict[str, Person]
    unknown: str | None
    given: dict[str, Clearance]
    given_back: list[tuple[str, str]]  # places that had expired: clearance key, customer


def open_budgets_of(askings: Iterable[Asking]) -> None:
    """A lock for each of these people who has none; made before any of theirs is taken."""
    question(connection, _OPEN, {"refs": text_array({asking.customer_ref for asking in askings})})


def known_under_lock(
    askings: Sequence[Asking], *, now: datetime, look_back: timedelta
) -> Callable[[], Known | None]:
    """Lock the budgets of these people until the transaction ends, and look up all the gate looks at.

    Asked within a block of `together`, each answer is of after the lock; what is returned waits for
    them and reads them. It gives None where somebody has no budget.
    """
    people = {asking.customer_ref for asking in askings}
    accounts = {asking.account_ref for asking in askings if asking.account_ref is not None}
    keys = text_array([asking.key for asking in askings])
    asked = {"refs": text_array(people), "accounts": text_array(accounts), "keys": keys}
    locked = question(connection, _LOCK, asked)
    there = question(connection, _THERE, asked)
    gathering_them = gathering(people, now=now, look_back=look_back)
    answer_now(connection)

    def read() -> Known | None:
        if rows_of(locked)[0][0] < len(people):
            return None
        living, accounts_known, given = rows_of(there)[0]
        gathered = gathering_them()
        given_back = _give_back(gathered, now=now) if gathered.expired else []
        everybody = gathered.people(living or {})
        unknown = min(people - everybody.keys(), default=None) if len(everybody) < len(people) else None
        if accounts_known < len(accounts):
            unknown = unknown or _first_unknown(accounts)
        return Known(everybody, unknown, _answers(given or []), given_back)

    return read


def _give_back(gathered: Gathered, *, now: datetime) -> list[tuple[str, str]]:
    """Expired places go; those that somebody has a hand on this moment count."""
    expired = text_array([key for _, key, *_ in gathered.expired])
    asked = {"keys": expired, "now": now, "because": EXPIRED}
    given_back: list[tuple[str, str]] = rows_of(question(connection, _GIVE_BACK, asked))
    gone = {key for key, _ in given_back}
    gathered.take(place for place in gathered.expired if place[1] not in gone)
    return given_back


def _first_unknown(accounts: set[str]) -> str | None:
    found: str | None = rows_of(question(connection, _STRANGE, {"accounts": text_array(accounts)}))[0][0]
    return found


def answers_to(proposal_keys: Sequence[str]) -> dict[str, Clearance]:
    """The answers already given to these questions."""
    with together(connection):
        found = question(connection, _GIVEN, {"keys": text_array(proposal_keys)})
    return _answers([row[0] for row in rows_of(found)])


def _answers(keys: Sequence[UUID]) -> dict[str, Clearance]:
    rows = models.Clearance.objects.filter(pk__in=keys) if keys else []
    return {row.proposal_key: clearance_of(row) for row in rows}


def row_words(proposal: Proposal, said: Said, override: Override | None) -> str:
    """What rows of one kind share, as JSON."""
    shared = dict(zip(_COLUMNS, _columns(proposal), strict=True)) | {
        "more": _more(proposal),
        "verdict": said.answer.value,
        "refusals": [_refusal_json(refusal) for refusal in said.refusals],
        "book": said.book,
        "rules_on": said.rules_on,
        "not_before": said.not_before,
        "until": said.until,
        "cured_at": said.cured_at,
        "overridden_by": override.by if override else "",
        "override_reason": override.reason if override else "",
    }
    return in_order(shared)


def _more(proposal: Proposal) -> dict[str, Any]:
    """What the proposal says beyond the columns; what goes without saying is left out."""
    values = zip(_PLAIN, _beyond(proposal), _PLAIN.values(), strict=True)
    said = {name: value for name, value, plain in values if value != plain}
    return said | ({"debts": proposal.debts} if proposal.debts else {})


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
