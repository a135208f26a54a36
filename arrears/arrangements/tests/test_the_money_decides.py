"""What money makes of schedules and promises: told as days and payments."""

from datetime import date

import pytest

from arrears.arrangements.core.following import judge, judge_promise, parts_seen, received
from arrears.arrangements.types import AgreementState, Part, PromiseState, Schedule

AGREED = date(2026, 6, 10)
THREE = Schedule(
    AGREED,
    (Part(1, date(2026, 7, 15), 1000), Part(2, date(2026, 8, 17), 1000), Part(3, date(2026, 9, 15), 1001)),
)


def states(*money, on):
    return [seen.state for seen in parts_seen(THREE, money, on=on)]


def verdict(*money, on, **how):
    return judge(THREE, money, on=on, cure_days=how.pop("cure_days", 5), **how)


def test_before_its_day_an_instalment_is_coming():
    assert states(on=date(2026, 7, 14)) == ["coming"] * 3


def test_at_the_end_of_its_day_it_is_kept_or_missed():
    assert states(on=date(2026, 7, 15))[0] == "missed"
    assert states((date(2026, 7, 15), 1000), on=date(2026, 7, 15))[0] == "kept"


def test_money_covers_the_oldest_instalment_first():
    seen = parts_seen(THREE, [(date(2026, 8, 1), 1500)], on=date(2026, 8, 20))
    assert [(one.paid_cents, one.state) for one in seen] == [(1000, "late"), (500, "part"), (0, "coming")]


def test_paid_ahead_later_instalments_are_kept_already():
    assert states((date(2026, 7, 1), 2000), on=date(2026, 7, 1)) == ["kept", "kept", "coming"]


def test_the_order_in_which_money_is_told_does_not_matter():
    money = [(date(2026, 7, 15), 600), (date(2026, 7, 1), 400)]
    assert parts_seen(THREE, money, on=date(2026, 8, 1)) == parts_seen(
        THREE, money[::-1], on=date(2026, 8, 1)
    )


def test_a_cent_short_within_the_tolerance_is_kept():
    seen = parts_seen(THREE, [(date(2026, 7, 15), 995)], on=date(2026, 7, 15), tolerance_cents=5)
    assert seen[0].state == "kept"


def test_no_tolerance_makes_an_instalment_of_nothing_enough():
    seen = parts_seen(THREE, [], on=date(2026, 7, 15), tolerance_cents=5000)
    assert seen[0].state == "missed"


def test_a_missed_instalment_can_be_made_good_until_the_last_day_of_grace():
    on_the_last = verdict((date(2026, 7, 20), 1000), on=date(2026, 7, 25))
    assert on_the_last.state is AgreementState.PERFORMING


def test_within_the_grace_the_agreement_stands_and_says_until_when():
    waiting = verdict(on=date(2026, 7, 19))
    assert (waiting.state, waiting.cure_until) == (AgreementState.PERFORMING, date(2026, 7, 20))


def test_at_the_end_of_the_last_day_of_grace_it_breaks_on_that_day():
    broken = verdict(on=date(2026, 7, 20))
    assert (broken.state, broken.decided_date) == (AgreementState.BROKEN, date(2026, 7, 20))
    assert "2026-07-15" in broken.why.en


def test_made_good_too_late_it_is_broken_all_the_same():
    assert verdict((date(2026, 7, 21), 1000), on=date(2026, 8, 1)).state is AgreementState.BROKEN


def test_a_renegotiation_on_the_table_keeps_it_from_breaking():
    waits = verdict(on=date(2026, 7, 22), waits_until=date(2026, 7, 25))
    assert waits.state is AgreementState.PERFORMING
    assert verdict(on=date(2026, 7, 25), waits_until=date(2026, 7, 25)).state is AgreementState.BROKEN


def test_a_payment_that_bounced_gives_a_new_chance_to_make_it_good():
    money = [(date(2026, 7, 15), 1000), (date(2026, 7, 28), -1000)]
    assert verdict(*money, on=date(2026, 7, 28)).cure_until == date(2026, 8, 2)
    assert verdict(*money, on=date(2026, 8, 2)).state is AgreementState.BROKEN


def test_everything_paid_it_is_done_on_the_day_the_last_money_came():
    done = verdict((date(2026, 7, 1), 3001), on=date(2026, 7, 2))
    assert (done.state, done.decided_date) == (AgreementState.DONE, date(2026, 7, 1))


@pytest.mark.parametrize(
    ("paid", "became"),
    [
        (50_000, "kept"),
        (49_000, "kept"),
        (48_999, "part_kept"),
        (10_000, "part_kept"),
        (9_999, "broken"),
        (0, "broken"),
    ],
)
def test_a_promise_is_judged_within_its_tolerance(paid, became):
    judged = judge_promise(50_000, paid_cents=paid, tolerance_cents=1000, part_millionths=200_000)
    assert judged is PromiseState(became)


def test_what_bounced_was_never_received():
    money = [(date(2026, 7, 1), 500), (date(2026, 7, 2), -500), (date(2026, 7, 9), 70)]
    assert received(money, since=date(2026, 7, 1), until=date(2026, 7, 5)) == 0
