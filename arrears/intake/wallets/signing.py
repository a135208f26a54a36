"""Checking what is signed and sealed, with `cryptography`; and XML with nothing expanded."""

import base64
import binascii
import json
import re
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from arrears.intake.wallets.types import Refusal
from arrears.kernel.money import CURRENCIES, NotMoney, parse_cents

SKEW = timedelta(minutes=5)  # WeChat Pay, "verify the signature": a timestamp further off is refused
MOST_FIELDS = 200


def is_signed(key: RSAPublicKey, signature: str, content: bytes, *, sha1: bool = False) -> bool:
    """Whether `signature` (base64, PKCS #1 v1.5) is of this content."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, content, PKCS1v15(), hashes.SHA1() if sha1 else hashes.SHA256())  # noqa: S303
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def unsealed(key: bytes, *, nonce: str, ciphertext: str, also: str) -> bytes:
    """AES-256-GCM, as WeChat Pay seals a resource. Raises Refusal."""
    try:
        return AESGCM(key).decrypt(nonce.encode(), base64.b64decode(ciphertext, validate=True), also.encode())
    except (InvalidTag, ValueError, binascii.Error) as trouble:
        raise Refusal("not_sealed") from trouble


def near(timestamp: str, now: datetime) -> None:
    """Raises Refusal where the seconds of `timestamp` are more than five minutes off `now`."""
    if not re.fullmatch(r"\d{1,11}", timestamp, re.ASCII):
        raise Refusal("clock_skew", timestamp[:20] or "-")
    if abs(now.timestamp() - int(timestamp)) > SKEW.total_seconds():
        raise Refusal("clock_skew", timestamp)


def flat_xml(data: bytes) -> dict[str, str]:
    """The children of the root as text; no entity, no document type, no child twice. Raises Refusal."""
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        raise Refusal("not_readable", "a document type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as trouble:
        raise Refusal("not_readable", "XML") from trouble
    found: dict[str, str] = {}
    for child in root:
        if not isinstance(child.tag, str) or child.tag in found or len(child) or len(found) >= MOST_FIELDS:
            raise Refusal("not_readable", "XML")
        found[child.tag] = child.text or ""
    return found


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object in which no name comes twice: two readers might take different ones. Raises Refusal."""
    try:
        found = json.loads(data, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as trouble:
        raise Refusal("not_readable", "JSON") from trouble
    if not isinstance(found, dict):
        raise Refusal("not_readable", "JSON")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal("not_readable", "a name twice")
    return found


def cents_of(text: str, currency: str, *, minor_units: bool = False) -> int:
    """An amount that is more than nothing. Raises Refusal."""
    if currency not in CURRENCIES:
        raise Refusal("not_amount", f"{text} {currency}"[:40])
    try:
        cents = int(text) if minor_units and re.fullmatch(r"\d{1,15}", text, re.ASCII) else None
        cents = parse_cents(text, currency=currency) if not minor_units and "," not in text else cents
    except NotMoney as trouble:
        raise Refusal("not_amount", text[:40]) from trouble
    if cents is None or cents <= 0:
        raise Refusal("not_amount", text[:40])
    return cents
