"""The ladder is a document that checks itself; the first step that fits wins."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.casebook.types import Person, Point
from arrears.kernel.trouble import WrongConfiguration
from arrears.reckoning.types import Owed
from arrears.strategy.core import decide
from arrears.strategy.ladder import load_ladder
from arrears.strategy.types import CaseSeen

TODAY = date(2026, 11, 21)
MOBILE = Point("1", "mobile", "+8613800000001", "bank")
EMAIL = Point("2", "email", "wang@example.example", "bank")


def case(days: int = 0, *, cents: int = 50000, points=(MOBILE, EMAIL), last_made=None, due=None) -> CaseSeen:
    owed = Owed(
        account_ref="A1", as_of=TODAY, currency="CNY", source="reckoned", payoff_cents=cents,
        statement_balance_cents=cents, minimum_due_cents=cents // 10, overdue_cents=cents // 10,
        interest_billed_cents=0, interest_accrued_cents=0, late_fees_cents=0, days_past_due=days,
        oldest_due_date=None, next_due_date=due, lines=(),
    )  # fmt: skip
    return CaseSeen(owed, Person("C1", "王小明", "zh-hans", "Asia/Shanghai", tuple(points)), last_made or {})


def step_of(seen: CaseSeen) -> str:
    return decide(seen, ladder=load_ladder(), on=TODAY).step


@pytest.mark.parametrize(
    ("days", "step"),
    [(0, "current"), (1, "first_days"), (7, "first_days"), (8, "early"), (30, "early"), (31, "talk"),
     (90, "talk"), (91, "late"), (180, "late"), (181, "long_late"), (5000, "long_late")],
)  # fmt: skip
def test_each_lateness_has_its_step(days, step):
    assert step_of(case(days)) == step


def test_a_trifle_is_left_in_peace_however_late():
    assert step_of(case(200, cents=999)) == "trifle"
    assert step_of(case(200, cents=1000)) == "long_late"


def test_the_due_date_is_announced_three_days_before():
    assert step_of(case(due=date(2026, 11, 24))) == "due_soon"
    assert step_of(case(due=date(2026, 11, 25))) == "current"
    assert step_of(case(due=TODAY)) == "current"


def test_contact_is_not_repeated_before_its_days_are_over():
    made = {"first_days": date(2026, 11, 18)}
    resting = decide(case(3, last_made=made), ladder=load_ladder(), on=TODAY)
    assert (resting.wish, resting.again_on) == (None, date(2026, 11, 22))
    assert decide(case(3, last_made=made), ladder=load_ladder(), on=date(2026, 11, 22)).wish is not None


def test_the_first_channel_with_a_known_point_is_taken():
    assert decide(case(3), ladder=load_ladder(), on=TODAY).wish.channel == "sms"
    assert decide(case(3, points=[EMAIL]), ladder=load_ladder(), on=TODAY).wish.channel == "email"
    assert decide(case(3, points=[]), ladder=load_ladder(), on=TODAY).unreachable


@given(st.integers(0, 100_000), st.integers(0, 10**12))
def test_every_case_finds_a_step(days, cents):
    assert step_of(case(days, cents=cents))


STEP = """
  - id: {id}
    title: {{zh: 一, en: one}}
    why: {{zh: 因, en: because}}
    when: {{days_past_due: {days}}}
    priority: 1
"""


def ladder_of(tmp_path: Path, *steps: str) -> Path:
    file = tmp_path / "ladder.yaml"
    head = "id: house\ntitle: {zh: 梯, en: ladder}\nreviewed_on: 2026-11-21\nsteps:"
    file.write_text(head + "".join(steps), "utf-8")
    return file


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([STEP.format(id="a", days="{from: 1}")], "no step fits 0 days"),
        (
            [STEP.format(id="a", days="{to: 9}"), STEP.format(id="b", days="{from: 11}")],
            "no step fits 10 days",
        ),
        ([STEP.format(id="a", days="{}"), STEP.format(id="b", days="{from: 5}")], "'b' is never reached"),
        ([STEP.format(id="a", days="{}"), STEP.format(id="a", days="{}")], "'a' stands twice"),
        ([STEP.format(id="a", days="{from: 9, to: 1}")], "from 9 is after to 1"),
        ([STEP.format(id="a", days="{form: 9}")], "unknown key 'form'"),
        ([STEP.format(id="a", days="{}") + "    every_day: 4\n"], "Did you mean 'every_days'"),
    ],
)
def test_a_ladder_with_a_gap_a_double_or_a_typing_error_is_refused(tmp_path, steps, message):
    file = ladder_of(tmp_path, *steps)
    with pytest.raises(WrongConfiguration) as refused:
        load_ladder(file)
    assert message in str(refused.value) and str(file) in str(refused.value)
