"""Properties of the fold on made-up accounts, interpreted and compiled."""

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from arrears.casebook.types import CREDITS, AccountHistory, MovementKind
from arrears.reckoning import fold as f
from arrears.reckoning.core import TERM_NAMES, reckon, run_fold, sheet_of
from arrears.reckoning.queries import terms_of
from arrears.reckoning.tests import books
from arrears.reckoning.tree import sums_hold
from arrears.reckoning.types import Line
from arrears.rulebook.terms import CHOICES, CardTerms

few = settings(max_examples=150, deadline=None)


@given(history=books.accounts(), as_of=books.days)
@few
def test_compiled_and_interpreted_agree_on_every_field(history: AccountHistory, as_of: date) -> None:
    compiled = pytest.importorskip("arrears.reckoning.compiled")
    terms = terms_of(history, as_of=as_of)
    sheet = np.array(sheet_of(history, terms, as_of=as_of), dtype=np.int64)
    compiled.fold_sheet(sheet)
    assert sheet.tolist() == run_fold(history, terms, as_of=as_of).sheet


@given(history=books.accounts(), as_of=books.days)
@few
def test_lines_add_up_to_the_payoff(history: AccountHistory, as_of: date) -> None:
    assert sums_hold(reckon(history, terms_of(history, as_of=as_of), as_of=as_of))


@given(history=books.accounts(), as_of=books.days)
@few
def test_no_cent_is_lost_or_made(history: AccountHistory, as_of: date) -> None:
    """Debits and charges, less credits, is the payoff: the fold moves money, it makes none."""
    r = run_fold(history, terms_of(history, as_of=as_of), as_of=as_of)
    posted = sum(_signed(m.kind, m.cents) for m in history.movements if m.posted_date <= as_of)
    charges = sum(
        r.sheet[lot + f.CENTS] for lot in range(r.sheet[f.POSTINGS_END], r.sheet[f.LOTS_END], f.LOT_ROW)
    )
    assert r.sheet[f.PAYOFF] == posted + charges + r.sheet[f.ACCRUED] - r.sheet[f.OVER_CEILING]


@given(history=books.accounts(), as_of=books.days)
@few
def test_running_sums_are_the_sums_of_their_rows(history: AccountHistory, as_of: date) -> None:
    """What the fold keeps so that it need not look again: left of each kind, missing, the open lots."""
    r = run_fold(history, terms_of(history, as_of=as_of), as_of=as_of)
    debits = [lot for lot in r.lots() if r.sheet[lot + f.KIND] < f.FIRST_CREDIT and r.sheet[lot + f.STANDING]]
    for kind in range(f.LATE_FEE + 1):
        left = sum(r.sheet[lot + f.LEFT] for lot in debits if r.sheet[lot + f.KIND] == kind)
        assert r.sheet[f.LEFT_OF + kind] == left
    assert r.sheet[f.MISSING_IN_ALL] == sum(r.sheet[row + f.MISSING] for row in r.printed())
    listed = [r.sheet[row + f.OPEN] for row in range(r.sheet[f.LOTS_AT], r.sheet[f.OPEN_END], f.LOT_ROW)]
    assert len(set(listed)) == len(listed)
    assert {lot for lot in debits if r.sheet[lot + f.LEFT]} <= set(listed)


def _signed(kind: MovementKind, cents: int) -> int:
    return -cents if kind in CREDITS else cents


@given(history=books.accounts(), as_of=books.days)
@few
def test_every_interest_line_is_the_sum_of_its_days(history: AccountHistory, as_of: date) -> None:
    terms = terms_of(history, as_of=as_of)
    owed = reckon(history, terms, as_of=as_of)
    for line in [*owed.charges, *(line for line in owed.lines if line.kind == "interest_accrued")]:
        if line.segments:
            assert line.cents == _half_up(_interest(line, terms))


def _interest(line: Line, terms: CardTerms) -> Fraction:
    exact = {f"{step.purchases / terms.rate_unit:.10f}".rstrip("0"): step.purchases for step in terms.rates}
    exact |= {f"{step.cash / terms.rate_unit:.10f}".rstrip("0"): step.cash for step in terms.rates}
    return sum(
        (Fraction(s.balance_cents * s.days * exact[s.daily_rate], terms.rate_unit) for s in line.segments),
        Fraction(0),
    )


def _half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


@given(history=books.accounts(), as_of=books.days)
@few
def test_a_later_day_never_forgets_a_charge(history: AccountHistory, as_of: date) -> None:
    """Without postings that undo others, what was charged yesterday stands today."""
    if any(m.kind in (MovementKind.PAYMENT_REVERSAL, MovementKind.CHARGEBACK) for m in history.movements):
        return
    terms = terms_of(history, as_of=date(2020, 6, 1))
    before = reckon(history, terms, as_of=as_of - timedelta(days=1))
    after = reckon(history, terms, as_of=as_of)
    if _own_charges(history, as_of) == _own_charges(history, as_of - timedelta(days=1)):
        assert [line.cents for line in after.charges][: len(before.charges)] == [
            line.cents for line in before.charges
        ]


def _own_charges(history: AccountHistory, as_of: date) -> bool:
    own = (MovementKind.INTEREST, MovementKind.LATE_FEE)
    return not any(m.kind in own and m.posted_date <= as_of for m in history.movements)


def test_the_head_of_the_sheet_is_the_card_terms_in_order() -> None:
    assert len(TERM_NAMES) == f.TERMS
    assert [getattr(f, name.upper()) for name in TERM_NAMES] == list(range(f.TERMS))


def test_choices_have_the_numbers_the_fold_knows() -> None:
    known = {
        "day_count": {"statement_day_charged": f.STATEMENT_DAY_CHARGED,
                      "payment_day_at_old_balance": f.PAYMENT_DAY_AT_OLD_BALANCE},
        "method": {"unpaid_part": f.UNPAID_PART},
        "free_period": {"while_paid_in_full": f.WHILE_PAID_IN_FULL, "none": f.NO_FREE_PERIOD},
        "allocation": {"by_lateness": f.BY_LATENESS, "principal_first": f.PRINCIPAL_FIRST,
                       "highest_rate_first": f.HIGHEST_RATE_FIRST},
        "charges_by": {"as_posted": f.AS_POSTED, "bank": f.BY_BANK},
    }  # fmt: skip
    for term, numbers in known.items():
        for choice, number in numbers.items():
            assert CHOICES[term].index(choice) == number
    for term in ("compounding", "accrual_start", "lost_free_period_from", "new_purchases"):
        assert len(CHOICES[term]) == 2
