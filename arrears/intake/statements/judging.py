"""Does a statement add up, and does it follow the one before? Pure: what the bank says in, reasons out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from arrears.intake.statements.types import Statement
from arrears.kernel.money import decimal_text
from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Judged:
    """off_cents: closing less what opening and entries come to; None where one of them is missing."""

    off_cents: int | None
    reasons: tuple[Words, ...]  # why nothing of it may be booked; empty: it adds up

    @property
    def adds_up(self) -> bool:
        """Whether it may be booked."""
        return not self.reasons


_INTERIM = Words(
    zh="日间报告，不是最终账单：不入账，以日终对账单为准",
    en="an interim report is not final: nothing of it is booked, the day's statement tells it again",
)
_NO_OPENING = Words(zh="没有期初余额", en="it has no opening balance")
_NO_CLOSING = Words(zh="没有期末余额", en="it has no closing balance")
_OFF = Words(
    zh="期初 {opening} + 明细 {entries} = {sum}，但期末为 {closing}，相差 {off} {currency}",
    en="opening {opening} + entries {entries} = {sum}, but closing is {closing}: {off} {currency} off",
)
_OTHER_CURRENCIES = Words(
    zh="余额或明细的币种不一致：{currencies}",
    en="balances and entries are in different currencies: {currencies}",
)
_TOLD_OTHERWISE = Words(
    zh="银行自报合计与明细不符：{what}相差 {off} {currency}",
    en="the bank's own sum of {what} differs from the entries by {off} {currency}",
)
_CREDITS, _DEBITS = Words(zh="贷方", en="credits"), Words(zh="借方", en="debits")


def judge(statement: Statement) -> Judged:
    """Whether opening + entries = closing, and whatever else forbids booking it."""
    reasons = list(statement.problems)
    if statement.kind == "interim":
        return Judged(_off(statement), (*reasons, _INTERIM))
    reasons += _sums_told_otherwise(statement)
    if statement.kind == "advice":
        return Judged(None, tuple(reasons))
    if statement.opening is None:
        reasons.append(_NO_OPENING)
    if statement.closing is None:
        reasons.append(_NO_CLOSING)
    off = _off(statement)
    currencies = _currencies(statement)
    if len(currencies) > 1:
        reasons.append(_OTHER_CURRENCIES.filled(currencies=", ".join(currencies)))
    if off:
        reasons.insert(0, _said_off(statement, off))
    return Judged(off, tuple(reasons))


def _off(statement: Statement) -> int | None:
    if statement.opening is None or statement.closing is None:
        return None
    entries = statement.credits_cents - statement.debits_cents
    return statement.closing.cents - (statement.opening.cents + entries)


def _currencies(statement: Statement) -> list[str]:
    told = [entry.currency for entry in statement.counted]
    told += [balance.currency for balance in (statement.opening, statement.closing) if balance]
    return sorted(set(told))


def _said_off(statement: Statement, off: int) -> Words:
    opening, closing = statement.opening, statement.closing
    assert opening and closing
    currency, entries = opening.currency, statement.credits_cents - statement.debits_cents

    def text(cents: int) -> str:
        return decimal_text(cents, currency=currency)

    return _OFF.filled(
        opening=text(opening.cents),
        entries=text(entries),
        sum=text(opening.cents + entries),
        closing=decimal_text(closing.cents, currency=closing.currency),
        off=text(off),
        currency=currency,
    )


def _sums_told_otherwise(statement: Statement) -> Iterable[Words]:
    told = (
        (_CREDITS, statement.told_credits_cents, statement.credits_cents),
        (_DEBITS, statement.told_debits_cents, statement.debits_cents),
    )
    if _sums_counted_otherwise(statement):
        return
    for what, said, found in told:
        if said is not None and said != found:
            off = decimal_text(said - found, currency=statement.currency)
            yield _TOLD_OTHERWISE.filled(what=what, off=off, currency=statement.currency)


def _sums_counted_otherwise(statement: Statement) -> bool:
    """Whether the bank's sums are right in their own way: pending entries counted in, or what was reversed left out."""
    told = statement.told_credits_cents, statement.told_debits_cents
    cents = [entry.cents for entry in statement.entries]
    with_pending = sum(c for c in cents if c > 0), -sum(c for c in cents if c < 0)
    if all(said in (None, found) for said, found in zip(told, with_pending, strict=True)):
        return True
    if told[0] is None or told[1] is None:
        return False
    undone = sum(abs(entry.cents) for entry in statement.counted if entry.undoes)
    less = statement.credits_cents - told[0]
    return 0 < less <= undone and less == statement.debits_cents - told[1]


@dataclass(frozen=True, slots=True)
class Link:
    """What a statement says about its place among the others of its account. number: 0 where it has none."""

    number: int
    page: int
    day: date | None
    opening_cents: int | None
    closing_cents: int | None
    currency: str
    title: str


_GAP = Words(
    zh="与上一份（{before}）不相接：上期期末 {closing}，本期期初 {opening}，相差 {off} {currency}",
    en="it does not follow {before}: that closed with {closing}, this opens with {opening}, {off} {currency} apart",
)
_MISSING = Words(
    zh="上一份是第 {before} 号，本份是第 {number} 号：缺 {count} 份",
    en="number {before} came before, this is {number}: {count} missing",
)
_SAME_NUMBER = Words(
    zh="第 {number} 号在此之前已有一份不同内容的", en="another statement with the number {number} came before"
)


def follows(statement: Link, earlier: Sequence[Link]) -> list[Words]:
    """What is wrong between a statement and the one it should follow. earlier: those of its account, in order."""
    if not earlier:
        return []
    before, said = earlier[-1], list[Words]()
    if statement.number and before.number and _same_year(statement, before):
        step = statement.number - before.number
        if step > 1:
            said.append(_MISSING.filled(before=before.number, number=statement.number, count=step - 1))
        if step == 0 and statement.page == before.page:
            said.append(_SAME_NUMBER.filled(number=statement.number))
    opens, closed = statement.opening_cents, before.closing_cents
    if opens is not None and closed is not None and opens != closed:
        said.append(
            _GAP.filled(
                before=before.title,
                closing=decimal_text(closed, currency=before.currency),
                opening=decimal_text(opens, currency=statement.currency),
                off=decimal_text(opens - closed, currency=statement.currency),
                currency=statement.currency,
            )
        )
    return said


def _same_year(one: Link, other: Link) -> bool:
    return one.day is None or other.day is None or one.day.year == other.day.year


def in_order(links: Iterable[Link]) -> list[Link]:
    """As they follow each other: by day, then number, then page."""
    return sorted(links, key=lambda link: (link.day or date.min, link.number, link.page))
