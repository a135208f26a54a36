"""SMS through a provider. A provider is a small class; ARREARS_SMS_PROVIDER names it.

The embedded default writes one file per message under `outbox/sms/`: a telephone for
rehearsals, on which a message with the same key arrives once.
"""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from arrears.contact.channels import Outgoing, Receipt, Refused, Way
from arrears.kernel.trouble import WrongConfiguration

_NUMBER = re.compile(r"\+?[0-9]{5,15}")


class SmsProvider(Protocol):
    """What a provider has to offer. Made without arguments; it reads its own settings.

    `send` raises `Refused`, `TryLater` or `ChannelDown` (contact.channels): keep the table
    of the provider's codes and their meaning beside it. The same `key` twice must be one
    message; pass it on as the provider's own idempotency or client reference.
    """

    reaches_people: bool

    def send(self, key: str, to: str, text: str) -> Receipt:
        """Hand one text over."""


class FileProvider:
    """One JSON file per message; the file's existence is the memory."""

    reaches_people = False

    def send(self, key: str, to: str, text: str) -> Receipt:
        """Write the message unless it is there already."""
        folder = Path(settings.OUTBOX_FOLDER) / "sms"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"{file_name(key)}.json"
        write_once(file, json.dumps({"key": key, "to": to, "text": text}, ensure_ascii=False).encode())
        return Receipt("file", file.name)


def file_name(key: str) -> str:
    """Readable, safe on every file system, and different for different keys."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", key)[:80].strip(".")
    return f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def write_once(file: Path, content: bytes) -> bool:
    """Put the whole content at `file`; False where it was there before (it stays as it was)."""
    making = file.with_name(f".{uuid.uuid4().hex}.making")
    making.write_bytes(content)
    try:
        os.link(making, file)
    except FileExistsError:
        return False
    finally:
        making.unlink()
    return True


class SmsChannel:
    """The provider behind the shape every channel has."""

    def __init__(self, provider: SmsProvider) -> None:
        self.provider = provider

    def send(self, message: Outgoing) -> Receipt:
        """Hand one SMS over. Raises Refused for what is no telephone number."""
        number = re.sub(r"[ ()-]", "", message.to)
        if not _NUMBER.fullmatch(number):
            raise Refused(f"{message.to!r} is not a telephone number")
        return self.provider.send(message.key, number, message.body)


def way() -> Way:
    """SMS as the settings have it."""
    try:
        provider: SmsProvider = import_string(settings.SMS_PROVIDER)()
    except ImportError as trouble:
        raise WrongConfiguration(
            f"there is no SMS provider {settings.SMS_PROVIDER}: {trouble}",
            do="Set ARREARS_SMS_PROVIDER to the dotted name of a class, or leave it out.",
        ) from trouble
    return Way(settings.LIVE or provider.reaches_people, lambda: _opened(provider))


@contextmanager
def _opened(provider: SmsProvider) -> Iterator[SmsChannel]:
    yield SmsChannel(provider)
