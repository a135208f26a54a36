"""Whose keys we trust: `ARREARS_HOME/money/wallets.yaml`; what is wrong in it is named with its line.

Key files lie beside it.

```yaml
alipay:
- app_id: '2021000000000001'
  public_key: alipay.pem          # Alipay's own public key: PEM, a certificate, or the bare base64
  sign_types: [RSA2]              # add RSA only for an old application
  seller_ids: ['2088000000000001']  # if given, a notice for another seller is refused
wechat:
- merchant: '1900000001'
  app_ids: [wx0000000000000001]
  api_v3_key: wechat_v3.key       # a file with the 32 characters
  platform_keys: {PUB_KEY_ID_01: wechat.pem}   # by serial, as `Wechatpay-Serial` names it
  api_v2_key: wechat_v2.key       # only where notices of version 2 still come
```
"""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.rulebook.documents import Document, place_of, read_document

LEAST_BITS = 1024  # Alipay's oldest keys; 2048 is what both give out now


class AlipayFile(Document):
    """One application at Alipay."""

    app_id: str
    public_key: str
    sign_types: list[str] = ["RSA2"]
    seller_ids: list[str] = []


class WechatFile(Document):
    """One merchant at WeChat Pay."""

    merchant: str
    app_ids: list[str] = []
    platform_keys: dict[str, str] = {}
    api_v3_key: str | None = None
    api_v2_key: str | None = None


class WalletsFile(Document):
    """Every wallet we take money from."""

    alipay: list[AlipayFile] = []
    wechat: list[WechatFile] = []


@dataclass(frozen=True, slots=True)
class AlipayApp:
    """One application and the key Alipay signs for it with."""

    app_id: str
    key: RSAPublicKey
    sign_types: tuple[str, ...] = ("RSA2",)
    seller_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WechatMerchant:
    """One merchant, WeChat's keys by serial, and our own two."""

    merchant: str
    app_ids: tuple[str, ...] = ()
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    v3_key: bytes = b""
    v2_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Wallets:
    """Every wallet we take money from."""

    alipay: tuple[AlipayApp, ...] = ()
    wechat: tuple[WechatMerchant, ...] = ()


def load_wallets(path: Path) -> Wallets:
    """The wallets of this file; none where it is missing. Raises WrongConfiguration naming file and line."""
    if not path.is_file():
        return Wallets()
    written: WalletsFile = read_document(path, WalletsFile)
    return Wallets(
        tuple(_alipay(app, path, place) for place, app in enumerate(written.alipay)),
        tuple(_wechat(merchant, path, place) for place, merchant in enumerate(written.wechat)),
    )


def _alipay(app: AlipayFile, path: Path, place: int) -> AlipayApp:
    unknown = [kind for kind in app.sign_types if kind not in {"RSA", "RSA2"}]
    if unknown:
        at = place_of(path, "alipay", place, "sign_types")
        raise WrongConfiguration(
            f"there is no kind of signature {unknown[0]!r}", do="Write RSA2 or RSA.", at=at
        )
    key = _public_key(path.parent / app.public_key, place_of(path, "alipay", place, "public_key"))
    return AlipayApp(app.app_id, key, tuple(app.sign_types), tuple(app.seller_ids))


def _wechat(merchant: WechatFile, path: Path, place: int) -> WechatMerchant:
    where = ("wechat", place)
    keys = {
        serial: _public_key(path.parent / file, place_of(path, *where, "platform_keys", serial))
        for serial, file in merchant.platform_keys.items()
    }
    v3 = _secret(merchant.api_v3_key, path, place_of(path, *where, "api_v3_key"))
    v2 = _secret(merchant.api_v2_key, path, place_of(path, *where, "api_v2_key"))
    return WechatMerchant(merchant.merchant, tuple(merchant.app_ids), keys, v3, v2)


def _secret(file: str | None, path: Path, at: Place) -> bytes:
    if file is None:
        return b""
    try:
        secret = (path.parent / file).read_bytes().strip()
    except OSError as trouble:
        raise WrongConfiguration(f"the key file cannot be read: {trouble.strerror}", at=at) from trouble
    if len(secret) != 32:
        raise WrongConfiguration(f"the key has {len(secret)} characters, not 32", do="Copy it again.", at=at)
    return secret


def _public_key(file: Path, at: Place) -> RSAPublicKey:
    try:
        data = file.read_bytes()
    except OSError as trouble:
        raise WrongConfiguration(f"the key file cannot be read: {trouble.strerror}", at=at) from trouble
    try:
        key = _read_key(data)
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as trouble:
        raise WrongConfiguration(
            "the file holds no public key", do="PEM, a certificate or base64.", at=at
        ) from trouble
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise WrongConfiguration(f"it is no RSA key of {LEAST_BITS} bits or more", at=at)
    return key


def _read_key(data: bytes) -> object:
    if b"BEGIN CERTIFICATE" in data:
        return x509.load_pem_x509_certificate(data).public_key()
    if b"BEGIN" in data:
        return load_pem_public_key(data)
    return load_der_public_key(base64.b64decode(data, validate=False))
