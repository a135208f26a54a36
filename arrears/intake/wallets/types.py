"""A wallet's notice as it came, and what it says once its signature is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Received:
    """The request as it came; header names in small letters."""

    body: bytes
    headers: Mapping[str, str]
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a believed notice says. notice_id: the wallet's own; None cents: it is about no money that moved.

    back_cents: what went back; `back_is_all`: in all so far, not by this refund alone.
    """

    provider: str
    scheme: str
    notice_id: str
    merchant: str
    transaction: str
    order: str
    cents: int | None
    currency: str
    paid_date: date | None
    reference: str = ""
    payer: str = ""
    back_ref: str = ""
    back_cents: int = 0
    back_is_all: bool = False
    back_date: date | None = None
    back_reason: str = ""


REASONS = {
    "not_readable": Words(zh="报文无法读取：{what}", en="it cannot be read: {what}"),
    "wrong_signature": Words(zh="签名不正确", en="its signature is wrong"),
    "unknown_key": Words(zh="未知的证书序列号：{what}", en="it is signed with a key we do not know: {what}"),
    "unknown_merchant": Words(
        zh="未知的商户号或应用号：{what}", en="it is for a merchant we are not: {what}"
    ),
    "clock_skew": Words(
        zh="时间戳 {what} 与本机时间相差超过 5 分钟",
        en="its timestamp {what} is more than five minutes off our clock",
    ),
    "replayed": Words(zh="同一报文此前已收到过", en="the very same request came before"),
    "changed": Words(
        zh="同一通知号 {what} 此前内容不同", en="a notice {what} with other content came before"
    ),
    "other_amount": Words(zh="金额与订单不符：{what}", en="its amount is not the order's: {what}"),
    "contradicts": Words(
        zh="与此前同一笔交易的内容不同：{what}", en="it contradicts what was told of this money: {what}"
    ),
    "not_amount": Words(zh="金额不可用：{what}", en="its amount cannot be used: {what}"),
    "not_sealed": Words(zh="密文无法解开", en="what is sealed in it cannot be opened with our key"),
    "not_set_up": Words(zh="本机没有配置这种钱包", en="this wallet is not set up here"),
}


def plain(text: str) -> str:
    """The text without what no database keeps: zeros, halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class Refusal(Exception):
    """A notice that is not believed. code: a key of REASONS."""

    def __init__(self, code: str, what: object = "") -> None:
        self.code, self.words = code, REASONS[code].filled(what=plain(str(what)))
        super().__init__(self.words.en)
