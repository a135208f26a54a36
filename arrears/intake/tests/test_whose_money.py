"""Whose money it is: certain, or left for a person with the reason. Pure."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.casebook.types import MoneyNotice
from arrears.intake.matching import Card, Order, decide, may_mean, names_in

CARDS = [
    Card("622500001", "C1001", "CNY"),
    Card("622500002", "C1002", "CNY"),
    Card("622500003", "C1002", "CNY"),
    Card("622500004", "C1004", "USD"),
    Card("7", "C1007", "CNY"),
]


def notice(account: str = "", reference: str = "", currency: str = "CNY") -> MoneyNotice:
    return MoneyNotice("N1", date(2026, 11, 2), 5_000, currency, account, reference)


@pytest.mark.parametrize(
    ("account", "reference", "whose", "by"),
    [
        ("622500001", "", "622500001", "rule:account"),
        ("622500001", "还款 622500002", "622500001", "rule:account"),  # the field is believed
        ("622500009", "还款 622500001", None, "no_such_account"),
        ("", "信用卡还款622500001谢谢", "622500001", "rule:reference"),
        ("", "acct:622500001/NOV", "622500001", "rule:reference"),
        ("", "6225 0000 1", "622500001", "rule:reference"),
        ("", "６２２５００００１", "622500001", "rule:reference"),
        ("", "622500001 622500002", None, "several"),
        ("", "客户C1001还款", "622500001", "rule:customer"),
        ("", "客户C1002还款", None, "several"),
        ("", "7", "7", "rule:reference"),  # the whole reference
        ("", "7 kuai", None, "nothing_named"),  # but not a word in passing
        ("", "谢谢", None, "nothing_named"),
        ("", "", None, "nothing_named"),
        ("622500004", "", None, "other_currency"),
        ("", "C1004", None, "other_currency"),
    ],
)
def test_money_is_matched_where_it_is_certain(account, reference, whose, by):
    asked = notice(account, reference)
    meant = may_mean(asked)
    cards = [card for card in CARDS if card.account in meant or card.customer in meant]
    decision = decide(asked, cards)
    assert (decision.account, decision.by) == (whose, by)
    assert decision.words.zh and decision.words.en and "{" not in decision.words.zh + decision.words.en


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40), st.text(max_size=10))
def test_any_words_lead_to_a_decision_and_never_to_an_account_they_do_not_name(reference, account):
    asked = notice(account.strip(), reference.strip())
    decision = decide(asked, CARDS)
    named = decision.account is None or any(decision.account == text for text in may_mean(asked))
    by_customer = {card.account for card in CARDS if card.customer in may_mean(asked)}
    assert named or decision.account in by_customer


ORDERS = [
    Order("P00000000000001", "622500001", 5_000, "CNY"),
    Order("P00000000000002", "622500002", 5_000, "CNY"),
    Order("P00000000000003", "622500001", 4_999, "CNY"),
]


@pytest.mark.parametrize(
    ("account", "reference", "whose", "by"),
    [
        ("", "还款Ｐ０００００００００００００１", "622500001", "rule:order"),
        ("", "order p00000000000001, thanks", "622500001", "rule:order"),
        ("P00000000000001", "", "622500001", "rule:order"),  # written where the account belongs
        ("622500002", "P00000000000001", "622500002", "rule:account"),  # the field is believed
        ("", "P00000000000001 622500001", "622500001", "rule:order"),
        ("", "P00000000000001 622500002", None, "several"),
        ("", "P00000000000001 P00000000000002", None, "several"),
        ("", "P00000000000001 P00000000000003", "622500001", "rule:order"),
        ("", "P00000000000003", None, "order_amount"),
        ("", "P00000000000003 622500001", "622500001", "rule:reference"),
    ],
)
def test_the_number_of_a_payment_we_asked_for_is_certain_with_its_amount(account, reference, whose, by):
    asked = notice(account, reference)
    meant = may_mean(asked)
    cards = [card for card in CARDS if card.account in meant]
    orders = [order for order in ORDERS if order.number in {text.upper() for text in meant}]
    decision = decide(asked, cards, orders)
    assert (decision.account, decision.by) == (whose, by)
    assert decision.words.zh and decision.words.en and "{" not in decision.words.zh + decision.words.en


def test_names_are_found_within_a_sentence_without_blanks():
    assert {"王小明", "欧阳小明"} <= names_in("代王小明还款 替欧阳小明") and not names_in("thanks 明 123")
