"""Fixtures of the contact room. The house is imported inside: its settings are not read yet here."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def town(db: None) -> None:
    """Three customers with an account each."""
    from arrears.contact.tests.town import people

    people()


@pytest.fixture
def post(home: Path, settings: Any) -> Iterator[Any]:
    """A real mail server for this test; the settings point at it."""
    from arrears.contact.peer import mail_peer
    from arrears.contact.tests.town import Post, free_port

    there = Post(settings.OUTBOX_FOLDER / "mail", free_port())
    settings.SMTP_URL = f"smtp://127.0.0.1:{there.port}"
    with mail_peer(folder=there.folder, port=there.port):
        yield there


@pytest.fixture
def later() -> Callable[[float], datetime]:
    """Noon and some minutes."""
    from arrears.contact.tests.town import NOON

    return lambda minutes: NOON + timedelta(minutes=minutes)
