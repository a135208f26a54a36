"""Whose money is it? Pure: a notice and the accounts it may mean in, one decision with its reason out.

The account field is believed first; then the number of a payment we asked for, where the amount is
the one asked; then account numbers in the payer's own words; then a customer number, where that
customer has exactly one account. Anything less certain stays unmatched for a person to look at:
money on the wrong account is worse than money waiting.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from arrears.casebook.types import MoneyNotice
from arrears.kernel.money import Money
from arrears.kernel.words import Words

SHORTEST_IN_WORDS = 4  # characters: what is shorter may stand in a sentence by accident
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./:#-]*", re.ASCII)
_DIGITS_IN_GROUPS = re.compile(r"\d(?:[ -]?\d){5,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """An account as matching sees it."""

    account: str
    customer: str
    currency: str


@dataclass(frozen=True, slots=True)
class Order:
    """A payment we asked for: whoever pays under `number` pays so much to this account."""

    number: str
    account: str
    cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class Decision:
    """account: whose money it is, None where that is not certain; `by` names the rule, `words` the reason."""

    account: str | None
    by: str
    words: Words


_ACCOUNT = Words(zh="账号相符", en="the account number matches")
_REFERENCE = Words(zh="附言写有账号 {account}", en="the reference names account {account}")
_ORDER = Words(
    zh="附言写有付款单 {number}，金额相符",
    en="the reference names payment order {number}, and the amount is its",
)
_NOT_THE_ORDERS = Words(
    zh="附言写有付款单 {number}，但应付 {asked}，实到 {paid}",
    en="the reference names payment order {number}, which asks for {asked}, and {paid} came",
)
_CUSTOMER = Words(
    zh="附言写有客户号 {customer}，该客户只有一个账户",
    en="the reference names customer {customer}, who has one account",
)
_NO_SUCH_ACCOUNT = Words(zh="没有账户 {account}", en="there is no account {account}")
_NOTHING_NAMED = Words(
    zh="没有账号，附言中也找不到已知的账号或客户号",
    en="no account is given and the reference names none we know",
)
_SEVERAL = Words(zh="可能是几个账户：{accounts}", en="it may be any of several accounts: {accounts}")
_OTHER_CURRENCY = Words(
    zh="到账币种 {paid}，账户 {account} 的币种是 {currency}",
    en="it is in {paid}, account {account} in {currency}",
)


_HAN = re.compile("[\u4e00-\u9fff·]{2,}")
LONGEST_NAME_IN_WORDS = 4  # Chinese signs; what is longer is a sentence


def names_in(words: str) -> set[str]:
    """Every piece of Chinese in the payer's words that could be somebody's name: 代王小明还款 names 王小明."""
    runs = _HAN.findall(unicodedata.normalize("NFKC", words))
    return {
        run[start : start + length]
        for run in runs
        for length in range(2, LONGEST_NAME_IN_WORDS + 1)
        for start in range(len(run) - length + 1)
    }


def may_mean(notice: MoneyNotice) -> tuple[str, ...]:
    """Every text of the notice that could be an account's or a customer's number."""
    words = unicodedata.normalize("NFKC", notice.reference_given).strip()
    found = _WORD.findall(words)
    pieces = [piece for word in found for piece in re.split(r"[_./:#-]", word)]
    grouped = [re.sub(r"[ -]", "", digits) for digits in _DIGITS_IN_GROUPS.findall(words)]
    inside = (text.rstrip("./:#-_") for text in (*found, *pieces, *grouped))
    likely = {text for text in inside if len(text) >= SHORTEST_IN_WORDS and re.search(r"\d", text)}
    return tuple(sorted(likely | {text for text in (notice.account_given, words) if text}))


def decide(notice: MoneyNotice, cards: Iterable[Card], orders: Iterable[Order] = ()) -> Decision:
    """Whose money it is. cards: every known account that `may_mean` names, and all accounts of customers it names.

    orders: every payment we asked for that it names.
    """
    known, asked = {card.account: card for card in cards}, list(orders)
    if notice.account_given in known:
        return _given_to([known[notice.account_given]], notice, "account", _ACCOUNT)
    if notice.account_given and not asked:
        return Decision(None, "no_such_account", _NO_SUCH_ACCOUNT.filled(account=notice.account_given))
    named = set(may_mean(notice))
    accounts = [card for card in known.values() if card.account in named]
    if asked and {card.account for card in accounts} <= {order.account for order in asked}:
        by_order = _by_order(notice, asked)
        if by_order.account or not accounts:
            return by_order
    elif asked:
        accounts += [Card(order.account, "", order.currency) for order in asked]
    if accounts:
        return _given_to(accounts, notice, "reference", _REFERENCE)
    return _given_to(
        [card for card in known.values() if card.customer in named], notice, "customer", _CUSTOMER
    )


def _by_order(notice: MoneyNotice, orders: list[Order]) -> Decision:
    """The order's account, where all orders named are of one account and one asks for this very amount."""
    if len({order.account for order in orders}) > 1:
        return _given_to([Card(one.account, "", one.currency) for one in orders], notice, "order", _ORDER)
    exact = [one for one in orders if (one.cents, one.currency) == (notice.cents, notice.currency)]
    order = (exact or orders)[0]
    if exact:
        return Decision(order.account, "rule:order", _ORDER.filled(number=order.number))
    asked = Money(order.cents, order.currency).with_symbol()
    facts = {
        "number": order.number,
        "asked": asked,
        "paid": Money(notice.cents, notice.currency).with_symbol(),
    }
    return Decision(None, "order_amount", _NOT_THE_ORDERS.filled(**facts))


def _given_to(cards: list[Card], notice: MoneyNotice, rule: str, words: Words) -> Decision:
    if not cards:
        return Decision(None, "nothing_named", _NOTHING_NAMED)
    if len({card.account for card in cards}) > 1:
        accounts = ", ".join(sorted({card.account for card in cards})[:5])
        return Decision(None, "several", _SEVERAL.filled(accounts=accounts))
    card = cards[0]
    if card.currency != notice.currency:
        facts = {"paid": notice.currency, "account": card.account, "currency": card.currency}
        return Decision(None, "other_currency", _OTHER_CURRENCY.filled(**facts))
    return Decision(card.account, f"rule:{rule}", words.filled(account=card.account, customer=card.customer))
