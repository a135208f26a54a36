"""Processes, not threads: bank, robots and agencies at once, on the same few people.

Slow (`./go test -m slow`). ARREARS_HANDS sets how many processes, ARREARS_SECONDS how long.
"""

import multiprocessing
import os
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from arrears.clearance import actions
from arrears.clearance.tests.hand import REFS, a_hand
from arrears.clearance.tests.town import BOOK, NOON, asking, happened, people

HANDS = int(os.environ.get("ARREARS_HANDS", "12"))
SECONDS = float(os.environ.get("ARREARS_SECONDS", "15"))

# A plain reading of the caps over what is on record, sharing no code with the gate: China, by the day.
# A call whose outcome is not known may have been a conversation; a contact we did not begin counts for nobody.
EXCEEDED = """
with taken as (
  select customer_ref, point, channel, coalesce(nullif(outcome, ''), 'planned') as outcome,
    (coalesce(used_at, at) at time zone 'Asia/Shanghai')::date as day
  from clearance_clearance where verdict = 'cleared' and released_at is null)
select 'conversations', customer_ref, day, count(*) from taken
  where channel in ('call', 'robot_call') and outcome in ('conversation', 'planned')
  group by customer_ref, day having count(*) > 3
union all
select 'unanswered on ' || point, customer_ref, day, count(*) from taken
  where channel in ('call', 'robot_call') and outcome not in ('conversation')
  group by customer_ref, day, point having count(*) > 6
union all
select 'messages', customer_ref, day, count(*) from taken
  where channel in ('sms', 'email') group by customer_ref, day having count(*) > 5
"""
CLEARED = "select count(*) from clearance_clearance where customer_ref = %s and verdict = 'cleared'"
HELD = REFS[0]


def rows(sql: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def hold_half_way() -> int:
    """Record a hold; how often that person was cleared by those who may not have known of it."""
    time.sleep(SECONDS / 2)
    happened("complaint", HELD, at=NOON)
    with transaction.atomic():  # whoever asked before has answered once we have the lock
        rows("select 1 from clearance_budget where customer_ref = %s for update", HELD)
        return rows(CLEARED, HELD)[0][0]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_cap_is_exceeded_by_many_processes():
    people()
    for ref in REFS:
        happened("assigned", ref, agency="agency:A", on_list=True)
        happened("told_of_assignment", ref, agency="agency:A")
    actions.ask_many(askings=[asking(f"first:{ref}", ref) for ref in REFS], book=BOOK, now=NOON)
    deadlocks = rows("select deadlocks from pg_stat_database where datname = current_database()")[0][0]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    spawning = multiprocessing.get_context("spawn")
    told = spawning.Queue()
    hands = [spawning.Process(target=a_hand, args=(n, url, SECONDS, told)) for n in range(HANDS)]
    for hand in hands:
        hand.start()
    cleared_before = hold_half_way()
    counts = sum((told.get(timeout=SECONDS + 300) for _ in hands), Counter[str]())
    for hand in hands:
        hand.join(timeout=60)
    print(HANDS, "processes", SECONDS, "seconds", dict(counts))  # noqa: T201 - shown with -s
    assert [hand.exitcode for hand in hands] == [0] * HANDS
    assert [what for what in counts if what.startswith("failed")] == []
    assert rows(EXCEEDED) == []
    assert rows(CLEARED, HELD) == [(cleared_before,)]
    assert rows("select count(*) from clearance_clearance where used_at is not null") == [(counts["used"],)]
    assert counts["used"] > 0 and counts["use refused"] >= counts["used"]
    connection.close()  # the counters of this database are those of a fresh look
    assert rows("select deadlocks from pg_stat_database where datname = current_database()") == [(deadlocks,)]
