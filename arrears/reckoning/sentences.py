"""The plain sentences of an explanation, in Chinese and in English."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from arrears.casebook.types import Cycle, Movement, MovementKind
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.reckoning import fold as f
from arrears.reckoning.types import Owed, Segment
from arrears.rulebook.terms import MILLION, CardTerms

MONTHS = "January February March April May June July August September October November December".split()

GROUP = {
    "purchases": Words(zh="尚未还清的消费", en="Purchases not yet paid"),
    "cash": Words(zh="尚未还清的预借现金", en="Cash advances not yet paid"),
    "instalments": Words(zh="已到期尚未还清的分期", en="Instalments due and not yet paid"),
    "fees": Words(zh="尚未支付的费用", en="Fees not yet paid"),
    "interest": Words(zh="已出账尚未支付的利息", en="Interest billed and not yet paid"),
    "late_fee": Words(zh="尚未支付的违约金", en="Late fees not yet paid"),
}
KIND = {
    MovementKind.PURCHASE: Words(zh="消费", en="Purchase"),
    MovementKind.CASH_ADVANCE: Words(zh="预借现金", en="Cash advance"),
    MovementKind.INSTALMENT: Words(zh="分期应还款", en="Instalment"),
    MovementKind.FEE: Words(zh="费用", en="Fee"),
    MovementKind.INTEREST: Words(zh="银行计收的利息", en="Interest billed by the bank"),
    MovementKind.LATE_FEE: Words(zh="银行收取的违约金", en="Late fee charged by the bank"),
    MovementKind.DEBIT_ADJUSTMENT: Words(zh="调账（增加欠款）", en="Adjustment that adds to the debt"),
    MovementKind.PAYMENT_REVERSAL: Words(zh="还款退回", en="Reversal of a payment"),
    MovementKind.PAYMENT: Words(zh="还款", en="Payment"),
    MovementKind.REFUND: Words(zh="退款", en="Refund"),
    MovementKind.CHARGEBACK: Words(zh="拒付退回", en="Chargeback"),
    MovementKind.CREDIT_ADJUSTMENT: Words(zh="调账（减少欠款）", en="Adjustment that reduces the debt"),
    MovementKind.WAIVER: Words(zh="减免", en="Waiver"),
}
# Why there was interest at all, by the kind of debt that bore it.
CAUSES = {
    f.PURCHASE: Words(
        zh="有账单未在到期还款日前全额还清，该期消费自入账日起计息",
        en="a statement was not paid in full by its due date, so its purchases bear interest from the "
        "day they were posted",
    ),
    f.CASH: Words(
        zh="预借现金不享受免息期，自入账日起计息",
        en="a cash advance has no interest-free period and bears interest from its first day",
    ),
    f.INSTALMENT: Words(
        zh="已到期的分期款未按时还清，自到期入账日起计息",
        en="an instalment was not paid in time and bears interest from the day it fell due",
    ),
    f.FEE: Words(zh="未支付的费用计息", en="unpaid fees bear interest"),
    f.INTEREST: Words(
        zh="前期已出账而未支付的利息按月计收复利",
        en="interest billed earlier and not paid bears interest month by month",
    ),
}
MINIMUM_PARTS = {
    "whole": Words(
        zh="利息、费用、预借现金、分期等全额计入的部分", en="Interest, fees and whatever else counts in whole"
    ),
    "asked_before": Words(zh="前期最低还款额未还部分", en="Earlier minimum not yet paid"),
    "over_limit": Words(zh="超过信用额度的部分", en="The part over the credit limit"),
    "shares": Words(zh="其余欠款按比例计入的部分", en="The share of everything else"),
}
MINIMUM_RAISED = Words(zh="补足至最低还款额下限", en="Raised to the least minimum")
MINIMUM_LOWERED = Words(zh="不超过账单余额", en="Never more than the statement balance")
PAID_SINCE = Words(zh="账单日后已还", en="Paid since the statement")
LEFT_OF = Words(zh="{what}，尚未还清的部分", en="What is left of: {what}")
CREDIT_BALANCE = Words(
    zh="多还的款项，为您所有，可抵后续欠款或申请退回",
    en="Money of yours on the account: it pays what comes next, or is returned when you ask",
)
FROM_CREDIT_BALANCE = Words(zh="由此前多还的款项抵扣", en="Paid from an earlier credit balance")
OVER_CEILING = Words(
    zh="利息和费用总额超过年利率上限的部分，予以调减",
    en="Interest and fees beyond the yearly ceiling are taken off",
)


@lru_cache(maxsize=4096)
def day(value: date) -> Words:
    """2023年10月5日 / 5 October 2023."""
    return Words(
        zh=f"{value.year}年{value.month}月{value.day}日",
        en=f"{value.day} {MONTHS[value.month - 1]} {value.year}",
    )


def posted(movement: Movement) -> Words:
    """A debit as it stands on the account."""
    when, kind = day(movement.posted_date), KIND[movement.kind]
    return Words(zh=f"{when.zh}入账的{kind.zh}", en=f"{kind.en} posted on {when.en}")


def paid(movement: Movement) -> Words:
    """What a credit did for a debt."""
    when, kind = day(movement.posted_date), KIND[movement.kind]
    return Words(zh=f"{when.zh}{kind.zh}", en=f"{kind.en} of {when.en}")


def undone(movement: Movement) -> Words:
    """What a chargeback or reversal took back."""
    when, kind = day(movement.posted_date), KIND[movement.kind]
    return Words(
        zh=f"{when.zh}{kind.zh}，自原入账日起不再计算",
        en=f"{kind.en} of {when.en}: no longer counted, from its own posting day on",
    )


def interest_on(statement: date, causes: tuple[Words, ...]) -> Words:
    """The interest of one statement and why it was charged."""
    when, why = day(statement), _why(causes)
    return Words(zh=f"{when.zh}账单计收的利息{why.zh}", en=f"Interest on the statement of {when.en}{why.en}")


def interest_until(as_of: date, causes: tuple[Words, ...]) -> Words:
    """Interest that runs and is not on a statement yet."""
    when, why = day(as_of), _why(causes)
    return Words(
        zh=f"截至{when.zh}已产生、尚未出账的利息{why.zh}",
        en=f"Interest up to {when.en} that is not on a statement yet{why.en}",
    )


def minimum(cycle: Cycle) -> Words:
    """What is still missing of a statement's minimum."""
    statement, due = day(cycle.statement_date), day(cycle.due_date)
    return Words(
        zh=f"{statement.zh}账单的最低还款额（{due.zh}到期）尚差",
        en=f"Still missing of the minimum of the statement of {statement.en}, due on {due.en}",
    )


