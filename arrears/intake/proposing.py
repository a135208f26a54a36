"""Whose money might it be? Pure: one sum and the accounts that come near in, ranked proposals with reasons out.

The percentages say how much to believe a sign, not how often it was right; they were not measured.
Signs are joined as if each could fail by itself. Nothing proposed here is booked without a person.
"""

from collections.abc import Iterable, Mapping, Sequence

from arrears.casebook.types import UnmatchedMoney
from arrears.intake.types import Candidate, Suggestion
from arrears.kernel.money import Money
from arrears.kernel.words import Words

CERTAIN, LIKELY = 95, 70  # from here on it is called so
_CERTAIN, _LIKELY, _POSSIBLE = (
    Words(zh="确定", en="certain"),
    Words(zh="很可能", en="likely"),
    Words(zh="可能", en="possible"),
)


_NAMED = Words(zh="写有该账号", en="its account number is named")
_CUSTOMER = Words(zh="写有该客户号", en="its customer's number is named")
_PAYER_ACCOUNT = Words(zh="此付款账户此前还过该账户", en="the payer's account paid this one before")
_PAYER_NAME = Words(zh="此付款人此前还过该账户", en="a payer of this name paid this one before")
_ORDER = Words(zh="写有该账户的付款单 {number}", en="its payment order {number} is named")
_HOLDER_NAMED = Words(zh="附言写有持卡人姓名", en="the payer's words name the card holder")
_ONLY_INSTALMENT = Words(
    zh="金额正好是{what} {amount}，且只有这一份协议如此",
    en="the amount is exactly its {what}, {amount}, and no other agreement's",
)
_SAME_NAME = Words(zh="付款人与持卡人同名", en="the payer is called like the card holder")
_SHARED = Words(zh="（共 {count} 个账户符合）", en=" ({count} accounts fit this)")
_DUE = Words(zh="金额正好是{what} {amount}", en="the amount is exactly its {what}, {amount}")


def rank(
    money: UnmatchedMoney, candidates: Iterable[Candidate], dues: Mapping[str, Sequence[tuple[Words, int]]]
) -> list[Suggestion]:
    """The likeliest first. dues: by account, what it is called and the cents that are due there."""
    found = [
        _suggest(money, each, dues.get(each.account, ()))
        for each in candidates
        if each.currency == money.currency
    ]
    return sorted(
        (each for each in found if each.confidence), key=lambda each: (-each.confidence, each.account)
    )


def _suggest(money: UnmatchedMoney, account: Candidate, dues: Sequence[tuple[Words, int]]) -> Suggestion:
    signs = list(_signs(account))
    what = next((what for what, cents in dues if cents == money.cents), None)
    if what and (signs or account.only_instalment):  # an amount alone is nobody's name
        percent, words = (60, _DUE) if signs else (45, _ONLY_INSTALMENT)
        amount = Money(money.cents, money.currency).with_symbol()
        signs.append((percent, words.filled(what=what, amount=amount)))
    doubt = 1.0
    for percent, _ in signs:
        doubt *= 1 - percent / 100
    confidence = min(round(100 * (1 - doubt)), 99)
    word = _CERTAIN if confidence >= CERTAIN else _LIKELY if confidence >= LIKELY else _POSSIBLE
    return Suggestion(account.account, account.name, confidence, word, tuple(words for _, words in signs))


def _signs(account: Candidate) -> Iterable[tuple[int, Words]]:
    if account.named:
        yield 95, _NAMED
    if account.customer_named:
        yield 75, _CUSTOMER
    if account.order:
        yield 85, _ORDER.filled(number=account.order)
    for count, percent, words in (
        (account.paid_before_by_account, 85, _PAYER_ACCOUNT),
        (account.paid_before_by_name, 50, _PAYER_NAME),
        (account.same_name, 40, _SAME_NAME),
        (account.holder_named, 50, _HOLDER_NAMED),
    ):
        if count:
            yield percent // count, _shared(words, count)


def _shared(words: Words, count: int) -> Words:
    if count == 1:
        return words
    more = _SHARED.filled(count=count)
    return Words(zh=words.zh + more.zh, en=words.en + more.en)
