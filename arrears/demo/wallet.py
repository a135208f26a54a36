"""The demo's wallet: a cashier's page that pays an order with money that does not exist.

It tells of the payment as Alipay does, signed, at the door every wallet knocks at; the house
believes it because its key stands in `money/wallets.yaml` of the demo's own home. Where
messages reach real people (`ARREARS_LIVE`), or no such key was made, there is no such page.
"""

import base64
import hashlib
import os
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import RequestFactory

from arrears.api.notify import wallet_notice
from arrears.contact.queries import house_values
from arrears.intake import queries as intake
from arrears.intake.types import OrderSeen
from arrears.kernel import clock
from arrears.kernel.money import decimal_text
from arrears.kernel.words import Words
from arrears.look.middleware import chosen_language

APP = "sandbox"
WALLETS = "alipay:\n- {app_id: sandbox, public_key: sandbox.pem}\n"
TEXTS = {
    "title": Words(zh="试用钱包", en="A wallet for trying out"),
    "no_money": Words(
        zh="这不是真的钱包，不会动用真钱。", en="This is no real wallet, and no real money moves."
    ),
    "pay": Words(zh="付款", en="Pay"),
    "paid": Words(zh="已付款，可以回到还款页面。", en="Paid. You can go back to the page you came from."),
    "refused": Words(zh="付款通知没有被接受。", en="The notice of payment was not accepted."),
    "back": Words(zh="回到还款页面", en="Back to the page you came from"),
}


def set_up() -> None:
    """Give the demo's wallet a key, and let the house know it; a home that has wallets keeps its own."""
    folder = _folder()
    if (folder / "wallets.yaml").exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with open(os.open(folder / "sandbox.key", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(pem)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "sandbox.pem").write_bytes(public)
    (folder / "wallets.yaml").write_text(WALLETS)


def cashier(request: HttpRequest, number: str) -> HttpResponse:
    """One order, and a button that pays it."""
    order = intake.order(number) if _is_open() else None
    if order is None:
        raise Http404("there is no such page")
    language = chosen_language(request)
    said = _pay(order, now=clock.now()) if request.method == "POST" else ""
    shown = {
        "order": order,
        "said": said,
        "texts": {name: words.said_in(language) for name, words in TEXTS.items()},
        "house": house_values(language=language),
    }
    return render(request, "demo/wallet.html", shown)


def _pay(order: OrderSeen, *, now: datetime) -> str:
    """Tell the house that the order was paid; the word it answers."""
    body = notice(order, key=_key(), now=now)
    told = RequestFactory().post("/api/notify/alipay", body, content_type="application/x-www-form-urlencoded")
    return wallet_notice(told, "alipay").content.decode()


def notice(order: OrderSeen, *, key: RSAPrivateKey, now: datetime) -> str:
    """The notice as Alipay writes it: a signed form. Paid twice, it tells of the same transaction."""
    moment = f"{now.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"
    transaction = f"{int(hashlib.sha256(order.number.encode()).hexdigest(), 16) % 10**28:028d}"
    told = {
        "app_id": APP,
        "charset": "utf-8",
        "gmt_payment": moment,
        "notify_id": hashlib.sha256(f"{order.number}:paid".encode()).hexdigest()[:34],
        "notify_time": moment,
        "out_trade_no": order.number,
        "total_amount": decimal_text(order.cents, currency=order.currency),
        "trade_no": transaction,
        "trade_status": "TRADE_SUCCESS",
    }
    content = "&".join(f"{name}={value}" for name, value in sorted(told.items()))
    signature = key.sign(content.encode(), PKCS1v15(), hashes.SHA256())
    return urlencode({**told, "sign_type": "RSA2", "sign": base64.b64encode(signature).decode()})


def _folder() -> Path:
    return Path(settings.HOME) / "money"


def _is_open() -> bool:
    return not settings.LIVE and (_folder() / "sandbox.key").exists()


def _key() -> RSAPrivateKey:
    key = load_pem_private_key((_folder() / "sandbox.key").read_bytes(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
