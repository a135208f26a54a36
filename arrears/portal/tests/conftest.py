"""A telephone to read codes from, and customers who signed in with one.

Imports stand inside: the settings are not there yet when pytest reads this file.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def afternoon() -> Iterator[None]:
    from arrears.kernel.clock import standing_at
    from arrears.look.tests.cast import NOW

    with standing_at(NOW):
        yield


@pytest.fixture
def telephone(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Codes on their way arrive at once; the fixture reads those that came, by number."""
    from arrears.contact import actions as contact

    at_once = partial(contact.send_code, run=lambda work: work())
    monkeypatch.setattr("arrears.portal.actions.contact.send_code", at_once)

    def codes() -> list[str]:
        files = sorted((home / "outbox" / "sms").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        texts = [json.loads(file.read_text())["text"] for file in files]
        return [re.search(r"\d{6}", text)[0] for text in texts]

    return codes


@pytest.fixture
def customer(db: None, afternoon: None, telephone: Callable[[], list[str]]) -> Callable[[Any], Client]:
    """Signs one of the cast in by a code, as a customer does."""

    def sign_in(player: Any) -> Client:
        client = Client()
        client.post("/sign-in/", {"typed": player.ref})
        answer = client.post("/sign-in/code/", {"code": telephone()[-1]})
        assert answer.status_code == 302 and answer.url == "/"
        return client

    return sign_in
