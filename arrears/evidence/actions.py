"""Telling, sealing, closing the day.

`append` takes no lock and asks nothing: it writes into the caller's own transaction, so a
record stands exactly if what it tells of stands. `seal` then puts what was committed into one
order, one sealer at a time; a record that is committed late simply comes later in the chain.
`close_days` signs the end of each day that is over.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from arrears.evidence import core, keys, models
from arrears.evidence.keys import UnableToSign
from arrears.evidence.types import (
    LINE_ENDS,
    MOST_ON_A_SHEET,
    Root,
    Sheet,
    Told,
    Verified,
    canonical,
    in_order,
    told,
    written_out,
)
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import at_clock, each_day
from arrears.kernel.straight import Table, as_copied, question
from arrears.kernel.trouble import Trouble

SEAL_AT_ONCE = 5000  # records in one transaction of a sealer
ONE_SEALER_AT_A_TIME = 7_311_002  # the advisory lock's number
MOST_DAYS = 366  # closed in one go; more looks like a clock that is wrong

_WAITING = Table("evidence_waiting", ["kind", "customer_ref", "about", "recorded_at", "body"])
_SHEET = """
insert into evidence_sheet (id, kind, recorded_at, about, customer, records, moulds, lines)
values (nextval('evidence_waiting_id_seq'), %(kind)s::text, %(at)s::timestamptz, %(about)s::smallint,
  %(customer)s::smallint, %(records)s::int, %(moulds)s::text, %(lines)s::text)
"""
_NEXT = """
select id, kind, customer_ref, about, recorded_at, body from evidence_waiting order by id limit %s
"""
_NEXT_SHEETS = """
select id, kind, recorded_at, about, customer, moulds, lines from (
  select *, sum(records) over (order by id) - records as before from evidence_sheet) s
where before < %s and (%s::bigint is null or id < %s) order by id
"""
_LINK = """
copy evidence_record (position, told_as, kind, customer_ref, about, recorded_at, body, hash) from stdin
"""
_HEAD = "select position, hash from evidence_record order by position desc limit 1"


class UnableToMakeKey(Trouble):
    """No new key was made; the present one stays."""


def append(records: Sequence[Told]) -> None:
    """Put records on file, in the transaction that does what they tell of.

    Raises RuntimeError outside a transaction: a record and its deed stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a record is told in the transaction of what it tells of")
    _WAITING.put(connection, [_line(record) for record in records])


def append_sheet(sheet: Sheet) -> None:
    """The same for many records that have much in common."""
    if not connection.in_atomic_block:
        raise RuntimeError("a record is told in the transaction of what it tells of")
    told_once = {
        "kind": sheet.kind,
        "at": sheet.recorded_at,
        "about": sheet.about,
        "customer": sheet.customer,
    }
    for start in range(0, len(sheet.lines), MOST_ON_A_SHEET):
        lines = sheet.lines[start : start + MOST_ON_A_SHEET]
        many = {"records": len(lines), "moulds": in_order(sheet.moulds()), "lines": LINE_ENDS.join(lines)}
        with connection.wrap_database_errors:
            question(connection, _SHEET, told_once | many)


def _line(record: Told) -> str:
    said = f"{record.kind}\t{as_copied(record.customer_ref)}\t{as_copied(record.about)}"
    return f"{said}\t{record.recorded_at.isoformat()}\t{as_copied(record.body)}"


def seal(*, done: Callable[[int], None] | None = None) -> int:
    """Link everything committed and not linked yet; how many were linked.

    Call it outside any transaction. While another sealer is at work it waits for it, so that
    afterwards all that was committed before the call is sealed, whoever did it.
    """
    sealed = 0
    while True:
        batch = _seal_some()
        sealed += batch
        if done:
            done(batch)
        if batch < SEAL_AT_ONCE:
            return sealed


@transaction.atomic(durable=True)
def _seal_some() -> int:
    """One batch, whole or not at all: rows move from waiting into the chain."""
    with connection.cursor() as cursor:
        _alone(cursor)
        position, head = _head(cursor)
        single, sheets = _waiting(cursor)
        rows = sorted([*single, *(row for sheet in sheets for row in _rows_of(sheet))], key=itemgetter(0))
        with cursor.copy(_LINK) as copy:
            for place, (_, *row) in enumerate(rows, start=position + 1):
                head = core.link(head, row[-1])
                copy.write_row((place, *row, head))
        cursor.execute("delete from evidence_waiting where id = any(%s)", [[row[1] for row in single]])
        cursor.execute("delete from evidence_sheet where id = any(%s)", [[sheet[0] for sheet in sheets]])
    return len(rows)


def _waiting(cursor: Any) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What waits longest: single records, each with its place in the order; and whole sheets.

    Of sheets, those told before the last of the single ones; all of them where no more wait.
    """
    cursor.execute(_NEXT, [SEAL_AT_ONCE])
    single = [((row[0], 0), *row) for row in cursor.fetchall()]
    last = single[-1][1] if len(single) == SEAL_AT_ONCE else None
    cursor.execute(_NEXT_SHEETS, [SEAL_AT_ONCE, last, last])
    return single, cursor.fetchall()


def _rows_of(sheet: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Each record of a sheet as a row of the chain, its place in the order before it."""
    key, kind, recorded_at, about, customer, moulds, lines = sheet
    pieces = json.loads(moulds)
    for number, line in enumerate(lines.split(LINE_ENDS)):
        values, body = written_out(pieces, line)
        names = json.loads(values[customer]), json.loads(values[about])
        yield (key, number), -(key * MOST_ON_A_SHEET + number), kind, *names, recorded_at, body


