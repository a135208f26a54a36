"""Processes, not threads: bank, robots and agencies at once, on the same few people.

Slow (`./go test -m slow`). ARREARS_HANDS sets how many processes, ARREARS_SECONDS how long.
"""

import multiprocessing
import os
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.db import connection

from arrears.clearance.tests.hand import REFS, a_hand
from arrears.clearance.tests.town import happened, people

HANDS = int(os.environ.get("ARREARS_HANDS", "12"))
SECONDS = float(os.environ.get("ARREARS_SECONDS", "15"))

USED_A_DAY = """
select customer_ref, at::date, channel = 'sms' as message,
  count(*) filter (where outcome = 'conversation') as conversations,
  count(*) filter (where outcome <> 'conversation') as unanswered, count(*) as all
from clearance_clearance where verdict = 'cleared' and released_at is null group by 1, 2, 3
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_cap_is_exceeded_by_many_processes():
    people()
    for ref in REFS:
        happened("assigned", ref, agency="agency:A", on_list=True)
        happened("told_of_assignment", ref, agency="agency:A")
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    spawning = multiprocessing.get_context("spawn")
    told = spawning.Queue()
    hands = [spawning.Process(target=a_hand, args=(n, url, SECONDS, told)) for n in range(HANDS)]
    for hand in hands:
        hand.start()
    counts = sum((told.get(timeout=SECONDS + 120) for _ in hands), Counter[str]())
    for hand in hands:
        hand.join(timeout=60)
    assert [hand.exitcode for hand in hands] == [0] * HANDS
    with connection.cursor() as cursor:
        cursor.execute(USED_A_DAY)
        for _, _, message, conversations, unanswered, together in cursor.fetchall():
            assert together <= 5 if message else (conversations <= 3 and unanswered <= 6)
    assert counts["used"] == counts["use refused"] > 0
