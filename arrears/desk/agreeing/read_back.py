"""The sentence an agent reads aloud before the customer says yes, from the quotation alone."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from arrears.arrangements.types import IN_PARTS, Kind
from arrears.kernel.words import Words
from arrears.look.say import day_text, money_text

HELLO = Words(zh="{name}，我跟您核对一下：", en="{name}, let me read this back to you: ")
PARTS = Words(
    zh="您尾号 {account} 的信用卡有 {principal}，分 {number} 期还。从{first_day}起每期还 {each}，最后一期"
    "在{last_day}，还 {last}。",
    en="on your card ending {account}, {principal} is paid in {number} instalments: {each} each from "
    "{first_day}, and the last one, {last}, on {last_day}. ",
)
FEE = Words(
    zh="费用一共 {fee}，连费用一共还 {pays}。", en="The fee is {fee} in all, so you pay {pays} altogether. "
)
NO_FEE = Words(zh="不收费用，一共还 {pays}。", en="There is no fee: you pay {pays} altogether. ")
KINDS = {
    Kind.EXTENSION: Words(
        zh="您尾号 {account} 的信用卡，{pays} 的还款日改到{last_day}，期间利息照领用合约计算。",
        en="on your card ending {account}, {pays} is due on {last_day} instead; interest runs on as "
        "your card agreement says. ",
    ),
    Kind.SETTLEMENT: Words(
        zh="您尾号 {account} 的信用卡，{last_day}当天或之前一次付清 {pays}，其余 {waived} 就不用还了。",
        en="on your card ending {account}, you pay {pays} in one sum by {last_day}, and the remaining "
        "{waived} need not be paid. ",
    ),
    Kind.WAIVER: Words(
        zh="您尾号 {account} 的信用卡，我们减免 {waived}；已经付过的部分退回卡里。",
        en="on your card ending {account}, we give up {waived}; what you paid of it comes back to "
        "your card. ",
    ),
}
ARTICLE_70 = Words(
    zh="欠款结清以前，请不要向任何银行再申领信用卡；这次通话会录音，录音保存到结清为止。",
    en="Until the debt is settled, please apply for no other credit card with any bank; this call is "
    "recorded, and the recording kept until then. ",
)
PEACE = Words(
    zh="您按约还款期间，我们和委外机构都不会催收。",
    en="While you keep to it, neither we nor an agency collect. ",
)
AGREED = Words(zh="您同意吗？", en="Do you agree?")


def read_back(said: Mapping[str, Any], *, name: str, language: str) -> str:
    """What a quotation says, as one sentence after another, in the customer's language."""
    kind = Kind(said["kind"])
    values = _values(said, language)
    return "".join(
        words.said_in(language).format(name=name or _you(language), **values)
        for words in _sentences(kind, said)
    )


def _you(language: str) -> str:
    return Words(zh="您好", en="Hello").said_in(language)


def _sentences(kind: Kind, said: Mapping[str, Any]) -> list[Words]:
    if kind is Kind.WAIVER:
        return [HELLO, KINDS[kind], AGREED]
    if kind not in IN_PARTS:
        return [HELLO, KINDS[kind], PEACE, AGREED]
    fee = FEE if said["fee_cents"] else NO_FEE
    more = [ARTICLE_70] if kind is Kind.PERSONAL else []
    return [HELLO, PARTS, fee, *more, PEACE, AGREED]


def _values(said: Mapping[str, Any], language: str) -> dict[str, object]:
    def money(cents: int) -> str:
        return money_text(cents, said["currency"])

    rows = [(date.fromisoformat(day), cents + fee) for _number, day, cents, fee in said["schedule"]]
    first, last = (rows[0], rows[-1]) if rows else ((None, 0), (None, 0))
    return {
        "account": said["account"][-4:],
        "principal": money(said["principal_cents"]),
        "fee": money(said["fee_cents"]),
        "pays": money(said["pays_cents"]),
        "waived": money(said["waived_cents"]),
        "number": len(rows),
        "each": money(first[1]),
        "last": money(last[1]),
        "first_day": day_text(first[0], language) if first[0] else "",
        "last_day": day_text(last[0], language) if last[0] else "",
    }
