"""Reading matters: one, a customer's, and those that wait for an answer."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from arrears.care import models
from arrears.care.types import ABOUTS, FOUND, OVER, BureauNotice, Matter, MatterKind, Outcome, Paper, Step
from arrears.kernel.trouble import Trouble
from arrears.rulebook.clocks import Clock, clocks


class NotKnown(Trouble):
    """There is no such matter or paper."""


def matter(ref: str) -> Matter:
    """One matter with its papers and steps. Raises NotKnown."""
    number = ref.removeprefix("M")
    rows = models.Matter.objects.filter(pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
    found = _matters(rows)
    if not found:
        raise NotKnown(f"there is no matter {ref}")
    return found[0]


def matters_of(customer_ref: str) -> list[Matter]:
    """Everything a customer raised, newest first."""
    return _matters(models.Matter.objects.filter(customer_id=customer_ref).order_by("-raised_at", "-pk"))


def open_matters(*, kinds: Iterable[MatterKind] = tuple(MatterKind), limit: int = 200) -> list[Matter]:
    """Those that wait for an answer, the most pressing first."""
    rows = models.Matter.objects.filter(answered_at=None, kind__in=[str(kind) for kind in kinds])
    return _matters(rows.order_by("due_date", "pk")[:limit])


def ends_of(kind: MatterKind) -> tuple[Outcome, ...]:
    """How a matter of this kind may end."""
    return OVER if kind is MatterKind.NEED else FOUND


def late_count(on: date) -> tuple[int, int]:
    """(open matters, of which late on that day)."""
    rows = models.Matter.objects.filter(answered_at=None)
    return rows.count(), rows.filter(due_date__lt=on).count()


def clock_of(kind: MatterKind) -> Clock:
    """How long an answer may take."""
    return clocks()[kind]


def paper(key: str) -> tuple[Paper, Matter, Path]:
    """A paper, the matter it belongs to, and where its content lies. Raises NotKnown."""
    row = models.Paper.objects.select_related("matter").filter(key=key).first()
    if row is None:
        raise NotKnown(f"there is no paper {key}")
    place = Path(settings.PAPERS_FOLDER) / row.sha256[:2] / row.sha256
    return _paper(row), matter(row.matter.ref), place


def bureau_notices(*, untold: bool = True) -> list[BureauNotice]:
    """What the credit bureau must be told, oldest first."""
    rows = models.BureauNotice.objects.select_related("matter").order_by("due_date", "pk")
    return [
        BureauNotice(
            row.matter.ref, row.matter.customer_id, row.matter.account_id, row.what, row.due_date, row.told_at
        )
        for row in (rows.filter(told_at=None) if untold else rows)
    ]


def _matters(rows: QuerySet[models.Matter]) -> list[Matter]:
    return [_seen(row) for row in rows.prefetch_related("papers", "steps")]


def _seen(row: models.Matter) -> Matter:
    return Matter(
        ref=row.ref,
        kind=MatterKind(row.kind),
        about=ABOUTS[row.about],
        customer_ref=row.customer_id,
        account_ref=row.account_id,
        text=row.text,
        raised_at=row.raised_at,
        raised_by=row.raised_by,
        about_contact=row.about_contact,
        supports=tuple(row.supports),
        consent=row.consent,
        owner=row.owner,
        clock_id=row.clock_id,
        due_date=row.due_date,
        extended=row.extended,
        second_opinion=row.second_opinion,
        answered_at=row.answered_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        answer=row.answer,
        corrected_cents=row.corrected_cents,
        papers=tuple(_paper(each) for each in sorted(row.papers.all(), key=lambda each: each.pk)),
        steps=tuple(
            Step(each.at, each.by, each.what, each.text)
            for each in sorted(row.steps.all(), key=lambda each: each.pk)
        ),
    )


def _paper(row: models.Paper) -> Paper:
    return Paper(
        str(row.key),
        row.name,
        row.media_type,
        row.size_bytes,
        row.sha256,
        row.scan,
        row.added_at,
        row.added_by,
    )
