"""Making, knowing and revoking keys."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from ninja.security import HttpBearer

from arrears.api.models import ApiKey
from arrears.api.problems import Problem
from arrears.kernel.trouble import Trouble

SCOPES = {
    "cases:read": "read cases and customers with everything known about them",
    "facts:write": "tell that something happened to a person or an account",
    "payments:write": "tell that money came in",
    "contacts:write": "ask the gate for leave, tell what came of a contact, give leave back",
}
_TOKEN = re.compile(r"arrears_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class UnableToMakeKey(Trouble):
    """The name or a scope is not possible."""


class UnableToRevokeKey(Trouble):
    """There is no such key in use."""


def new_key(*, name: str, scopes: Sequence[str], now: datetime) -> str:
    """A new key's token: shown now and never again. Raises UnableToMakeKey."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise UnableToMakeKey(
            f"there is no scope {unknown[0]}" if unknown else "a key without a scope opens nothing",
            do=f"Scopes are: {', '.join(SCOPES)}.",
        )
    if not _NAME.fullmatch(name):
        raise UnableToMakeKey(
            f"{name!r} is no name for a key", do="Small letters, digits and dashes, please."
        )
    lookup, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(name=name, lookup=lookup, secret_hash=_hashed(secret), scopes=sorted(scopes), created_at=now)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as taken:
        raise UnableToMakeKey(f"there is a key {name} already", do="Choose another name.") from taken
    return f"arrears_{lookup}_{secret}"


def revoke(*, name: str, now: datetime) -> None:
    """From now on the key opens nothing. Raises UnableToRevokeKey."""
    if ApiKey.objects.filter(name=name, revoked_at=None).update(revoked_at=now) != 1:
        raise UnableToRevokeKey(f"there is no key {name} in use", do="`arrears api-key list` shows them.")


def all_keys() -> list[ApiKey]:
    """Every key there ever was, by name."""
    return list(ApiKey.objects.order_by("name"))


def known_key(token: str) -> ApiKey | None:
    """The key that belongs to a token, if it is one of ours and not revoked."""
    parts = _TOKEN.fullmatch(token)
    key = ApiKey.objects.filter(lookup=parts[1], revoked_at=None).first() if parts else None
    if parts and key and constant_time_compare(key.secret_hash, _hashed(parts[2])):
        return key
    return None


def _hashed(secret: str) -> str:
    return salted_hmac("arrears.api.key", secret, algorithm="sha256").hexdigest()


class Bearer(HttpBearer):
    """`Authorization: Bearer arrears_...` with a key that has `scope`."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """The key's name; None is answered with 401, a missing scope with 403."""
        key = known_key(token)
        if key is not None and self.scope not in key.scopes:
            raise Problem(
                403,
                f"the key {key.name} does not have the scope {self.scope}",
                do="Ask for a key that has it.",
            )
        return key.name if key else None
