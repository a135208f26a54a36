"""Accounts made up by hypothesis: every kind of posting, every choice of terms."""

from datetime import date, timedelta

from hypothesis import strategies as st

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.rulebook.terms import CHOICES

FIRST_DAY = date(2019, 11, 15)  # rates are capped until 2020: the debt lives through the change
PAYING = [MovementKind.PAYMENT] * 4 + [MovementKind.PURCHASE] * 4
KINDS = st.sampled_from([*PAYING, *(kind for kind in MovementKind)])

terms = st.fixed_dictionaries(
    {},
    optional={
        "daily_rate": st.sampled_from(["0.0005", "0.0006", "18.99% a year", "2.5% a month", "0"]),
        "cash_daily_rate": st.sampled_from(["0.0007", "none"]),
        "minimum_of_purchases": st.sampled_from(["0.10", "0.05", "1"]),
        "minimum_of_purchases_once_kept": st.sampled_from(["0.05", "none"]),
        "minimum_of_cash": st.sampled_from(["0.10", "1"]),
        "minimum_of_interest": st.sampled_from(["0.10", "1"]),
        "minimum_floor": st.sampled_from(["0.00", "50.00"]),
        "late_fee_floor": st.sampled_from(["0.00", "10.00"]),
        "late_fee_cap": st.sampled_from(["none", "500.00"]),
        "late_fee_flat": st.sampled_from(["0.00", "30.00"]),
        "late_fee_flat_again": st.sampled_from(["none", "41.00"]),
        "tolerance_days": st.sampled_from(["0", "3", "40"]),
        "tolerance_amount": st.sampled_from(["0.00", "10.00"]),
        "principal_first_from_day": st.sampled_from(["31", "91"]),
        "cost_ceiling": st.sampled_from(["none", "0.24", "0.02"]),
        **{name: st.sampled_from(choices) for name, choices in CHOICES.items()},
    },
)


@st.composite
def cycles(draw: st.DrawFn) -> tuple[Cycle, ...]:
    """Up to eight months of statements, due 18 to 25 days later."""
    day = FIRST_DAY + timedelta(days=draw(st.integers(0, 20)))
    free_days = draw(st.integers(18, 25))
    made = []
    for _ in range(draw(st.integers(0, 8))):
        made.append(Cycle(day, day + timedelta(days=free_days)))
        day += timedelta(days=draw(st.integers(28, 31)))
    return tuple(made)


@st.composite
def movements(draw: st.DrawFn) -> tuple[Movement, ...]:
    """Up to twenty postings in day order; some name an earlier one they undo or refund."""
    days = sorted(draw(st.lists(st.integers(0, 270), max_size=20)))
    made: list[Movement] = []
    for number, day in enumerate(days):
        kind = draw(KINDS)
        posted = FIRST_DAY + timedelta(days=day)
        target = draw(st.sampled_from([None, *(m.ref for m in made[-4:])])) if made else None
        cents = draw(st.sampled_from([100, 90_00, 1000_00]) | st.integers(1, 2_000_000))
        undoes = kind in (MovementKind.PAYMENT_REVERSAL, MovementKind.CHARGEBACK, MovementKind.REFUND)
        made.append(
            Movement(
                f"m{number}",
                kind,
                cents,
                posted,
                reverses=target if undoes else None,
                made_date=posted - timedelta(days=draw(st.integers(0, 3))),
            )
        )
    return tuple(made)


@st.composite
def accounts(draw: st.DrawFn) -> AccountHistory:
    """One account with its own terms."""
    return AccountHistory(
        ref="A1",
        customer_ref="C1",
        product="cn.card",
        currency="CNY",
        cycles=draw(cycles()),
        movements=draw(movements()),
        limit_cents=draw(st.sampled_from([None, 5_000_00])),
        terms=draw(terms),
    )


days = st.integers(0, 300).map(lambda days: FIRST_DAY + timedelta(days=days))
