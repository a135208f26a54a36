"""Signed-in people for the desk's stories, on the afternoon of 21 November 2026.

Imports stand inside: the settings are not there yet when pytest reads this file.
"""

from collections.abc import Iterator

import pytest
from django.test import Client


def signed_in(role: str) -> Client:
    from arrears.staff.models import Member

    member, _ = Member.objects.get_or_create(username=f"some.{role}", role=role, display_name="何敏")
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def afternoon() -> Iterator[None]:
    from arrears.kernel.clock import standing_at
    from arrears.look.tests.cast import NOW

    with standing_at(NOW):
        yield


@pytest.fixture
def agent(db: None, afternoon: None) -> Client:
    return signed_in("agent")


@pytest.fixture
def leader(db: None, afternoon: None) -> Client:
    return signed_in("team_leader")