def next_minimum(cycle: Cycle, asked: Money) -> Words:
    """What the next statement will ask for at least."""
    statement, due = day(cycle.statement_date), day(cycle.due_date)
    return Words(
        zh=f"如果在此之前没有还款，也没有新的交易，{statement.zh}账单的最低还款额预计为{asked.with_symbol()}，"
        f"到期还款日{due.zh}",
        en=f"If nothing is paid or bought before it, the statement of {statement.en} will ask for at least "
        f"{asked.with_symbol()} by {due.en}",
    )


def _why(causes: tuple[Words, ...]) -> Words:
    if not causes:
        return Words(zh="", en="")
    return Words(zh="：" + "；".join(c.zh for c in causes), en=": " + "; ".join(c.en for c in causes))


def late_fee(cycle: Cycle, missing: Money, fee: Money, terms: CardTerms) -> Words:
    """How one late fee came about."""
    due, statement = day(cycle.due_date), day(cycle.statement_date)
    how = _late_fee_rule(terms, missing, fee)
    return Words(
        zh=f"{statement.zh}账单的最低还款额在到期还款日{due.zh}后仍差{missing.with_symbol()}，{how.zh}",
        en=f"The minimum of the statement of {statement.en}, due on {due.en}, was "
        f"{missing.with_symbol()} short; {how.en}",
    )


