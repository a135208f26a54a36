"""Reading the chain: where it stands, its records and roots, and whether all is as it was."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Min, Sum

from arrears.evidence import core, keys, models
from arrears.evidence.types import Record, Root, State
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import at_clock

AT_ONCE = 5000  # records read with one query

Positions = tuple[int, int]  # first and last, both included; empty where first > last

_RECORDS = """
select position, kind, customer_ref, about, recorded_at, body, hash from evidence_record
where position between %s and %s order by position limit %s
"""


def state() -> State:
    """Where the chain stands."""
    last = models.Record.objects.order_by("-position").values_list("position", flat=True).first() or 0
    root = models.Root.objects.order_by("-day").first()
    waiting, sheets = models.Waiting.objects.all(), models.Sheet.objects.all()
    oldest = [kind.aggregate(at=Min("recorded_at"))["at"] for kind in (waiting, sheets)]
    checked = models.Verification.objects.order_by("-pk").first()
    return State(
        last_position=last,
        unsealed=waiting.count() + (sheets.aggregate(many=Sum("records"))["many"] or 0),
        oldest_unsealed_at=min((at for at in oldest if at), default=None),
        last_signed_day=root.day if root else None,
        unsigned=last - core.end_of(root.statement if root else None)[0],
        verified_at=checked.verified_at if checked else None,
        verified_through=checked.through_position if checked else 0,
        found=checked.found if checked else 0,
    )


def positions(*, first: date | None = None, last: date | None = None) -> Positions:
    """Where the records of these days stand (days of the house, both included; None: no limit).

    A clock that went backwards may put others between them; they are in it too.
    """
    asked = "select min(position), max(position) from evidence_record where true"
    limits: list[datetime] = []
    if first is not None:
        asked += " and recorded_at >= %s"
        limits.append(_begin_of(first))
    if last is not None:
        asked += " and recorded_at < %s"
        limits.append(_begin_of(last + timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(asked, limits)
        low, high = cursor.fetchone()
    return (low or 1, high or 0)


def _begin_of(day: date) -> datetime:
    return at_clock(day, datetime.min.time(), zone=HOUSE_ZONE)


def batches(*, first: int, last: int) -> Iterator[list[Record]]:
    """The records between these positions, both included, in order, a few thousand at a time."""
    while first <= last:
        with connection.cursor() as cursor:
            cursor.execute(_RECORDS, [first, last, AT_ONCE])
            batch = [Record(*row) for row in cursor.fetchall()]
        if not batch:
            return
        yield batch
        first = batch[-1].position + 1


def records(*, first: int, last: int) -> Iterator[Record]:
    """The same one by one."""
    for batch in batches(first=first, last=last):
        yield from batch


def positions_of(customer_ref: str) -> list[int]:
    """Where the records about one customer stand."""
    rows = models.Record.objects.filter(customer_ref=customer_ref).order_by("position")
    return list(rows.values_list("position", flat=True))


def hash_at(position: int) -> bytes:
    """The hash the chain had at that position; 32 zero bytes before the first record."""
    row = models.Record.objects.filter(position=position).values_list("hash", flat=True).first()
    return bytes(row) if row else core.BEGINNING


def roots(*, first: date | None = None, last: date | None = None) -> list[Root]:
    """The signed ends of these days, in order."""
    rows = models.Root.objects.order_by("day")
    rows = rows.filter(day__gte=first) if first else rows
    rows = rows.filter(day__lte=last) if last else rows
    return [Root(row.day, row.statement, bytes(row.signature)) for row in rows]


def public_keys() -> dict[str, str]:
    """Every key ever signed with: PEM by fingerprint."""
    return dict(models.PublicKey.objects.values_list("fingerprint", "pem"))


def signing_key() -> keys.PublicHalf:
    """The public half of the present signing key. Raises UnableToSign where there is none."""
    return keys.own()


def hashes(*, first: int, last: int) -> Iterable[bytes]:
    """The hashes between these positions, in order."""
    rows = models.Record.objects.filter(position__gte=first, position__lte=last).order_by("position")
    return (bytes(each) for each in rows.values_list("hash", flat=True).iterator(chunk_size=20_000))
