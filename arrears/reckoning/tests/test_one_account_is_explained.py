"""Stories of one account: the tree, choices, late facts, bad input, the bank's own figures."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.reckoning import instalments as i
from arrears.reckoning.checks import check
from arrears.reckoning.explain import as_json, as_text, back_dated
from arrears.reckoning.queries import owed, second_opinion, terms_of, what_if
from arrears.reckoning.second_opinion import sum_by_cause
from arrears.reckoning.tree import sums_hold
from arrears.reckoning.types import Line, Owed, UnableToReckon
from arrears.rulebook.terms import load_terms

PURCHASE, PAYMENT = MovementKind.PURCHASE, MovementKind.PAYMENT


def cycles(first: date, number: int) -> tuple[Cycle, ...]:
    """Statements every thirty days, due twenty days later."""
    days = [first + timedelta(days=30 * k) for k in range(number)]
    return tuple(Cycle(day, day + timedelta(days=20)) for day in days)


WANG = AccountHistory(
    ref="A-WANG",
    customer_ref="C-WANG",
    product="cn.card",
    currency="CNY",
    cycles=(Cycle(date(2023, 9, 5), date(2023, 9, 23)), Cycle(date(2023, 10, 5), date(2023, 10, 23))),
    movements=(
        Movement("M1", PURCHASE, 1000_00, date(2023, 8, 30)),
        Movement("M2", PAYMENT, 100_00, date(2023, 9, 23)),
    ),
    opened_date=date(2023, 1, 1),
)


def lines_of(owed: Owed) -> list[Line]:
    """Every line of the tree."""

    def walk(line: Line) -> list[Line]:
        return [line, *(below for sub in line.lines for below in walk(sub))]

    return [line for top in (*owed.lines, *owed.charges) for line in walk(top)]


def test_every_cent_of_interest_unfolds_to_days_rule_and_facts() -> None:
    answer = owed(history=WANG, as_of=date(2023, 10, 5))
    (interest,) = [line for line in answer.charges if line.kind == "interest"]
    assert [(s.days, s.balance_cents, s.daily_rate, s.fact) for s in interest.segments] == [
        (24, 1000_00, "0.0005", "M1"),
        (12, 900_00, "0.0005", "M1"),
    ]
    assert interest.rule and interest.rule.reference
    assert interest.facts == ("M1",)
    assert sums_hold(answer)


def test_the_explanation_is_whole_in_chinese_and_english() -> None:
    answer = owed(history=WANG, as_of=date(2023, 10, 5))
    assert all(line.words.zh and line.words.en for line in lines_of(answer))
    chinese, english = as_text(answer, language="zh-Hans"), as_text(answer, language="en")
    assert "2023年10月5日结清需还：¥917.40" in chinese
    assert "全额还清" in chinese
    assert "To pay everything off on 5 October 2023: ¥917.40" in english
    assert "24 nights: ¥1,000.00 at 0.0005 a day (M1)" in english


def test_the_tree_as_data_keeps_amounts_as_text() -> None:
    data = json.loads(json.dumps(as_json(owed(history=WANG, as_of=date(2023, 10, 5)))))
    assert data["payoff"] == "917.40"
    assert data["minimum_due"] == "107.40"
    assert sum(round(float(line["amount"]) * 100) for line in data["lines"]) == 91740
    assert data["minimum"]["lines"]


def test_what_if_shows_what_a_payment_saves_with_statements_to_come() -> None:
    choice = what_if(history=WANG, payments=[(date(2023, 10, 20), 500_00)], as_of=date(2023, 11, 6))
    # 917.40 x 31 nights without, 417.40 x 16 after 15 nights with; the November statement is expected.
    assert choice.before.interest_billed_cents == 14_22
    assert choice.after.interest_billed_cents == 10_22
    assert choice.before.late_fees_cents == 5_37
    assert choice.after.late_fees_cents == 0
    saved = choice.before.payoff_cents - choice.after.payoff_cents - 500_00
    assert f"¥{saved / 100:.2f}" in choice.changes[0].en
    assert "可少付利息和费用" in choice.changes[0].zh


def test_a_payment_learned_late_changes_everything_after_its_day() -> None:
    late = Movement("M3", PAYMENT, 900_00, date(2023, 9, 20), source="notice")
    told = back_dated(WANG, load_terms("cn.card"), late, as_of=date(2023, 10, 5))
    assert told.before.interest_billed_cents == 17_40
    assert told.after.interest_billed_cents == 0
    assert told.after.payoff_cents == 0
    assert any("¥17.40" in change.en for change in told.changes)


def spoiled(**changes: object) -> AccountHistory:
    movement = replace(WANG.movements[1], **changes)  # type: ignore[arg-type]
    return replace(WANG, movements=(WANG.movements[0], movement))


@pytest.mark.parametrize(
    ("history", "message", "posting"),
    [
        (spoiled(posted_date=date(2023, 8, 1)), "out of order", "M2"),
        (replace(WANG, opened_date=date(2023, 9, 1)), "before the account was opened", "M1"),
        (replace(WANG, currency="XXZ"), "no known currency", None),
        (spoiled(cents=2**53 + 1), "2\\^53", "M2"),
        (spoiled(cents=0), "2\\^53", "M2"),
        (spoiled(cents=10.5), "whole number", "M2"),
        (spoiled(cents=True), "whole number", "M2"),
        (spoiled(ref="M1"), "two postings with this id", "M1"),
        (spoiled(kind=MovementKind.PAYMENT_REVERSAL, reverses="M9"), "which is not there", "M2"),
        (replace(WANG, cycles=(Cycle(date(2023, 9, 5), None),)), "no due date", None),  # type: ignore[arg-type]
        (replace(WANG, cycles=(Cycle(date(2023, 9, 5), date(2023, 9, 5)),)), "not after", None),
        (replace(WANG, cycles=WANG.cycles[::-1]), "does not follow", None),
        (replace(WANG, product="cn.cart"), "did you mean 'cn.card'", None),
        (replace(WANG, terms={"day_count": "x"}), "day_count", None),
    ],
)
def test_a_history_that_cannot_be_right_names_account_and_posting(
    history: AccountHistory, message: str, posting: str | None
) -> None:
    with pytest.raises(UnableToReckon, match=message) as refused:
        owed(history=history, as_of=date(2023, 10, 5))
    assert refused.value.account_ref == "A-WANG"
    assert refused.value.movement_ref == posting


def test_the_desk_never_waits_for_the_compiler() -> None:
    loaded = (
        "import arrears.reckoning.queries, sys; sys.exit('numba' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_the_largest_amounts_stay_exact() -> None:
    huge = replace(WANG, movements=(Movement("M1", PURCHASE, 2**53, date(2023, 8, 30)),), opened_date=None)
    check(huge)
    answer = owed(history=huge, as_of=date(2023, 10, 5))
    assert answer.interest_billed_cents == (2**53 * 36 * 2 + 2000) // 4000
    assert sums_hold(answer)


# --- the bank's own figures


def with_interest(cents: int) -> AccountHistory:
    cycle = replace(WANG.cycles[1], supplied_interest_cents=cents)
    return replace(WANG, cycles=(WANG.cycles[0], cycle))


def test_a_second_opinion_agrees_to_the_cent() -> None:
    assert second_opinion(history=with_interest(17_40), as_of=date(2023, 10, 5)) is None


@pytest.mark.parametrize(
    ("theirs", "cause"),
    [(17_85, "day_count"), (17_45, "day_count"), (16_20, "method"), (99_99, "unknown")],
)
def test_a_second_opinion_names_the_first_statement_and_the_likely_cause(theirs: int, cause: str) -> None:
    found = second_opinion(history=with_interest(theirs), as_of=date(2023, 10, 20))
    assert found and found.statement_date == date(2023, 10, 5)
    assert (found.what, found.ours_cents, found.theirs_cents, found.cause) == (
        "interest",
        17_40,
        theirs,
        cause,
    )
    assert found.words.zh and found.words.en


def test_a_tolerance_the_bank_forgot_is_named() -> None:
    nine_short = replace(
        WANG,
        movements=(WANG.movements[0], replace(WANG.movements[1], cents=991_00)),
        cycles=(WANG.cycles[0], replace(WANG.cycles[1], supplied_interest_cents=12_05)),
    )
    found = second_opinion(history=nine_short, as_of=date(2023, 10, 5))
    assert found and (found.ours_cents, found.cause) == (0, "tolerance")


def test_findings_sum_by_cause() -> None:
    found = [
        second_opinion(history=with_interest(cents), as_of=date(2023, 10, 5)) for cents in (17_85, 17_45)
    ]
    assert sum_by_cause(one for one in found if one) == {"day_count": (2, 50)}


def test_interest_the_bank_posted_itself_is_not_charged_twice() -> None:
    posted = Movement("B1", MovementKind.INTEREST, 17_85, date(2023, 10, 5))
    history = replace(WANG, movements=(*WANG.movements, posted))
    answer = owed(history=history, as_of=date(2023, 10, 5))
    assert (answer.interest_billed_cents, answer.payoff_cents) == (17_85, 917_85)
    found = second_opinion(history=history, as_of=date(2023, 10, 5))
    assert found and found.cause == "day_count"


# --- instalments


def test_a_plan_of_0_6_per_cent_a_month_costs_13_03_per_cent_a_year() -> None:
    nominal, effective = i.yearly_cost(i.Plan("p", date(2024, 1, 1), 12000_00, 12, 6000))
    assert (round(nominal, 4), round(effective, 4)) == (0.1303, 0.1384)


@pytest.mark.parametrize(
    ("months", "cents", "cash"),
    [(61, 6000_00, False), (0, 6000_00, False), (25, 6000_00, True), (12, 50_000_01, True)],
)
def test_a_plan_beyond_the_limits_is_refused(months: int, cents: int, cash: bool) -> None:
    with pytest.raises(i.UnableToPlan):
        i.plan_by_terms(
            load_terms("cn.card"), ref="p", agreed_date=date(2024, 1, 1), principal_cents=cents, months=months,
            cash=cash,
        )  # fmt: skip


@pytest.mark.parametrize(("cents", "months"), [(10_000_00, 3), (100, 60), (99_999_99, 7)])
def test_instalments_sum_to_the_principal(cents: int, months: int) -> None:
    days = [date(2024, 1, 5) + timedelta(days=30 * k) for k in range(months)]
    plan = i.Plan("p", date(2024, 1, 1), cents, months, 6000)
    made = i.instalments(plan, days)
    assert sum(one.principal_cents for one in made) == cents
    assert len(made) == months
    assert i.left_on(plan, [Cycle(day, day + timedelta(days=20)) for day in days], days[0]) == (
        cents - made[0].principal_cents
    )


def test_terms_of_an_account_follow_the_day() -> None:
    assert terms_of(WANG, as_of=date(2016, 1, 1)).fees_bear_interest == 1
