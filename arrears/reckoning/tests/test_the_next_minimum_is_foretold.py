"""What the next statement will ask for, if nothing happens before it."""

from dataclasses import replace
from datetime import date

import pytest

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind, Supplied
from arrears.reckoning.queries import next_minimum, owed

FEBRUARY = Cycle(date(2024, 2, 5), date(2024, 3, 1))
BOUGHT = Movement("M1", MovementKind.PURCHASE, 10_000_00, date(2024, 1, 31))


def card(product: str, currency: str, **terms: str) -> AccountHistory:
    return AccountHistory("A1", "C1", product, currency, (FEBRUARY,), (BOUGHT,), terms=terms)


@pytest.mark.parametrize(
    ("history", "minimum"),
    [
        # 34 nights of 10,000 at 2.5 % x 12 / 365, which is 279.45; the fee of 100.00 (the missed
        # minimum), that minimum again, and 1 % of the other 9,900
        (card("hk.card", "HKD"), 279_45 + 100_00 + 100_00 + 99_00),
        # 6 February to 5 March is 29 days of 10,000 at 0.0005; the fee of 30.00, the missed minimum
        # of 100.00, and 1 % of the other 9,900
        (card("us.card", "USD", daily_rate="0.0005"), 145_00 + 30_00 + 100_00 + 99_00),
        # 34 nights, a late fee of 5 % of 1,000.00, that minimum, and a tenth of the other 9,000
        (card("cn.card", "CNY", daily_rate="0.0005"), 170_00 + 50_00 + 1000_00 + 900_00),
    ],
    ids=["Hong Kong", "America", "China"],
)
def test_interest_late_fee_and_the_missed_minimum_are_in_it(history: AccountHistory, minimum: int) -> None:
    told = next_minimum(history=history, as_of=date(2024, 2, 20))
    assert told and (told.statement_date, told.due_date) == (date(2024, 3, 5), date(2024, 3, 30))
    assert told.minimum_cents == minimum
    assert f"{minimum / 100:,.2f}" in told.words.en and f"{minimum / 100:,.2f}" in told.words.zh


def test_the_forecast_comes_true_where_nothing_happens() -> None:
    history = card("cn.card", "CNY")
    told = next_minimum(history=history, as_of=date(2024, 2, 20))
    assert told
    printed = replace(history, cycles=(FEBRUARY, Cycle(told.statement_date, told.due_date)))
    assert owed(history=printed, as_of=told.statement_date).minimum_due_cents == told.minimum_cents


def test_what_is_posted_later_is_not_known_yet() -> None:
    later = Movement("M2", MovementKind.PURCHASE, 500_00, date(2024, 2, 25))
    history = card("cn.card", "CNY")
    known = replace(history, movements=(*history.movements, later))
    assert next_minimum(history=known, as_of=date(2024, 2, 20)) == next_minimum(
        history=history, as_of=date(2024, 2, 20)
    )


def test_nothing_is_foretold_without_statements_or_where_the_bank_gives_balances() -> None:
    bare = replace(card("cn.card", "CNY"), cycles=())
    by_bank = replace(bare, movements=(), supplied=(Supplied(date(2024, 2, 1), 100_00, 1),))
    assert next_minimum(history=bare, as_of=date(2024, 2, 20)) is None
    assert next_minimum(history=by_bank, as_of=date(2024, 2, 20)) is None
