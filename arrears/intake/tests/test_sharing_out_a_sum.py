"""An agency's one sum for many customers: shared out where its breakdown makes it up, and not at all otherwise."""

from datetime import date

import pytest

from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyNotice
from arrears.intake import actions
from arrears.intake.tests.books import NOON, the_cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def breakdown(tmp_path, home):
    actions.take_book(path=the_cast(tmp_path / "book"), now=NOON)
    notice = MoneyNotice("AG1", date(2026, 11, 2), 10_000, "CNY", payer_name="某催收公司", source="statement")
    actions.take_notice(notice=notice, now=NOON)

    def write(*rows: str):
        file = tmp_path / "agency.csv"
        file.write_text("\n".join(["account,amount,reference", *rows]), "utf-8")
        return file

    return write


def test_a_breakdown_that_makes_up_the_sum_is_shared_out_once(breakdown):
    file = breakdown("622500001,60.00,x", "622500002,30.00,", "999,10.00,unknown")
    for _ in range(2):
        shared = actions.share_out(path=file, money_ref="AG1", now=NOON)
        assert (shared.parts, shared.matched, shared.unmatched) == (3, 2, 1)
    assert shared.touched == ()
    (totals,) = casebook.money_totals()
    assert totals.adds_up and (totals.booked_cents, totals.unmatched_cents) == (9_000, 1_000)
    assert [money.cents for money in casebook.unmatched_money()] == [1_000]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("622500001,60.00,", "622500002,40.01,"), "by 0.01 CNY"),
        (("622500001,60.00,",), "by -40.00 CNY"),
        (("622500001,100.001,",), "line 2, column amount"),
        (("622500001,110.00,", "622500002,-10.00,"), "line 3, column amount"),
        ((",100.00,",), "line 2, column account"),
    ],
)
def test_what_does_not_make_up_the_sum_shares_out_nothing(breakdown, rows, said):
    with pytest.raises(actions.UnableToShareOut, match=said):
        actions.share_out(path=breakdown(*rows), money_ref="AG1", now=NOON)
    assert [money.ref for money in casebook.unmatched_money()] == ["AG1"]


def test_money_that_has_its_account_is_not_shared_out(breakdown):
    actions.match_by_hand(money_ref="AG1", account_ref="622500001", by="x", reason="x", now=NOON)
    with pytest.raises(actions.UnableToShareOut, match="on account 622500001 already"):
        actions.share_out(path=breakdown("622500001,100.00,"), money_ref="AG1", now=NOON)
