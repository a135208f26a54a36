"""WeChat Pay's notices: version 3 (JSON, signed in its headers, sealed inside) and version 2 (XML with a key).

Version 3: RSA-SHA256 over `timestamp\\nnonce\\nbody\\n`, then AES-256-GCM with our APIv3 key
(pay.weixin.qq.com, "payment notification"). Version 2: MD5 or HMAC-SHA256 over the sorted fields and
the key; what it tells of refunds is sealed with AES-256-ECB under the MD5 of the key.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from arrears.intake.wallets.configuration import Wallets, WechatMerchant
from arrears.intake.wallets.signing import cents_of, flat_xml, is_signed, json_object, near, unsealed
from arrears.intake.wallets.types import Received, Refusal, Said

ZONE = ZoneInfo("Asia/Shanghai")


def believe(received: Received, wallets: Wallets, *, now: datetime) -> Said:
    """What the notice says. Raises Refusal."""
    if not wallets.wechat:
        raise Refusal("not_set_up")
    if received.body.lstrip()[:1] == b"<":
        return _version_2(received, wallets, now)
    return _version_3(received, wallets, now)


def is_version_2(received: Received) -> bool:
    """Whether the answer is expected in XML."""
    return received.body.lstrip()[:1] == b"<"


def _version_3(received: Received, wallets: Wallets, now: datetime) -> Said:
    headers = received.headers
    serial, stamp = headers.get("wechatpay-serial", ""), headers.get("wechatpay-timestamp", "")
    owner = next((merchant for merchant in wallets.wechat if serial in merchant.keys), None)
    if owner is None:
        raise Refusal("unknown_key", serial[:60] or "-")
    content = f"{stamp}\n{headers.get('wechatpay-nonce', '')}\n".encode() + received.body + b"\n"
    if not is_signed(owner.keys[serial], headers.get("wechatpay-signature", ""), content):
        raise Refusal("wrong_signature")
    near(stamp, now)
    told = json_object(received.body)
    sealed = told.get("resource")
    if not isinstance(sealed, dict) or sealed.get("algorithm") != "AEAD_AES_256_GCM":
        raise Refusal("not_readable", "resource")
    merchants = [merchant for merchant in wallets.wechat if serial in merchant.keys and merchant.v3_key]
    return _opened(told, sealed, merchants, now)


def _opened(
    told: Mapping[str, Any], sealed: Mapping[str, Any], merchants: list[WechatMerchant], now: datetime
) -> Said:
    refusal = Refusal("not_sealed")
    for merchant in merchants:  # one platform key may serve several merchants, each with a key of its own
        try:
            plain = unsealed(
                merchant.v3_key,
                nonce=str(sealed.get("nonce", "")),
                ciphertext=str(sealed.get("ciphertext", "")),
                also=str(sealed.get("associated_data") or ""),
            )
        except Refusal as trouble:
            refusal = trouble
            continue
        return _said_3(told, json_object(plain), merchant, now)
    raise refusal


def _said_3(
    told: Mapping[str, Any], inner: Mapping[str, Any], merchant: WechatMerchant, now: datetime
) -> Said:
    _ours(str(inner.get("mchid", "")), str(inner.get("appid", "")), merchant)
    event, transaction = str(told.get("event_type", "")), str(inner.get("transaction_id", ""))
    amount = inner.get("amount")
    if not isinstance(amount, dict) or not transaction:
        raise Refusal("not_readable", "transaction")
    currency = str(amount.get("currency") or "CNY")
    happened = _day(str(inner.get("success_time") or inner.get("create_time") or ""), now)
    gone = str(inner.get("refund_status") or event.removeprefix("REFUND.")) == "SUCCESS"
    paid = inner.get("trade_state") == "SUCCESS"
    refund = str(inner.get("refund_id") or inner.get("out_refund_no") or "")
    return Said(
        provider="wechat",
        scheme="v3",
        notice_id=str(told.get("id", ""))[:120],
        merchant=merchant.merchant,
        transaction=transaction[:64],
        order=str(inner.get("out_trade_no", ""))[:64],
        cents=cents_of(str(amount.get("total", "")), currency, minor_units=True) if paid else None,
        currency=currency,
        paid_date=happened,
        reference=str(inner.get("attach") or "")[:500],
        back_ref=f"wechat:{refund}"[:70] if gone else "",
        back_cents=cents_of(str(amount.get("refund", "")), currency, minor_units=True) if gone else 0,
        back_date=happened,
        back_reason=str(inner.get("user_received_account") or "")[:200],
    )


def _ours(merchant_id: str, app_id: str, merchant: WechatMerchant) -> None:
    if merchant_id != merchant.merchant or (merchant.app_ids and app_id and app_id not in merchant.app_ids):
        raise Refusal("unknown_merchant", f"{merchant_id} {app_id}"[:60].strip() or "-")


def _day(text: str, now: datetime) -> date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = now
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(ZONE).date()


# --- version 2


def _version_2(received: Received, wallets: Wallets, now: datetime) -> Said:
    fields = flat_xml(received.body)
    merchant = next(
        (each for each in wallets.wechat if each.merchant == fields.get("mch_id") and each.v2_key), None
    )
    if merchant is None:
        raise Refusal("unknown_merchant", fields.get("mch_id", "")[:40] or "-")
    _ours(fields["mch_id"], fields.get("appid", ""), merchant)
    if "req_info" in fields:
        return _refund_2(_unsealed_2(merchant.v2_key, fields["req_info"]), merchant, now)
    if not hmac.compare_digest(_sign_2(fields, merchant.v2_key).encode(), fields.get("sign", "").encode()):
        raise Refusal("wrong_signature")
    paid = fields.get("return_code") == "SUCCESS" and fields.get("result_code") == "SUCCESS"
    currency, transaction = fields.get("fee_type") or "CNY", fields.get("transaction_id", "")
    if paid and not transaction:
        raise Refusal("not_readable", "transaction_id")
    return Said(
        provider="wechat",
        scheme="v2",
        notice_id=transaction[:120],
        merchant=merchant.merchant,
        transaction=transaction[:64],
        order=fields.get("out_trade_no", "")[:64],
        cents=cents_of(fields.get("total_fee", ""), currency, minor_units=True) if paid else None,
        currency=currency,
        paid_date=_day(_spread(fields.get("time_end", "")), now),
        reference=fields.get("attach", "")[:500],
    )


def _spread(digits: str) -> str:
    """20261102120000 as ISO 8601."""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}"


def _sign_2(fields: Mapping[str, str], key: bytes) -> str:
    said = (
        "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k != "sign").encode() + b"&key=" + key
    )
    if fields.get("sign_type") == "HMAC-SHA256":
        return hmac.new(key, said, hashlib.sha256).hexdigest().upper()
    return hashlib.md5(said, usedforsecurity=False).hexdigest().upper()  # version 2 knows nothing better


def _unsealed_2(key: bytes, sealed: str) -> dict[str, str]:
    secret = hashlib.md5(key, usedforsecurity=False).hexdigest().encode()
    try:
        opener = Cipher(algorithms.AES(secret), modes.ECB()).decryptor()  # noqa: S305
        padded = opener.update(base64.b64decode(sealed, validate=True)) + opener.finalize()
        filler = PKCS7(128).unpadder()
        plain = filler.update(padded) + filler.finalize()
    except (ValueError, binascii.Error) as trouble:
        raise Refusal("not_sealed") from trouble
    return flat_xml(plain)


def _refund_2(fields: Mapping[str, str], merchant: WechatMerchant, now: datetime) -> Said:
    gone, refund = fields.get("refund_status") == "SUCCESS", fields.get("refund_id", "")
    if not refund or not fields.get("transaction_id"):
        raise Refusal("not_readable", "refund_id")
    return Said(
        provider="wechat",
        scheme="v2",
        notice_id=f"{refund}:{fields.get('refund_status', '')}"[:120],
        merchant=merchant.merchant,
        transaction=fields["transaction_id"][:64],
        order=fields.get("out_trade_no", "")[:64],
        cents=None,
        currency="CNY",
        paid_date=None,
        back_ref=f"wechat:{refund}"[:70] if gone else "",
        back_cents=cents_of(fields.get("refund_fee", ""), "CNY", minor_units=True) if gone else 0,
        back_date=_day(fields.get("success_time", "").replace(" ", "T"), now),
        back_reason=fields.get("refund_recv_accout", "")[:200],
    )
