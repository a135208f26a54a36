"""Wallets tell of money: believed for a right signature, refused and kept as evidence for anything wrong."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from arrears.casebook import queries as casebook
from arrears.casebook.actions import enter
from arrears.casebook.types import BookRows, MoneyNotice
from arrears.intake import actions as intake
from arrears.intake.models import WalletNotice
from arrears.intake.wallets.configuration import load_wallets
from arrears.kernel import clock
from arrears.kernel.trouble import WrongConfiguration

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
KEY, STRANGER = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
V3, V2 = b"0123456789abcdef0123456789abcdef", b"fedcba9876543210fedcba9876543210"
SETUP = """alipay:
- {app_id: '2021', public_key: alipay.pem, sign_types: [RSA2, RSA], seller_ids: ['2088']}
wechat:
- merchant: '1900'
  app_ids: [wx1]
  api_v3_key: v3.key
  api_v2_key: v2.key
  platform_keys: {SER1: wechat.pem}
"""


@pytest.fixture(autouse=True)
def noon(home):
    folder = home / "money"
    folder.mkdir(parents=True)
    (folder / "wallets.yaml").write_text(SETUP)
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    (folder / "wechat.pem").write_bytes(pem)
    (folder / "alipay.pem").write_bytes(base64.b64encode(der))
    (folder / "v3.key").write_bytes(V3 + b"\n")
    (folder / "v2.key").write_bytes(V2)
    account = ("A100001", "C1", "cn.card", "CNY", None, None, None)
    bought = ("A100001", "P1", "purchase", 100000, date(2026, 9, 20), None, "book.csv:2")
    enter(
        rows=BookRows(customers=[("C1", "王小明", None, None)], accounts=[account], postings=[bought]),
        now=NOON,
    )
    with clock.standing_at(NOON):
        yield folder


def sign(content: bytes, key=KEY, algorithm=None) -> str:
    return base64.b64encode(key.sign(content, PKCS1v15(), algorithm or hashes.SHA256())).decode()


def knock(provider: str, body: bytes | str, **headers: str):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(
        f"/api/notify/{provider}", body, content_type="application/octet-stream", headers=headers
    )


def alipay(key=KEY, sign_type="RSA2", signs_the_kind=False, **fields: str):
    told = {
        "app_id": "2021", "notify_id": "n1", "notify_time": "2026-11-21 12:00:00", "trade_no": "20261121220014",
        "out_trade_no": "ORDER-1", "trade_status": "TRADE_SUCCESS", "total_amount": "88.88", "charset": "utf-8",
        "subject": "信用卡还款 A100001", "gmt_payment": "2026-11-21 11:59:58", "version": "1.0", **fields,
    }  # fmt: skip
    signed = {**told, "sign_type": sign_type} if signs_the_kind else told
    content = "&".join(f"{k}={v}" for k, v in sorted(signed.items())).encode(told["charset"])
    signature = sign(content, key, hashes.SHA1() if sign_type == "RSA" else hashes.SHA256())  # noqa: S303
    body = urlencode({**told, "sign_type": sign_type, "sign": signature}, encoding=told["charset"])
    return knock("alipay", body)


def wechat(
    inner: dict | str,
    *,
    key=KEY,
    event="TRANSACTION.SUCCESS",
    notice_id="w1",
    at=NOON,
    sealed_with=V3,
    serial="SER1",
    nonce="N",
):
    sealed = inner if isinstance(inner, str) else json.dumps(inner)
    resource = {
        "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": "transaction",
        "ciphertext": base64.b64encode(
            AESGCM(sealed_with).encrypt(b"0123456789ab", sealed.encode(), b"transaction")
        ).decode(),
    }  # fmt: skip
    body = json.dumps(
        {"id": notice_id, "event_type": event, "resource_type": "encrypt-resource", "resource": resource}
    )
    stamp = str(int(at.timestamp()))
    signature = sign(f"{stamp}\n{nonce}\n{body}\n".encode(), key)
    return knock(
        "wechat", body, Wechatpay_Timestamp=stamp, Wechatpay_Nonce=nonce, Wechatpay_Signature=signature,
        Wechatpay_Serial=serial,
    )  # fmt: skip


def paid(**different) -> dict:
    return {
        "mchid": "1900", "appid": "wx1", "out_trade_no": "ORDER-2", "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "amount": {"total": 6600, "currency": "CNY"}, "success_time": "2026-11-21T11:59:00+08:00", "attach": "A100001",
        **different,
    }  # fmt: skip


def wechat_2(key=V2, sign_type="", **fields: str):
    told = {
        "appid": "wx1", "mch_id": "1900", "return_code": "SUCCESS", "result_code": "SUCCESS", "total_fee": "500",
        "transaction_id": "100520", "out_trade_no": "O-3", "time_end": "20261121115900", "attach": "A100001",
        **({"sign_type": sign_type} if sign_type else {}), **fields,
    }  # fmt: skip
    said = "&".join(f"{k}={v}" for k, v in sorted(told.items()) if v).encode() + b"&key=" + key
    mac = hmac.new(key, said, hashlib.sha256) if sign_type else hashlib.md5(said)  # noqa: S324
    return knock("wechat", xml({**told, "sign": mac.hexdigest().upper()}))


def xml(fields: dict[str, str]) -> str:
    return "<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items()) + "</xml>"


def booked() -> list[tuple[str, int]]:
    movements = casebook.history_of("A100001").movements
    return [(m.ref, m.cents) for m in movements if m.source == "notice"]


def evidence() -> list[tuple[str, str]]:
    return list(WalletNotice.objects.order_by("pk").values_list("state", "code"))


# --- believed


@pytest.mark.parametrize(("sign_type", "charset"), [("RSA2", "utf-8"), ("RSA", "utf-8"), ("RSA2", "gbk")])
def test_alipays_form_is_booked_once_however_often_it_comes(sign_type, charset):
    for _ in range(3):
        answer = alipay(sign_type=sign_type, charset=charset)
        assert (answer.status_code, answer.content) == (200, b"success")
    assert booked() == [("notice:alipay:20261121220014", 8888)]
    assert [state for state, _ in evidence()] == ["taken", "known", "known"]


def test_alipays_json_is_believed_for_the_signature_in_its_headers():
    body = json.dumps({"app_id": "2021", "notify_id": "n", "trade_no": "T99999", "trade_status": "TRADE_SUCCESS",
                       "total_amount": "5.00", "subject": "A100001"})  # fmt: skip
    stamp = str(int(NOON.timestamp()) * 1000)
    signature = sign(f"{stamp}\nabc\n{body}\n".encode())
    headers = {"alipay_timestamp": stamp, "alipay_nonce": "abc"}
    assert knock("alipay", body, **headers, alipay_signature=signature).content == b"success"
    assert (
        knock("alipay", body.replace("5.00", "9.00"), **headers, alipay_signature=signature).content
        == b"fail"
    )
    assert booked() == [("notice:alipay:T99999", 500)]


def test_wechats_version_3_is_opened_and_booked_once():
    assert wechat(paid()).json() == {"code": "SUCCESS", "message": "成功"}
    assert wechat(paid(), nonce="M").status_code == 200, "sent again with a signature of its own"
    assert booked() == [("notice:wechat:4200001", 6600)]


@pytest.mark.parametrize("sign_type", ["", "HMAC-SHA256"])
def test_wechats_version_2_is_believed_for_the_key(sign_type):
    answer = wechat_2(sign_type=sign_type)
    assert b"<![CDATA[SUCCESS]]>" in answer.content and booked() == [("notice:wechat:100520", 500)]


def test_refunds_in_parts_told_in_any_order_come_to_the_same():
    alipay(notify_id="n3", refund_fee="50.00", gmt_refund="2026-11-21 12:00:00.123")
    alipay(notify_id="n2", refund_fee="30.00")
    alipay()
    assert sorted(cents for _, cents in booked()) == [5000, 8888]
    wechat(paid())
    refund = {"refund_id": "R1", "refund_status": "SUCCESS", "amount": {"total": 6600, "refund": 600}}
    wechat(paid(trade_state="", **refund), event="REFUND.SUCCESS", notice_id="w2")
    assert sorted(cents for _, cents in booked()) == [600, 5000, 6600, 8888]


def test_a_refund_of_version_2_is_unsealed():
    wechat_2()
    inner = xml(
        {"transaction_id": "100520", "refund_id": "R9", "refund_fee": "200", "refund_status": "SUCCESS"}
    ).encode()
    padded = inner + bytes([16 - len(inner) % 16]) * (16 - len(inner) % 16)
    secret = hashlib.md5(V2).hexdigest().encode()  # noqa: S324
    sealer = Cipher(algorithms.AES(secret), modes.ECB()).encryptor()  # noqa: S305
    sealed = base64.b64encode(sealer.update(padded) + sealer.finalize()).decode()
    answer = knock(
        "wechat", xml({"return_code": "SUCCESS", "mch_id": "1900", "appid": "wx1", "req_info": sealed})
    )
    assert b"SUCCESS" in answer.content and booked()[-1] == ("back:wechat:R9", 200)


def test_alipay_may_sign_the_kind_of_signature_too_and_names_one_of_our_sellers():
    assert alipay(signs_the_kind=True, seller_id="2088").content == b"success" and len(booked()) == 1


@pytest.mark.parametrize("odd", ["A100001 \x00", "A100001 \ud800"])
def test_signs_that_no_database_keeps_lose_no_money(odd):
    assert wechat(paid(attach=odd)).status_code == 200
    assert booked() == [("notice:wechat:4200001", 6600)]


def test_a_refund_still_under_way_is_no_money_gone_back():
    wechat(paid())
    refund = {"refund_id": "R1", "refund_status": "PROCESSING", "amount": {"total": 6600, "refund": 600}}
    wechat(paid(trade_state="", **refund), event="REFUND.SUCCESS", notice_id="w2")
    assert booked() == [("notice:wechat:4200001", 6600)] and evidence()[-1] == ("no_money", "")


def test_a_flood_of_forgeries_does_not_keep_out_what_is_signed_and_refused(monkeypatch):
    monkeypatch.setattr("arrears.intake.wallets.taking.MOST_REFUSED_A_DAY", 2)
    for _ in range(4):
        alipay(key=STRANGER)
    alipay()
    alipay(total_amount="99.00")
    codes = [code for state, code in evidence() if state == "refused"]
    assert codes == ["wrong_signature", "wrong_signature", "changed"]


def test_a_notice_about_no_money_is_kept_and_books_nothing():
    assert alipay(trade_status="WAIT_BUYER_PAY").content == b"success"
    assert evidence() == [("no_money", "")] and not booked()


def test_a_wallet_the_api_and_the_bank_telling_of_one_payment_are_one_money():
    notice = MoneyNotice("4200001", date(2026, 11, 21), 6600, "CNY", "A100001")
    intake.take_notice(notice=notice, now=NOON)
    wechat(paid())
    assert booked() == [("notice:4200001", 6600)]


def test_an_order_says_whose_money_it_is_and_how_much_it_must_be():
    intake.open_order(number="ORDER-2", account_ref="A100001", cents=6600, currency="CNY", now=NOON)
    wechat(paid(attach=""))
    assert booked() == [("notice:wechat:4200001", 6600)]
    intake.open_order(number="ORDER-1", account_ref="A100001", cents=8889, currency="CNY", now=NOON)
    assert alipay().content == b"fail"
    assert evidence()[-1] == ("refused", "other_amount") and len(booked()) == 1


# --- refused


@pytest.mark.parametrize(
    ("knocks", "code"),
    [
        (lambda: alipay(key=STRANGER), "wrong_signature"),
        (lambda: alipay(app_id="9999"), "unknown_merchant"),
        (lambda: alipay(total_amount="-1"), "not_amount"),
        (lambda: alipay(total_amount="1.005"), "not_amount"),
        (lambda: alipay(notify_time="2026-11-21 12:06:00"), "clock_skew"),
        (lambda: knock("alipay", "app_id=2021&app_id=2021"), "not_readable"),
        (lambda: knock("alipay", b"\xff\x00"), "not_readable"),
        (lambda: wechat(paid(), key=STRANGER), "wrong_signature"),
        (lambda: wechat(paid(), serial="SER2"), "unknown_key"),
        (lambda: wechat(paid(), at=NOON - timedelta(seconds=301)), "clock_skew"),
        (lambda: wechat(paid(), at=NOON + timedelta(seconds=301)), "clock_skew"),
        (lambda: wechat(paid(), sealed_with=V2), "not_sealed"),
        (lambda: wechat(paid(mchid="1901")), "unknown_merchant"),
        (lambda: wechat(paid(appid="wx2")), "unknown_merchant"),
        (lambda: wechat(paid(amount={"total": "6,600"})), "not_amount"),
        (lambda: wechat(paid(amount={"total": 6600, "currency": "CNYX"})), "not_amount"),
        (lambda: wechat('{"mchid": "1900", "mchid": "1901"}'), "not_readable"),
        (lambda: knock("alipay", "app_id=%00"), "unknown_merchant"),
        (lambda: alipay(seller_id="2099"), "unknown_merchant"),
        (lambda: wechat_2(key=V3), "wrong_signature"),
        (lambda: wechat_2(mch_id="1"), "unknown_merchant"),
        (
            lambda: knock("wechat", '<!DOCTYPE x [<!ENTITY a "b">]><xml><mch_id>&a;</mch_id></xml>'),
            "not_readable",
        ),
        (lambda: knock("wechat", "<xml><mch_id>1900</mch_id><mch_id>1</mch_id></xml>"), "not_readable"),
    ],
)
def test_what_is_wrong_is_refused_and_kept_as_evidence(knocks, code):
    answer = knocks()
    assert evidence() == [("refused", code)] and not booked() and not casebook.money_notified()
    assert b"fail" in answer.content.lower()
    kept = WalletNotice.objects.get()
    assert bytes(kept.body) and kept.reason["zh"] and kept.reason["en"]


def test_the_very_same_signed_request_a_second_time_is_refused():
    wechat(paid())
    assert wechat(paid()).status_code == 400 and evidence()[-1] == ("refused", "replayed")
    assert len(booked()) == 1


def test_one_notice_id_with_other_content_is_refused():
    alipay()
    assert alipay(total_amount="99.00").content == b"fail" and evidence()[-1] == ("refused", "changed")


def test_one_transaction_with_another_amount_is_refused():
    alipay()
    assert alipay(notify_id="n2", total_amount="99.00").content == b"fail"
    assert evidence()[-1] == ("refused", "contradicts") and booked()[0][1] == 8888


def test_a_flood_of_bytes_and_other_ways_to_ask_are_turned_away():
    assert knock("alipay", "a" * 70_000).status_code == 413
    assert Client().get("/api/notify/alipay").status_code == 405
    assert knock("paypal", "x").status_code == 404 and not evidence()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("alipay.pem", "nowhere.pem"), "line 2"),
        (("RSA2, RSA", "RSA3"), "RSA3"),
        (("v3.key", "wechat.pem"), "not 32"),
        (("merchant:", "merchnt:"), "merchnt"),
    ],
)
def test_a_wrong_setup_names_its_file_and_line(noon, change, said):
    (noon / "wallets.yaml").write_text(SETUP.replace(*change))
    with pytest.raises(WrongConfiguration, match=said) as trouble:
        load_wallets(noon / "wallets.yaml")
    assert "wallets.yaml" in str(trouble.value)
