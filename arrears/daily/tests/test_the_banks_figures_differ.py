"""A bank that feeds its own interest, and reckons it differently: a finding, a hold, nobody pressed."""

from datetime import date, timedelta

import pytest

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import BookRows, FactKind
from arrears.contact.queries import messages_of
from arrears.daily import queries as daily
from arrears.daily.tests.test_rounds import hold, ten
from arrears.strategy.queries import proposals_of
from arrears.strategy.types import ProposalState

pytestmark = pytest.mark.django_db(transaction=True)
END = date(2026, 11, 20)
STATEMENTS = [
    (date(2026, 9, 5), date(2026, 9, 23)),
    (date(2026, 10, 5), date(2026, 10, 23)),
    (date(2026, 11, 5), date(2026, 11, 25)),
]
AUGUST, SEPTEMBER = date(2026, 8, 30), date(2026, 9, 23)
# By account: postings (kind, cents, day) and the bank's own interest by statement; all without compounding.
CASES = {
    # 17.40 by plain days: the bank charges the statement's own day on it
    "day_count": ([("purchase", 1000_00, AUGUST), ("payment", 100_00, SEPTEMBER)], {1: 17_85}),
    # nine yuan short is in full within the tolerance of ten: the bank charges 12.05 all the same
    "tolerance": (
        [("purchase", 1000_00, AUGUST), ("payment", 991_00, SEPTEMBER), ("purchase", 500_00, date(2026, 10, 2))],
        {1: 12_05},
    ),
    # 300 on 10 October: we pay 18.00 interest and the fee first, 11.90 follow; the bank principal, 11.60
    "allocation": ([("purchase", 1000_00, AUGUST), ("payment", 300_00, date(2026, 10, 10))], {1: 18_00, 2: 11_60}),
    # the bank reckons as we do: 18.00, then 15.50
    "agrees": ([("purchase", 1000_00, AUGUST)], {1: 18_00, 2: 15_50}),
}  # fmt: skip


@pytest.fixture
def book(home) -> None:
    rows: dict[str, list] = {
        name: [] for name in ("customers", "contact_points", "accounts", "postings", "statements")
    }
    for number, (cause, (postings, interest)) in enumerate(CASES.items()):
        account, customer = f"A-{cause}", f"C-{cause}"
        rows["customers"].append((customer, "王小明", None, None))
        rows["contact_points"].append((customer, "mobile", f"+861380000090{number}", None))
        terms = '{"compounding": "none", "tolerance_amount": "10.00", "tolerance_days": "3"}'
        rows["accounts"].append((account, customer, "cn.card", "CNY", None, None, terms))
        for nth, (kind, cents, day) in enumerate(postings):
            rows["postings"].append((account, f"P{nth}", kind, cents, day, None, ""))
        for nth, (stated, due) in enumerate(STATEMENTS):
            rows["statements"].append((account, stated, due, None, None, interest.get(nth)))
    casebook_actions.enter(rows=BookRows(**rows), now=ten(END - timedelta(days=1)))  # fmt: skip


def test_each_cause_is_named_held_and_summed_before_anybody_is_pressed(book) -> None:
    [report] = hold(END)
    assert {cause: (count, cents, currency) for cause, count, cents, currency in report.findings} == {
        "day_count": (1, 45, "CNY"), "tolerance": (1, 12_05, "CNY"), "allocation": (1, 30, "CNY"),
    }  # fmt: skip
    for cause in ("day_count", "tolerance", "allocation"):
        holds = casebook.holds_on([f"C-{cause}"])[f"C-{cause}"]
        assert [(fact.kind, fact.payload["cause"]) for fact in holds] == [
            (FactKind.WRONG_AMOUNT_SUSPECTED, cause)
        ]
        assert len(daily.findings_of(f"A-{cause}")) == 1
        assert not messages_of(f"C-{cause}")
        assert all(one.state == ProposalState.REFUSED for one in proposals_of(f"A-{cause}"))
    assert not casebook.holds_on(["C-agrees"]) and messages_of("C-agrees")


def test_a_second_round_says_it_once_and_a_person_lifts_the_hold(book) -> None:
    hold(END)
    (fact,) = casebook.holds_on(["C-day_count"])["C-day_count"]
    casebook_actions.record_fact(
        key="lifted", kind=FactKind.HOLD_LIFTED, customer_ref="C-day_count", happened_at=ten(END),
        now=ten(END), by="chen", payload={"fact": fact.key, "reason": "the contract says so"},
    )  # fmt: skip
    [report] = hold(END + timedelta(days=1))
    assert not casebook.holds_on(["C-day_count"]), "what a person has looked at is not held again"
    assert {cause: count for cause, count, *_ in report.findings}["day_count"] == 1
