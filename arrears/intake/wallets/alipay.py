"""Alipay's notices: the asynchronous form (RSA, RSA2), and JSON signed in its headers.

Form: every field but `sign` (and, in most products, `sign_type`), sorted, as k=v joined by &, signed by
Alipay (opendocs.alipay.com, "asynchronous notification", verification). JSON: `timestamp\\nnonce\\nbody\\n` in
the headers alipay-timestamp, alipay-nonce and alipay-signature, as version 3 of the open platform signs.
"""

from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from arrears.intake.wallets.configuration import AlipayApp, Wallets
from arrears.intake.wallets.signing import MOST_FIELDS, SKEW, cents_of, is_signed, json_object, near
from arrears.intake.wallets.types import Received, Refusal, Said

ZONE = ZoneInfo("Asia/Shanghai")  # Alipay writes its times so
_PAID = {"TRADE_SUCCESS", "TRADE_FINISHED"}
_CHARSETS = {"utf-8", "gbk", "gb2312", "gb18030"}


def believe(received: Received, wallets: Wallets, *, now: datetime) -> Said:
    """What the notice says. Raises Refusal."""
    if not wallets.alipay:
        raise Refusal("not_set_up")
    if received.body.lstrip()[:1] == b"{":
        fields, scheme = _json(received, wallets, now), "json"
    else:
        fields, scheme = _form(received, wallets), "form"
    return _said(fields, scheme, now)


def _form(received: Received, wallets: Wallets) -> dict[str, str]:
    charset = _pairs(received.body, "latin-1").get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        raise Refusal("not_readable", charset)
    fields = _pairs(received.body, charset)
    app, kind = _app(fields, wallets), fields.get("sign_type", "RSA2")
    if kind not in app.sign_types:
        raise Refusal("wrong_signature")
    with_type = [(k, v) for k, v in sorted(fields.items()) if k != "sign"]
    without = [(k, v) for k, v in with_type if k != "sign_type"]
    # Empty fields, and the kind of signature, are signed by some of its products and left out by others;
    # either is Alipay's own hand.
    for signed in (without, with_type):
        for some in (signed, [(k, v) for k, v in signed if v]):
            content = "&".join(f"{k}={v}" for k, v in some).encode(charset)
            if is_signed(app.key, fields.get("sign", ""), content, sha1=kind == "RSA"):
                return fields
    raise Refusal("wrong_signature")


def _pairs(body: bytes, charset: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding=charset,
            errors="strict", max_num_fields=MOST_FIELDS,
        )  # fmt: skip
    except (UnicodeError, ValueError) as trouble:
        raise Refusal("not_readable", "form") from trouble
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refusal("not_readable", "a field twice")
    return fields


def _json(received: Received, wallets: Wallets, now: datetime) -> dict[str, str]:
    headers = received.headers
    stamp, nonce = headers.get("alipay-timestamp", ""), headers.get("alipay-nonce", "")
    told = json_object(received.body)
    fields = {key: value if isinstance(value, str) else str(value) for key, value in told.items()}
    app = _app(fields, wallets)
    content = f"{stamp}\n{nonce}\n".encode() + received.body + b"\n"
    if not is_signed(app.key, headers.get("alipay-signature", ""), content):
        raise Refusal("wrong_signature")
    near(stamp[:-3] if len(stamp) == 13 else stamp, now)
    return fields


def _app(fields: Mapping[str, str], wallets: Wallets) -> AlipayApp:
    app_id = fields.get("app_id") or fields.get("auth_app_id", "")
    app = next((app for app in wallets.alipay if app.app_id == app_id), None)
    if app is None:
        raise Refusal("unknown_merchant", app_id[:40] or "-")
    seller = fields.get("seller_id", "")
    if app.seller_ids and seller and seller not in app.seller_ids:
        raise Refusal("unknown_merchant", seller[:40])
    return app


def _said(fields: Mapping[str, str], scheme: str, now: datetime) -> Said:
    sent = _moment(fields.get("notify_time", ""))
    if sent and sent - now > SKEW:
        raise Refusal("clock_skew", fields["notify_time"])
    transaction, currency = fields.get("trade_no", ""), fields.get("trans_currency") or "CNY"
    if not transaction:
        raise Refusal("not_readable", "trade_no")
    refunded = fields.get("refund_fee", "")
    has_refund = bool(refunded.strip("0.")) if refunded else False
    paid = fields.get("trade_status") in _PAID or has_refund
    moment = _moment(fields.get("gmt_payment", "")) or sent or now
    words = (fields.get(name, "") for name in ("passback_params", "subject", "body"))
    return Said(
        provider="alipay",
        scheme=scheme,
        notice_id=fields.get("notify_id", "")[:120],
        merchant=fields.get("app_id", ""),
        transaction=transaction[:64],
        order=fields.get("out_trade_no", "")[:64],
        cents=cents_of(fields.get("total_amount", ""), currency) if paid else None,
        currency=currency,
        paid_date=_day(moment),
        reference=" ".join(word for word in words if word)[:500],
        payer=fields.get("buyer_logon_id", "")[:200],
        back_ref=f"alipay:{transaction[:40]}:{refunded}"[:70] if has_refund else "",
        back_cents=cents_of(refunded, currency) if has_refund else 0,
        back_is_all=True,
        back_date=_day(_moment(fields.get("gmt_refund", "")[:19]) or sent or now),
        back_reason=fields.get("refund_reason", "")[:200],
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    except ValueError:
        return None


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