def _late_fee_rule(terms: CardTerms, missing: Money, fee: Money) -> Words:
    if terms.late_fee_flat:
        return Words(zh=f"收取违约金{fee.with_symbol()}", en=f"the late fee is {fee.with_symbol()}")
    share = f"{terms.late_fee_rate * 100 / MILLION:g}%"
    exact = missing.cents * terms.late_fee_rate / MILLION
    limit = Words(zh="", en="")
    if fee.cents > exact + 1:
        limit = Words(zh="（按最低收费标准）", en=" (the least that is charged)")
    elif fee.cents < exact - 1:
        limit = Words(zh="（按最高收费标准）", en=" (the most that is charged)")
    return Words(
        zh=f"按未还部分的{share}收取违约金{fee.with_symbol()}{limit.zh}，违约金不计利息",
        en=f"the late fee is {share} of that, {fee.with_symbol()}{limit.en}, and bears no interest",
    )


def payoff(as_of: date) -> Words:
    """The title of the whole tree."""
    when = day(as_of)
    return Words(zh=f"{when.zh}结清需还", en=f"To pay everything off on {when.en}")


def segment(one: Segment, balance: Money) -> Words:
    """One stretch of days."""
    first, until = day(one.from_date), day(one.to_date)
    nights = "night" if one.days == 1 else "nights"
    return Words(
        zh=f"{first.zh}至{until.zh}（不含当日）{one.days}天，本金{balance.with_symbol()}，"
        f"日利率{one.daily_rate}（{one.fact}）",
        en=f"{first.en} to {until.en}, {one.days} {nights}: {balance.with_symbol()} at {one.daily_rate} a day "
        f"({one.fact})",
    )


def standing(owed: Owed) -> Iterator[Words]:
    """Below the tree: how late."""
    if owed.days_past_due:
        since = day(owed.oldest_due_date) if owed.oldest_due_date else Words(zh="", en="")
        yield Words(
            zh=f"逾期{owed.days_past_due}天，自{since.zh}到期还款日起算",
            en=f"{owed.days_past_due} days past due, counted from the due date {since.en}",
        )


SAVES = Words(
    zh="还款合计{paid}，可少付利息和费用{saved}", en="You pay {paid} and save {saved} in interest and fees"
)
LESS, MORE = Words(zh="少", en="less"), Words(zh="多", en="more")
CHANGED = {
    "payoff_cents": Words(
        zh="结清需还{new}，原为{old}（{way}{difference}）",
        en="To pay off: {new} instead of {old} ({difference} {way})",
    ),
    "interest_billed_cents": Words(
        zh="最近账单利息{new}，原为{old}（{way}{difference}）",
        en="Interest on the last statement: {new} instead of {old} ({difference} {way})",
    ),
    "interest_accrued_cents": Words(
        zh="未出账利息{new}，原为{old}（{way}{difference}）",
        en="Interest not billed yet: {new} instead of {old} ({difference} {way})",
    ),
    "late_fees_cents": Words(
        zh="违约金合计{new}，原为{old}（{way}{difference}）",
        en="Late fees in all: {new} instead of {old} ({difference} {way})",
    ),
    "minimum_due_cents": Words(
        zh="最低还款额尚差{new}，原为{old}（{way}{difference}）",
        en="Missing of the minimum: {new} instead of {old} ({difference} {way})",
    ),
}
LATENESS_CHANGED = Words(zh="逾期天数{new}天，原为{old}天", en="Days past due: {new} instead of {old}")


FIGURES = {
    "interest": Words(zh="利息", en="interest"),
    "balance": Words(zh="账单余额", en="balance"),
    "late_fees": Words(zh="违约金", en="late fees"),
}


def disagreement(statement: date, what: str, ours: Money, theirs: Money, cause: Words) -> Words:
    """The bank's figure and ours on one statement, and the likely cause."""
    when, figure = day(statement), FIGURES[what]
    return Words(
        zh=f"{when.zh}账单的{figure.zh}：银行为{theirs.with_symbol()}，按条款计算为{ours.with_symbol()}"
        f"（可能原因：{cause.zh}）",
        en=f"The {figure.en} on the statement of {when.en}: the bank says {theirs.with_symbol()}, the terms give "
        f"{ours.with_symbol()} (likely cause: {cause.en})",
    )
