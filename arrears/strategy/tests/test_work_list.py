"""The work list: the most urgent first, page by page, narrowed by what the agent asks for."""

import pytest

from arrears.casebook.types import FactKind
from arrears.look.tests.cast import CAST, CHEN, LI, WANG, WU, ZHAO, enter, propose, tell
from arrears.strategy.queries import case_of, planned_contacts, work_count, work_list
from arrears.strategy.types import Wanted

pytestmark = pytest.mark.django_db


def names(**wanted: object) -> list[str]:
    return [row.customer_name for row in work_list(limit=50, wanted=Wanted(**wanted))]


def test_the_most_urgent_come_first_and_whoever_needs_nothing_is_left_out():
    enter(*CAST)
    rows = work_list(limit=50)
    assert [row.priority for row in rows] == sorted((row.priority for row in rows), reverse=True)
    assert "林芳" not in [row.customer_name for row in rows]
    assert work_count() == len(rows) == 7


def test_pages_follow_each_other_without_gap_or_repeat():
    enter(*CAST)
    seen, after = [], ""
    while page := work_list(limit=2, after=after):
        seen += [row.account_ref for row in page]
        after = page[-1].account_ref
    assert seen == [row.account_ref for row in work_list(limit=50)]


def test_a_search_finds_everybody_by_name_customer_or_account():
    enter(*CAST)
    assert names(search="小明") == ["王小明"]
    assert names(search="c0008") == ["林芳"]
    assert names(search=WU.account) == ["吴刚"]
    assert names(search="%") == []


def test_bucket_and_step_narrow_the_list():
    enter(WANG, LI, WU)
    assert names(bucket="M7+") == ["吴刚"]
    assert names(step=case_of(LI.account).step) == ["李静"]


def test_a_hold_counts_until_it_is_lifted():
    enter(ZHAO, CHEN)
    tell(ZHAO, FactKind.DISPUTE, "d1")
    tell(CHEN, FactKind.DECEASED, "d2")
    assert sorted(names(held=True)) == sorted(["赵强", "陈国华"])
    tell(ZHAO, FactKind.HOLD_LIFTED, fact="d1", reason="receipt seen")
    assert (names(held=True), names(held=False)) == (["陈国华"], ["赵强"])


def test_the_next_contact_is_the_one_that_waits():
    enter(WANG, LI)
    propose(WANG, "planned")
    propose(LI, "refused")
    assert list(planned_contacts([WANG.account, LI.account])) == [WANG.account]
