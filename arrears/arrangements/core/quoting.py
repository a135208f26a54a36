"""What a quotation says, as canonical JSON: one spelling for one content, fit to be signed.

Integers, text, true, false, null, lists and objects with sorted keys; no binary fraction
ever, so that every face and every machine reads the same cent.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from arrears.arrangements.core.drafting import Draft
from arrears.arrangements.core.plans import NotAgreeing
from arrears.arrangements.types import Kind, Part, Schedule, UnableToArrange
from arrears.casebook.types import AccountHistory
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import Version

FORMAT = "arrears quotation 1"


def canonical(content: Mapping[str, Any]) -> str:
    """The one spelling of `content`. Raises UnableToArrange for what cannot be spelled exactly."""
    _check(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _check(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise UnableToArrange(f"{key!r} is no text and cannot be a key of a quotation")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif not (value is None or isinstance(value, str | bool | int)):
        raise UnableToArrange(f"{value!r} has no exact spelling in a quotation")


def fingerprint(history: AccountHistory) -> str:
    """Of every posting, and of the balance a bank supplies instead: it changes when money moves.

    A new statement alone changes nothing: a quotation outlives the day it is printed.
    """
    rows = [[one.ref, one.kind.value, one.cents, one.posted_date.isoformat()] for one in history.movements]
    balance = history.supplied[-1].balance_cents if history.supplied else None
    text = json.dumps([rows, balance], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def content_of(
    draft: Draft,
    *,
    key: str,
    customer_ref: str,
    version: Version,
    not_agreeing: NotAgreeing | None,
    made_at: datetime,
    ends_at: datetime,
    made_by: str,
    role: str,
) -> dict[str, Any]:
    """Everything the quotation says; amounts in minor units of `currency`."""
    owed, schedule = draft.debt.owed, draft.schedule
    return {
        "format": FORMAT,
        "key": key,
        "account": owed.account_ref,
        "customer": customer_ref,
        "currency": owed.currency,
        "kind": draft.asked.kind.value,
        "months": draft.asked.months,
        "of": draft.asked.of,
        "made_at": made_at.isoformat(),
        "made_by": made_by,
        "role": role,
        "ends_at": ends_at.isoformat(),
        "policy": {"kind": draft.asked.kind.value, "reference": version.reference},
        "principal_cents": schedule.principal_cents if schedule else 0,
        "fee_cents": schedule.fee_cents if schedule else 0,
        "pays_cents": schedule.due_cents if schedule else 0,
        "waived_cents": draft.waived_cents,
        "monthly_fee_millionths": draft.monthly_fee,
        "early_fee_millionths": draft.early_fee,
        "schedule": as_rows(schedule),
        "agreed_date": draft.debt.on.isoformat(),
        "yearly_cost_millionths": draft.yearly.millionths if draft.yearly else None,
        "yearly_cost_why_none": _why_no_rate(draft),
        "if_not_agreed": not_agreeing
        and {
            "paying_nothing_cents": not_agreeing.paying_nothing_cents,
            "paying_what_one_can_cents": not_agreeing.paying_what_one_can_cents,
            "at_most_millionths": not_agreeing.at_most_millionths,
        },
        "costs": _costs(draft),
        "terms": [[words.zh, words.en] for words in terms_of(draft, version)],
        "basis": {
            "as_of": owed.as_of.isoformat(),
            "payoff_cents": owed.payoff_cents,
            "fingerprint": fingerprint(draft.debt.history),
        },
    }


def _why_no_rate(draft: Draft) -> dict[str, str] | None:
    if draft.yearly is None:
        return Words(zh="不适用：没有分期费用", en="does not apply: nothing is paid in parts").as_json()
    return draft.yearly.why_none.as_json() if draft.yearly.why_none else None


def _costs(draft: Draft) -> list[dict[str, Any]]:
    """The table of all costs (综合融资成本明示表, from 2026-08-01): what, how much, to whom.

    What arises only if the agreement is not kept is listed without an amount: it depends
    on the day.
    """
    fee = draft.schedule.fee_cents if draft.schedule else 0
    sure = {"zh": "分期利息（费用）", "en": "instalment interest (fee)", "cents": fee, "payee": "issuer"}
    late = {**LATE_COST.as_json(), "cents": None, "payee": "issuer"}
    return [sure, late]


LATE_COST = Words(
    zh="未按约还款时的利息与违约金，按领用合约",
    en="interest and late fee by the card agreement, only if it is not kept",
)


def as_rows(schedule: Schedule | None) -> list[list[Any]]:
    """number, day, principal, fee of each instalment."""
    parts = schedule.parts if schedule else ()
    return [[part.number, part.day.isoformat(), part.principal_cents, part.fee_cents] for part in parts]


def schedule_from(content: Mapping[str, Any]) -> Schedule:
    """The schedule a quotation says."""
    parts = tuple(Part(n, date.fromisoformat(day), cents, fee) for n, day, cents, fee in content["schedule"])
    return Schedule(date.fromisoformat(content["agreed_date"]), parts)


def terms_of(draft: Draft, version: Version) -> tuple[Words, ...]:
    """The terms in words. For article 70 all six that the article asks for."""
    if draft.asked.kind is Kind.PERSONAL:
        return _six_terms(draft, version)
    money = _money(draft)
    return (TERMS[draft.asked.kind].filled(**money), *([CURE.filled(**money)] if version.cure_days else []))


def _money(draft: Draft) -> dict[str, object]:
    currency, schedule = draft.debt.owed.currency, draft.schedule
    parts = schedule.parts if schedule else ()

    def text(cents: int) -> str:
        return Money(cents, currency).with_symbol()

    return {
        "owed": text(draft.debt.owed.payoff_cents),
        "principal": text(schedule.principal_cents if schedule else 0),
        "fee": text(schedule.fee_cents if schedule else 0),
        "pays": text(schedule.due_cents if schedule else 0),
        "waived": text(draft.waived_cents),
        "each": text(parts[0].due_cents) if parts else "",
        "last": text(parts[-1].due_cents) if parts else "",
        "number": len(parts),
        "first_day": parts[0].day if parts else "",
        "last_day": parts[-1].day if parts else "",
        "currency": currency,
    }


TERMS = {
    Kind.EXTENSION: Words(
        zh="{pays} 的还款日改为 {last_day}；期间利息仍按领用合约计算，不催收。",
        en="{pays} is due on {last_day} instead; interest runs on by the card agreement, nobody "
        "collects meanwhile.",
    ),
    Kind.INSTALMENT_BILL: Words(
        zh="账单 {principal} 分 {number} 期，{first_day} 起每期 {each}（末期 {last}），利息（费用）"
        "共 {fee}。",
        en="The bill of {principal} in {number} instalments from {first_day}: {each} each (the last "
        "{last}), interest (fee) {fee} in all.",
    ),
    Kind.INSTALMENT_BALANCE: Words(
        zh="余额 {principal} 分 {number} 期，{first_day} 起每期 {each}（末期 {last}），利息（费用）"
        "共 {fee}。",
        en="The balance of {principal} in {number} instalments from {first_day}: {each} each (the "
        "last {last}), interest (fee) {fee} in all.",
    ),
    Kind.SETTLEMENT: Words(
        zh="在 {last_day} 当日及之前一次付清 {pays}，其余 {waived} 不再追要。",
        en="{pays} paid in one sum by {last_day} settles the debt; the remaining {waived} is given up.",
    ),
    Kind.WAIVER: Words(
        zh="减免 {waived}；已付的部分作为溢缴款退回账户。",
        en="{waived} is given up; what was paid of it comes back as a credit.",
    ),
}
CURE = Words(
    zh="某期未到账的，宽限期内补足即继续有效。",
    en="An instalment made good within the days of grace does no harm.",
)


def _six_terms(draft: Draft, version: Version) -> tuple[Words, ...]:
    """Article 70: balance, structure and currency; period, way, days and amounts; whether fees
    run; no new cards until settled; rights, duties and default; other terms."""
    money = {**_money(draft), "cure": version.cure_days}
    parts = [(line.words, Money(line.cents, draft.debt.owed.currency)) for line in draft.debt.owed.lines]
    money["structure"] = Words(
        zh="、".join(f"{words.zh} {cents.with_symbol()}" for words, cents in parts),
        en=", ".join(f"{words.en} {cents.with_symbol()}" for words, cents in parts),
    )
    return tuple(words.filled(**money) for words in SIX)


SIX = (
    Words(
        zh="一、欠款余额、结构、币种：{owed}（{currency}）：{structure}。",
        en="1. Balance, structure, currency: {owed} ({currency}): {structure}.",
    ),
    Words(
        zh="二、还款周期、方式、日期与每期金额：{number} 期，{first_day} 至 {last_day}，每期 {each}"
        "，末期 {last}；逐期见还款计划。",
        en="2. Period, way, days and amounts: {number} instalments from {first_day} to {last_day}, "
        "{each} each, the last {last}; the schedule lists them.",
    ),
    Words(
        zh="三、还款期间年费、利息和其他费用：分期费用共 {fee}，按约履行期间不另计。",
        en="3. Annual fee, interest and other fees meanwhile: {fee} in all; nothing else runs while "
        "it is kept.",
    ),
    Words(
        zh="四、持卡人承诺：欠款结清前不向任何银行申领信用卡。",
        en="4. The holder promises not to apply for any bank's credit card until the debt is settled.",
    ),
    Words(
        zh="五、双方权利义务与违约责任：按约履行期间发卡行及其委外机构停止催收；某期未还可在 {cure} "
        "日内补足，仍未补足的协议终止，余款按本协议本金计，不追溯加收。",
        en="5. Rights, duties, default: while it is kept, issuer and agencies stop collecting; an "
        "instalment may be made good within {cure} days, after that the agreement ends and what "
        "is left of its principal is due, with nothing added for the past.",
    ),
    Words(
        zh="六、其他：可随时提前结清，只收已使用月份的费用；如生活再有变化，可重新协商一次。",
        en="6. Other terms: it may be paid off early at any time for the months used; should life "
        "change again, it may be negotiated anew once.",
    ),
)
