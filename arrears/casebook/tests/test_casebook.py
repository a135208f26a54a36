"""What happened stays; taking it in twice changes nothing; one payment counts once."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from arrears.casebook import actions, queries
from arrears.casebook.models import Fact, Posting
from arrears.casebook.types import BookRows, FactKind, MoneyNotice
from arrears.kernel.words import Words

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
WHY = Words(zh="账号相符", en="the account number matches")


def wang(*postings: tuple, accounts: tuple = ("A1",)) -> BookRows:
    return BookRows(
        customers=[("C1", "王小明", None, None)],
        contact_points=[("C1", "mobile", "+8613800000001", None)],
        accounts=[(ref, "C1", "cn.card", "CNY", None, None, None) for ref in accounts],
        postings=list(postings),
    )


def bought(ref: str = "P1", cents: int = 10000) -> tuple:
    return ("A1", ref, "purchase", cents, date(2026, 10, 1), None, "book.csv:2")


def paid(ref: str, day: int, cents: int = 5000) -> tuple:
    return ("A1", ref, "payment", cents, date(2026, 11, day), None, "book.csv:3")


def notice(ref: str = "N1", account: str = "A1", currency: str = "CNY") -> MoneyNotice:
    return MoneyNotice(ref, date(2026, 11, 2), 5000, currency, account_given=account)


def pay(ref: str = "N1") -> None:
    actions.take_money(notice=notice(ref), because=None, now=NOON)
    actions.match_money(money_ref=ref, account_ref="A1", by="rule:account", reason=WHY, now=NOON)


def movement_refs() -> list[str]:
    return [movement.ref for movement in queries.history_of("A1").movements]


def test_the_same_book_twice_changes_nothing():
    for _ in range(2):
        actions.enter(rows=wang(bought()), now=NOON)
    assert movement_refs() == ["P1"]


def test_a_later_book_never_erases_a_payment_that_arrived_in_between():
    actions.enter(rows=wang(bought()), now=NOON)
    pay()
    actions.enter(rows=wang(bought()), now=NOON)
    assert movement_refs() == ["P1", "notice:N1"]


def test_a_payment_noticed_and_later_in_the_book_counts_once():
    actions.enter(rows=wang(bought()), now=NOON)
    pay()
    actions.enter(rows=wang(bought(), paid("TX9", 3)), now=NOON)
    assert movement_refs() == ["P1", "notice:N1"]
    assert [pair.book.ref for pair in queries.money_to_check()] == ["TX9"]


def test_a_payment_in_the_book_first_and_noticed_later_counts_once():
    actions.enter(rows=wang(bought(), paid("TX9", 2)), now=NOON)
    pay()
    assert movement_refs() == ["P1", "notice:N1"]


def test_two_equal_payments_on_one_day_both_count():
    actions.enter(rows=wang(bought()), now=NOON)
    pay("N1")
    pay("N2")
    actions.enter(rows=wang(paid("TX1", 2), paid("TX2", 2)), now=NOON)
    assert movement_refs() == ["P1", "notice:N1", "notice:N2"]


def test_money_is_applied_to_one_account_only():
    actions.enter(rows=wang(bought(), accounts=("A1", "A2")), now=NOON)
    pay()
    with pytest.raises(actions.UnableToMatchMoney, match="was applied to A1"):
        actions.match_money(money_ref="N1", account_ref="A2", by="agent", reason=WHY, now=NOON)


def test_money_in_another_currency_is_not_applied():
    actions.enter(rows=wang(bought()), now=NOON)
    actions.take_money(notice=notice(currency="USD"), because=None, now=NOON)
    with pytest.raises(actions.UnableToMatchMoney, match="is in USD"):
        actions.match_money(money_ref="N1", account_ref="A1", by="agent", reason=WHY, now=NOON)


def test_a_fact_recorded_twice_is_one_fact():
    actions.enter(rows=wang(), now=NOON)

    def tell() -> bool:
        return actions.record_fact(
            key="f1", kind=FactKind.DISPUTE, customer_ref="C1", happened_at=NOON, now=NOON, by="agent"
        )

    assert [tell(), tell()] == [True, False]
    assert [fact.kind for fact in queries.facts_of("C1")] == [FactKind.DISPUTE]


@pytest.mark.parametrize(
    "spoil", [lambda: Posting.objects.update(cents=1), lambda: Posting.objects.all().delete()]
)
def test_the_database_refuses_to_change_what_happened(spoil):
    actions.enter(rows=wang(bought()), now=NOON)
    with pytest.raises(DatabaseError, match="what happened is not changed"), transaction.atomic():
        spoil()
    assert Fact.objects.count() == 0 and Posting.objects.get().cents == 10000
