"""The institution's signing key: Ed25519, its private half in a file of the home, never in the database."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from arrears.kernel.trouble import Place, Trouble


class UnableToSign(Trouble):
    """The day stays unsigned; no record is lost, and a later signing catches up."""


@dataclass(frozen=True, slots=True)
class PublicHalf:
    """fingerprint: SHA-256 of the key's DER form, as `openssl pkey -pubin -outform DER | sha256sum` says."""

    fingerprint: str
    pem: str


def key_file() -> Path:
    """Where the private key lies: ARREARS_EVIDENCE_KEY, or evidence.key in the home."""
    return Path(settings.EVIDENCE_KEY)


def make() -> PublicHalf:
    """A new private key in the file, for its owner's eyes only; raises FileExistsError where one lies."""
    key, file = Ed25519PrivateKey.generate(), key_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as new:
        new.write(text)
    return public_half(key.public_key())


def retire() -> None:
    """Put the private key aside as `.retired`, and its public half beside it as `.pub`."""
    file, public = key_file(), own()
    aside = f"{file.name}.{public.fingerprint[:16]}"
    file.with_name(f"{aside}.pub").write_text(public.pem)
    file.rename(file.with_name(f"{aside}.retired"))


def ours() -> list[str]:
    """Fingerprints this machine itself vouches for, whatever the database says: the present key's
    and those of keys put aside here."""
    file = key_file()
    retired = [load_pem_public_key(path.read_bytes()) for path in file.parent.glob(f"{file.name}.*.pub")]
    return [
        own().fingerprint,
        *(public_half(k).fingerprint for k in retired if isinstance(k, Ed25519PublicKey)),
    ]


def private() -> Ed25519PrivateKey:
    """The key to sign with. Raises UnableToSign: none there, not ours alone, not Ed25519."""
    file = key_file()
    if not file.exists():
        raise UnableToSign(
            f"there is no signing key at {file}",
            do="Make one with `arrears evidence key new`, or name one in ARREARS_EVIDENCE_KEY. "
            "Records are kept and sealed meanwhile; the days without a signature are signed then.",
        )
    if file.stat().st_mode & 0o077:
        raise UnableToSign("others can read the signing key", do=f"chmod 600 {file}", at=Place(str(file)))
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError) as problem:
        raise UnableToSign(f"the signing key is not readable: {problem}", at=Place(str(file))) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise UnableToSign("the signing key is not an Ed25519 key", at=Place(str(file)))
    return key


def own() -> PublicHalf:
    """The public half of the present key. Raises UnableToSign as `private` does."""
    return public_half(private().public_key())


def public_half(key: Ed25519PublicKey) -> PublicHalf:
    """A public key as it is shown and kept."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicHalf(sha256(der).hexdigest(), pem.decode())


def signed_by(pem: str, signature: bytes, statement: str) -> bool:
    """Whether this key signed the statement."""
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    try:
        key.verify(signature, statement.encode())
    except InvalidSignature:
        return False
    return True
