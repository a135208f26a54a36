"""The bench of the gate: everybody is asked about in each run, and only in a house of its own."""

import pytest

from arrears.casebook.actions import enter
from arrears.casebook.types import BookRows
from arrears.clearance import bench
from arrears.clearance.models import Clearance
from arrears.clearance.tests.town import NOON, ask, people

pytestmark = pytest.mark.django_db


def its_own_people(number: int) -> list[str]:
    """As `make_people`, but for ANALYZE, which would outlive the test and change others' plans."""
    refs = [f"bench{place}" for place in range(number)]
    customers = [(ref, "张三", None, "Asia/Shanghai") for ref in refs]
    accounts = [(f"a{ref}", ref, "cn.card", "CNY", None, None, None) for ref in refs]
    enter(rows=BookRows(customers=customers, accounts=accounts), now=NOON)
    return refs


def test_each_run_and_the_first_asks_about_everybody_in_every_way_and_begins_anew():
    refs = its_own_people(12)
    rates = bench.bulk_runs(refs, runs=2)
    assert [[rate.done for rate in of_kind] for of_kind in rates.values()] == [[12, 12, 12]] * 6
    asked = Clearance.objects.values_list("channel", "customer_id")
    assert sorted(asked) == sorted((channel, ref) for channel in ("sms", "call", "email") for ref in refs)


def test_it_forgets_no_answer_about_people_who_are_not_its_own():
    people()
    given = ask()
    with pytest.raises(RuntimeError, match="somebody lives"):
        bench.bulk_runs(its_own_people(2), runs=1)
    assert Clearance.objects.filter(key=given.key).exists()
