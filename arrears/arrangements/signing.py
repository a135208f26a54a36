"""The house's hand under a quotation: Ed25519, one key file of the institution.

The private key lies in the home, readable by its owner alone, and is made on first use;
`settings.SIGNING_KEY_FILE` says where. Anybody may verify with the public key.
"""

import base64
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from arrears.kernel.trouble import Place, WrongConfiguration

PURPOSE = b"arrears quotation 1\n"  # what is signed here can never be taken for something else


def sign(text: str) -> str:
    """The signature of `text`, base64."""
    return base64.b64encode(_key(Path(settings.SIGNING_KEY_FILE)).sign(PURPOSE + text.encode())).decode()


def is_signed(text: str, signature: str) -> bool:
    """Whether `signature` is ours and of exactly this text."""
    public: Ed25519PublicKey = _key(Path(settings.SIGNING_KEY_FILE)).public_key()
    try:
        public.verify(base64.b64decode(signature, validate=True), PURPOSE + text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key_text() -> str:
    """The public key, base64: for the customer's copy and for whoever verifies elsewhere."""
    raw = _key(Path(settings.SIGNING_KEY_FILE)).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def key_name() -> str:
    """A short name of the key, so that a later key is told apart from this one."""
    return hashlib.sha256(public_key_text().encode()).hexdigest()[:12]


@lru_cache(maxsize=4)
def _key(file: Path) -> Ed25519PrivateKey:
    if not file.exists():
        _make(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except ValueError as problem:
        raise WrongConfiguration(
            f"is no private key: {problem}",
            do="Put the institution's key back in place.",
            at=Place(str(file)),
        ) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongConfiguration("is no Ed25519 key", at=Place(str(file)))
    return key


def _make(file: Path) -> None:
    """A new key, whole or not at all: of two processes that start together, one's key stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as new:
        new.write(pem)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was first: its key is the institution's
    finally:
        draft.unlink()
