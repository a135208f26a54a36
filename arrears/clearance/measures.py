"""Counting what the gate said: for the compliance page. Inside the room; the door is `queries`.

Hours and days are those on the clocks of the people concerned.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Func, IntegerField, Q, QuerySet
from django.db.models.functions import Coalesce

from arrears.clearance import models
from arrears.clearance.types import Answer, HourCount, NearMiss, OverrideSeen, RuleCount
from arrears.kernel.words import Words

LAST_MINUTES = timedelta(minutes=10)
TAKEN_BACK = "withdrawn"  # what contact says of a message that was stopped

_BY_RULE = """
select said->>'rule', said->'title'->>'zh', said->'title'->>'en', max(said->>'reference'), max(said->>'strength'),
       count(*), count(distinct customer_ref)
from clearance_clearance, jsonb_array_elements(refusals) said
where at >= %s and at < %s and verdict <> 'cleared'
group by 1, 2, 3 order by 6 desc, 1
"""


class _Local(Func):
    """A part of a moment on the customer's own clock."""

    template = "extract(%(part)s from timezone(%(expressions)s))::int"
    output_field = IntegerField()


def by_rule(since: datetime, before: datetime) -> list[RuleCount]:
    """The rules that said no, most often first."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_RULE, [since, before])
        return [RuleCount(rule, Words(zh=zh, en=en), *rest) for rule, zh, en, *rest in cursor.fetchall()]


def by_hour(since: datetime, before: datetime) -> list[HourCount]:
    """Outgoing contacts made and stopped, by weekday and hour."""
    moment = (F("customer__zone"), Coalesce("used_at", "at"))
    made, stopped = Q(used_at__isnull=False), ~Q(verdict=Answer.CLEARED)
    rows = _between(since, before).filter(made | stopped, direction="out")
    counted = rows.values_list(_Local(*moment, part="isodow") - 1, _Local(*moment, part="hour")).annotate(
        made=Count("pk", filter=made), stopped=Count("pk", filter=stopped)
    )
    return [HourCount(*row) for row in counted.order_by()]


def overridden(since: datetime, before: datetime) -> list[OverrideSeen]:
    """Rules set aside by hand, newest first."""
    rows = _between(since, before).exclude(overridden_by="").order_by("-at", "-pk")
    return [
        OverrideSeen(
            row.at,
            row.customer_id,
            row.account_id,
            row.channel,
            row.overridden_by,
            row.override_reason,
            tuple(Words(**refusal["title"]) for refusal in row.refusals),
        )
        for row in rows
    ]


def near_misses(since: datetime, before: datetime, *, most: int) -> tuple[int, list[NearMiss]]:
    """How many came close to a limit, and the newest of them."""
    taken_back = Q(used_at=None, released_because=TAKEN_BACK)
    last_minutes = Q(used_at__gt=F("until") - LAST_MINUTES)
    rows = _between(since, before).filter(taken_back | last_minutes, verdict=Answer.CLEARED)
    newest = rows.select_related("customer").order_by("-at", "-pk")[:most]
    return rows.count(), [_near_miss(row) for row in newest]


def _near_miss(row: models.Clearance) -> NearMiss:
    assert row.until is not None  # a cleared one has a window, says its constraint
    return NearMiss(
        "last_minutes" if row.used_at else "taken_back",
        row.used_at or row.at,
        row.customer.zone,
        row.customer_id,
        row.account_id,
        row.channel,
        row.until,
    )


def _between(since: datetime, before: datetime) -> QuerySet[models.Clearance]:
    return models.Clearance.objects.filter(at__gte=since, at__lt=before)