def _alone(cursor: Any) -> None:
    """One at a time; the lock goes with the transaction, however it ends."""
    cursor.execute("select pg_advisory_xact_lock(%s)", [ONE_SEALER_AT_A_TIME])


def _head(cursor: Any) -> tuple[int, bytes]:
    cursor.execute(_HEAD)
    row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else (0, core.BEGINNING)


def close_days(*, before: date, now: datetime, most_days: int | None = MOST_DAYS) -> list[Root]:
    """Sign the end of every day before `before` that is not signed yet, empty days included.

    now: the wall clock, told in the statement. A house that never signed begins with the day
    of its first record. Raises UnableToSign; nothing is lost, the next call catches up.
    """
    days = _open_days(before)
    if not days:
        return []
    if most_days is not None and len(days) > most_days:
        raise UnableToSign(
            f"{len(days)} days are unsigned, {days[0]} the first of them",
            do="Is the clock right? If so: `arrears evidence sign --on DAY` has no limit.",
        )
    keys.private()  # asked before anything is begun
    seal()
    return [_close(day, now=now) for day in days]


def _open_days(before: date) -> list[date]:
    last = models.Root.objects.order_by("-day").values_list("day", flat=True).first()
    if last is not None:
        return list(each_day(last + timedelta(days=1), before - timedelta(days=1)))
    yesterday = before - timedelta(days=1)
    told = (kind.objects.order_by("pk").first() for kind in (models.Record, models.Waiting, models.Sheet))
    first = min((row.recorded_at for row in told if row), default=None)
    began = first.astimezone(ZoneInfo(HOUSE_ZONE)).date() if first else yesterday
    return list(each_day(min(began, yesterday), yesterday))


@transaction.atomic(durable=True)
def _close(day: date, *, now: datetime) -> Root:
    with connection.cursor() as cursor:
        _alone(cursor)
        there = models.Root.objects.filter(day=day).first()
        if there:  # somebody else closed it while we waited
            return Root(day, there.statement, bytes(there.signature))
        register(keys.own(), now=now)
        root = _signed(cursor, day, now)
    models.Root.objects.create(day=root.day, statement=root.statement, signature=root.signature)
    return root


def _signed(cursor: Any, day: date, now: datetime) -> Root:
    before = models.Root.objects.order_by("-day").values_list("statement", flat=True).first()
    position, head = core.end_of(before)
    ends = at_clock(day + timedelta(days=1), datetime.min.time(), zone=HOUSE_ZONE)
    # Up to the last record of the day or an earlier one; what comes later belongs to a later day.
    cursor.execute(
        "select max(position) from evidence_record where position > %s and recorded_at < %s", [position, ends]
    )
    last = cursor.fetchone()[0] or position
    hashes = models.Record.objects.filter(position__gt=position, position__lte=last).order_by("position")
    leaves = [bytes(each) for each in hashes.values_list("hash", flat=True).iterator(chunk_size=20_000)]
    text = core.statement(
        day=day.isoformat(),
        zone=HOUSE_ZONE,
        institution=settings.INSTITUTION,
        first=position + 1,
        last=last,
        last_hash=leaves[-1] if leaves else head,
        tree=core.levels(leaves)[-1],
        previous=before,
        key=keys.own().fingerprint,
        signed_at=canonical(now).strip('"'),
    )
    return Root(day, text, keys.private().sign(text.encode()))


def register(public: keys.PublicHalf, *, now: datetime) -> bool:
    """Keep a public key for ever, and tell the chain of it; True the first time."""
    with transaction.atomic():
        _, first = models.PublicKey.objects.get_or_create(
            fingerprint=public.fingerprint, defaults={"pem": public.pem, "added_at": now}
        )
        if first:
            append([told("key", customer_ref="", about=public.fingerprint, recorded_at=now, pem=public.pem)])
    return first


def new_key(*, now: datetime, replace: bool = False) -> keys.PublicHalf:
    """Make the key the institution signs with from now on.

    replace: put the present private key aside first; its public half is kept, so what it
    signed stays checkable. Raises UnableToMakeKey where a key lies there already.
    """
    if replace and keys.key_file().exists():
        register(keys.own(), now=now)
        keys.retire()
    try:
        public = keys.make()
    except FileExistsError as there:
        raise UnableToMakeKey(
            f"a signing key lies at {keys.key_file()}",
            do="`--replace` puts it aside and makes a new one; what it signed stays checkable.",
        ) from there
    register(public, now=now)
    return public


def note_verified(*, verified: Verified, now: datetime) -> None:
    """Keep that the whole chain was looked at, for the compliance page."""
    models.Verification.objects.create(
        verified_at=now,
        through_position=verified.last,
        found=verified.found,
        example=verified.findings[0].words.en if verified.findings else "",
    )
